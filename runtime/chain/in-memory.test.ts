import fc from 'fast-check';
import { take, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber, START } from '../../protocols/arbitraries.ts';
import type { Metagraph } from '../../protocols/metagraph.ts';
import { addressOf } from '../../protocols/messages.ts';
import {
  later,
  seconds,
  tao,
  type Block,
  type Coldkey,
  type Duration,
  type Fraction,
  type Hotkey,
  type Instant,
  type Rao,
  type Uid,
} from '../../protocols/units.ts';
import { ServiceFault, type Asker } from '../host.ts';
import { randomFrom } from '../random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { chainContract, type ChainUnderTest } from './chain.contract.ts';
import { blockPort, InMemoryChain, setWeightsPort, stakePort } from './in-memory.ts';
import type { Registration, SubnetRules, Weights } from './subnet.ts';

const RULES = { tempo: 30, weightsRateLimit: 20, immunity: 40, maxUids: 4, maxValidators: 2 };

chainContract('the chain in memory', () => Promise.resolve(underTest()));

describe('a block', () => {
  it('comes every 12 s from the genesis on, and is named by the seed and its number', async () => {
    const { chain, clock } = subnet();
    expect(chain.view.latest.head).toMatchObject({ number: 0, time: START });
    await clock.run(later(START, (seconds(12) - 1) as Duration));
    expect(chain.view.latest.head.number).toBe(0);
    await clock.run(later(START, seconds(12)));
    expect(chain.view.latest.head).toMatchObject({ number: 1, time: later(START, seconds(12)) });

    expect(subnet().chain.view.latest.head.hash).toBe(chain.view.at(0 as Block)?.head.hash);
    expect(subnet({}, 'other').chain.view.latest.head.hash).not.toBe(
      chain.view.at(0 as Block)?.head.hash,
    );
  });

  it('is one object however often it is asked for, and shares its neurons', async () => {
    const { chain, clock } = subnet();
    await clock.run(later(START, seconds(60)));
    expect(chain.view.latest).toBe(chain.view.at(5 as Block));
    expect(chain.view.at(2 as Block)?.neurons).toBe(chain.view.latest.neurons);
  });

  it('is not waited for while nobody looks', async () => {
    const { chain, clock } = subnet();
    expect(clock.pending).toBe(0);
    const watch = [chain.heads.subscribe(), chain.heads.subscribe()];
    expect(clock.pending).toBe(1);
    for (const each of watch) each.unsubscribe();
    expect(clock.pending).toBe(0);
    chain.heads.pipe(take(1)).subscribe();
    await clock.run(later(clock.now(), seconds(60)));
    expect(clock.pending).toBe(0);
  });

  it('stays, where the clock is set back', () => {
    let now = later(START, seconds(60));
    const clock = { now: () => now, at: () => () => {} };
    const chain = new InMemoryChain({ clock, seed: 'seed', genesis: START });
    expect(chain.view.latest.head.number).toBe(5);
    now = START;
    expect(chain.view.latest.head.number).toBe(5);
  });

  it('after an instant is the first whose time is later', async () => {
    await fc.assert(
      fc.asyncProperty(aroundBlocks, aroundBlocks, async (now, instant) => {
        const { chain, clock, run } = subnet();
        await clock.run(now);
        const head = await run(blockPort(chain)({ after: instant, about: '' }, asker));
        const block = head.number === 0 ? undefined : chain.view.at((head.number - 1) as Block);
        expect(head.time).toBeGreaterThan(instant);
        expect(block?.head.time ?? -Infinity).toBeLessThanOrEqual(instant);
        expect(clock.now()).toBe(Math.max(now, head.time));
      }),
    );
  });

  it('is of the epoch begun with the last n where (n + netuid + 1) mod (tempo + 1) = tempo', async () => {
    const { chain, clock } = subnet();
    await clock.run(later(START, seconds(12 * 100)));
    for (let number = 0; number <= 100; number++) {
      const { epochStart } = chain.view.at(number as Block) as Metagraph;
      const began = Array.from({ length: number + 1 }, (_, block) => block).findLast(
        (block) => (block + 343 + 1) % 31 === 30,
      );
      expect(epochStart).toBe(began ?? 0);
    }
  });
});

