import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rao, Uid, Weight16 } from '../../units.ts';
import { FULL_WEIGHT } from '../weights.ts';
import { any16, anyRow, DEFAULTS, row } from './arbitraries.ts';
import { consensusOn } from './consensus.ts';
import { rowsNormalised, type Matrix, type Row16 } from './matrix.ts';

describe('consensusOn', () => {
  it('is what exactly half of the stake gives, but not what a rao less than half does', () => {
    const weights = [row([2, 1]), row([3, 1]), [], []];
    expect(consensusBy([50, 50], weights)).toEqual([0, 0, 1, 1]);
    // κ is 32767 of 65535, which is short of half by less than 0.001 %.
    expect(consensusBy([32_767, 32_768], weights)).toEqual([0, 0, 1, 1]);
    expect(consensusBy([32_766, 32_769], weights)).toEqual([0, 0, 0, 1]);
    // Beyond what a double can count.
    const half = 2n ** 70n;
    const kappa = 32_768 as Weight16;
    expect(consensusBy([half + 1n, half - 1n], weights, kappa)).toEqual([0, 0, 0, 0]);
    const part = half * 65_535n;
    const [least, rest] = [2n * half * 32_768n, 2n * (part - half * 32_768n)];
    expect(consensusBy([least, rest], weights, kappa)).toEqual([0, 0, 1, 0]);
    expect(consensusBy([least - 1n, rest + 1n], weights, kappa)).toEqual([0, 0, 0, 0]);
  });

  it('takes all of the stake where κ is the whole, and any of it where κ is 0', () => {
    const weights = [row([2, 1], [3, 3]), row([2, 1], [3, 1]), [], []];
    expect(consensusBy([1, 99], weights, 0 as Weight16)).toEqual([0, 0, 0.5, 0.75]);
    expect(consensusBy([1, 99], weights, FULL_WEIGHT)).toEqual([0, 0, 0.25, 0.5]);
  });

  it('clips to it, trusts what is left, and ranks by that', () => {
    const weights = [row([3, 3], [4, 1]), row([3, 3], [4, 1]), row([3, 1], [4, 1]), [], []];
    const result = consensusOn(rowsNormalised(weights), say([1, 1, 2, 0, 0]));
    expect(result.consensus).toEqual([0, 0, 0, 0.75, 0.5]);
    const minor = consensusOn(rowsNormalised(weights), say([2, 2, 1, 0, 0]));
    expect(minor.consensus).toEqual([0, 0, 0, 0.75, 0.25]);
    expect(minor.clipped[2]).toEqual(row([3, 0.5], [4, 0.25]));
    expect(minor.validatorTrust).toEqual([1, 1, 0.75, 0, 0]);
    // 3 has 0.8 · 0.75 + 0.2 · 0.5, 4 has 0.25.
    expect(minor.incentive).toEqual([0, 0, 0, 0.7 / 0.95, 0.25 / 0.95].map(near));
  });

  it('is 0 for all where nobody has a say', () => {
    const { consensus, incentive, validatorTrust } = consensusOn([[], []], say([0, 0]));
    expect([consensus, incentive, validatorTrust]).toEqual([NONE, NONE, NONE]);
    expect(consensusBy([0, 0], [row([1, 9]), []])).toEqual(NONE);
  });

  it('cannot be raised by a minority above what any of the others gives', () => {
    fc.assert(
      fc.property(minority, ({ stake, weights, others, kappa }) => {
        const { consensus } = consensusOn(rowsNormalised(weights), { stake, kappa });
        const given = rowsNormalised(weights.slice(0, others));
        for (const [uid, value] of consensus.entries()) {
          expect(value).toBeLessThanOrEqual(greatest(given, uid));
        }
      }),
    );
  });

  it('cannot be lowered below what all the others give by whoever holds no more than 1 − κ', () => {
    fc.assert(
      fc.property(minority, ({ stake, weights, others, kappa }) => {
        // What is left to a minority of less than κ is more than 1 − κ.
        const share = (FULL_WEIGHT - kappa) as Weight16;
        const { consensus } = consensusOn(rowsNormalised(weights), { stake, kappa: share });
        const given = rowsNormalised(weights.slice(0, others));
        for (const [uid, value] of consensus.entries()) {
          expect(value).toBeGreaterThanOrEqual(least(given, uid));
        }
      }),
    );
  });

  it('gains nobody anything by splitting into two', () => {
    fc.assert(
      fc.property(
        fc.array(anyStake, MOST),
        fc.array(anyRow(SIZE), MOST),
        any16,
        (stakes, rows, k) => {
          const halves = stakes.flatMap((stake) => [stake, stake]);
          const twice = rows.flatMap((own) => [own, own]);
          const whole = stakes.map((stake) => 2n * stake);
          expect(padded(halves, twice, k)).toEqual(padded(whole, rows, k));
        },
      ),
    );
  });
});

