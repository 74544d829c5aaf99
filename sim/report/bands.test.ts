import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../runtime/random.ts';
import { bandOf, student } from './bands.ts';

describe('bandOf', () => {
  it('is the mean and Student’s interval around it', () => {
    const band = bandOf([1, 2, 3, 4, 5]);
    expect(band?.mean).toBe(3);
    expect(band?.high).toBeCloseTo(3 + (2.776 * Math.sqrt(2.5)) / Math.sqrt(5), 9);
    expect(band?.low).toBeCloseTo(3 - (2.776 * Math.sqrt(2.5)) / Math.sqrt(5), 9);
  });

  it('knows nothing of the spread of one, and nothing at all of none', () => {
    expect(bandOf([7])).toEqual({ seeds: 1, mean: 7, low: 7, high: 7 });
    expect(bandOf([])).toBeUndefined();
  });

  it('holds its mean, moves with its figures, and is as wide as they are far apart', () => {
    const anyFigures = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2 });
    fc.assert(
      fc.property(anyFigures, fc.integer({ min: -50, max: 50 }), (figures, by) => {
        const [band, moved] = [bandOf(figures), bandOf(figures.map((one) => one + by))];
        if (band === undefined || moved === undefined) throw new Error('there are figures');
        expect(band.low).toBeLessThanOrEqual(band.mean);
        expect(band.high).toBeGreaterThanOrEqual(band.mean);
        expect(moved.mean).toBeCloseTo(band.mean + by, 6);
        expect(moved.high - moved.low).toBeCloseTo(band.high - band.low, 6);
        expect(bandOf(figures.toReversed())?.mean).toBeCloseTo(band.mean, 6);
      }),
    );
  });

  it('holds the truth some 95 times in a hundred', () => {
    const random = randomFrom('bands');
    const uniform = (): number => random.next() / 2 ** 32;
    let held = 0;
    for (let round = 0; round < 2_000; round++) {
      // The sum of twelve is as good as normal, around 6.
      const figures = Array.from({ length: 5 }, () =>
        Array.from({ length: 12 }, uniform).reduce((sum, one) => sum + one, 0),
      );
      const band = bandOf(figures);
      if (band !== undefined && band.low <= 6 && 6 <= band.high) held++;
    }
    expect(held / 2_000).toBeGreaterThan(0.935);
    expect(held / 2_000).toBeLessThan(0.965);
  });
});

describe('student', () => {
  it('falls towards the normal quantile, without a step where the table ends', () => {
    const quantiles = Array.from({ length: 200 }, (_, at) => student(at + 1));
    for (const [at, quantile] of quantiles.entries()) {
      if (at > 0) expect(quantile).toBeLessThan(quantiles[at - 1] ?? 0);
      expect(quantile).toBeGreaterThan(1.959_963);
    }
    expect(student(60)).toBeCloseTo(2, 3);
    expect(student(120)).toBeCloseTo(1.98, 3);
  });
});
