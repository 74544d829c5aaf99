import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rao, Uid, Weight16 } from '../units.ts';
import { FULL_WEIGHT } from './weights.ts';
import { anySubnet, anyTerms, DEFAULTS, row, subnetOf } from './yuma/arbitraries.ts';
import type { Row16 } from './yuma/matrix.ts';
import { floor16 } from './yuma/sixteen.ts';
import { yumaEpoch, type YumaEpoch, type YumaSubnet, type YumaTerms } from './yuma.ts';

/** What a runtime (spec 293) gave for the same subnets. */
describe('yumaEpoch, beside the chain', () => {
  it('clips two halves that disagree to what both share', () => {
    const subnet = subnetOf([50, 50, 0, 0], {
      0: row([2, 65_535], [3, 13_107]),
      1: row([2, 13_107], [3, 65_535]),
    });
    expectNear(yumaEpoch(subnet, DEFAULTS), {
      consensus: [0, 0, 54_612, 54_612],
      incentive: [0, 0, 32_767, 32_767],
      dividends: [32_767, 32_767, 0, 0],
    });
  });

  it('gives all to the majority', () => {
    const subnet = subnetOf([60, 40, 0, 0], { 0: row([2, 65_535]), 1: row([3, 65_535]) });
    expectNear(yumaEpoch(subnet, DEFAULTS), {
      consensus: [0, 0, 65_535, 0],
      incentive: [0, 0, 65_535, 0],
      dividends: [65_535, 0, 0, 0],
    });
  });

  it('leaves a minority what it shares with the others', () => {
    const most = row([3, 65_535], [4, 32_768]);
    const subnet = subnetOf([40, 35, 25, 0, 0, 0], {
      0: most,
      1: most,
      2: row([3, 8_192], [5, 65_535]),
    });
    expectNear(yumaEpoch(subnet, DEFAULTS), {
      consensus: [0, 0, 0, 43_689, 21_845, 0],
      incentive: [0, 0, 0, 44_469, 21_065, 0],
      dividends: [33_703, 29_490, 2_340, 0, 0, 0],
    });
  });

  const idle = subnetOf([45, 55, 0, 0], { 0: row([2, 65_535], [3, 21_845]) });

  it('lets a majority that sets no weights drag all to 0, and pays by stake', () => {
    const epoch = yumaEpoch(idle, DEFAULTS);
    expectNear(epoch, { consensus: NONE, incentive: NONE, dividends: NONE });
    expect(epoch.emission).toEqual([0.45, 0.55, 0, 0].map(closeTo));
  });

  it('counts an inactive validator out', () => {
    const subnet = { ...idle, active: [true, false, true, true] };
    expectNear(yumaEpoch(subnet, DEFAULTS), {
      consensus: [0, 0, 49_151, 16_383],
      incentive: [0, 0, 49_151, 16_383],
      dividends: [65_535, 0, 0, 0],
    });
  });

  it.each([
    { version: 2 as const, dividends: [63_568, 1_966] },
    { version: 3 as const, dividends: [53_472, 12_062] },
  ])('remembers who was first, in Yuma $version', ({ version, dividends }) => {
    const [both, apart, after] = [
      { 0: row([2, 65_535]), 1: row([2, 65_535]) },
      { 0: row([3, 65_535]), 1: row([2, 65_535]) },
      { 0: row([3, 65_535]), 1: row([3, 65_535]) },
    ].map((rows) => subnetOf([70, 30, 0, 0], rows).weights);
    const start = subnetOf([70, 30, 0, 0], {});
    const [first, second, third] = epochs(start, [both, apart, after], { ...DEFAULTS, version });
    expectNear(first, {
      consensus: [0, 0, 65_535, 0],
      incentive: [0, 0, 65_535, 0],
      dividends: [45_874, 19_660, 0, 0],
    });
    expectNear(second, {
      consensus: [0, 0, 0, 65_535],
      incentive: [0, 0, 0, 65_535],
      dividends: [65_535, 0, 0, 0],
    });
    expectNear(third, {
      consensus: [0, 0, 0, 65_535],
      incentive: [0, 0, 0, 65_535],
      dividends: [...dividends, 0, 0],
    });
  });
});