describe('a slot', () => {
  it('goes to the next who registers, once its owner is past immunity', async () => {
    const { chain, run, pass } = subnet();
    await run(chain.fund(COLD, tao(10)));
    const first = await run(chain.register(miner(0)));
    for (const index of [1, 2, 3]) await run(chain.register(miner(index)));
    await pass(RULES.immunity - 5);
    await expect(run(chain.register(miner(4)))).rejects.toThrow(/^NoNeuronIdAvailable/);
    await pass(1);
    const at = await run(chain.register(miner(4)));
    expect(at).toBe(first + RULES.immunity);
    const { neurons } = chain.view.latest;
    expect(neurons.map(({ hotkey }) => hotkey)).toEqual([4, 1, 2, 3].map(hotkeyNumber));
    expect(neurons[0]).toMatchObject({ uid: 0, registeredAt: at, permit: false });
  });

  it('costs what the subnet burns', async () => {
    const { chain, run } = subnet({ burn: tao(2) });
    await run(chain.fund(COLD, tao(2)));
    await run(chain.register(miner(0)));
    expect([chain.balanceOf(COLD), chain.burned()]).toEqual([tao(0), tao(2)]);
    await run(chain.fund(COLD, tao(1)));
    await expect(run(chain.register(miner(1)))).rejects.toThrow(
      'NotEnoughBalanceToStake: has 1 of 2 TAO',
    );
  });

  it('serves as its hotkey says', async () => {
    const { chain, run } = subnet();
    await run(chain.fund(COLD, tao(3)));
    await run(chain.register(miner(0)));
    await run(chain.serve(hotkeyNumber(0), ['validator', 'pool']));
    expect(chain.view.latest.neurons[0]?.roles).toEqual(['validator', 'pool']);
    await expect(run(chain.serve(hotkeyNumber(9), ['pool']))).rejects.toThrow(
      /^HotKeyNotRegisteredInNetwork/,
    );
  });
});

describe('permits', () => {
  it('go to those with the most stake, as it stood before the epoch', async () => {
    const { chain, run, pass } = subnet({ netuid: RULES.tempo - 1 });
    await run(chain.fund(COLD, tao(100)));
    for (const index of [0, 1, 2]) await run(chain.register(miner(index)));
    for (const [index, stake] of [1, 3, 2].entries()) {
      const hotkey = hotkeyNumber(index);
      await run(chain.addStake({ coldkey: COLD, hotkey, amount: tao(stake) }));
    }
    const { epochStart, head } = chain.view.latest;
    const next = epochStart + 31;
    await pass(next - head.number - 1);
    const raise = { coldkey: COLD, hotkey: hotkeyNumber(0), amount: tao(9) };
    await run(chain.addStake(raise));

    expect(chain.view.latest.head.number).toBe(next);
    expect(chain.view.at((next - 1) as Block)?.neurons.map(({ permit }) => permit)).toEqual([
      false,
      false,
      false,
    ]);
    expect(chain.view.latest.neurons.map(({ permit }) => permit)).toEqual([false, true, true]);
    await pass(30);
    expect(chain.view.latest.neurons.map(({ permit }) => permit)).toEqual([false, true, true]);
    await pass(1);
    expect(chain.view.latest.neurons.map(({ permit }) => permit)).toEqual([true, true, false]);
  });

  it('count what came in the block before the epoch, and no less than the threshold', async () => {
    const { chain, run, pass } = subnet({ netuid: RULES.tempo - 1, stakeThreshold: tao(2) });
    await run(chain.fund(COLD, tao(5)));
    for (const index of [0, 1]) await run(chain.register(miner(index)));
    await pass(RULES.tempo + 1);
    const { epochStart, head } = chain.view.latest;
    await pass(epochStart + RULES.tempo - 1 - head.number);
    const short = { coldkey: COLD, hotkey: hotkeyNumber(0), amount: (tao(2) - 1n) as Rao };
    chain.addStake(short).subscribe();
    await run(chain.addStake({ coldkey: COLD, hotkey: hotkeyNumber(1), amount: tao(2) }));
    expect(chain.view.latest.head.number).toBe(epochStart + RULES.tempo);
    await pass(1);
    expect(chain.view.latest.neurons.map(({ permit }) => permit)).toEqual([false, true]);
  });

  it('are everybody’s where the chain demands none', async () => {
    const { chain, run } = subnet({ permitsRequired: false, weightsRateLimit: 0 });
    await run(chain.fund(COLD, tao(3)));
    await run(chain.register(miner(0)));
    await run(chain.register(miner(1)));
    await run(chain.setWeights(hotkeyNumber(0), weights([1, 7])));
    expect(chain.weightsOf(0 as Uid)).toEqual([[1, 65_535]]);
  });
});

