import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ONE, type Fraction } from '../units.ts';
import { minerScore, weighted, type Tally } from './miner-score.ts';

describe('minerScore', () => {
  it('is the leads that were good, times how surely the miner answers', () => {
    const all = { asked: 500, good: 450, queries: 10, approved: 9 };
    expect(minerScore([all, all, all])).toEqual({
      accuracy: 900_000,
      dependability: 1_900_000,
      weight: 1_710_000,
    });
  });

  it('weighs the last fortnight most', () => {
    const none = { asked: 100, good: 0, queries: 4, approved: 0 };
    const good = { asked: 100, good: 100, queries: 4, approved: 4 };
    expect(minerScore([good, none, none])).toMatchObject({
      accuracy: 550_000,
      dependability: 1_550_000,
    });
    expect(minerScore([none, good, none]).accuracy).toBe(250_000);
    expect(minerScore([none, none, good]).accuracy).toBe(200_000);
  });

  it('gives the weight of a window without data to the others', () => {
    const old = { asked: 100, good: 80, queries: 2, approved: 1 };
    expect(minerScore([NOTHING, NOTHING, old])).toMatchObject({
      accuracy: 800_000,
      dependability: 1_500_000,
    });
    // 0.25 : 0.20 of 0.9 and 0.
    const better = { asked: 100, good: 90, queries: 1, approved: 1 };
    const worse = { asked: 100, good: 0, queries: 1, approved: 1 };
    expect(minerScore([NOTHING, better, worse]).accuracy).toBe(500_000);
  });

  it('is nothing without data', () => {
    expect(minerScore([NOTHING, NOTHING, NOTHING])).toEqual({
      accuracy: 0,
      dependability: ONE,
      weight: 0,
    });
  });

  it('counts a miss against dependability alone', () => {
    const answered = { asked: 100, good: 100, queries: 1, approved: 1 };
    const missed = { ...answered, queries: 2 };
    expect(minerScore([missed, missed, missed])).toMatchObject({
      accuracy: ONE,
      dependability: 1_500_000,
    });
  });

  it('takes a_d of 30 leads at least', () => {
    const first = (asked: number): Tally => ({ asked, good: asked, queries: 1, approved: 1 });
    expect(minerScore([first(1), first(1), first(1)]).accuracy).toBe(33_333);
    expect(minerScore([first(29), first(29), first(29)]).accuracy).toBe(966_666);
    expect(minerScore([first(30), first(30), first(30)]).accuracy).toBe(ONE);
    expect(minerScore([first(31), first(31), first(31)]).accuracy).toBe(ONE);
  });

  it('rounds down', () => {
    const third = { asked: 90, good: 80, queries: 3, approved: 2 };
    // 888 888 · 1 666 666 = 1 481 479.1…
    expect(minerScore([third, third, third])).toEqual({
      accuracy: 888_888,
      dependability: 1_666_666,
      weight: 1_481_479,
    });
    // 888 888 · 1 333 333 = 1 185 183.7…
    const less = { ...third, approved: 1 };
    expect(minerScore([less, less, less]).weight).toBe(1_185_183);
    expect(minerScore([{ ...third, good: 81 }, third, third]).accuracy).toBe(894_999);
  });

  it('stays within its bounds and is never NaN', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const { accuracy, dependability, weight } = minerScore(windows);
        expect(accuracy >= 0 && accuracy <= ONE).toBe(true);
        expect(dependability >= ONE && dependability <= 2 * ONE).toBe(true);
        expect(weight >= accuracy && weight <= 2 * accuracy).toBe(true);
        expect([accuracy, dependability, weight].every(Number.isInteger)).toBe(true);
      }),
    );
  });

  it('never rises where a lead turns from good to bad', () => {
    fc.assert(
      fc.property(anyWindows, fc.nat({ max: 2 }), (windows, first) => {
        // The windows are nested: a lead of one is in all that are longer.
        const spoilt = windows.map((window, index) =>
          index >= first && window.good > 0 ? { ...window, good: window.good - 1 } : window,
        );
        const before = minerScore(windows);
        const after = minerScore(spoilt);
        expect(after.accuracy).toBeLessThanOrEqual(before.accuracy);
        expect(after.weight).toBeLessThanOrEqual(before.weight);
        expect(after.dependability).toBe(before.dependability);
      }),
    );
  });

  it('never falls where one more query is answered well', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const better = windows.map((window) => ({
          ...window,
          queries: window.queries + 1,
          approved: window.approved + 1,
        }));
        const gain = minerScore(better).dependability - minerScore(windows).dependability;
        expect(gain).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('agrees with the formula as one writes it, to the last millionths', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const { accuracy, dependability } = minerScore(windows);
        const shares = [0.55, 0.25, 0.2];
        const mean = (values: readonly (number | undefined)[]): number => {
          const known = values.flatMap((value, index) =>
            value === undefined ? [] : [{ value, share: shares[index] ?? 0 }],
          );
          const sum = known.reduce((all, { value, share }) => all + value * share, 0);
          return sum / (known.reduce((all, { share }) => all + share, 0) || 1);
        };
        const a = windows.map(({ asked, good }) =>
          asked ? good / Math.max(asked, 30) : undefined,
        );
        const u = windows.map(({ queries, approved }) =>
          queries ? approved / queries : undefined,
        );
        expect(mean(a) * 1e6 - accuracy).toBeGreaterThan(-0.001);
        expect(mean(a) * 1e6 - accuracy).toBeLessThan(2.001);
        expect((1 + mean(u)) * 1e6 - dependability).toBeGreaterThan(-0.001);
        expect((1 + mean(u)) * 1e6 - dependability).toBeLessThan(2.001);
      }),
    );
  });

  it('refuses a tally that cannot be', () => {
    const wrong = { asked: 1, good: 2, queries: 1, approved: 1 };
    expect(() => minerScore([wrong, wrong, wrong])).toThrow('broken invariant');
    const odd = { asked: 1, good: 1, queries: 0, approved: 1 };
    expect(() => minerScore([odd, odd, odd])).toThrow('broken invariant');
  });
});

describe('weighted', () => {
  it('keeps a value that all windows share, whichever of them have data', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: ONE }),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        (value, known) => {
          const mean = weighted(known.map((has) => (has ? (value as Fraction) : undefined)));
          expect(mean).toBe(known.includes(true) ? value : 0);
        },
      ),
    );
  });
});

const NOTHING: Tally = { asked: 0, good: 0, queries: 0, approved: 0 };

const partOf = (whole: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(0, whole), fc.nat({ max: whole }));

/** What happened between one window's start and the next one's; often nothing. */
const anyStretch: fc.Arbitrary<Tally> = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 1, 29, 30, 31), fc.nat({ max: 100_000 })),
    fc.oneof(fc.constantFrom(0, 1), fc.nat({ max: 1_000 })),
  )
  .chain(([asked, queries]) =>
    fc.record({
      asked: fc.constant(asked),
      good: partOf(asked),
      queries: fc.constant(queries),
      approved: partOf(queries),
    }),
  );

const plus = (a: Tally, b: Tally): Tally => ({
  asked: a.asked + b.asked,
  good: a.good + b.good,
  queries: a.queries + b.queries,
  approved: a.approved + b.approved,
});

/** Nested, as windows are. */
const anyWindows: fc.Arbitrary<readonly Tally[]> = fc
  .tuple(fc.oneof(fc.constant(NOTHING), anyStretch), anyStretch, anyStretch)
  .map(([first, second, third]) => [first, plus(first, second), plus(plus(first, second), third)]);
