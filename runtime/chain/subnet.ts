/**
 * The subnet on the mock chain: who holds what, who has which slot, who set which weights.
 *
 *     balance ──burn──▶ registration (a slot)        balance ◀──▶ stake behind a hotkey
 *     epoch ──emission──▶ balance
 *
 * A call names the block in which it takes effect, and earlier blocks never change by it. Refusals
 * bear the names that the real chain gives them, and are looked for in its order.
 */
import type { Neuron } from '../../protocols/metagraph.ts';
import {
  invariant,
  showTao,
  type Block,
  type Coldkey,
  type Hotkey,
  type Rao,
  type Uid,
  type Weight16,
} from '../../protocols/units.ts';
import { ServiceFault } from '../host.ts';
import { asOf, changed, unchanged, type Dated } from './dated.ts';
import { Epochs, type ChainEpoch } from './epochs.ts';
import { SUBNET_DEFAULTS, type SubnetRules } from './rules.ts';

export { SUBNET_DEFAULTS, type SubnetRules } from './rules.ts';

export type Weights = readonly (readonly [Uid, Weight16])[];
export type NodeRoles = Neuron['roles'];
export interface Staking {
  readonly coldkey: Coldkey;
  readonly hotkey: Hotkey;
  readonly amount: Rao;
}
export interface Registration {
  readonly coldkey: Coldkey;
  readonly hotkey: Hotkey;
  readonly roles: NodeRoles;
}

export class Subnet {
  readonly rules: SubnetRules;
  /**
   * The neurons from a block on; the last entry may be of the block to come. All are kept: a change
   * costs a list of at most 256, and an epoch brings a few, some 4 MB in ninety days.
   */
  readonly #versions: Version[] = [{ since: 0 as Block, neurons: [] }];
  readonly #balances = new Map<Coldkey, Dated<Rao>>();
  /** All that is behind a hotkey, and the part of it that each coldkey may take back. */
  readonly #stakes = new Map<Hotkey, Dated<Rao>>();
  readonly #shares = new Map<string, Rao>();
  readonly #weights = new Map<Uid, Dated<Weights>>();
  #burned: Dated<Rao> = unchanged(0n as Rao);
  #emitted: Dated<Rao> = unchanged(0n as Rao);
  readonly #epochs: Epochs;

  constructor(rules: Partial<SubnetRules> = {}) {
    this.rules = { ...SUBNET_DEFAULTS, ...rules };
    this.#epochs = new Epochs(this.rules);
  }

  neurons(block: Block): readonly Neuron[] {
    this.#epochsUpTo(block);
    // The newest are asked for most, and few lie between.
    const version = this.#versions.findLast(({ since }) => since <= block);
    return version?.neurons ?? [];
  }