describe('stake', () => {
  it('takes all that there is, no more, and not nothing', async () => {
    const { chain, run } = subnet();
    await run(chain.fund(COLD, tao(2)));
    const staking = { coldkey: COLD, hotkey: hotkeyNumber(0), amount: tao(2) };
    const more = { ...staking, amount: (tao(2) + 1n) as Rao };
    await expect(run(chain.addStake(more))).rejects.toThrow(/^BalanceTooLow: has 2 of 2\.0+1 TAO/);
    await run(chain.addStake(staking));
    await expect(run(chain.removeStake(more))).rejects.toThrow(/^NotEnoughStakeToWithdraw/);
    const another = { ...staking, coldkey: 'cold-1' as Coldkey };
    await expect(run(chain.removeStake(another))).rejects.toThrow(/^NotEnoughStakeToWithdraw/);
    await run(chain.removeStake(staking));
    expect([chain.balanceOf(COLD), stakeOf(chain, hotkeyNumber(0))]).toEqual([tao(2), 0n]);

    const least = 2_000_000n as Rao;
    const less = { ...staking, amount: (least - 1n) as Rao };
    await expect(run(chain.addStake(less))).rejects.toThrow(
      'StakeAmountTooLow: at least 0.002 TAO',
    );
    await run(chain.addStake({ ...staking, amount: least }));
    for (const amount of [0n, -1n] as Rao[]) {
      await expect(run(chain.removeStake({ ...staking, amount }))).rejects.toThrow(
        /^StakeAmountTooLow/,
      );
    }
  });
});

describe('weights', () => {
  it('are stored in proportion to the greatest, rounded to the nearest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyWeight, { minLength: 1, maxLength: 4 }), async (values) => {
        const { chain, run } = await fullSubnet();
        const set = values.map((value, uid) => [uid, value] as const);
        await run(chain.setWeights(hotkeyNumber(0), weights(...set)));

        const max = Math.max(...values);
        const stored = chain.weightsOf(0 as Uid).map(([, weight]) => weight);
        const exact = values.map((value) => (max === 0 ? 0 : (65_535 * value) / max));
        expect(stored).toEqual(exact.map((value) => Math.round(value)));
      }),
      FEW,
    );
  });

  it('need the stake that the chain asks for, but of oneself alone no permit', async () => {
    const { chain, run } = subnet({ stakeThreshold: tao(1), weightsRateLimit: 0 });
    await run(chain.fund(COLD, tao(3)));
    await run(chain.register(miner(0)));
    await expect(run(chain.setWeights(hotkeyNumber(0), weights([0, 1])))).rejects.toThrow(
      'StakeAmountTooLow: has 0 of 1 TAO',
    );
    await run(chain.addStake({ coldkey: COLD, hotkey: hotkeyNumber(0), amount: tao(1) }));
    await run(chain.setWeights(hotkeyNumber(0), weights([0, 1])));
    expect(chain.weightsOf(0 as Uid)).toEqual([[0, 65_535]]);
    await expect(run(chain.setWeights(hotkeyNumber(0), []))).rejects.toThrow(
      /^NeuronNoValidatorPermit/,
    );
  });

  it('of a neuron are gone with it', async () => {
    const { chain, run, pass } = await fullSubnet({ emissionPerBlock: 0n as Rao });
    await run(chain.setWeights(hotkeyNumber(0), weights([1, 1])));
    await pass(RULES.immunity);
    await run(chain.register(miner(4)));
    expect(chain.view.latest.neurons[0]?.hotkey).toBe(hotkeyNumber(4));
    expect(chain.weightsOf(0 as Uid)).toEqual([]);
  });
});

