import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { medianOf, medianWithin } from './median.ts';

describe('the median', () => {
  it('is the middle one, or lies between the two, and is 0 of none', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([])).toBe(0);
  });

  it('is what stands in the middle where all are put in order', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        // Of zeros of either sign any may stand in the middle.
        expect(medianOf(values) + 0).toBe(sortedMedian(values) + 0);
      }),
    );
  });

  it('leaves what it is given as it is, or the same numbers in another order', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const given = Float64Array.from(values);
        medianOf(given);
        expect(given).toEqual(Float64Array.from(values));
        medianWithin(given);
        expect(given.toSorted()).toEqual(Float64Array.from(values).toSorted());
      }),
    );
  });

  it('is the same where the numbers are laid out against it', () => {
    for (const length of [1_000, 1_001]) {
      const values = against(length);
      expect(medianOf(values)).toBe(sortedMedian(values));
    }
  });
});

/** Many the same, as scores are, and some of any size. */
const numbers = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  { maxLength: 200 },
);

/** Where each parting takes the least two off, and would have to be done a quarter as often as there are numbers. */
function against(length: number): readonly number[] {
  const places = Array.from({ length }, (_, at) => at);
  const values = places.map(() => length);
  let next = 0;
  let first = 0;
  for (; length - first > 3; first += 2) {
    const middle = (first + length - 1) >> 1;
    const second = places[middle] ?? 0;
    values[places[first] ?? 0] = next++;
    values[second] = next++;
    places[middle] = places[first + 1] ?? 0;
    places[first + 1] = second;
  }
  for (; first < length; first++) values[places[first] ?? 0] = next++;
  return values;
}

function sortedMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