  balanceOf(coldkey: Coldkey, block: Block): Rao {
    this.#epochsUpTo(block);
    return asOf(this.#balances.get(coldkey) ?? NOTHING, block);
  }

  stakeOf(hotkey: Hotkey, block: Block): Rao {
    return asOf(this.#stakes.get(hotkey) ?? NOTHING, block);
  }

  weightsOf(uid: Uid, block: Block): Weights {
    return asOf(this.#weights.get(uid) ?? NO_WEIGHTS, block);
  }

  /** All that was ever paid for slots. */
  burned(block: Block): Rao {
    return asOf(this.#burned, block);
  }

  /** All that was ever paid at epochs. */
  emitted(block: Block): Rao {
    this.#epochsUpTo(block);
    return asOf(this.#emitted, block);
  }

  /** What the last epoch as of a block came to; undefined before the first. */
  resultsAt(block: Block): ChainEpoch | undefined {
    this.#epochsUpTo(block);
    return this.#epochs.resultsAt(block);
  }

  /** Mock TAO out of nowhere. */
  fund(at: Block, coldkey: Coldkey, amount: Rao): void {
    this.#epochsUpTo(at);
    invariant(amount >= 0n, 'nobody is funded with less than nothing');
    this.#pay(at, coldkey, amount);
  }

  register(at: Block, { hotkey, coldkey, roles }: Registration): void {
    this.#epochsUpTo(at);
    const { burn } = this.rules;
    if (this.#neuron(hotkey) !== undefined) refuse('HotKeyAlreadyRegisteredInSubNet', hotkey);
    const has = this.#balance(coldkey);
    if (has < burn)
      refuse('NotEnoughBalanceToStake', `has ${showTao(has)} of ${showTao(burn)} TAO`);
    const uid = this.#freeUid(at);

    this.#pay(at, coldkey, 0n - burn);
    this.#burned = changed(this.#burned, at, (this.#burned.value + burn) as Rao);
    this.#weights.set(uid, changed(this.#weights.get(uid) ?? NO_WEIGHTS, at, []));
    this.#epochs.forget(uid);
    this.#put(at, {
      uid,
      hotkey,
      coldkey,
      stake: this.#stake(hotkey),
      permit: !this.rules.permitsRequired,
      roles,
      registeredAt: at,
      lastUpdate: at,
    });
  }

  addStake(at: Block, { coldkey, hotkey, amount }: Staking): void {
    this.#epochsUpTo(at);
    const { minStake } = this.rules;
    if (amount < minStake) refuse('StakeAmountTooLow', `at least ${showTao(minStake)} TAO`);
    const has = this.#balance(coldkey);
    if (has < amount) refuse('BalanceTooLow', `has ${showTao(has)} of ${showTao(amount)} TAO`);

    this.#pay(at, coldkey, 0n - amount);
    this.#back(at, coldkey, hotkey, amount);
  }

  removeStake(at: Block, { coldkey, hotkey, amount }: Staking): void {
    this.#epochsUpTo(at);
    if (amount <= 0n) refuse('StakeAmountTooLow', 'more than 0 TAO');
    const has = this.#shares.get(shareOf(coldkey, hotkey)) ?? 0n;
    if (has < amount) {
      refuse('NotEnoughStakeToWithdraw', `has ${showTao(has as Rao)} of ${showTao(amount)} TAO`);
    }

    this.#pay(at, coldkey, amount);
    this.#back(at, coldkey, hotkey, 0n - amount);
  }

  serve(at: Block, hotkey: Hotkey, roles: NodeRoles): void {
    this.#epochsUpTo(at);
    const neuron = this.#neuron(hotkey) ?? refuse('HotKeyNotRegisteredInNetwork', hotkey);
    this.#put(at, { ...neuron, roles });
  }

  setWeights(at: Block, hotkey: Hotkey, weights: Weights): void {
    this.#epochsUpTo(at);
    const count = this.#latest.length;
    if (weights.length > count) refuse('UidsLengthExceedUidsInSubNet', `${count} neurons`);
    const neuron = this.#neuron(hotkey) ?? refuse('HotKeyNotRegisteredInSubNet', hotkey);
    this.#mayVote(at, neuron, weights);
    const uids = new Set(weights.map(([uid]) => uid));
    if (uids.size < weights.length) refuse('DuplicateUids', 'one weight a uid');
    if (weights.some(([uid]) => uid >= count)) {
      refuse('UidVecContainInvalidOne', `uids are 0 to ${count - 1}`);
    }
    if (weights.length === 0) refuse('WeightVecLengthIsLow', 'at least one weight');

    const before = this.#weights.get(neuron.uid) ?? NO_WEIGHTS;
    this.#weights.set(neuron.uid, changed(before, at, upscaled(weights)));
    this.#put(at, { ...neuron, lastUpdate: at });
  }

  #mayVote(at: Block, { uid, stake, permit, lastUpdate }: Neuron, weights: Weights): void {
    const { stakeThreshold, weightsRateLimit } = this.rules;
    if (stake < stakeThreshold) {
      refuse('StakeAmountTooLow', `has ${showTao(stake)} of ${showTao(stakeThreshold)} TAO`);
    }
    const since = at - lastUpdate;
    if (since < weightsRateLimit && lastUpdate !== 0) {
      refuse(
        'SettingWeightsTooFast',
        `${since} blocks since the last; allowed from ${weightsRateLimit}`,
      );
    }
    const onlySelf = weights.length === 1 && weights[0]?.[0] === uid;
    if (!permit && !onlySelf) refuse('NeuronNoValidatorPermit', `uid ${uid}`);
  }

  get #latest(): readonly Neuron[] {
    return this.#versions.at(-1)?.neurons ?? [];
  }

  #neuron(hotkey: Hotkey): Neuron | undefined {
    return this.#latest.find((neuron) => neuron.hotkey === hotkey);
  }

  #balance(coldkey: Coldkey): Rao {
    return this.#balances.get(coldkey)?.value ?? (0n as Rao);
  }