describe('the ports', () => {
  it('look up stakes, and set weights for whoever asks', async () => {
    const { chain, run } = await fullSubnet();
    const stake = stakePort(chain)({ hotkey: hotkeyNumber(0), about: '' }, asker);
    expect(await run(stake)).toBe(tao(20));
    await run(setWeightsPort(chain)(weights([1, 5]), asker));
    expect(chain.weightsOf(0 as Uid)).toEqual([[1, 65_535]]);
  });
});

describe('any sequence of calls', () => {
  it('keeps money, keeps slots unique, and never changes the past', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anyRules, async (steps, rules) => {
        const world = await richSubnet(rules);
        const { chain, pass } = world;
        const past: (readonly [Metagraph, Metagraph])[] = [];
        for (const step of steps) {
          const before = stateOf(chain);
          callAll(world, step);
          expect(stateOf(chain)).toEqual(before);
          await pass(step.blocks);
          const { latest } = chain.view;
          past.push([latest, structuredClone(latest)]);

          expect(held(chain) + chain.burned()).toBe(2n * tao(5) + chain.emitted());
          const hotkeys = latest.neurons.map(({ hotkey }) => hotkey);
          expect(new Set(hotkeys).size).toBe(hotkeys.length);
          expect(latest.neurons.map(({ uid }) => uid)).toEqual([...hotkeys.keys()]);
          expect(latest.neurons.map(({ stake }) => stake)).toEqual(
            hotkeys.map((hotkey) => stakeOf(chain, hotkey)),
          );
        }
        for (const [seen, copy] of past) {
          expect(chain.view.at(copy.head.number)).toBe(seen);
          expect(seen).toEqual(copy);
        }
      }),
      FEW,
    );
  });

  it('leaves all as it was where everything was refused', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const world = await richSubnet({ tempo: 1_000 });
        for (const step of steps) {
          const before = stateOf(world.chain);
          const refused = callAll(world, step);
          await world.pass(step.blocks);
          if (refused === step.calls.length) expect(stateOf(world.chain)).toEqual(before);
        }
      }),
      FEW,
    );
  });

  it('comes to the same whether the blocks are looked at as they come or at the end', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, anyRules, async (steps, rules) => {
        const watched = await richSubnet(rules);
        const alone = await richSubnet(rules);
        const seen: Metagraph[] = [];
        const watch = watched.chain.heads.subscribe((metagraph) => {
          seen.push(metagraph);
          stateOf(watched.chain);
        });
        for (const step of steps) {
          for (const world of [watched, alone]) {
            callAll(world, step);
            await world.pass(step.blocks);
          }
        }
        watch.unsubscribe();
        expect(stateOf(alone.chain)).toEqual(stateOf(watched.chain));
        expect(seen.map(({ head }) => alone.chain.view.at(head.number))).toEqual(seen);
      }),
      FEW,
    );
  });
});

/** Two owners with 5 TAO each, short epochs, neurons out in no time. */
async function richSubnet(rules: Partial<SubnetRules> = {}): Promise<World> {
  const hasty = { tempo: 4, immunity: 3, minStake: 1n as Rao, weightsRateLimit: 2 };
  const world = subnet({ ...hasty, ...rules });
  for (const coldkey of COLDKEYS) world.chain.fund(coldkey, tao(5)).subscribe();
  await world.pass(1);
  return world;
}

