import fc from 'fast-check';
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber, START } from '../../protocols/arbitraries.ts';
import { yumaEpoch } from '../../protocols/rules/yuma.ts';
import { subnetAt } from '../../protocols/rules/yuma/conditions.ts';
import type { Row16 } from '../../protocols/rules/yuma/matrix.ts';
import {
  later,
  seconds,
  tao,
  type Block,
  type Coldkey,
  type Fraction,
  type Hotkey,
  type Rao,
  type Uid,
} from '../../protocols/units.ts';
import { computing } from '../testing/computing.ts';
import { ServiceFault } from '../host.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { InMemoryChain, type ChainEpoch } from './in-memory.ts';
import { epochStart, SUBNET_DEFAULTS, type SubnetRules } from './rules.ts';
import { Subnet, type Weights } from './subnet.ts';

describe('an epoch', () => {
  it('clips two halves that disagree to what both share, as a real chain did', async () => {
    const { epochs } = await staked(
      [50, 50, 0, 0],
      [[row([2, 65_535], [3, 13_107]), row([2, 13_107], [3, 65_535])]],
    );
    expectNear(epochs[0], {
      consensus: [0, 0, 54_612, 54_612],
      incentive: [0, 0, 32_767, 32_767],
      dividends: [32_767, 32_767, 0, 0],
    });
  });

  it.each([
    { yumaVersion: 2 as const, dividends: [63_568, 1_966, 0, 0] },
    { yumaVersion: 3 as const, dividends: [53_472, 12_062, 0, 0] },
  ])(
    'remembers bonds, as a real chain did in Yuma $yumaVersion',
    async ({ yumaVersion, dividends }) => {
      const [two, three] = [row([2, 65_535]), row([3, 65_535])];
      const { epochs } = await staked(
        [70, 30, 0, 0],
        [
          [two, two],
          [three, two],
          [three, three],
        ],
        { yumaVersion },
      );
      expectNear(epochs[0], { incentive: [0, 0, 65_535, 0], dividends: [45_874, 19_660, 0, 0] });
      expectNear(epochs[1], { incentive: [0, 0, 0, 65_535], dividends: [65_535, 0, 0, 0] });
      expectNear(epochs[2], { incentive: [0, 0, 0, 65_535], dividends });
    },
  );

  it('pays 18 % to the owner and the rest by the shares, since the epoch before', async () => {
    const { chain, epochs } = await staked(
      [50, 50, 0, 0],
      [[row([2, 65_535], [3, 13_107]), row([2, 13_107], [3, 65_535])]],
    );
    const [epoch] = epochs;
    expect(epoch?.block).toBe(2 * (TEMPO + 1));
    const pot = tao(TEMPO + 1);
    const owned = (pot * 18n) / 100n;
    expect(epoch?.rows.map(({ emission }) => emission)).toEqual(
      [0, 1, 2, 3].map(() => (pot - owned) / 4n),
    );
    expect(chain.balanceOf(SUBNET_DEFAULTS.owner)).toBe(2n * owned);
    expect(chain.emitted()).toBe(2n * pot);
  });

  it('of nobody with any stake pays the owner alone', () => {
    const subnet = new Subnet({ ...RULES, emissionPerBlock: 3n as Rao });
    const first = (TEMPO + 1) as Block;
    subnet.fund(1 as Block, COLD, tao(1));
    subnet.register(1 as Block, { coldkey: COLD, hotkey: hotkeyNumber(0), roles: ['miner'] });
    expect(subnet.emitted((first - 1) as Block)).toBe(0n);
    const owned = (BigInt(first) * 3n * 18n) / 100n;
    expect(subnet.emitted(first)).toBe(owned);
    expect(subnet.balanceOf(SUBNET_DEFAULTS.owner, first)).toBe(owned);
    expect(subnet.resultsAt(first)?.rows[0]?.emission).toBe(0n);
  });

  it('pays for as many blocks as there were, also where there is nobody', () => {
    const subnet = new Subnet({ ...RULES, netuid: 3, emissionPerBlock: tao(1) });
    // Epochs begin with 5, 15 and 25: the first is short.
    const owned = [4, 5, 14, 15, 25].map((block) => subnet.emitted(block as Block));
    expect(owned).toEqual([0, 5, 5, 15, 25].map((blocks) => (tao(blocks) * 18n) / 100n));
  });

  it('does not know a validator that set no weights for too long', async () => {
    const { chain, pass } = await staked([45, 55, 0, 0], [[row([2, 65_535])]], {
      activityCutoff: 25,
    });
    // The one that set none is counted still, and drags all to 0; then it is active no longer.
    expect(shareOf(chain.lastEpoch(), 'incentive')).toEqual([0, 0, 0, 0]);
    await pass(TEMPO + 1);
    expect(shareOf(chain.lastEpoch(), 'incentive')).toEqual([0, 0, 65_535, 0]);
    await pass(2 * (TEMPO + 1));
    expect(shareOf(chain.lastEpoch(), 'incentive')).toEqual([0, 0, 0, 0]);
  });

  it('permits as many as the subnet has room for', async () => {
    const { chain } = await staked([3, 9, 5, 0], [], { maxValidators: 2 });
    expect(chain.view.latest.neurons.map(({ permit }) => permit)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('is shown once, as soon as it is there, and not waited for while nobody looks', async () => {
    const { chain, clock, pass } = world();
    expect([chain.lastEpoch(), clock.pending]).toEqual([undefined, 0]);
    const seen: (readonly [number, number])[] = [];
    const watch = chain.epochs.subscribe(({ block }) => {
      seen.push([block, chain.view.latest.head.number]);
    });
    await pass(3 * (TEMPO + 1));
    watch.unsubscribe();
    expect(clock.pending).toBe(0);
    await pass(3 * (TEMPO + 1));
    expect(seen).toEqual([1, 2, 3].map((count) => [count * (TEMPO + 1), count * (TEMPO + 1)]));
    expect(chain.lastEpoch()?.block).toBe(6 * (TEMPO + 1));
  });

  it('is what Yuma makes of what stood at the end of the block before', () => {
    fc.assert(
      fc.property(anySteps, anyRules, (steps, rules) => {
        const subnet = fiveNeurons(rules);
        let expected = epochBy(subnet, FIRST, 1 as Block);
        let block = 1;
        for (const { call, blocks } of steps) {
          attempt(() => call(subnet, (block + 1) as Block));
          for (const end = block + blocks; block < end; block++) {
            expected = epochBy(subnet, expected, (block + 1) as Block);
            expect(subnet.resultsAt((block + 1) as Block)).toEqual(expected.results);
            expect(subnet.emitted((block + 1) as Block)).toBe(expected.emitted);
          }
        }
      }),
      FEW,
    );
  });

  it('comes to the same, to the rao, whether looked at each block or after a long time', () => {
    fc.assert(
      fc.property(anySteps, anyRules, (steps, rules) => {
        const [watched, alone] = [fiveNeurons(rules), fiveNeurons(rules)];
        let block = 1;
        for (const { call, blocks } of steps) {
          for (const each of [watched, alone]) attempt(() => call(each, (block + 1) as Block));
          // The call is of the block to come: who looks now is told of this one.
          expect(stateOf(alone, block as Block)).toEqual(stateOf(watched, block as Block));
          for (let at = block; at <= block + blocks; at++) stateOf(watched, at as Block);
          block += blocks;
        }
        expect(stateOf(alone, block as Block)).toEqual(stateOf(watched, block as Block));
      }),
      FEW,
    );
  });

  it('lets 1 800 of them pass for 256 neurons in a moment', () => {
    const count = 256;
    const validators = 64;
    const subnet = new Subnet({ burn: 0n as Rao, weightsRateLimit: 0, activityCutoff: 1e9 });
    for (let uid = 0; uid < count; uid++) {
      const coldkey = coldkeyNumber(uid);
      const hotkey = hotkeyNumber(uid);
      subnet.fund(1 as Block, coldkey, tao(100));
      subnet.register(1 as Block, { coldkey, hotkey, roles: ['miner'] });
      if (uid < validators) subnet.addStake(1 as Block, { coldkey, hotkey, amount: tao(20 + uid) });
    }
    const begun = 400 as Block;
    for (let uid = 0; uid < validators; uid++) {
      const all = Array.from(
        { length: count - validators },
        (_, at) => [validators + at, 1 + ((uid * at) % 97)] as const,
      );
      subnet.setWeights(begun, hotkeyNumber(uid), all as readonly (readonly number[])[] as Weights);
    }
    const end = (begun + 1_800 * 361) as Block;
    let emitted = 0n as Rao;
    const took = computing(() => (emitted = subnet.emitted(end)));
    expect(took).toBeLessThan(10_000);
    expect(emitted).toBe(tao(epochStart(subnet.rules, end)));
  });
});

describe('a full subnet', () => {
  it('counts no neuron’s pay for who has its slot now', () => {
    const subnet = new Subnet({ ...RULES, maxUids: 2, immunity: 5 });
    subnet.fund(1 as Block, COLD, tao(100));
    const join = (at: number, index: number, stake: number): void => {
      subnet.register(at as Block, { coldkey: COLD, hotkey: hotkeyNumber(index), roles: [] });
      const staking = { coldkey: COLD, hotkey: hotkeyNumber(index), amount: tao(stake) };
      if (stake > 0) subnet.addStake(at as Block, staking);
    };
    join(1, 0, 7);
    join(9, 1, 5);
    // The epoch of block 10 pays both; then the one that it paid better is the only one not immune.
    join(11, 2, 0);
    join(16, 3, 0);
    expect(subnet.neurons(16 as Block).map(({ hotkey }) => hotkey)).toEqual(
      [3, 1].map(hotkeyNumber),
    );
  });

  it('lets nobody inherit the bonds of who had its slot before', () => {
    const subnet = new Subnet({ ...RULES, maxUids: 3, immunity: 1 });
    subnet.fund(1 as Block, COLD, tao(200));
    const join = (at: number, index: number, stake: number): void => {
      const [coldkey, hotkey] = [COLD, hotkeyNumber(index)];
      subnet.register(at as Block, { coldkey, hotkey, roles: [] });
      if (stake > 0) subnet.addStake(at as Block, { coldkey, hotkey, amount: tao(stake) });
    };
    join(1, 0, 70);
    join(1, 1, 30);
    join(1, 2, 0);
    for (const index of [0, 1]) {
      subnet.setWeights(11 as Block, hotkeyNumber(index), row([2, 1]));
    }
    expect(subnet.resultsAt(20 as Block)?.rows[1]?.dividends).toBeGreaterThan(0);
    join(21, 3, 30);
    // It has no say in the epoch of block 30, and a permit and no weights of its own in the next.
    const rows = subnet.resultsAt(40 as Block)?.rows ?? [];
    expect(subnet.neurons(40 as Block)[1]).toMatchObject({ hotkey: hotkeyNumber(3), permit: true });
    expect(rows.map(({ dividends }) => dividends)).toEqual([1, 0, 0]);
  });

  it('pushes out who earned least in the last epoch, past its immunity', () => {
    fc.assert(
      fc.property(anySteps, anyRules, fc.constantFrom(1, 12, 40), (steps, rules, immunity) => {
        const subnet = fiveNeurons({ ...rules, immunity });
        let at = 2 as Block;
        for (const { call, blocks } of steps) {
          attempt(() => call(subnet, at));
          at = (at + blocks) as Block;
        }
        const before = subnet.neurons(at);
        const rows = subnet.resultsAt(at)?.rows ?? [];
        const earned = before.map(
          ({ uid, hotkey }) =>
            rows.find((each) => each.uid === uid && each.hotkey === hotkey)?.emission ?? 0n,
        );
        const old = before.filter(({ registeredAt }) => at - registeredAt >= immunity);
        const isIn = attempt(() =>
          subnet.register(at, { coldkey: COLD, hotkey: hotkeyNumber(9), roles: [] }),
        );

        expect(isIn).toBe(old.length > 0);
        const out = before.find(
          ({ hotkey }) => !subnet.neurons(at).some((neuron) => neuron.hotkey === hotkey),
        );
        expect(out !== undefined).toBe(isIn);
        if (out === undefined) return;
        expect(at - out.registeredAt).toBeGreaterThanOrEqual(immunity);
        for (const { uid, registeredAt } of old) {
          const less = [earned[out.uid] ?? 0n, earned[uid] ?? 0n] as const;
          expect(less[0]).toBeLessThanOrEqual(less[1]);
          if (less[0] === less[1]) expect(out.registeredAt).toBeLessThanOrEqual(registeredAt);
        }
      }),
      FEW,
    );
  });
});

/** Each run computes a hundred epochs, at 5 ms. */
const FEW = { numRuns: 300 };

const TEMPO = 9;
/** Epochs begin with 10, 20, ... */
const RULES = { netuid: TEMPO - 1, tempo: TEMPO, weightsRateLimit: 0 };
const COLD = 'cold' as Coldkey;
const coldkeyNumber = (index: number): Coldkey => `cold-${index}` as Coldkey;
const row = (...pairs: readonly (readonly [number, number])[]): Weights => pairs as Weights;

interface World {
  readonly chain: InMemoryChain;
  readonly clock: VirtualClock;
  readonly pass: (blocks: number) => Promise<void>;
}

function world(rules: Partial<SubnetRules> = {}): World {
  const clock = new VirtualClock(START);
  const chain = new InMemoryChain({ clock, seed: 'seed', rules: { ...RULES, ...rules } });
  const pass = async (blocks: number): Promise<void> =>
    void (await clock.run(later(clock.now(), seconds(12 * blocks))));
  return { chain, clock, pass };
}

/** Neurons with so much TAO each, which set weights before each of the epochs after the first. */
async function staked(
  stakes: readonly number[],
  weights: readonly (readonly Weights[])[],
  rules: Partial<SubnetRules> = {},
): Promise<World & { readonly epochs: readonly ChainEpoch[] }> {
  const made = world(rules);
  const { chain, pass } = made;
  for (const [uid, stake] of stakes.entries()) {
    const [coldkey, hotkey] = [coldkeyNumber(uid), hotkeyNumber(uid)];
    chain.fund(coldkey, tao(stake + 1)).subscribe();
    chain.register({ coldkey, hotkey, roles: ['miner'] }).subscribe();
    if (stake > 0) chain.addStake({ coldkey, hotkey, amount: tao(stake) }).subscribe();
  }
  await pass(TEMPO + 1);
  const epochs = firstValueFrom(chain.epochs.pipe(take(weights.length), toArray()));
  for (const rows of weights) {
    for (const [uid, set] of rows.entries()) chain.setWeights(hotkeyNumber(uid), set).subscribe();
    await pass(TEMPO + 1);
  }
  return { ...made, epochs: await epochs };
}

type Share = 'consensus' | 'incentive' | 'dividends';
const shareOf = (epoch: ChainEpoch | undefined, share: Share): number[] =>
  (epoch?.rows ?? []).map((each) => Math.floor(each[share] * 65_535));

/** Within 2 of 65535: the chain counts in fixed point. */
function expectNear(
  epoch: ChainEpoch | undefined,
  chains: Partial<Record<Share, readonly number[]>>,
): void {
  for (const share of ['consensus', 'incentive', 'dividends'] as const) {
    const ours = shareOf(epoch, share);
    for (const [uid, theirs] of (chains[share] ?? []).entries()) {
      expect(Math.abs((ours[uid] ?? NaN) - theirs)).toBeLessThanOrEqual(2);
    }
  }
}

/** Five slots, all taken from block 1 on; the first three have stake. */
function fiveNeurons(rules: Partial<SubnetRules>): Subnet {
  const at = 1 as Block;
  const subnet = new Subnet({
    ...RULES,
    maxUids: 5,
    immunity: 7,
    burn: 1n as Rao,
    minStake: 1n as Rao,
    ...rules,
  });
  subnet.fund(at, COLD, tao(1_000));
  for (const index of [0, 1, 2, 3, 4]) {
    subnet.register(at, { coldkey: COLD, hotkey: hotkeyNumber(index), roles: [] });
    if (index < 3) {
      subnet.addStake(at, { coldkey: COLD, hotkey: hotkeyNumber(index), amount: tao(7 - index) });
    }
  }
  return subnet;
}

/** Whether a call was not refused. */
function attempt(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (fault) {
    expect(fault).toBeInstanceOf(ServiceFault);
    return false;
  }
}

const stateOf = (subnet: Subnet, block: Block): unknown => ({
  neurons: subnet.neurons(block),
  balances: [COLD, SUBNET_DEFAULTS.owner].map((coldkey) => subnet.balanceOf(coldkey, block)),
  emitted: subnet.emitted(block),
  results: subnet.resultsAt(block),
});

/** Where the slow and obvious version stands. */
interface Obvious {
  readonly last: Block;
  readonly bonds: ReadonlyMap<Hotkey, Row16>;
  readonly emitted: Rao;
  readonly results: ChainEpoch | undefined;
}
const FIRST: Obvious = {
  last: 0 as Block,
  bonds: new Map(),
  emitted: 0n as Rao,
  results: undefined,
};

function epochBy(subnet: Subnet, before: Obvious, now: Block): Obvious {
  const { rules } = subnet;
  if ((now + rules.netuid + 1) % (rules.tempo + 1) !== rules.tempo) return before;

  const eve = (now - 1) as Block;
  const neurons = subnet.neurons(eve);
  const weighing = neurons.map((neuron) => ({
    ...neuron,
    weights: subnet.weightsOf(neuron.uid, eve),
    bonds: (neuron.registeredAt < before.last && before.bonds.get(neuron.hotkey)) || [],
  }));
  const { activityCutoff, stakeThreshold } = rules;
  const found = subnetAt(weighing, { now, lastEpoch: before.last, activityCutoff, stakeThreshold });
  const terms = { ...rules, version: rules.yumaVersion };
  const epoch = yumaEpoch(found, rules.permitsRequired ? terms : { ...terms, maxValidators: 5 });
  if (rules.permitsRequired) {
    const there = subnet.neurons(now).filter(({ registeredAt }) => registeredAt < now);
    expect(there.map(({ permit }) => permit)).toEqual(there.map(({ uid }) => epoch.permits[uid]));
  } else expect(subnet.neurons(now).every(({ permit }) => permit)).toBe(true);

  const pot = rules.emissionPerBlock * BigInt(now - before.last);
  const rest = pot - (pot * 18n) / 100n;
  const rows = subnet.resultsAt(now)?.rows ?? [];
  const isPaid = found.stake.some((stake) => stake > 0n);
  expect(rows.reduce((sum, { emission }) => sum + emission, 0n)).toBe(isPaid ? rest : 0n);
  for (const [uid, share] of epoch.emission.entries()) {
    const emission = Number(rows[uid]?.emission ?? NaN);
    expect(Math.abs(emission - share * Number(rest))).toBeLessThanOrEqual(1.001);
  }
  return {
    last: now,
    bonds: new Map(neurons.map(({ hotkey, uid }) => [hotkey, epoch.bonds[uid] ?? []])),
    emitted: (before.emitted + pot - (isPaid ? 0n : rest)) as Rao,
    results: {
      block: now,
      rows: neurons.map(({ uid, hotkey }) => ({
        uid,
        hotkey,
        incentive: epoch.incentive[uid] ?? NaN,
        dividends: epoch.dividends[uid] ?? NaN,
        consensus: epoch.consensus[uid] ?? NaN,
        trust: epoch.validatorTrust[uid] ?? NaN,
        emission: rows[uid]?.emission ?? (0n as Rao),
      })),
    },
  };
}

interface Step {
  readonly call: (subnet: Subnet, at: Block) => void;
  /** Until the next. */
  readonly blocks: number;
}
const anyHotkey = fc.nat({ max: 4 }).map(hotkeyNumber);
const anyAmount = fc.oneof(
  fc.constantFrom(1n, tao(5), tao(7)),
  fc.bigInt(1n, tao(9)),
) as fc.Arbitrary<Rao>;
const anyWeights = fc
  .uniqueArray(
    fc.tuple(fc.nat({ max: 4 }) as unknown as fc.Arbitrary<Uid>, fc.constantFrom(1, 2, 9)),
    {
      minLength: 1,
      selector: ([uid]) => uid,
    },
  )
  .map((pairs) => row(...pairs));
const anyCall: fc.Arbitrary<Step['call']> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(anyHotkey, anyWeights).map(
      ([hotkey, set]): Step['call'] =>
        (subnet, at) =>
          subnet.setWeights(at, hotkey, set),
    ),
  },
  anyAmount.map(
    (amount): Step['call'] =>
      (subnet, at) =>
        subnet.fund(at, COLD, amount),
  ),
  fc.tuple(fc.nat({ max: 6 }).map(hotkeyNumber), anyAmount).map(
    ([hotkey, amount]): Step['call'] =>
      (subnet, at) =>
        subnet.addStake(at, { coldkey: COLD, hotkey, amount }),
  ),
  fc.tuple(anyHotkey, anyAmount).map(
    ([hotkey, amount]): Step['call'] =>
      (subnet, at) =>
        subnet.removeStake(at, { coldkey: COLD, hotkey, amount }),
  ),
  fc.nat({ max: 6 }).map(
    (index): Step['call'] =>
      (subnet, at) =>
        subnet.register(at, { coldkey: COLD, hotkey: hotkeyNumber(index), roles: [] }),
  ),
);
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    call: anyCall,
    blocks: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 10, 11, 60, 120)),
  }),
  { maxLength: 10 },
);
/** Bonds that settle at once and slowly; validators that fall asleep; pots that leave a remainder. */
const anyRules: fc.Arbitrary<Partial<SubnetRules>> = fc.record({
  tempo: fc.constantFrom(0, 1, 4, TEMPO),
  emissionPerBlock: fc.constantFrom(0n, 1n, 7n, tao(1)) as fc.Arbitrary<Rao>,
  yumaVersion: fc.constantFrom(2 as const, 3 as const),
  alpha: fc.constantFrom(100_000, 500_000, 1_000_000) as fc.Arbitrary<Fraction>,
  activityCutoff: fc.constantFrom(3, 20, 55, 5_000),
  permitsRequired: fc.boolean(),
  maxValidators: fc.constantFrom(1, 2, 64),
  stakeThreshold: fc.constantFrom(0n, tao(6)) as fc.Arbitrary<Rao>,
});
