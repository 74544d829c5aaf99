import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../runtime/random.ts';
import { beta, binomial, drawnFrom, heavy, shuffled, whole } from './draws.ts';

describe('binomial', () => {
  it('has the mean and the variance of so many trials', () => {
    const { mean, variance } = momentsOf(() => binomial(random, 20, 0.7));
    expect(mean).toBeCloseTo(14, 1);
    expect(variance).toBeCloseTo(4.2, 0);
  });

  it('is certain at the ends', () => {
    expect([binomial(random, 50, 0), binomial(random, 50, 1)]).toEqual([0, 50]);
  });
});

describe('beta', () => {
  it('has its mean, and the variance that the scatter says', () => {
    for (const [mean, scatter] of [
      [0.8, 0.05],
      [0.5, 0.4],
      [0.97, 0.1],
    ] as const) {
      const moments = momentsOf(() => beta(random, mean, scatter));
      expect(moments.mean).toBeCloseTo(mean, 2);
      expect(moments.variance).toBeCloseTo(mean * (1 - mean) * scatter, 2);
    }
  });

  it('stays between 0 and 1', () => {
    fc.assert(
      fc.property(share, halfShare, fc.string(), (mean, scatter, seed) => {
        const drawn = beta(randomFrom(seed), mean, scatter);
        expect(drawn >= 0 && drawn <= 1).toBe(true);
      }),
    );
  });
});

describe('heavy', () => {
  it('goes far out one time in a hundred, as a normal never does', () => {
    const far = Array.from({ length: DRAWS }, () => Math.abs(heavy(random)) > 5.84);
    expect(far.filter(Boolean).length / DRAWS).toBeCloseTo(0.01, 2);
  });
});

describe('drawing from a list', () => {
  it('takes each at most once, and shuffling keeps all', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.nat(), fc.string(), (list, some, seed) => {
        const count = list.length === 0 ? 0 : some % (list.length + 1);
        const drawn = drawnFrom(randomFrom(seed), [...list], count);
        expect(new Set(drawn).size).toBe(count);
        expect(new Set(shuffled(randomFrom(seed), list))).toEqual(new Set(list));
      }),
    );
  });

  it('takes both ends', () => {
    const drawn = new Set(Array.from({ length: 100 }, () => whole(random, 2, 4)));
    expect(drawn).toEqual(new Set([2, 3, 4]));
  });
});

const random = randomFrom('draws');
const DRAWS = 20_000;
const share = fc.double({ min: 0, max: 1, noNaN: true });
const halfShare = fc.double({ min: 0, max: 0.5, noNaN: true });

function momentsOf(draw: () => number): { mean: number; variance: number } {
  const drawn = Array.from({ length: DRAWS }, draw);
  const mean = drawn.reduce((sum, value) => sum + value, 0) / DRAWS;
  const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
  return { mean, variance };
}
