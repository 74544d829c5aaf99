import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePlaces, placeOf, type Place } from './place.ts';

describe('comparePlaces', () => {
  it('goes by epoch, then by time, then by key; who follows comes right after', () => {
    const batch = { at: 5, key: 'b' };
    const places: Place[] = [
      { at: 4, key: 'z' },
      { at: 5, key: 'a' },
      batch,
      { ...batch, follows: { at: 1, key: 'x' } },
      { ...batch, follows: { at: 1, key: 'y' } },
      { at: 5, key: 'c' },
      { at: 1, key: 'a', epoch: 1 },
    ];
    expect(places.toReversed().toSorted(comparePlaces)).toEqual(places);
  });

  it('is an order: one way or the other, and through a third', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, anyPlace, (a, b, c) => {
        expect(Math.sign(comparePlaces(a, b)) + Math.sign(comparePlaces(b, a))).toBe(0);
        if (comparePlaces(a, b) <= 0 && comparePlaces(b, c) <= 0) {
          expect(comparePlaces(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe('placeOf', () => {
  it('stands where its record stands', () => {
    fc.assert(
      fc.property(anyOwnPlace, (place) => {
        const record = { ...place, kind: 'miss' };
        expect(placeOf(record)).toEqual(place);
        expect(comparePlaces(placeOf(record), record)).toBe(0);
      }),
    );
  });
});

const anyOwnPlace = fc.record(
  { at: fc.nat({ max: 2 }), key: fc.constantFrom('a', 'b'), epoch: fc.nat({ max: 2 }) },
  { requiredKeys: ['at', 'key'] },
);
const anyPlace: fc.Arbitrary<Place> = fc.oneof(
  anyOwnPlace,
  fc.tuple(anyOwnPlace, anyOwnPlace).map(([place, follows]) => ({ ...place, follows })),
);
