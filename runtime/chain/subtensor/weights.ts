/**
 * What is sent for weights: what a validator wants, in the form that the chain takes today.
 *
 *     drop zeros ──▶ none above the subnet's greatest ──▶ 16 bits ──▶ as many uids as it asks for
 *
 * What the chain would refuse is refused here, by the chain's own name and in its own order, so that
 * no call goes out in vain; what it asks for is read with each block and never assumed.
 */
import { neuronOf, type Metagraph, type Neuron } from '../../../protocols/metagraph.ts';
import { FULL_WEIGHT } from '../../../protocols/rules/weights.ts';
import type { Hotkey, Uid, Weight16 } from '../../../protocols/units.ts';
import { ChainRefusal } from './refusal.ts';
import type { WeightLimits } from './subnet-state.ts';

export type Weights = readonly (readonly [Uid, Weight16])[];

export interface Wanted {
  readonly hotkey: Hotkey;
  readonly weights: Weights;
  /** Ours: a chain that asks for a later one wants a newer release. */
  readonly versionKey: bigint;
}

export interface Plan {
  readonly uid: Uid;
  /** By uid. */
  readonly weights: Weights;
}

/** Throws the `ChainRefusal` that the chain would answer with, were it sent for the next block. */
export function planWeights(
  { hotkey, weights, versionKey }: Wanted,
  metagraph: Metagraph,
  limits: WeightLimits,
): Plan {
  const count = metagraph.neurons.length;
  if (weights.length > count) refuse('UidsLengthExceedUidsInSubNet', `there are ${count} neurons`);
  const neuron = neuronOf(metagraph, hotkey) ?? refuse('HotKeyNotRegisteredInSubNet');
  if (limits.versionKey !== 0n && versionKey < limits.versionKey) {
    const ours = `the subnet asks for ${limits.versionKey}, this release has ${versionKey}`;
    refuse('IncorrectWeightVersionKey', `${ours}: update leadpoet`);
  }
  mayVoteNow(neuron, metagraph, limits);
  const isOnlySelf = weights.length === 1 && weights[0]?.[0] === neuron.uid;
  if (!neuron.permit && !isOnlySelf) refuse('NeuronNoValidatorPermit');
  const uids = new Set(weights.map(([uid]) => uid));
  if (uids.size < weights.length) refuse('DuplicateUids', 'one weight a uid');
  if (weights.some(([uid]) => uid >= count)) {
    refuse('UidVecContainInvalidOne', `uids are 0 to ${count - 1}`);
  }
  // Weights of nothing but zero would be taken, and say that nobody is worth anything.
  if (weights.every(([, weight]) => weight === 0)) {
    refuse('WeightVecLengthIsLow', 'nobody has any weight');
  }
  const sent = isOnlySelf ? weights : filled(limitedTo(weights, limits.most), count, limits.least);
  return { uid: neuron.uid, weights: sent.toSorted(([a], [b]) => a - b) };
}

/** Counted to the next block, in which a call sent now is at the earliest. */
function mayVoteNow({ lastUpdate }: Neuron, { head }: Metagraph, limits: WeightLimits): void {
  const since = head.number + 1 - lastUpdate;
  if (lastUpdate === 0 || since >= limits.rate) return;
  const name = limits.commitReveal ? 'CommittingWeightsTooFast' : 'SettingWeightsTooFast';
  refuse(name, `${since} blocks since the last; allowed from ${limits.rate}`);
}

/** Weights of which none, of their sum, is above `most` of 65535; scaled so that the greatest is 65535. */
export function limitedTo(weights: Weights, most: number): Weights {
  const some = weights.filter(([, weight]) => weight > 0);
  const limited = capped(
    some.map(([, weight]) => weight),
    most / FULL_WEIGHT,
  );
  const greatest = Math.max(...limited);
  return some
    .map(([uid], index) => [uid, scaled(limited[index] ?? 0, greatest)] as const)
    .filter(([, weight]) => weight > 0);
}

const scaled = (weight: number, greatest: number): Weight16 =>
  Math.round((FULL_WEIGHT * weight) / greatest) as Weight16;

/**
 * As shares that sum to 1, none above `limit`: the greater are cut at one height, chosen so that the
 * greatest is the limit exactly. Equal shares where so few cannot stay below it.
 */
export function capped(weights: readonly number[], limit: number): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares = weights.map((weight) => weight / sum);
  if (Math.max(...shares) <= limit) return shares;
  if (weights.length * limit <= 1) return weights.map(() => 1 / weights.length);

  const cut = cutAt(
    shares.toSorted((a, b) => b - a),
    limit,
  );
  const low = shares.map((share) => Math.min(share, cut));
  const rest = low.reduce((total, share) => total + share, 0);
  return low.map((share) => share / rest);
}

/** With k shares cut at t and the others summing to r: t = limit · (k t + r). */
function cutAt(falling: readonly number[], limit: number): number {
  let rest = falling.reduce((total, share) => total + share, 0);
  for (const [index, share] of falling.entries()) {
    rest -= share;
    const cut = (limit * rest) / (1 - (index + 1) * limit);
    // The next one is below the cut, so these and no others are cut.
    if ((index + 1) * limit < 1 && cut >= (falling[index + 1] ?? 0)) return cut;
  }
  return falling.at(-1) ?? 0;
}

/**
 * With as many uids as the subnet asks for, or as there are: those on top weigh nothing, so that
 * nobody gains by being on the list.
 */
function filled(weights: Weights, count: number, least: number): Weights {
  const missing = least - weights.length;
  if (missing <= 0) return weights;
  const there = new Set<number>(weights.map(([uid]) => uid));
  const others = Array.from({ length: count }, (_, uid) => uid).filter((uid) => !there.has(uid));
  return [
    ...weights,
    ...others.slice(0, missing).map((uid) => [uid as Uid, 0 as Weight16] as const),
  ];
}

/** Whether what the chain has is what was sent, within 1/65535 of the greatest. */
export function isAsSent(sent: Weights, read: Weights): boolean {
  const greatest = Math.max(...sent.map(([, weight]) => weight));
  const has = new Map(read);
  return (
    read.length === sent.length &&
    sent.every(([uid, weight]) => {
      const found = has.get(uid);
      return found !== undefined && Math.abs(found - scaled(weight, greatest)) <= 1;
    })
  );
}

function refuse(name: string, detail?: string): never {
  throw new ChainRefusal('setWeights', name, detail);
}
