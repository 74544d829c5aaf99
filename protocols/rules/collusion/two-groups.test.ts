import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceOf, gridOf, membershipOf, ratiosOf, type Ratios } from './two-groups.ts';

describe('two groups', () => {
  it('are no better than one where nobody is off', () => {
    expect(evidenceOf(gridOf(crowd(40, [])))).toBeLessThan(0);
    expect(evidenceOf(gridOf([]))).toBe(0);
  });

  it('are far better where several are off alike, and hardly where one is', () => {
    const ring = crowd(40, [1.3, 1.2, 1.4, 1.3]);
    const oneAlone = crowd(40, [1.3]);
    expect(evidenceOf(gridOf(ring))).toBeGreaterThan(10);
    // The odd one of the 0.6 % explains him nearly as well.
    expect(evidenceOf(gridOf(oneAlone))).toBeLessThan(2);
  });

  it('tell who is of the ring', () => {
    const grid = gridOf(crowd(40, [1.3, 1.2, 1.4, 1.3]));
    expect(membershipOf(ratiosOf(1.3, NOISE), grid)).toBeGreaterThan(0.95);
    expect(membershipOf(ratiosOf(0, NOISE), grid)).toBeLessThan(0.01);
  });

  it('take whoever is off the more for a member, up to where the nearest rings are', () => {
    fc.assert(
      fc.property(fc.array(anyRatios, { maxLength: 20 }), anyMean, anyMean, (all, a, b) => {
        const grid = gridOf(all);
        const [less, more] = [a, b].toSorted((x, y) => x - y).map((mean) => of(mean, grid));
        expect(more ?? 0).toBeGreaterThanOrEqual((less ?? 0) - 2 ** -29);
      }),
    );
    function of(mean: number, grid: readonly number[]): number {
      return membershipOf(ratiosOf(mean, NOISE), grid);
    }
  });

  it('agree with the formula', () => {
    fc.assert(
      fc.property(fc.array(anyRatios, { maxLength: 60 }), anyRatios, (all, own) => {
        const grid = gridOf(all);
        const points = [0, 1, 2].flatMap((offset) =>
          [0.03, 0.1, 0.25].map((share) => {
            const logs = all.map((ratios) => Math.log(1 - share + share * (ratios[offset] ?? 0)));
            const ring = share * (own[offset] ?? 0);
            return { ln: sum(logs), member: ring / (ring + 1 - share) };
          }),
        );
        const most = Math.max(...points.map((point) => point.ln));
        const weights = points.map((point) => Math.exp(point.ln - most));
        const mean = most + Math.log(sum(weights) / 9);
        expect(Math.abs(evidenceOf(grid) - mean)).toBeLessThan(1e-9);
        const member = sum(points.map((point, at) => point.member * (weights[at] ?? 0)));
        expect(membershipOf(own, grid)).toBeCloseTo(member / sum(weights), 8);
      }),
    );
  });

  it('are the same to the bit in whatever order', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyRatios, { maxLength: 40 })
          .chain((all) =>
            fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
          ),
        ([all, shuffled]) => {
          expect(gridOf(shuffled)).toEqual(gridOf(all));
        },
      ),
    );
  });
});

/** Variance of a mean of some ten scores. */
const NOISE = 0.05;

/** So many that are off by nothing, or nearly, and some that are. */
const crowd = (honest: number, ring: readonly number[]): readonly Ratios[] => [
  ...Array.from({ length: honest }, (_, at) => ratiosOf(((at % 5) - 2) / 10, NOISE)),
  ...ring.map((mean) => ratiosOf(mean, NOISE)),
];

/** Beyond 0.7 a ring that is off by no more explains less than the odd one does. */
const anyMean = fc.double({ min: 0, max: 0.7, noNaN: true });
const anyRatios = fc
  .tuple(
    fc.double({ min: -3.5, max: 3.5, noNaN: true }),
    fc.double({ min: 0.005, max: 4, noNaN: true }),
  )
  .map(([mean, variance]) => ratiosOf(mean, variance));

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