/** A run builds a chain and walks it block by block, at 3 ms. */
const FEW = { numRuns: 300 };

const COLD = 'cold-0' as Coldkey;
const OWNER = 'subnet-owner' as Coldkey;
const COLDKEYS = ['cold-0', 'cold-1'] as readonly string[] as readonly Coldkey[];
const HOTKEYS = [0, 1, 2, 3, 4, 5].map(hotkeyNumber);
const miner = (index: number): Registration => ({
  coldkey: COLD,
  hotkey: hotkeyNumber(index),
  roles: ['miner'],
});
const weights = (...pairs: readonly (readonly [number, number])[]): Weights => pairs as Weights;
const anyWeight = fc.oneof(fc.constantFrom(0, 1, 2, 3, 65_534, 65_535), fc.nat({ max: 65_535 }));

const asker: Asker = {
  self: addressOf('validator', hotkeyNumber(0)),
  by: later(START, seconds(1e6)),
  random: randomFrom('test'),
};

interface World {
  readonly chain: InMemoryChain;
  readonly clock: VirtualClock;
  /** The first value of an observable, with the clock run until it comes. */
  readonly run: <T>(observable: Observable<T>) => Promise<T>;
  readonly pass: (blocks: number) => Promise<void>;
}

function subnet(rules: Partial<SubnetRules> = {}, seed = 'seed'): World {
  const clock = new VirtualClock(START);
  const chain = new InMemoryChain({ clock, seed, rules: { ...RULES, ...rules } });
  return {
    chain,
    clock,
    run: async <T>(observable: Observable<T>) => {
      let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
      observable.subscribe({
        next: (value) => (outcome = { value }),
        error: (error: unknown) => (outcome = { error }),
      });
      await clock.run(() => outcome !== undefined);
      if (outcome === undefined) throw new Error('nothing came, and nothing is to come');
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
    pass: async (blocks) => void (await clock.run(later(clock.now(), seconds(12 * blocks)))),
  };
}

/** Four miners, the first of them with a stake, a permit, and leave to set weights. */
async function fullSubnet(rules: Partial<SubnetRules> = {}): Promise<World> {
  const world = subnet({ weightsRateLimit: 0, ...rules });
  const { chain, run, pass } = world;
  await run(chain.fund(COLD, tao(100)));
  for (const index of [0, 1, 2, 3]) await run(chain.register(miner(index)));
  await run(chain.addStake({ coldkey: COLD, hotkey: hotkeyNumber(0), amount: tao(20) }));
  await pass(31);
  return world;
}

function underTest(): ChainUnderTest {
  const { chain, run, pass } = subnet();
  return {
    chain,
    limits: { weights: RULES.weightsRateLimit, epoch: RULES.tempo + 1 },
    fund: (coldkey, amount) => run(chain.fund(coldkey, amount)),
    register: (coldkey, hotkey, roles) => run(chain.register({ coldkey, hotkey, roles })),
    addStake: (coldkey, hotkey, amount) => run(chain.addStake({ coldkey, hotkey, amount })),
    removeStake: (coldkey, hotkey, amount) => run(chain.removeStake({ coldkey, hotkey, amount })),
    setWeights: (hotkey, set) => run(chain.setWeights(hotkey, set)),
    weightsOf: (uid) => chain.weightsOf(uid),
    stakeOf: (hotkey) => run(chain.stake(hotkey)),
    pass,
    hotkeys: [hotkeyNumber(0), hotkeyNumber(1), hotkeyNumber(2)],
    coldkey: COLD,
  };
}

/** An instant some blocks from the genesis, often that of a block or next to it. */
const aroundBlocks: fc.Arbitrary<Instant> = fc
  .tuple(fc.integer({ min: -2, max: 9 }), fc.oneof(fc.integer({ min: -1, max: 1 }), fc.nat(12_000)))
  .map(([blocks, ms]) => (START + blocks * 12_000 + ms) as Instant);

type Call = (chain: InMemoryChain) => Observable<Block>;
/** Calls of one block, and how many blocks pass until the next. */
interface Step {
  readonly calls: readonly Call[];
  readonly blocks: number;
}
/** Epochs of one block and more; pots that cannot be shared evenly; validators that fall asleep. */
const anyRules: fc.Arbitrary<Partial<SubnetRules>> = fc.record({
  tempo: fc.integer({ min: 0, max: 6 }),
  emissionPerBlock: fc.oneof(
    fc.constantFrom(0n, 1n, 7n, tao(1)),
    fc.bigInt(0n, tao(1)),
  ) as fc.Arbitrary<Rao>,
  yumaVersion: fc.constantFrom(2 as const, 3 as const),
  alpha: fc.constantFrom(0, 100_000, 1_000_000) as fc.Arbitrary<Fraction>,
  activityCutoff: fc.constantFrom(2, 9, 5_000),
  permitsRequired: fc.boolean(),
});
const anyColdkey = fc.constantFrom(...COLDKEYS);
const anyHotkey = fc.constantFrom(...HOTKEYS);
const anyAmount = fc
  .oneof(fc.constantFrom(0n, 1n, tao(1), tao(1) / 10n, tao(1) / 10n - 1n), fc.bigInt(0n, tao(2)))
  .map((amount) => amount as Rao);
const anyStaking = fc.record({ coldkey: anyColdkey, hotkey: anyHotkey, amount: anyAmount });
const anyRoles = fc.subarray(['miner', 'validator', 'pool'] as const);
const anyWeights = fc
  .array(fc.tuple(fc.nat({ max: 5 }), anyWeight), { maxLength: 5 })
  .map((pairs) => weights(...pairs));
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ coldkey: anyColdkey, hotkey: anyHotkey, roles: anyRoles }).map(
    (registration): Call =>
      (chain) =>
        chain.register(registration),
  ),
  anyStaking.map(
    (staking): Call =>
      (chain) =>
        chain.addStake(staking),
  ),
  anyStaking.map(
    (staking): Call =>
      (chain) =>
        chain.removeStake(staking),
  ),
  fc.tuple(anyHotkey, anyRoles).map(
    ([hotkey, roles]): Call =>
      (chain) =>
        chain.serve(hotkey, roles),
  ),
  fc.tuple(anyHotkey, anyWeights).map(
    ([hotkey, set]): Call =>
      (chain) =>
        chain.setWeights(hotkey, set),
  ),
);
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    calls: fc.array(anyCall, { minLength: 1, maxLength: 4 }),
    blocks: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 25 },
);

