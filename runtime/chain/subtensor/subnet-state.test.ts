import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../../../protocols/arbitraries.ts';
import type { Metagraph } from '../../../protocols/metagraph.ts';
import type { Block, Digest } from '../../../protocols/units.ts';
import type { Decoded } from './session.ts';
import { Keys, stateOf, taoValue, type SubnetState } from './subnet-state.ts';

describe('the state of a subnet', () => {
  it('has its neurons with stake in TAO’s value, roles by their axons and the chain’s own epoch', () => {
    const state = read(graphOf(3, { roles: [1, 6, 0] }), 500_000_000n);
    expect(state.metagraph).toMatchObject({ epochStart: 40, tempo: 10, stakeInAlpha: true });
    expect(state.metagraph.neurons).toMatchObject([
      { uid: 0, hotkey: 'key-1', coldkey: 'key-101', stake: 505n, permit: true, roles: ['miner'] },
      { uid: 1, stake: 510n, permit: false, roles: ['validator', 'pool'], lastUpdate: 41 },
      { uid: 2, stake: 515n, roles: [], registeredAt: 2 },
    ]);
    expect(state.limits).toEqual({
      rate: 100,
      versionKey: 18_446_744_073_709_551_615n,
      least: 1,
      most: 65_535,
      commitReveal: true,
      revealPeriod: 2,
    });
  });

  it('shares what has not changed since the block before', () => {
    const keys = keysOf();
    const first = read(graphOf(3), 1n, { keys, neurons: [] }).metagraph.neurons;
    const same = read(graphOf(3), 1n, { keys, neurons: first }).metagraph.neurons;
    expect(same).toBe(first);
    const other = read(graphOf(3, { roles: [0, 1, 0] }), 1n, { keys, neurons: first }).metagraph
      .neurons;
    expect(other).not.toBe(first);
    expect([other[0] === first[0], other[1] === first[1], other[2] === first[2]]).toEqual([
      true,
      false,
      true,
    ]);
    const more = read(graphOf(4), 1n, { keys, neurons: first }).metagraph.neurons;
    expect(more.slice(0, 3).every((neuron, uid) => neuron === first[uid])).toBe(true);
    expect(read(graphOf(2), 1n, { keys, neurons: first }).metagraph.neurons).toHaveLength(2);
  });

  it('is none where a field is gone, a list is short, or a number cannot be', () => {
    const broken = (name: string, value: Decoded | undefined) => () => {
      const graph = new Map(graphOf(2));
      if (value === undefined) graph.delete(name);
      else graph.set(name, value);
      return read(graph);
    };
    for (const name of graphOf(2).keys()) expect(broken(name, undefined)).toThrow(`no ${name}`);
    expect(broken('hotkeys', listOf([keyOf(1)]))).toThrow('not as many hotkeys as neurons');
    expect(broken('numUids', numberOf(5_000))).toThrow('5000 neurons are too many');
    expect(broken('lastStep', numberOf(2n ** 60n))).toThrow('a number that cannot be');
    expect(broken('tempo', numberOf(-1))).toThrow('a number that cannot be');
  });

  it('never counts more stake than there is, and more of it never for less', () => {
    fc.assert(
      fc.property(anyRao, anyRao, anyRao, anyRao, (alpha, more, root, price) => {
        const value = taoValue(alpha, root, price);
        expect(value * 1_000_000_000n).toBeLessThanOrEqual(alpha * price + root * 1_000_000_000n);
        expect(taoValue(alpha + more, root, price)).toBeGreaterThanOrEqual(value);
      }),
    );
  });
});

const anyRao = fc.bigInt(0n, 10n ** 18n);

function keysOf(): Keys {
  return new Keys((key) => `key-${key[0]}`);
}

const HEAD: Metagraph['head'] = { number: 43 as Block, hash: '00' as Digest, time: START };

function read(
  graph: ReadonlyMap<string, Decoded>,
  price = 1_000_000_000n,
  before: Parameters<typeof stateOf>[3] = { keys: keysOf(), neurons: [] },
): SubnetState {
  return stateOf(graph, HEAD, price, before);
}

const numberOf = (value: number | bigint): Decoded => ({
  toU8a: () => new Uint8Array(),
  toString: () => String(value),
  toJSON: () => Number(value),
});
const flagOf = (value: boolean): Decoded => ({ ...numberOf(Number(value)), toJSON: () => value });
const keyOf = (byte: number): Decoded => ({
  ...numberOf(byte),
  toU8a: () => new Uint8Array(32).fill(byte),
});
const listOf = (values: readonly unknown[]): Decoded => values as unknown as Decoded;

/** As a runtime tells it, decoded: of `count` neurons, all told the same each time. */
function graphOf(
  count: number,
  { roles = [] }: { readonly roles?: readonly number[] } = {},
): ReadonlyMap<string, Decoded> {
  const each = (value: (uid: number) => unknown): Decoded =>
    listOf(Array.from({ length: count }, (_, uid) => value(uid)));
  const numbers = (value: (uid: number) => number): Decoded => each((uid) => numberOf(value(uid)));
  const axon = (uid: number): unknown =>
    new Map(
      Object.entries({
        block: 5,
        ip: 0x7f000002,
        ipType: 4,
        port: 8_091,
        protocol: 17,
        placeholder1: roles[uid] ?? 0,
      }).map(([name, value]) => [name, numberOf(value)]),
    );
  return new Map<string, Decoded>([
    ['numUids', numberOf(count)],
    ['hotkeys', each((uid) => keyOf(uid + 1))],
    ['coldkeys', each((uid) => keyOf(uid + 101))],
    ['alphaStake', numbers((uid) => 1_010 + 10 * uid)],
    ['taoStake', numbers(() => 0)],
    ['validatorPermit', each((uid) => flagOf(uid === 0))],
    ['lastUpdate', numbers((uid) => 40 + uid)],
    ['blockAtRegistration', numbers((uid) => uid)],
    ['axons', each(axon)],
    ['lastStep', numberOf(40)],
    ['tempo', numberOf(10)],
    ['weightsRateLimit', numberOf(100)],
    ['weightsVersion', numberOf(18_446_744_073_709_551_615n)],
    ['minAllowedWeights', numberOf(1)],
    ['maxWeightsLimit', numberOf(65_535)],
    ['commitRevealWeightsEnabled', flagOf(true)],
    ['commitRevealPeriod', numberOf(2)],
    ['taoIn', numberOf(7)],
    ['alphaIn', numberOf(8)],
    ['burn', numberOf(9)],
    ['maxUids', numberOf(256)],
    ['emission', numbers(() => 0)],
    ['incentives', numbers(() => 0)],
    ['dividends', numbers(() => 0)],
  ]);
}
