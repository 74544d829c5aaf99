import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ONE, points, type Fraction, type Reputation } from '../units.ts';
import {
  AGREED,
  APPROVED_A_FAILURE,
  consistency,
  dayOfRatings,
  DISAGREED,
  FULL_PRECISION,
  isRating,
  moved,
  ratingChange,
  reputation,
  START,
  type Agreement,
  type Change,
  type Rated,
} from './reputation.ts';

describe('moved', () => {
  it('adds and takes points', () => {
    expect(moved(START, AGREED)).toBe(points(25));
    expect(moved(START, DISAGREED)).toBe(points(5));
    expect(moved(points(50), APPROVED_A_FAILURE)).toBe(points(30));
  });

  it('loses what would lead out of 0 to 100', () => {
    expect(moved(points(95), AGREED)).toBe(FULL_PRECISION);
    expect(moved(points(10), APPROVED_A_FAILURE)).toBe(0);
    expect(moved(moved(points(5), DISAGREED), AGREED)).toBe(points(10));
  });

  it('stays in 0 to 100 whatever happens', () => {
    fc.assert(
      fc.property(fc.array(anyChange), (changes) => {
        const walk = changes.reduce(moved, START);
        expect(walk >= 0 && walk <= FULL_PRECISION).toBe(true);
      }),
    );
  });

  it('never ends lower for having begun higher', () => {
    fc.assert(
      fc.property(fc.array(anyChange), anyPrecision, anyPrecision, (changes, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(changes.reduce(moved, low)).toBeLessThanOrEqual(changes.reduce(moved, high));
      }),
    );
  });
});

describe('ratingChange', () => {
  it('is the table of the rules', () => {
    const table = [1, 2, 4, 5, 6, 7, 8, 9, 10].map((rating) => ratingChange(rating) / 1_000);
    expect(table).toEqual([-25, -10, -10, 2, 2, 10, 10, 15, 15]);
  });

  it('takes nothing but whole numbers from 1 to 10', () => {
    for (const odd of [0, 11, 1.5, Number.NaN, Infinity]) {
      expect(isRating(odd)).toBe(false);
      expect(() => ratingChange(odd)).toThrow('broken invariant');
    }
    expect(['9', null, undefined, 9n].some(isRating)).toBe(false);
  });
});

describe('dayOfRatings', () => {
  it('stops at the limits of a day', () => {
    expect(day([9, 10, 8])).toEqual([15, 0, 0]);
    expect(day([7, 7, 7])).toEqual([10, 5, 0]);
    expect(day([1, 1, 2])).toEqual([-25, 0, 0]);
    expect(day([2, 2, 2])).toEqual([-10, -10, -5]);
  });

  it('lets a bad rating take back what goes beyond a limit first', () => {
    // 15, 30, 20, 10: of which 15, 15, 15, 10 count.
    expect(day([9, 9, 3, 3])).toEqual([15, 0, 0, -5]);
    // −25, −35, −20: of which −25, −25, −20 count.
    expect(day([1, 4, 9])).toEqual([-25, 0, 5]);
  });

  it("counts a buyer's first rating alone", () => {
    expect(
      dayOfRatings([
        { buyer: 'a', rating: 5 },
        { buyer: 'a', rating: 1 },
        { buyer: 'b', rating: 5 },
        { buyer: 'a', rating: 9 },
      ]).map((change) => change / 1_000),
    ).toEqual([2, 0, 2, 0]);
  });

  it('moves P_v within −25 to +15 at every step, by what the ratings say', () => {
    fc.assert(
      fc.property(fc.array(anyRated), (ratings) => {
        const changes = dayOfRatings(ratings);
        expect(changes).toHaveLength(ratings.length);
        let sum = 0;
        for (const change of changes) {
          sum += change;
          expect(sum >= points(-25) && sum <= points(15)).toBe(true);
        }
        const firsts = ratings.filter(
          ({ buyer }, index) => ratings.findIndex((other) => other.buyer === buyer) === index,
        );
        const wanted = firsts.reduce((all, { rating }) => all + ratingChange(rating), 0);
        expect(sum).toBe(Math.max(points(-25), Math.min(points(15), wanted)));
      }),
    );
  });
});

