import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Metagraph, Neuron } from '../../../protocols/metagraph.ts';
import type {
  Block,
  Coldkey,
  Digest,
  Hotkey,
  Instant,
  Rao,
  Uid,
  Weight16,
} from '../../../protocols/units.ts';
import type { WeightLimits } from './subnet-state.ts';
import { capped, isAsSent, limitedTo, planWeights, type Weights } from './weights.ts';

describe('weights below the subnet’s greatest', () => {
  it.each([
    { weights: [10, 1, 1, 1, 1], limit: 0.3, sent: [65_535, 38_229, 38_229, 38_229, 38_229] },
    { weights: [0.9, 0.05, 0.05], limit: 0.5, sent: [65_535, 32_768, 32_768] },
    { weights: [1, 2, 3, 4], limit: 1, sent: [16_384, 32_768, 49_151, 65_535] },
    { weights: [5, 4, 1], limit: 0.2, sent: [65_535, 65_535, 65_535] },
  ])('of $weights by $limit are those of the others’ programs', ({ weights, limit, sent }) => {
    const shares = capped(weights, limit);
    const greatest = Math.max(...shares);
    expect(shares.map((share) => Math.round((65_535 * share) / greatest))).toEqual(sent);
  });

  it('are shares of one, none above the limit, in the order that they had', () => {
    fc.assert(
      fc.property(anyShares, fc.integer({ min: 1, max: 65_535 }), (weights, most) => {
        const limit = most / 65_535;
        const shares = capped(weights, limit);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        const least = Math.max(limit, 1 / weights.length);
        for (const [index, share] of shares.entries()) {
          expect(share).toBeLessThanOrEqual(least * (1 + 1e-9));
          for (const [other, another] of shares.entries()) {
            if ((weights[index] ?? 0) <= (weights[other] ?? 0)) {
              expect(share).toBeLessThanOrEqual(another * (1 + 1e-9));
            }
          }
        }
        // Who was cut has the limit exactly: no more was taken than had to be.
        if (weights.length * limit > 1 && Math.max(...weights) / sumOf(weights) > limit) {
          expect(Math.max(...shares)).toBeCloseTo(limit, 9);
        }
      }),
    );
  });

  it('are as they were where the subnet has no limit', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const greatest = Math.max(...weights.map(([, weight]) => weight));
        for (const [index, [uid, weight]] of limitedTo(weights, 65_535).entries()) {
          expect(uid).toBe(weights[index]?.[0]);
          const scaled = (65_535 * (weights[index]?.[1] ?? 0)) / greatest;
          expect(Math.abs(weight - scaled)).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });
});

describe('a plan for weights', () => {
  it('is refused by the name and in the order that the chain has', () => {
    const plan = (change: Partial<Case>) => () => planned({ ...FINE, ...change });
    expect(plan({ weights: pairs([0, 1], [1, 1], [2, 1], [3, 1]) })).toThrow(/^UidsLengthExceed/);
    expect(plan({ hotkey: 'stranger' as Hotkey, versionKey: 0n })).toThrow(/^HotKeyNotRegistered/);
    expect(plan({ versionKey: 6n, limits: { versionKey: 7n, rate: 99 } })).toThrow(
      /^IncorrectWeightVersionKey: the subnet asks for 7, this release has 6/,
    );
    expect(plan({ limits: { rate: 52 }, permit: false })).toThrow(
      /^SettingWeightsTooFast: 51 blocks since the last; allowed from 52/,
    );
    expect(plan({ limits: { rate: 52, commitReveal: true } })).toThrow(/^CommittingWeightsTooFast/);
    expect(plan({ permit: false, weights: pairs([1, 1], [1, 1]) })).toThrow(/^NeuronNoValidator/);
    expect(plan({ weights: pairs([1, 1], [1, 1]) })).toThrow(/^DuplicateUids/);
    expect(plan({ weights: pairs([0, 1], [3, 1]) })).toThrow(/^UidVecContainInvalidOne/);
    expect(plan({ weights: pairs([0, 0], [1, 0]) })).toThrow(/^WeightVecLengthIsLow/);
    expect(plan({ weights: [] })).toThrow(/^WeightVecLengthIsLow/);
  });

  it('is made where the chain takes it: at the rate, at the version, of oneself without a permit', () => {
    expect(planned({ ...FINE, limits: { rate: 51 } })).toEqual({ uid: 0, weights: FINE.weights });
    expect(planned({ ...FINE, versionKey: 7n, limits: { versionKey: 7n } }).uid).toBe(0);
    const self = pairs([0, 5]);
    expect(planned({ ...FINE, permit: false, weights: self })).toEqual({ uid: 0, weights: self });
  });

  it('has as many uids as the subnet asks for, and those on top gain nothing', () => {
    const [one, all] = [pairs([1, 65_535]), pairs([0, 0], [1, 65_535], [2, 0])];
    expect(planned({ ...FINE, weights: one, limits: { least: 1 } }).weights).toEqual(one);
    expect(planned({ ...FINE, weights: one, limits: { least: 2 } }).weights).toEqual(
      all.slice(0, 2),
    );
    expect(planned({ ...FINE, weights: one, limits: { least: 99 } }).weights).toEqual(all);
  });
});