  #stake(hotkey: Hotkey): Rao {
    return this.#stakes.get(hotkey)?.value ?? (0n as Rao);
  }

  #pay(at: Block, coldkey: Coldkey, amount: bigint): void {
    const balance = (this.#balance(coldkey) + amount) as Rao;
    invariant(balance >= 0n, 'a balance is never negative');
    this.#balances.set(coldkey, changed(this.#balances.get(coldkey) ?? NOTHING, at, balance));
  }

  #back(at: Block, coldkey: Coldkey, hotkey: Hotkey, amount: bigint): void {
    const name = shareOf(coldkey, hotkey);
    this.#shares.set(name, ((this.#shares.get(name) ?? 0n) + amount) as Rao);
    const stake = (this.#stake(hotkey) + amount) as Rao;
    invariant(stake >= 0n, 'a stake is never negative');
    this.#stakes.set(hotkey, changed(this.#stakes.get(hotkey) ?? NOTHING, at, stake));

    const neuron = this.#neuron(hotkey);
    if (neuron !== undefined) this.#put(at, { ...neuron, stake });
  }

  /** The next slot; of a full subnet that of whoever earned least, past its immunity. */
  #freeUid(at: Block): Uid {
    const { maxUids, immunity } = this.rules;
    const neurons = this.#latest;
    if (neurons.length < maxUids) return neurons.length as Uid;
    const rows = this.#epochs.resultsAt(at)?.rows ?? [];
    const [least] = neurons
      .filter(({ registeredAt }) => at - registeredAt >= immunity)
      .map(({ uid, hotkey, registeredAt }) => {
        // A row may be that of who had the slot before.
        const row = rows[uid]?.hotkey === hotkey ? rows[uid] : undefined;
        return { uid, registeredAt, earned: row?.emission ?? 0n };
      })
      .toSorted(
        (a, b) => compare(a.earned, b.earned) || a.registeredAt - b.registeredAt || a.uid - b.uid,
      );
    return least?.uid ?? refuse('NoNeuronIdAvailable', `all ${maxUids} slots are taken or immune`);
  }

  #put(at: Block, neuron: Neuron): void {
    const neurons = [...this.#latest];
    neurons[neuron.uid] = neuron;
    this.#become(at, neurons);
  }

  #become(since: Block, neurons: readonly Neuron[]): void {
    const last = this.#versions.at(-1);
    invariant(last === undefined || last.since <= since, 'blocks come in order');
    if (last?.since === since) this.#versions.pop();
    this.#versions.push({ since, neurons });
  }

  /** Every epoch begins before the calls of its block, so each call turns those up to its own. */
  #epochsUpTo(block: Block): void {
    const weightsOf = (uid: Uid): Weights => (this.#weights.get(uid) ?? NO_WEIGHTS).value;
    for (;;) {
      const turn = this.#epochs.turn(block, { neurons: this.#latest, weightsOf });
      if (turn === undefined) return;

      const { at, times, outcome } = turn;
      for (const [coldkey, amount] of outcome.pay) this.#pay(at, coldkey, amount * times);
      const emitted = (this.#emitted.value + outcome.paid * times) as Rao;
      this.#emitted = changed(this.#emitted, at, emitted);
      if (this.rules.permitsRequired) this.#permit(at, outcome.permits);
    }
  }

  #permit(at: Block, permits: readonly boolean[]): void {
    const neurons = this.#latest;
    if (neurons.every(({ uid, permit }) => permit === permits[uid])) return;
    this.#become(
      at,
      neurons.map((neuron) => ({ ...neuron, permit: permits[neuron.uid] === true })),
    );
  }
}

interface Version {
  readonly since: Block;
  readonly neurons: readonly Neuron[];
}

const NOTHING = unchanged(0n as Rao);
const NO_WEIGHTS = unchanged<Weights>([]);

const shareOf = (coldkey: Coldkey, hotkey: Hotkey): string => `${coldkey}/${hotkey}`;

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));

/** As the chain stores them: the greatest becomes 65535, the others keep their proportion to it. */
function upscaled(weights: Weights): Weights {
  const max = Math.max(...weights.map(([, weight]) => weight));
  invariant(max <= 65_535, 'a weight has 16 bits');
  if (max <= 0) return weights;
  return weights.map(([uid, weight]) => [
    uid,
    Math.floor((2 * 65_535 * weight + max) / (2 * max)) as Weight16,
  ]);
}

function refuse(name: string, detail: string): never {
  throw new ServiceFault('refused', `${name}: ${detail}`);
}