describe('consistency', () => {
  it('is 1 for a newcomer and 2 for one that always agrees', () => {
    expect(consistency([of(0, 0), of(0, 0), of(0, 0)])).toBe(ONE);
    expect(consistency([of(5, 5), of(5, 5), of(5, 5)])).toBe(2 * ONE);
  });

  it('takes J_d of five scores at least', () => {
    expect(consistency([of(1, 1), of(1, 1), of(1, 1)])).toBe(1_200_000);
    expect(consistency([of(4, 4), of(4, 4), of(4, 4)])).toBe(1_800_000);
    expect(consistency([of(4, 6), of(4, 6), of(4, 6)])).toBe(1_666_666);
  });

  it('weighs the last fortnight most, and gives no window’s weight away', () => {
    expect(consistency([of(9, 9), of(0, 0), of(0, 0)])).toBe(1_550_000);
    expect(consistency([of(0, 0), of(9, 9), of(0, 0)])).toBe(1_250_000);
    expect(consistency([of(0, 0), of(0, 0), of(9, 9)])).toBe(1_200_000);
  });

  it('stays in 1 to 2', () => {
    fc.assert(
      fc.property(fc.tuple(anyAgreement, anyAgreement, anyAgreement), (windows) => {
        const steadiness = consistency(windows);
        expect(Number.isInteger(steadiness)).toBe(true);
        expect(steadiness >= ONE && steadiness <= 2 * ONE).toBe(true);
      }),
    );
  });

  it('never falls where a score agreed that did not', () => {
    fc.assert(
      fc.property(fc.tuple(anyAgreement, anyAgreement, anyAgreement), (windows) => {
        const better = windows.map(({ agreed, scores }) =>
          of(Math.min(agreed + 1, scores), scores),
        );
        expect(consistency(better)).toBeGreaterThanOrEqual(consistency(windows));
      }),
    );
  });

  it('refuses more agreements than scores', () => {
    expect(() => consistency([of(2, 1), of(2, 1), of(2, 1)])).toThrow('broken invariant');
  });
});

describe('reputation', () => {
  it('is precision times consistency, rounded down', () => {
    expect(reputation(points(100), (2 * ONE) as Fraction, false)).toBe(points(200));
    expect(reputation(START, 1_200_000 as Fraction, false)).toBe(points(18));
    expect(reputation(1 as Reputation, 1_999_999 as Fraction, false)).toBe(1);
  });

  it('is 0 while flagged, and in 0 to 200 always', () => {
    fc.assert(
      fc.property(
        anyPrecision,
        fc.integer({ min: ONE, max: 2 * ONE }).map((value) => value as Fraction),
        fc.boolean(),
        (precision, steadiness, flagged) => {
          const worth = reputation(precision, steadiness, flagged);
          expect(Number.isInteger(worth)).toBe(true);
          if (flagged) expect(worth).toBe(0);
          else expect(worth >= precision && worth <= 2 * precision).toBe(true);
        },
      ),
    );
  });
});

const day = (ratings: readonly number[]): number[] =>
  dayOfRatings(ratings.map((rating, index) => ({ buyer: `u${index}`, rating }))).map(
    (change) => change / 1_000,
  );

const of = (agreed: number, scores: number): Agreement => ({ agreed, scores });

const anyRated: fc.Arbitrary<Rated> = fc.record({
  buyer: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
  rating: fc.integer({ min: 1, max: 10 }),
});

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom(AGREED, DISAGREED, APPROVED_A_FAILURE),
  fc.integer({ min: 1, max: 10 }).map(ratingChange),
);

const anyPrecision: fc.Arbitrary<Reputation> = fc
  .oneof(fc.constantFrom(0, 1, 15_000, 99_999, 100_000), fc.nat({ max: 100_000 }))
  .map((value) => value as Reputation);

const anyAgreement: fc.Arbitrary<Agreement> = fc
  .oneof(fc.nat({ max: 6 }), fc.nat({ max: 10_000 }))
  .chain((scores) =>
    fc
      .oneof(fc.constantFrom(0, scores), fc.nat({ max: scores }))
      .map((agreed) => of(agreed, scores)),
  );
