import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePlaces, type Place } from './place.ts';
import { AGREED, dayOfRatings, DISAGREED, moved, START, type Change } from './rules/reputation.ts';
import { newTrack, precisionOf, put, take, type Move } from './track.ts';
import { points, type Reputation } from './units.ts';

describe('a track', () => {
  it('moves P_v in the order of places, not in that in which the moves came', () => {
    const track = newTrack();
    put(track, { place: { at: 2, key: 'a' }, change: AGREED });
    put(track, { place: { at: 1, key: 'b' }, change: DISAGREED });
    put(track, { place: { at: 1, key: 'a' }, change: DISAGREED });
    // 15 − 10 − 10 stops at 0; the other way round it would end at 5.
    expect(precisionOf(track)).toBe(points(10));
  });

  it('is as if a rating that is taken back had never been put', () => {
    fc.assert(
      fc.property(fc.array(anyStep), (steps) => {
        const track = newTrack();
        const kept: Move[] = [];
        for (const { move, isTaken, isAsked } of steps) {
          const own = { ...move };
          put(track, own);
          if (isAsked) expect(precisionOf(track)).toBe(obviousPrecision([...kept, own]));
          if (isTaken && own.rated !== undefined) take(track, own);
          else kept.push(own);
        }
        expect(precisionOf(track)).toBe(obviousPrecision(kept));
      }),
    );
  });

  it('takes back nothing but a rating that was put', () => {
    const track = newTrack();
    const agreed: Move = { place: { at: 1, key: 'a' }, change: AGREED };
    put(track, agreed);
    expect(() => take(track, agreed)).toThrow('broken invariant');
    const rated = { buyer: 'u', rating: 9, day: 0 };
    expect(() => take(track, { ...agreed, rated })).toThrow('broken invariant');
  });
});

/** All moves in order, those of ratings as the day's limits leave them. */
function obviousPrecision(moves: readonly Move[]): Reputation {
  const sorted = moves.toSorted((a, b) => comparePlaces(a.place, b.place));
  const days = new Map<number, NonNullable<Move['rated']>[]>();
  return sorted.reduce((precision, { change, rated }) => {
    if (rated === undefined) return moved(precision, change);
    const day = [...(days.get(rated.day) ?? []), rated];
    days.set(rated.day, day);
    return moved(precision, dayOfRatings(day).at(-1) ?? (0 as Change));
  }, START);
}

const anyPlace: fc.Arbitrary<Place> = fc.record({
  at: fc.nat({ max: 5 }),
  key: fc.constantFrom('a', 'b', 'c'),
});
const anyMove: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ place: anyPlace, change: fc.constantFrom(AGREED, DISAGREED) }),
  fc
    .record({
      place: anyPlace,
      buyer: fc.constantFrom('u', 'v', 'w'),
      rating: fc.constantFrom(1, 5, 7, 9),
    })
    .map(({ place, buyer, rating }) => ({
      place,
      change: 0 as Change,
      rated: { buyer, rating, day: place.at >> 1 },
    })),
);
const anyStep = fc.record({ move: anyMove, isTaken: fc.boolean(), isAsked: fc.boolean() });
