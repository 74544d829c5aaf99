import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fraction, Weight16 } from '../../units.ts';
import { yumaEpoch, type YumaSubnet, type YumaTerms } from '../yuma.ts';
import { anySubnet, anyTerms, DEFAULTS, row, subnetOf } from './arbitraries.ts';
import { bondsAfter, type Bonding } from './bonds.ts';
import type { Row16 } from './matrix.ts';

describe('bondsAfter', () => {
  it('keeps what the chain keeps while validators turn away one by one', () => {
    const all = row([4, 16_383], [5, 32_767], [6, 49_149], [7, 65_535]);
    const start = subnetOf([1, 2, 3, 4, 0, 0, 0, 0], { 0: all, 1: all, 2: all, 3: all });
    const first = yumaEpoch(start, DEFAULTS);
    expect(bondsTo(4, first.bonds)).toEqual([16_383, 32_767, 49_151, 65_535]);
    expect(bondsTo(7, first.bonds)).toEqual([16_383, 32_767, 49_151, 65_535]);

    // Who turns to itself gives to nobody.
    const one = turned({ ...start, bonds: first.bonds }, 0);
    const second = yumaEpoch(one, DEFAULTS);
    expect(bondsTo(4, second.bonds)).toEqual([14_582, 32_767, 49_151, 65_535]);

    const both = turned({ ...one, bonds: second.bonds }, 1);
    const third = yumaEpoch(both, DEFAULTS);
    expect(bondsTo(4, third.bonds)).toEqual([12_603, 28_321, 49_151, 65_535]);
  });

  it('gives the first bonds at once in Yuma 2, and bit by bit in Yuma 3', () => {
    expect(bondsAfter(BOTH, DEFAULTS).bonds).toEqual([row([2, 65_535]), row([2, 16_383]), []]);
    expect(bondsAfter(BOTH, { ...DEFAULTS, version: 3 }).bonds).toEqual([
      row([2, 6_553]),
      row([2, 6_553]),
      [],
    ]);
  });

  it('keeps the bonds of a column that nobody weighs in Yuma 2, and lets them fade in Yuma 3', () => {
    const idle = { ...BOTH, weights: [[], [], []], clipped: [[], [], []] };
    const held = { ...idle, bonds: [row([2, 65_535]), row([2, 21_845]), []] };
    expect(bondsAfter(held, DEFAULTS).bonds).toEqual(held.bonds);
    const { bonds } = bondsAfter(held, { ...DEFAULTS, version: 3 });
    expect(bonds).toEqual([row([2, 58_981]), row([2, 19_660]), []]);
  });

  it('weighs dividends by stake in Yuma 3 alone, where bonds do not', () => {
    const held = { ...BOTH, bonds: [row([2, 65_535]), row([2, 65_535]), []] };
    expect(bondsAfter(held, DEFAULTS).dividends).toEqual([0.53, 0.47, 0].map(near));
    const { dividends } = bondsAfter(held, { ...DEFAULTS, version: 3 });
    expect(dividends).toEqual([0.8, 0.2, 0].map(near));
  });

  it('takes off what goes beyond consensus, as far as the penalty says', () => {
    const beyond = { ...BOTH, clipped: [row([2, 0.5]), row([2, 1]), []] };
    const [none, half, all] = [0, 32_768, 65_535].map((penalty) => {
      const terms = { ...DEFAULTS, version: 3 as const, alpha: ALL_NEW };
      const { bonds } = bondsAfter(beyond, { ...terms, bondsPenalty: penalty as Weight16 });
      return bondsTo(2, bonds)[0];
    });
    expect([none, half, all]).toEqual([65_535, 49_151, 32_767]);
  });

  it('keeps no bond that comes to less than a step', () => {
    const held = {
      ...BOTH,
      weights: [[], [], []],
      clipped: [[], [], []],
      bonds: [row([2, 1]), [], []],
    };
    expect(bondsAfter(held, { ...DEFAULTS, version: 3 }).bonds).toEqual([[], [], []]);
  });

  it('fades to nothing in Yuma 3 where nobody weighs any more, and never rises', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const idle = { ...subnet, weights: subnet.weights.map(() => []) };
        const { bonds } = yumaEpoch(idle, { ...terms, version: 3 });
        for (const [from, own] of bonds.entries()) {
          const before = new Map(subnet.bonds[from]);
          for (const [to, bond] of own) expect(bond).toBeLessThanOrEqual(before.get(to) ?? 0);
        }
      }),
    );
  });

  it('scales the greatest bond of each column to 65535 in Yuma 2', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        // With everyone's permit kept, no row is taken away afterwards.
        const staked = { ...subnet, stake: subnet.stake.map((own) => (own + 1n) as typeof own) };
        const { bonds } = yumaEpoch(staked, { ...terms, version: 2 });
        for (const uid of subnet.stake.keys()) {
          const column = bondsTo(uid, bonds);
          expect([0, 65_535]).toContain(Math.max(0, ...column));
        }
      }),
    );
  });

  it('is the old in Yuma 3 where nothing is new, to a step', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const unchanging: YumaTerms = { ...terms, version: 3, alpha: 0 as Fraction };
        const { bonds, permits } = yumaEpoch(subnet, unchanging);
        for (const [from, own] of subnet.bonds.entries()) {
          if (permits[from] !== true) continue;
          const after = new Map(bonds[from]);
          for (const [to, bond] of own) {
            expect(after.get(to) ?? 0).toBeGreaterThanOrEqual(bond - 1);
            expect(after.get(to) ?? 0).toBeLessThanOrEqual(bond);
          }
        }
      }),
    );
  });

  it('forgets the old in Yuma 3 where all is new', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const forgetting: YumaTerms = { ...terms, version: 3, alpha: ALL_NEW };
        const fresh = { ...subnet, bonds: subnet.bonds.map(() => []) };
        expect(yumaEpoch(subnet, forgetting)).toEqual(yumaEpoch(fresh, forgetting));
      }),
    );
  });
});

const ALL_NEW = 1_000_000 as Fraction;

/** Two validators, four fifths and one fifth of the stake, that agree on the third neuron. */
const BOTH: Bonding = {
  weights: [row([2, 1]), row([2, 1]), []],
  clipped: [row([2, 1]), row([2, 1]), []],
  bonds: [[], [], []],
  stake: [0.8, 0.2, 0],
  incentive: [0, 0, 1],
};

const near = (value: number): unknown => expect.closeTo(value, 9);

/** The bonds that there are to one neuron. */
const bondsTo = (uid: number, bonds: readonly Row16[]): number[] =>
  bonds.flatMap((own) => own.filter(([to]) => to === uid).map(([, bond]) => bond));

const turned = (subnet: YumaSubnet, uid: number): YumaSubnet => ({
  ...subnet,
  weights: subnet.weights.map((own, from) => (from === uid ? row([uid, 65_535]) : own)),
});