/** Makes the calls of a step in one block; how many were refused. */
function callAll({ chain }: World, { calls }: Step): number {
  let refused = 0;
  for (const call of calls) {
    call(chain).subscribe({
      error: (fault: unknown) => {
        expect(fault).toBeInstanceOf(ServiceFault);
        refused += 1;
      },
    });
  }
  return refused;
}

const stakeOf = (chain: InMemoryChain, hotkey: Hotkey): Rao => {
  let stake = 0n as Rao;
  chain.stake(hotkey).subscribe((rao) => (stake = rao));
  return stake;
};

const stateOf = (chain: InMemoryChain): object =>
  structuredClone({
    neurons: chain.view.latest.neurons,
    balances: [...COLDKEYS, OWNER].map((coldkey) => chain.balanceOf(coldkey)),
    stakes: HOTKEYS.map((hotkey) => stakeOf(chain, hotkey)),
    weights: [0, 1, 2, 3].map((uid) => chain.weightsOf(uid as Uid)),
    burned: chain.burned(),
    emitted: chain.emitted(),
    lastEpoch: chain.lastEpoch(),
  });

const held = (chain: InMemoryChain): bigint =>
  [
    ...[...COLDKEYS, OWNER].map((coldkey) => chain.balanceOf(coldkey)),
    ...HOTKEYS.map((hotkey) => stakeOf(chain, hotkey)),
  ].reduce<bigint>((sum, rao) => sum + rao, 0n);
