import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rao } from '../../units.ts';
import { MOST_VALIDATORS, permitsFor, proportions } from './stake.ts';

describe('permitsFor', () => {
  it('permits the highest stakes that are not 0', () => {
    expect(permits([0, 7, 3, 0, 5], 2)).toEqual([1, 4]);
    expect(permits([0, 7, 3, 0, 5], 3)).toEqual([1, 2, 4]);
    expect(permits([0, 7, 3, 0, 5], 4)).toEqual([1, 2, 4]);
    expect(permits([], 4)).toEqual([]);
  });

  it('serves the higher uid first where stakes are equal', () => {
    expect(permits([5, 5, 5, 9], 2)).toEqual([2, 3]);
  });

  it('permits 64 unless told', () => {
    expect(permits(Array.from({ length: 100 }, (_, uid) => 100 - uid))).toHaveLength(64);
  });

  it('permits nobody with less stake than someone whom it forbids', () => {
    fc.assert(
      fc.property(fc.array(anyStake), fc.nat({ max: 10 }), (stakes, most) => {
        const permitted = permitsFor(stakes, most);
        const staked = stakes.filter((stake) => stake > 0n).length;
        expect(permitted.filter(Boolean)).toHaveLength(Math.min(most, staked));
        const inside = stakes.filter((_, uid) => permitted[uid]);
        const outside = stakes.filter((_, uid) => permitted[uid] !== true);
        for (const stake of inside) {
          expect(stake).toBeGreaterThan(0n);
          expect(outside.every((other) => other <= stake)).toBe(true);
        }
      }),
    );
  });
});

describe('proportions', () => {
  it('divides each by all, and by nothing gives nothing', () => {
    expect(proportions([1n, 3n, 0n] as Rao[])).toEqual([0.25, 0.75, 0]);
    expect(proportions([0n, 0n] as Rao[])).toEqual([0, 0]);
  });

  it('loses no stake, however little of all it is', () => {
    const [little = 0, rest] = proportions([1n, 10n ** 27n - 1n] as Rao[]);
    expect(little / 1e-27).toBeCloseTo(1, 9);
    expect(rest).toBe(1);
  });

  it('adds up to 1 and keeps the order', () => {
    fc.assert(
      fc.property(fc.array(anyStake, { minLength: 1 }), (stakes) => {
        const shares = proportions(stakes.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
        const isStaked = stakes.some((stake) => stake > 0n);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(isStaked ? 1 : 0, 12);
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      }),
    );
  });
});

/** The uids of those permitted. */
const permits = (stakes: readonly number[], most: number = MOST_VALIDATORS): number[] =>
  permitsFor(
    stakes.map((stake) => BigInt(stake) as Rao),
    most,
  ).flatMap((isPermitted, uid) => (isPermitted ? [uid] : []));

const anyStake = fc
  .oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 10n ** 17n))
  .map((stake) => stake as Rao);
