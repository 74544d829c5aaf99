/**
 * A chain in this process, for the demo and for simulations. What is called during a block takes
 * effect in the next one, as it would on a real chain.
 */
import { defer, filter, of, share, type Observable } from 'rxjs';
import type { ChainView, Head, Metagraph } from '../../protocols/metagraph.ts';
import { hotkeyOf } from '../../protocols/messages.ts';
import {
  seconds,
  type Block,
  type Coldkey,
  type Duration,
  type Hotkey,
  type Instant,
  type Rao,
  type Uid,
} from '../../protocols/units.ts';
import type { Chain, Clock, ServicePort } from '../host.ts';
import { Blocks } from './blocks.ts';
import { epochAfter, type ChainEpoch } from './epochs.ts';
import type { SubnetRules } from './rules.ts';
import { Subnet, type NodeRoles, type Registration, type Staking, type Weights } from './subnet.ts';

export type { ChainEpoch } from './epochs.ts';

export interface InMemoryChainOptions {
  readonly clock: Clock;
  /** Names the blocks. */
  readonly seed: string;
  /** When block 0 was made; now, where absent. */
  readonly genesis?: Instant;
  readonly blockTime?: Duration;
  readonly rules?: Partial<SubnetRules>;
}

/** Its calls do their work when subscribed to, and emit the block in which they took effect. */
export class InMemoryChain implements Chain {
  readonly view: ChainView;
  readonly heads: Observable<Metagraph>;
  /** What each epoch came to, as soon as it is there. */
  readonly epochs: Observable<ChainEpoch>;
  readonly #subnet: Subnet;
  readonly #blocks: Blocks;

  constructor({ clock, seed, genesis, blockTime, rules }: InMemoryChainOptions) {
    const subnet = new Subnet(rules);
    this.#subnet = subnet;
    this.#blocks = new Blocks({
      clock,
      seed,
      genesis: genesis ?? clock.now(),
      blockTime: blockTime ?? seconds(12),
      subnet: () => subnet,
    });
    this.view = this.#blocks.view;
    this.heads = this.#blocks
      .coming(
        (block) => (block + 1) as Block,
        (block) => this.#blocks.metagraph(block),
      )
      .pipe(share());
    this.epochs = this.#blocks
      .coming(
        (block) => epochAfter(this.#subnet.rules, block),
        (block) => this.#subnet.resultsAt(block),
      )
      .pipe(
        filter((results) => results !== undefined),
        share(),
      );
  }

  /** The first block after an instant, as soon as it is there. */
  after(instant: Instant): Observable<Head> {
    return this.#blocks.after(instant);
  }

  stake(hotkey: Hotkey): Observable<Rao> {
    return defer(() => of(this.#subnet.stakeOf(hotkey, this.#blocks.number())));
  }

  balanceOf(coldkey: Coldkey): Rao {
    return this.#subnet.balanceOf(coldkey, this.#blocks.number());
  }

  /** What a neuron set, the greatest being 65535. */
  weightsOf(uid: Uid): Weights {
    return this.#subnet.weightsOf(uid, this.#blocks.number());
  }

  /** All that was ever paid for registrations. */
  burned(): Rao {
    return this.#subnet.burned(this.#blocks.number());
  }

  /** All that was ever paid at epochs: what is held and burned is what was funded and this. */
  emitted(): Rao {
    return this.#subnet.emitted(this.#blocks.number());
  }

  /** What the last epoch came to; undefined before the first. */
  lastEpoch(): ChainEpoch | undefined {
    return this.#subnet.resultsAt(this.#blocks.number());
  }

  /** Mock TAO out of nowhere. */
  fund(coldkey: Coldkey, amount: Rao): Observable<Block> {
    return this.#call((at) => this.#subnet.fund(at, coldkey, amount));
  }

  register(registration: Registration): Observable<Block> {
    return this.#call((at) => this.#subnet.register(at, registration));
  }

  addStake(staking: Staking): Observable<Block> {
    return this.#call((at) => this.#subnet.addStake(at, staking));
  }

  removeStake(staking: Staking): Observable<Block> {
    return this.#call((at) => this.#subnet.removeStake(at, staking));
  }

  /** Says what a hotkey serves as. */
  serve(hotkey: Hotkey, roles: NodeRoles): Observable<Block> {
    return this.#call((at) => this.#subnet.serve(at, hotkey, roles));
  }

  setWeights(hotkey: Hotkey, weights: Weights): Observable<Block> {
    return this.#call((at) => this.#subnet.setWeights(at, hotkey, weights));
  }

  #call(call: (at: Block) => void): Observable<Block> {
    return defer(() => {
      const at = (this.#blocks.number() + 1) as Block;
      call(at);
      return this.#blocks.when(at, () => at);
    });
  }
}

/** The service `block` of a chain. */
export const blockPort =
  (chain: Pick<InMemoryChain, 'after'>): ServicePort<'block'> =>
  ({ after }) =>
    chain.after(after);

/** The service `stake` of a chain. */
export const stakePort =
  (chain: Chain): ServicePort<'stake'> =>
  ({ hotkey }) =>
    chain.stake(hotkey);

/** The service `setWeights` of a chain, for whoever asks. */
export const setWeightsPort =
  (chain: Chain): ServicePort<'setWeights'> =>
  (weights, { self }) =>
    chain.setWeights(hotkeyOf(self), weights);