/** Of neurons that are few enough to collide. */
const SIZE = 4;
const MOST = { minLength: 3, maxLength: 3 };
const NONE = [0, 0];

const near = (value: number): unknown => expect.closeTo(value, 12);

const say = (stakes: readonly (number | bigint)[], kappa: Weight16 = DEFAULTS.kappa) => ({
  stake: stakes.map((stake) => BigInt(stake) as Rao),
  kappa,
});

/** Stakes of the first neurons; the rest have none. */
const consensusBy = (
  stakes: readonly (number | bigint)[],
  weights: readonly Row16[],
  kappa?: Weight16,
): readonly number[] => {
  const all = weights.map((_, uid) => stakes[uid] ?? 0);
  return consensusOn(rowsNormalised(weights), say(all, kappa)).consensus;
};

/** Rows beside as many without any, so that each column has its place. */
const padded = (stakes: readonly bigint[], rows: readonly Row16[], kappa: Weight16) =>
  consensusBy(stakes, [...rows, ...Array.from({ length: SIZE }, () => [])], kappa).slice(0, SIZE);

const valuesOf = (weights: Matrix, uid: number): number[] =>
  weights.map((own) => own.find(([to]) => to === (uid as Uid))?.[1] ?? 0);
const greatest = (weights: Matrix, uid: number): number => Math.max(...valuesOf(weights, uid));
const least = (weights: Matrix, uid: number): number => Math.min(...valuesOf(weights, uid));

const anyStake = fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 10n ** 20n));

/** The honest come first and hold more than 1 − κ; the others have what is left, often all of it. */
const minority = fc
  .record({
    honest: fc.array(fc.tuple(fc.bigInt(1n, 1_000n), anyRow(8)), { minLength: 1, maxLength: 4 }),
    liars: fc.array(fc.tuple(fc.bigInt(1n, 1_000n), anyRow(8)), { minLength: 1, maxLength: 4 }),
    over: fc.constantFrom(1n, 2n, 1_000n),
    kappa: any16.filter((kappa) => kappa > 0 && kappa < FULL_WEIGHT),
  })
  .map(({ honest, liars, over, kappa }) => {
    const held = liars.reduce((sum, [stake]) => sum + stake, 0n);
    // So that 65535 · honest > (65535 − κ) · all, which is κ · honest > (65535 − κ) · held.
    const enough = (BigInt(FULL_WEIGHT - kappa) * held) / BigInt(kappa) + over;
    const rest = honest.slice(1);
    const others = rest.reduce((sum, [stake]) => sum + stake, 0n);
    const most = enough > others ? enough - others : 1n;
    const rows = [...honest, ...liars].map(([, own]) => own);
    const stakes = [most, ...rest.map(([stake]) => stake), ...liars.map(([stake]) => stake)];
    const empty = Array.from({ length: 8 - rows.length }, () => []);
    return {
      stake: [...stakes, ...empty.map(() => 0n)].map((stake) => stake as Rao),
      weights: [...rows, ...empty] as Row16[],
      others: honest.length,
      kappa,
    };
  });