describe('yumaEpoch', () => {
  it('pays by stake where nobody is active, and nothing where nobody has stake', () => {
    const subnet = subnetOf([30, 10], {});
    const asleep = { ...subnet, active: [false, false] };
    expect(yumaEpoch(asleep, DEFAULTS).emission).toEqual([0.75, 0.25]);
    const forbidden = { ...subnet, permits: [false, true] };
    expect(yumaEpoch(forbidden, DEFAULTS).emission).toEqual([0, 1]);
    expect(yumaEpoch(subnetOf([0, 0], {}), DEFAULTS).emission).toEqual([0, 0]);
  });

  it('pays miners and validators half each', () => {
    const subnet = subnetOf([75, 25, 0], { 0: row([2, 9]), 1: row([2, 9]) });
    expect(yumaEpoch(subnet, DEFAULTS).emission).toEqual([0.375, 0.125, 0.5].map(closeTo));
  });

  it('pays the miners alone where no validator has bonds', () => {
    const subnet = subnetOf([75, 25, 0], { 0: row([2, 9]), 1: row([2, 9]) });
    const terms = { ...DEFAULTS, alpha: 0 as YumaTerms['alpha'] };
    expect(yumaEpoch(subnet, terms).emission).toEqual([0, 0, 1]);
  });

  it('reads no row of whoever has no permit', () => {
    const subnet = subnetOf([10, 90, 0], { 0: row([2, 9]), 1: row([0, 9]) });
    const epoch = yumaEpoch({ ...subnet, permits: [true, false, false] }, DEFAULTS);
    expect(epoch.incentive).toEqual([0, 0, 1]);
    expect(epoch.validatorTrust).toEqual([1, 0, 0]);
  });

  it('lets nobody weigh itself but the owner', () => {
    const subnet = subnetOf([60, 40, 0], { 0: row([0, 9], [2, 1]), 1: row([2, 9]) });
    expect(yumaEpoch(subnet, DEFAULTS).incentive).toEqual([0, 0, 1]);
    const owned = { ...subnet, owner: 0 as Uid };
    expect(yumaEpoch(owned, DEFAULTS).consensus).toEqual([0.9, 0, 0.1]);
    expect(yumaEpoch({ ...subnet, owner: 1 as Uid }, DEFAULTS).incentive).toEqual([0, 0, 1]);
  });

  it('gives nothing to slots that the subnet does not have', () => {
    const subnet = subnetOf([60, 0], { 0: row([1, 9], [2, 9], [65_535, 9]) });
    const bonds = [row([2, 9]), []];
    const epoch = yumaEpoch({ ...subnet, bonds }, DEFAULTS);
    expect(epoch.incentive).toEqual([0, 1]);
    expect(epoch.consensus).toEqual([0, 1]);
    expect(epoch.bonds).toEqual([row([1, 65_535]), []]);
  });

  it('takes the bonds of whoever loses its permit', () => {
    const stakes = [1, ...Array.from({ length: 64 }, () => 2), 0];
    const subnet = subnetOf(stakes, { 0: row([65, 9]), 1: row([65, 9]), 64: row([65, 9]) });
    const all = { ...subnet, permits: stakes.map((stake) => stake > 0) };
    const epoch = yumaEpoch(all, { ...DEFAULTS, bondsPenalty: 0 as Weight16 });
    expect(epoch.permits).toEqual(stakes.map((stake) => stake > 1));
    expect(epoch.bonds[0]).toEqual([]);
    expect(epoch.bonds[1]).toEqual(row([65, 65_535]));
  });

  it('needs an entry a neuron in each list', () => {
    const subnet = subnetOf([1, 1], {});
    expect(() => yumaEpoch({ ...subnet, bonds: [[]] }, DEFAULTS)).toThrow('broken invariant');
  });

  it('gives nothing but proportions', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const { bonds, permits, ...vectors } = yumaEpoch(subnet, terms);
        for (const vector of Object.values(vectors)) {
          expect(vector).toHaveLength(subnet.stake.length);
          // A sum of doubles that make one may be off by their last bits.
          expect(vector.every((value) => value >= 0 && value <= 1 + 1e-12)).toBe(true);
        }
        const stored = bonds.flat();
        expect(stored.every(([uid]) => uid < subnet.stake.length)).toBe(true);
        expect(stored.every(([, bond]) => bond > 0 && bond === (bond & 0xffff))).toBe(true);
        expect(bonds.every((own, uid) => permits[uid] === true || own.length === 0)).toBe(true);
      }),
    );
  });

  it('gives shares that add up to 1, or to nothing', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const { incentive, dividends, emission } = yumaEpoch(subnet, terms);
        expect([0, 1]).toContainEqual(closeTo(sum(incentive)));
        expect([0, 1]).toContainEqual(closeTo(sum(dividends)));
        const isStaked = subnet.stake.some((stake) => stake > 0n);
        expect(sum(emission)).toEqual(closeTo(isStaked ? 1 : 0));
      }),
    );
  });

  it('gives the same whatever unit stake is counted in', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, fc.bigInt(1n, 10n ** 18n), (subnet, terms, by) => {
        const stake = subnet.stake.map((own) => (own * by) as Rao);
        expect(yumaEpoch({ ...subnet, stake }, terms)).toEqual(yumaEpoch(subnet, terms));
      }),
    );
  });

  it('gives the same whatever a row is scaled to', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, fc.integer({ min: 1, max: 65_535 }), (subnet, terms, by) => {
        const small = subnet.weights.map((own) => scaled(own, (weight) => Math.floor(weight / by)));
        const large = small.map((own) => scaled(own, (weight) => weight * by));
        const before = yumaEpoch({ ...subnet, weights: small }, terms);
        expect(yumaEpoch({ ...subnet, weights: large }, terms)).toEqual(before);
      }),
    );
  });

  it('knows no neuron by its number', () => {
    fc.assert(
      fc.property(renumbered, anyTerms, ({ subnet, other, to }, terms) => {
        const before = yumaEpoch(subnet, terms);
        const after = yumaEpoch(other, terms);
        // Doubles add up a little differently in another order, but consensus is no sum.
        expect(to.map((uid) => after.consensus[uid])).toEqual(before.consensus);
        for (const vector of ['validatorTrust', 'incentive', 'dividends', 'emission'] as const) {
          expect(to.map((uid) => after[vector][uid])).toEqual(before[vector].map(closeTo));
        }
        for (const [uid, own] of before.bonds.entries()) {
          for (const [miner] of own) {
            const moved = bond(after, to[uid], to[miner]);
            expect(Math.abs(moved - bond(before, uid, miner))).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  it('does not depend on the order within a row', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const backwards = {
          ...subnet,
          weights: subnet.weights.map((own) => own.toReversed()),
          bonds: subnet.bonds.map((own) => own.toReversed()),
        };
        const { validatorTrust, ...before } = yumaEpoch(subnet, terms);
        const { validatorTrust: trust, ...after } = yumaEpoch(backwards, terms);
        expect(after).toEqual(before);
        expect(trust).toEqual(validatorTrust.map(closeTo));
      }),
    );
  });

  it('agrees with a slow and obvious version', () => {
    fc.assert(
      fc.property(anySubnet, anyTerms, (subnet, terms) => {
        const fast = yumaEpoch(subnet, terms);
        const slow = obviousEpoch(subnet, terms);
        for (const vector of VECTORS) {
          expect(fast[vector]).toEqual(slow[vector].map(closeTo));
        }
        for (const [from, bonds] of slow.bonds.entries()) {
          if (fast.permits[from] !== true) continue;
          for (const [to, expected] of bonds.entries()) {
            expect(bond(fast, from, to)).toBeGreaterThanOrEqual(expected * FULL_WEIGHT - 1.001);
            expect(bond(fast, from, to)).toBeLessThanOrEqual(expected * FULL_WEIGHT + 0.001);
          }
        }
      }),
    );
  });
});

const NONE = [0, 0, 0, 0];
const VECTORS = ['consensus', 'validatorTrust', 'incentive', 'dividends'] as const;

/** Each epoch with its own weights, and with the bonds that the one before left. */
function epochs(
  start: YumaSubnet,
  weights: readonly (readonly Row16[] | undefined)[],
  terms: YumaTerms,
): YumaEpoch[] {
  let { bonds } = start;
  return weights.map((rows = []) => {
    const epoch = yumaEpoch({ ...start, weights: rows, bonds }, terms);
    bonds = epoch.bonds;
    return epoch;
  });
}

type Vectors = Pick<YumaEpoch, 'consensus' | 'incentive' | 'dividends'>;

/** The chain counts in fixed point: within 2 of 65535. */
function expectNear(epoch: YumaEpoch | undefined, chain: Vectors): void {
  for (const name of ['consensus', 'incentive', 'dividends'] as const) {
    const ours = epoch?.[name].map(floor16) ?? [];
    const off = chain[name].map((value, uid) => Math.abs(value - (ours[uid] ?? Infinity)));
    expect({ name, ours, isNear: off.every((by) => by <= 2) }).toMatchObject({ isNear: true });
    expect(ours).toHaveLength(chain[name].length);
  }
}

const closeTo = (value: number): unknown => expect.closeTo(value, 9);
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

const scaled = (own: Row16, change: (weight: number) => number): Row16 =>
  own.map(([uid, weight]) => [uid, change(weight) as Weight16]);

const bond = ({ bonds }: Pick<YumaEpoch, 'bonds'>, from = -1, to = -1): number =>
  bonds[from]?.find(([uid]) => uid === to)?.[1] ?? 0;

/** A subnet beside the same one with other uids; `to` has the new uid for each old one. */
const renumbered = anySubnet
  .chain((subnet) => {
    const uids = subnet.stake.map((_, uid) => uid);
    const length = uids.length;
    const orders = fc.shuffledSubarray(uids, { minLength: length, maxLength: length });
    return fc.tuple(fc.constant(subnet), orders);
  })
  .map(([subnet, from]) => {
    const to = from.map((_, uid) => from.indexOf(uid));
    const move = <T>(list: readonly T[]): T[] => from.flatMap((uid) => list.slice(uid, uid + 1));
    const rename = (own: Row16): Row16 => own.map(([uid, value]) => [(to[uid] ?? 0) as Uid, value]);
    const other: YumaSubnet = {
      stake: move(subnet.stake),
      weights: move(subnet.weights).map(rename),
      bonds: move(subnet.bonds).map(rename),
      permits: move(subnet.permits),
      active: move(subnet.active),
      ...(subnet.owner === undefined ? {} : { owner: (to[subnet.owner] ?? 0) as Uid }),
    };
    return { subnet, other, to };
  });

interface ObviousEpoch extends Pick<YumaEpoch, (typeof VECTORS)[number]> {
  /** Before they were rounded down to 16 bits. */
  readonly bonds: readonly (readonly number[])[];
}

/** The text of the rule on whole matrices, with nothing spared. */
function obviousEpoch(subnet: YumaSubnet, terms: YumaTerms): ObviousEpoch {
  const { version, alpha, bondsPenalty, kappa } = terms;
  const uids = subnet.stake.map((_, uid) => uid);
  const matrix = (at: (i: number, j: number) => number): number[][] =>
    uids.map((i) => uids.map((j) => at(i, j)));
  const get = (values: readonly number[][], i: number, j: number): number => values[i]?.[j] ?? 0;
  const per = (value: number, whole: number): number => (whole === 0 ? 0 : value / whole);
  const columnsOf = (values: number[][]): number[][] =>
    matrix((i, j) => per(get(values, i, j), sum(uids.map((k) => get(values, k, j)))));
  const normal = (values: readonly number[]): number[] =>
    values.map((value) => per(value, sum(values)));
  const given = (rows: readonly Row16[], i: number, j: number): number =>
    rows[i]?.find(([uid]) => uid === j)?.[1] ?? 0;

  const says = uids.map((i) => subnet.permits[i] === true && subnet.active[i] === true);
  const S = subnet.stake.map((stake, i) => (says[i] === true ? BigInt(stake) : 0n));
  const total = S.reduce((all, stake) => all + stake, 0n);
  const A = S.map((stake) => per(Number(stake), Number(total)));
  const raw = matrix((i, j) =>
    subnet.permits[i] !== true || (i === j && i !== subnet.owner) ? 0 : given(subnet.weights, i, j),
  );
  const W = matrix((i, j) => per(get(raw, i, j), sum(raw[i] ?? [])));
  const isMajority = (stake: bigint): boolean =>
    stake * BigInt(FULL_WEIGHT) > BigInt(FULL_WEIGHT - kappa) * total;
  const heldUpTo = (w: number, j: number): bigint =>
    S.reduce((all, stake, i) => (get(W, i, j) <= w ? all + stake : all), 0n);
  const consensus = uids.map((j) => {
    const weighed = uids.filter((i) => (S[i] ?? 0n) > 0n).map((i) => get(W, i, j));
    const enough = weighed.filter((w) => isMajority(heldUpTo(w, j)));
    // With κ = 0 there is no more than all: the greatest it is.
    return enough.length > 0 ? Math.min(...enough) : Math.max(0, ...weighed);
  });
  const clipped = matrix((i, j) => Math.min(get(W, i, j), consensus[j] ?? 0));
  const incentive = normal(uids.map((j) => sum(uids.map((i) => (A[i] ?? 0) * get(clipped, i, j)))));
  const beta = bondsPenalty / FULL_WEIGHT;
  const Wb = matrix((i, j) => get(W, i, j) + beta * (get(clipped, i, j) - get(W, i, j)));
  const B = matrix((i, j) => given(subnet.bonds, i, j) / FULL_WEIGHT);
  const share = alpha / 1_000_000;
  const mix = (fresh: number[][], old: number[][]): number[][] =>
    matrix((i, j) => share * get(fresh, i, j) + (1 - share) * get(old, i, j));
  const earned = (bonds: number[][]): number[] =>
    uids.map((i) => sum(uids.map((j) => get(bonds, i, j) * (incentive[j] ?? 0))));

  const common = { consensus, incentive, validatorTrust: clipped.map(sum) };
  if (version === 3) {
    const bonds = mix(Wb, B);
    const dividends = normal(earned(columnsOf(bonds)).map((value, i) => value * (A[i] ?? 0)));
    return { ...common, dividends, bonds };
  }
  const delta = columnsOf(matrix((i, j) => (A[i] ?? 0) * get(Wb, i, j)));
  const bonds = columnsOf(mix(delta, columnsOf(B)));
  const top = (j: number): number => Math.max(...uids.map((i) => get(bonds, i, j)));
  return {
    ...common,
    dividends: normal(earned(bonds)),
    bonds: matrix((i, j) => per(get(bonds, i, j), top(j))),
  };
}