describe('weights read back', () => {
  it('are those that were sent, within a step of the greatest, and no others', () => {
    const sent = pairs([0, 300], [1, 100]);
    expect(isAsSent(sent, pairs([0, 65_535], [1, 21_845]))).toBe(true);
    expect(isAsSent(sent, pairs([1, 21_846], [0, 65_534]))).toBe(true);
    expect(isAsSent(sent, pairs([0, 65_535], [1, 21_847]))).toBe(false);
    expect(isAsSent(sent, pairs([0, 65_535]))).toBe(false);
    expect(isAsSent(sent, pairs([0, 65_535], [1, 21_845], [2, 1]))).toBe(false);
    expect(isAsSent(sent, pairs([0, 65_535], [2, 21_845]))).toBe(false);
  });
});

const anyShares = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 30 });
const anyWeights = anyShares.map((weights) =>
  pairs(...weights.map((weight, uid) => [uid, weight] as const)),
);
const sumOf = (weights: readonly number[]): number =>
  weights.reduce((sum, weight) => sum + weight, 0);

function pairs(...all: readonly (readonly [number, number])[]): Weights {
  return all as readonly (readonly [Uid, Weight16])[];
}

interface Case {
  readonly hotkey: Hotkey;
  readonly weights: Weights;
  readonly versionKey: bigint;
  readonly permit: boolean;
  readonly limits: Partial<WeightLimits>;
}
const VALIDATOR = 'validator' as Hotkey;
const FINE: Case = {
  hotkey: VALIDATOR,
  weights: pairs([1, 65_535], [2, 7]),
  versionKey: 1n,
  permit: true,
  limits: {},
};

/** In block 150, of a subnet of three whose first set weights in block 100. */
const planned = ({ hotkey, weights, versionKey, permit, limits }: Case) => {
  const neuron = (uid: number): Neuron => ({
    uid: uid as Uid,
    hotkey: uid === 0 ? VALIDATOR : (`miner-${uid}` as Hotkey),
    coldkey: 'cold' as Coldkey,
    stake: 0n as Rao,
    permit: uid === 0 && permit,
    roles: [],
    registeredAt: 1 as Block,
    lastUpdate: 100 as Block,
  });
  const metagraph: Metagraph = {
    head: { number: 150 as Block, hash: '' as Digest, time: 0 as Instant },
    epochStart: 145 as Block,
    tempo: 10,
    permitsRequired: true,
    stakeInAlpha: true,
    neurons: [0, 1, 2].map(neuron),
  };
  return planWeights({ hotkey, weights, versionKey }, metagraph, {
    rate: 0,
    versionKey: 0n,
    least: 1,
    most: 65_535,
    commitReveal: false,
    revealPeriod: 1,
    ...limits,
  });
};
