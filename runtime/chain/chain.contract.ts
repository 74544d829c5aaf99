/**
 * What every chain must hold to, whatever stands behind it: a test suite that the tests of each
 * adapter run. It registers and stakes with the chain's own calls and lets blocks pass.
 */
import { describe, expect, it } from 'vitest';
import { neuronOf, type Neuron } from '../../protocols/metagraph.ts';
import {
  showTao,
  tao,
  type Block,
  type Coldkey,
  type Hotkey,
  type Rao,
  type Uid,
  type Weight16,
} from '../../protocols/units.ts';
import type { Chain } from '../host.ts';

/** A new subnet, with no neurons but those of its owner, and what the suite needs to do to it. */
export interface ChainUnderTest {
  readonly chain: Chain;
  readonly limits: { readonly weights: number; readonly epoch: number };
  fund(coldkey: Coldkey, amount: Rao): Promise<Block>;
  register(coldkey: Coldkey, hotkey: Hotkey, roles: Neuron['roles']): Promise<Block>;
  addStake(coldkey: Coldkey, hotkey: Hotkey, amount: Rao): Promise<Block>;
  removeStake(coldkey: Coldkey, hotkey: Hotkey, amount: Rao): Promise<Block>;
  /** What `setWeights` of the chain comes to. */
  setWeights(hotkey: Hotkey, weights: readonly (readonly [Uid, Weight16])[]): Promise<Block>;
  weightsOf(
    uid: Uid,
  ): readonly (readonly [Uid, Weight16])[] | Promise<readonly (readonly [Uid, Weight16])[]>;
  stakeOf(hotkey: Hotkey): Promise<Rao>;
  /** Lets blocks pass. */
  pass(blocks: number): Promise<void>;
  /** Per cent by which a stake may be below what was staked: alpha is bought at a price. 0 where absent. */
  readonly tolerance?: bigint;
  /** By what an epoch may have raised a stake meanwhile; 0 where absent. */
  readonly pay?: Rao;
  readonly hotkeys: readonly [Hotkey, Hotkey, Hotkey];
  readonly coldkey: Coldkey;
}

