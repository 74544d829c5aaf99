import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packDigests } from '../digests.ts';
import { invariant, type Instant, type Score, type TightDigest } from '../units.ts';
import { better, bestOf, newShelf, shelve, unshelve, type Place, type Ranked } from './shelf.ts';

describe('a shelf', () => {
  it('agrees with sorting a list, whatever comes and goes in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ranked, fc.boolean(), fc.nat()), { maxLength: 80 }),
        (steps) => {
          const items = steps.map(([item]) => item);
          const see = seeing(items);
          const shelf = newShelf();
          let list: Place[] = [];
          for (const [place, [item, isTaken, pick]] of steps.entries()) {
            const one = list[pick % Math.max(1, list.length)];
            if (isTaken && one !== undefined) {
              unshelve(shelf, one, see);
              // Taken down once, it is not there any more.
              unshelve(shelf, one, see);
              list = list.filter((other) => other !== one);
            } else if (!list.some((other) => nameOf(see(other)) === nameOf(item))) {
              shelve(shelf, place, see);
              list.push(place);
            }
            expect([...bestOf(shelf)]).toEqual(inOrder(list, see));
            expect(shelf.size).toBe(list.length);
            expect(shelf.piles.every(({ places, from }) => places.length > from)).toBe(true);
          }
        },
      ),
    );
  });

  it('lets the oldest go from the bottom, however many, and takes others meanwhile', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 0, max: 150 }),
        (count, gone) => {
          const items = Array.from({ length: count }, (_, at) => one(String(at), at % 2, at));
          const see = seeing([...items, one('late', 1, count >> 1)]);
          const shelf = newShelf();
          const places = [...items.keys()];
          for (const place of places) shelve(shelf, place, see);
          for (const place of places.slice(0, gone)) unshelve(shelf, place, see);
          shelve(shelf, count, see);
          const left = [...places.slice(gone), count];
          expect([...bestOf(shelf)]).toEqual(inOrder(left, see));
          for (const place of left) unshelve(shelf, place, see);
          expect([shelf.size, shelf.piles]).toEqual([0, []]);
        },
      ),
    );
  });

  it('has the higher F first, then the later, then the smaller digest', () => {
    const see = seeing([one('d', 9, 1), one('c', 9, 2), one('b', 8, 3), one('a', 9, 2)]);
    const shelf = newShelf();
    for (const place of [0, 1, 2, 3]) shelve(shelf, place, see);
    expect([...bestOf(shelf)].map((place) => nameOf(see(place)).trim())).toEqual([
      'a',
      'c',
      'd',
      'b',
    ]);
  });
});

const seeing =
  (items: readonly Ranked[]) =>
  (place: Place): Ranked => {
    const item = items[place];
    invariant(item !== undefined, 'each place has its own');
    return item;
  };

const inOrder = (places: readonly Place[], see: (place: Place) => Ranked): readonly Place[] =>
  places.toSorted((a, b) => better(see(a), see(b)));

const nameOf = ({ of: { persons } }: Ranked): string => String.fromCharCode(...persons);

const one = (name: string, finalScore: number, admittedAt: number): Ranked => ({
  of: {
    persons: packDigests([name.padEnd(32) as TightDigest]),
    finalScore: finalScore as Score,
    admittedAt: admittedAt as Instant,
  },
  at: 0,
});

const ranked = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.nat(3), fc.nat(4))
  .map(([person, score, at]) => one(String(person), score, at));
