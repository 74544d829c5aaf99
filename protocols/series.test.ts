import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, newSeries, totalSince } from './series.ts';

describe('totalSince', () => {
  it('is the sum of the rows later than a moment, by column', () => {
    const series = newSeries();
    expect(totalSince(series, 0)).toEqual([]);
    addTo(series, 5, [1, 10]);
    addTo(series, 3, [2, 20]);
    expect([2, 3, 4, 5].map((after) => totalSince(series, after))).toEqual([
      [3, 30],
      [1, 10],
      [1, 10],
      [0, 0],
    ]);
  });

  it('agrees with adding up, whatever comes late and whatever was asked meanwhile', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyTime, anyRow, anyTime), { minLength: 1 }), (steps) => {
        const series = newSeries();
        for (const [index, [at, row, after]] of steps.entries()) {
          addTo(series, at, row);
          // Not asked each time, so that several rows wait to be summed.
          if (index % 3 === 1) continue;
          const later = steps.slice(0, index + 1).filter(([time]) => time > after);
          const sums = [0, 1].map((column) =>
            later.reduce((sum, [, counts]) => sum + (counts[column] ?? 0), 0),
          );
          expect(totalSince(series, after)).toEqual(sums);
        }
      }),
    );
  });
});

const anyTime = fc.integer({ min: -1, max: 6 });
const anyRow = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }));