export function chainContract(name: string, make: () => Promise<ChainUnderTest>): void {
  describe(`${name}, as a chain`, () => {
    it('registers a hotkey in the block it names, and not a second time', async () => {
      const subnet = await make();
      const [hotkey] = subnet.hotkeys;
      await subnet.fund(subnet.coldkey, tao(10));
      const { view } = subnet.chain;
      const others = view.latest.neurons.length;
      const at = await subnet.register(subnet.coldkey, hotkey, ['miner']);

      expect(neuronOf(view.latest, hotkey)).toMatchObject({
        uid: others,
        hotkey,
        coldkey: subnet.coldkey,
        roles: ['miner'],
        stake: 0n,
        registeredAt: at,
        lastUpdate: at,
      });
      expect(view.at((at - 1) as Block)?.neurons).toHaveLength(others);
      await expect(subnet.register(subnet.coldkey, hotkey, ['miner'])).rejects.toThrow(
        /^HotKeyAlreadyRegisteredInSubNet/,
      );
    });

    it('knows the stake behind a hotkey, registered or not, and a stranger’s none', async () => {
      const subnet = await make();
      const [known, buyer, stranger] = subnet.hotkeys;
      await subnet.fund(subnet.coldkey, tao(200));
      await subnet.register(subnet.coldkey, known, ['validator']);
      await subnet.addStake(subnet.coldkey, known, tao(20));
      await subnet.addStake(subnet.coldkey, buyer, tao(50));

      const expectStake = (stake: Rao | undefined, staked: Rao): void => {
        const least = (staked * (100n - (subnet.tolerance ?? 0n))) / 100n;
        expect(Number(stake)).toBeGreaterThanOrEqual(Number(least));
        expect(Number(stake)).toBeLessThanOrEqual(Number(staked + (subnet.pay ?? 0n)));
      };
      expectStake(await subnet.stakeOf(known), tao(20));
      expectStake(await subnet.stakeOf(buyer), tao(50));
      expect(showTao(await subnet.stakeOf(stranger))).toBe('0');
      expectStake(neuronOf(subnet.chain.view.latest, known)?.stake, tao(20));

      await subnet.removeStake(subnet.coldkey, known, tao(5));
      expectStake(neuronOf(subnet.chain.view.latest, known)?.stake, tao(15));
      await expect(subnet.removeStake(subnet.coldkey, known, tao(60))).rejects.toThrow(
        /^NotEnoughStakeToWithdraw/,
      );
    });

    it('gives the permit to validate at the next epoch, and weights need it', async () => {
      const subnet = await make();
      const { validator, miner, weights } = await twoNeurons(subnet);
      await subnet.pass(subnet.limits.weights);
      const { view } = subnet.chain;
      if (neuronOf(view.latest, validator)?.permit === false) {
        await expect(subnet.setWeights(validator, weights)).rejects.toThrow(
          /^NeuronNoValidatorPermit/,
        );
      }

      await subnet.pass(subnet.limits.epoch);
      expect(neuronOf(view.latest, validator)?.permit).toBe(true);
      expect(neuronOf(view.latest, miner)?.permit).toBe(false);
      await subnet.setWeights(validator, weights);
    });

    it('reads weights back as they were set, within 1/65535 of the greatest', async () => {
      const subnet = await make();
      const { validator, weights, uids } = await twoNeurons(subnet);
      await subnet.pass(subnet.limits.weights + subnet.limits.epoch);
      const at = await subnet.setWeights(validator, weights);

      expect(neuronOf(subnet.chain.view.latest, validator)?.lastUpdate).toBe(at);
      const read = await subnet.weightsOf(uids[0]);
      expect(read.map(([uid]) => uid)).toEqual(uids);
      const [first, second] = read.map(([, weight]) => weight);
      expect(Math.max(first ?? 0, second ?? 0)).toBe(65_535);
      expect(Math.abs(3 * (second ?? 0) - 65_535)).toBeLessThanOrEqual(3);
    });

    it('takes weights only so often, counted from the registration', async () => {
      const subnet = await make();
      const { weights: limit, epoch } = subnet.limits;
      const { validator, weights } = await twoNeurons(subnet);
      await subnet.pass(limit + epoch);
      const first = await subnet.setWeights(validator, weights);
      await expect(subnet.setWeights(validator, weights)).rejects.toThrow(/^SettingWeightsTooFast/);

      await subnet.pass(limit - 2);
      await expect(subnet.setWeights(validator, weights)).rejects.toThrow(/^SettingWeightsTooFast/);
      await subnet.pass(1);
      expect(await subnet.setWeights(validator, weights)).toBe(first + limit);
    });

    it('names what is wrong with weights', async () => {
      const subnet = await make();
      const { validator, weights, uids, stranger } = await twoNeurons(subnet);
      await subnet.pass(subnet.limits.weights + subnet.limits.epoch);
      const count = subnet.chain.view.latest.neurons.length;
      const one = (uid: number): readonly [number, number] => [uid, 1];
      const tooMany = Array.from({ length: count + 1 }, (_, uid) => one(uid));
      const refused = [
        [stranger, weights, 'HotKeyNotRegisteredInSubNet'],
        [validator, weightsOf(one(uids[0]), one(uids[0])), 'DuplicateUids'],
        [validator, weightsOf(one(uids[0]), one(count)), 'UidVecContainInvalidOne'],
        [validator, weightsOf(...tooMany), 'UidsLengthExceedUidsInSubNet'],
      ] as const;
      for (const [hotkey, wrong, fault] of refused) {
        await expect(subnet.setWeights(hotkey, wrong)).rejects.toMatchObject({
          fault: 'refused',
          message: expect.stringMatching(new RegExp(`^${fault}`)),
        });
      }
    });

    it('shows each new block once, in order, while anybody looks', async () => {
      const subnet = await make();
      const { chain } = subnet;
      const before = chain.view.latest.head.number;
      const seen: number[] = [];
      const watch = chain.heads.subscribe(({ head }) => {
        expect(chain.view.latest.head).toEqual(head);
        seen.push(head.number - before);
      });
      await subnet.pass(5);
      watch.unsubscribe();
      await subnet.pass(5);
      expect(seen).toEqual([1, 2, 3, 4, 5]);
    });

    it('keeps the past as it was, and knows nothing of what is to come', async () => {
      const subnet = await make();
      const { view } = subnet.chain;
      const past = [view.latest];
      await twoNeurons(subnet);
      past.push(view.latest);
      const copies = structuredClone(past);
      await subnet.pass(subnet.limits.epoch);

      expect(past.map(({ head }) => view.at(head.number))).toEqual(copies);
      const { head } = view.latest;
      expect(view.at(head.number)?.head).toEqual(head);
      expect(view.at((head.number + 1) as Block)).toBeUndefined();
      expect(view.at(-1 as Block)).toBeUndefined();
      const times = [...copies, view.latest].map((metagraph) => metagraph.head.time);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set([...copies, view.latest].map((each) => each.head.hash)).size).toBe(3);
    });
  });
}

const weightsOf = (
  ...pairs: readonly (readonly [number, number])[]
): readonly (readonly [Uid, Weight16])[] => pairs as readonly (readonly [Uid, Weight16])[];

interface TwoNeurons {
  readonly validator: Hotkey;
  readonly miner: Hotkey;
  readonly stranger: Hotkey;
  /** Of the validator and the miner. */
  readonly uids: readonly [Uid, Uid];
  /** Three parts for the validator itself, one for the miner. */
  readonly weights: readonly (readonly [Uid, Weight16])[];
}

/** A validator with stake, and the miner after it. */
async function twoNeurons(subnet: ChainUnderTest): Promise<TwoNeurons> {
  const { coldkey, hotkeys } = subnet;
  const [validator, miner, stranger] = hotkeys;
  await subnet.fund(coldkey, tao(200));
  await subnet.register(coldkey, validator, ['validator']);
  await subnet.register(coldkey, miner, ['miner']);
  await subnet.addStake(coldkey, validator, tao(20));
  const { latest } = subnet.chain.view;
  const uids = [validator, miner].map((hotkey) => neuronOf(latest, hotkey)?.uid);
  const [first = NaN, second = NaN] = uids;
  return {
    validator,
    miner,
    stranger,
    uids: [first as Uid, second as Uid],
    weights: weightsOf([first, 300], [second, 100]),
  };
}
