import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evidenceOf,
  gridOf,
  membershipsOf,
  mostEvidenceOf,
  newRatioRoom,
  ODD,
  ratiosOf,
  type Ratios,
} from './two-groups.ts';

describe('two groups', () => {
  it('are no better than one where nobody is off', () => {
    expect(evidenceOf(gridOf(crowd(40, [])))).toBeLessThan(0);
    expect(evidenceOf(gridOf(ratiosFor([])))).toBe(0);
  });

  it('are far better where several are off alike, and hardly where one is', () => {
    const ring = crowd(40, [1.3, 1.2, 1.4, 1.3]);
    const oneAlone = crowd(40, [1.3]);
    expect(evidenceOf(gridOf(ring))).toBeGreaterThan(10);
    // The odd one of the 0.6 % explains him nearly as well.
    expect(evidenceOf(gridOf(oneAlone))).toBeLessThan(2);
  });

  it('say more of those who are off where fewer honest ones are odd', () => {
    const ring = [1.3, 1.2, 1.4, 1.3].map((mean): Off => [mean, NOISE]);
    const [some, fewer] = [ODD.always, ODD.inSpells].map((odd) =>
      evidenceOf(gridOf(ratiosFor(ring, odd))),
    );
    // As if each were twice as unlikely to be honest.
    expect((fewer ?? 0) - (some ?? 0)).toBeCloseTo(4 * Math.log(ODD.always / ODD.inSpells), 0);
  });

  it('tell who is of the ring', () => {
    const grid = gridOf(crowd(40, [1.3, 1.2, 1.4, 1.3]));
    expect(membershipsOf(ratiosFor([[1.3, NOISE]]), grid)[0]).toBeGreaterThan(0.95);
    expect(membershipsOf(ratiosFor([[0, NOISE]]), grid)[0]).toBeLessThan(0.01);
  });

  it('take whoever is off the more for a member, up to where the nearest rings are', () => {
    fc.assert(
      fc.property(fc.array(anyone, { maxLength: 20 }), anyMean, anyMean, (all, a, b) => {
        const grid = gridOf(ratiosFor(all));
        const [less, more] = [a, b].toSorted((x, y) => x - y).map((mean) => of(mean, grid));
        expect(more ?? 0).toBeGreaterThanOrEqual((less ?? 0) - 2 ** -29);
      }),
    );
    function of(mean: number, grid: readonly number[]): number {
      return membershipsOf(ratiosFor([[mean, NOISE]]), grid)[0] ?? NaN;
    }
  });

  it('agree with the formula', () => {
    fc.assert(
      fc.property(fc.array(anyone, { maxLength: 60 }), anyone, (all, one) => {
        const ratios = ratiosFor(all);
        const own = ratiosFor([one]);
        const grid = gridOf(ratios);
        const points = [0, 1, 2].flatMap((offset) =>
          [0.03, 0.1, 0.25].map((share) => {
            const logs = [...(ratios[offset] ?? [])].map((ratio) =>
              Math.log(1 - share + share * ratio),
            );
            const ring = share * (own[offset]?.[0] ?? 0);
            return { ln: sum(logs), member: ring / (ring + 1 - share) };
          }),
        );
        const most = Math.max(...points.map((point) => point.ln));
        const weights = points.map((point) => Math.exp(point.ln - most));
        const mean = most + Math.log(sum(weights) / 9);
        expect(Math.abs(evidenceOf(grid) - mean)).toBeLessThan(1e-9);
        const member = sum(points.map((point, at) => point.member * (weights[at] ?? 0)));
        expect(membershipsOf(own, grid)[0]).toBeCloseTo(member / sum(weights), 8);
      }),
    );
  });

  it('are the same to the bit in whatever order', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyone, { maxLength: 40 })
          .chain((all) =>
            fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
          ),
        ([all, shuffled]) => {
          expect(gridOf(ratiosFor(shuffled))).toEqual(gridOf(ratiosFor(all)));
        },
      ),
    );
  });

  it('are never better than they are said to be at most, and hardly worse', () => {
    fc.assert(
      fc.property(fc.array(anyone, { maxLength: 300 }), (all) => {
        const ratios = ratiosFor(all);
        const exact = evidenceOf(gridOf(ratios));
        expect(mostEvidenceOf(ratios)).toBeGreaterThan(exact);
        expect(mostEvidenceOf(ratios)).toBeLessThan(exact + 1e-6);
      }),
    );
  });
});

/** Variance of a mean of some ten scores. */
const NOISE = 0.05;

/** Mean, and its variance. */
type Off = readonly [number, number];
const ratiosFor = (all: readonly Off[], odd: number = ODD.always): Ratios =>
  ratiosOf(
    {
      means: Float64Array.from(all, ([mean]) => mean),
      variances: Float64Array.from(all, ([, variance]) => variance),
      odd,
    },
    newRatioRoom(),
  );

/** So many that are off by nothing, or nearly, and some that are. */
const crowd = (honest: number, ring: readonly number[]): Ratios =>
  ratiosFor([
    ...Array.from({ length: honest }, (_, at): Off => [((at % 5) - 2) / 10, NOISE]),
    ...ring.map((mean): Off => [mean, NOISE]),
  ]);

/** Beyond 0.7 a ring that is off by no more explains less than the odd one does. */
const anyMean = fc.double({ min: 0, max: 0.7, noNaN: true });
const anyone: fc.Arbitrary<Off> = fc.tuple(
  fc.double({ min: -3.5, max: 3.5, noNaN: true }),
  fc.double({ min: 0.005, max: 4, noNaN: true }),
);

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
