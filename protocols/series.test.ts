import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, newSeries, takeFrom, totalSince } from './series.ts';

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

describe('takeFrom', () => {
  it('leaves what there would be without the row, whatever was asked meanwhile', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyTime, anyRow, anyTime, fc.boolean())), (steps) => {
        const [series, without] = [newSeries(), newSeries()];
        for (const [at, row] of steps) addTo(series, at, row);
        for (const [at, row, after, isTaken] of steps) {
          if (isTaken) takeFrom(series, at, row);
          else addTo(without, at, row);
          totalSince(series, after);
        }
        expect(series.rows).toHaveLength(without.rows.length);
        for (const [, , after] of steps) {
          expect(totalSince(series, after)).toEqual(totalSince(without, after));
        }
      }),
    );
  });

  it('takes out nothing that was never added', () => {
    const series = newSeries();
    addTo(series, 1, [1, 2]);
    expect(() => takeFrom(series, 1, [1, 3])).toThrow('broken invariant');
    expect(() => takeFrom(series, 2, [1, 2])).toThrow('broken invariant');
  });
});

const anyTime = fc.integer({ min: -1, max: 6 });
const anyRow = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }));
