/**
 * The chain as the rules see it: who is registered, with what stake, at which block.
 */
import type { Role } from './messages.ts';
import type { Owner } from './rules/penalty-events.ts';
import type { Block, Coldkey, Digest, Hotkey, Instant, Rao, Uid } from './units.ts';

/** A registered participant. */
export interface Neuron {
  readonly uid: Uid;
  readonly hotkey: Hotkey;
  readonly coldkey: Coldkey;
  /** What backs the hotkey, in TAO's value. */
  readonly stake: Rao;
  /** Whether the chain lets it set weights. */
  readonly permit: boolean;
  /** What it says on the chain that it serves as. */
  readonly roles: readonly Exclude<Role, 'buyer'>[];
  readonly registeredAt: Block;
  /** The block in which it last set weights; its registration where it never did. */
  readonly lastUpdate: Block;
}

/** A block's name and time. */
export interface Head {
  readonly number: Block;
  readonly hash: Digest;
  readonly time: Instant;
}

/** The subnet at one block. */
export interface Metagraph {
  readonly head: Head;
  /** The block with which the epoch that `head` is in began. */
  readonly epochStart: Block;
  /** An epoch lasts one block more: tempo + 1 blocks. */
  readonly tempo: number;
  /** Whether validating takes a permit here. */
  readonly permitsRequired: boolean;
  /** Whether stake is held as alpha: then 95 % of a required figure is enough. */
  readonly stakeInAlpha: boolean;
  readonly neurons: readonly Neuron[];
}

/** What an actor may ask of the chain without waiting. */
export interface ChainView {
  readonly latest: Metagraph;
  /** The subnet as of a block; undefined for a block to come, or one this view no longer holds. */
  at(block: Block): Metagraph | undefined;
}

export function neuronOf({ neurons }: Metagraph, hotkey: Hotkey): Neuron | undefined {
  let index = indexes.get(neurons);
  if (index === undefined) {
    index = new Map(neurons.map((neuron) => [neuron.hotkey, neuron]));
    indexes.set(neurons, index);
  }
  return index.get(hotkey);
}

/** Whom a hotkey belongs to: flags and restrictions stick to that. */
export type OwnerOf = (hotkey: Hotkey) => Owner;

/** The coldkeys behind the hotkeys of a metagraph: one function for as long as its neurons are the same. */
export function ownersIn(metagraph: Metagraph): OwnerOf {
  const { neurons } = metagraph;
  let owners = ownersOf.get(neurons);
  if (owners === undefined) {
    owners = (hotkey) => (neuronOf(metagraph, hotkey)?.coldkey ?? hotkey) as string as Owner;
    ownersOf.set(neurons, owners);
  }
  return owners;
}
const ownersOf = new WeakMap<readonly Neuron[], OwnerOf>();

/** Looked up for every message, and the same list serves many blocks: indexed once a list. */
const indexes = new WeakMap<readonly Neuron[], ReadonlyMap<Hotkey, Neuron>>();
