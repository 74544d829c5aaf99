/**
 * A chain in this process, for the mock network and for simulations. Its blocks ride the clock:
 * block n is there from `genesis + n · blockTime` on, and bears the hash
 *
 *     H('leadpoet.mock-block/1', seed, n)
 *
 * so that nothing is computed for a block that nobody looks at. What is called during a block takes
 * effect in the next one, as it would on a real chain.
 */
import { defer, filter, Observable, of, share } from 'rxjs';
import { digest } from '../../protocols/hash.ts';
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
import { epochAfter, type ChainEpoch } from './epochs.ts';
import { epochStart, type SubnetRules } from './rules.ts';
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

/** A query's road looks at a few dozen blocks; older ones are made again when asked for. */
const MAX_METAGRAPHS = 1_024;

/** Its calls do their work when subscribed to, and emit the block in which they took effect. */
export class InMemoryChain implements Chain {
  readonly view: ChainView;
  readonly heads: Observable<Metagraph>;
  /** What each epoch came to, as soon as it is there. */
  readonly epochs: Observable<ChainEpoch>;
  readonly #subnet: Subnet;
  readonly #clock: Clock;
  readonly #seed: string;
  readonly #genesis: Instant;
  readonly #blockTime: Duration;
  readonly #metagraphs = new Map<Block, Metagraph>();
  #reached = 0 as Block;

  constructor({ clock, seed, genesis, blockTime, rules }: InMemoryChainOptions) {
    this.#clock = clock;
    this.#seed = seed;
    this.#genesis = genesis ?? clock.now();
    this.#blockTime = blockTime ?? seconds(12);
    this.#subnet = new Subnet(rules);

    const latest = (): Metagraph => this.#metagraph(this.#number());
    this.view = {
      get latest() {
        return latest();
      },
      at: (block) => (this.#isThere(block) ? this.#metagraph(block) : undefined),
    };
    this.heads = this.#coming(
      (block) => (block + 1) as Block,
      (block) => this.#metagraph(block),
    ).pipe(share());
    this.epochs = this.#coming(
      (block) => epochAfter(this.#subnet.rules, block),
      (block) => this.#subnet.resultsAt(block),
    ).pipe(
      filter((results) => results !== undefined),
      share(),
    );
  }

  /** The first block after an instant, as soon as it is there. */
  after(instant: Instant): Observable<Head> {
    return defer(() => {
      const block = Math.max(0, this.#numberAt(instant) + 1) as Block;
      return this.#when(block, () => this.#head(block));
    });
  }

  stake(hotkey: Hotkey): Observable<Rao> {
    return defer(() => of(this.#subnet.stakeOf(hotkey, this.#number())));
  }

  balanceOf(coldkey: Coldkey): Rao {
    return this.#subnet.balanceOf(coldkey, this.#number());
  }

  /** What a neuron set, the greatest being 65535. */
  weightsOf(uid: Uid): Weights {
    return this.#subnet.weightsOf(uid, this.#number());
  }

  /** All that was ever paid for registrations. */
  burned(): Rao {
    return this.#subnet.burned(this.#number());
  }

  /** All that was ever paid at epochs: what is held and burned is what was funded and this. */
  emitted(): Rao {
    return this.#subnet.emitted(this.#number());
  }

  /** What the last epoch came to; undefined before the first. */
  lastEpoch(): ChainEpoch | undefined {
    return this.#subnet.resultsAt(this.#number());
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
      const at = (this.#number() + 1) as Block;
      call(at);
      return this.#when(at, () => at);
    });
  }

  /** Emits once a block is there: at once where it is already. */
  #when<T>(block: Block, make: () => T): Observable<T> {
    if (this.#isThere(block)) return of(make());
    return new Observable((subscriber) =>
      this.#clock.at(
        this.#timeOf(block),
        () => {
          subscriber.next(make());
          subscriber.complete();
        },
        'chain',
      ),
    );
  }

  /** What is made of each block to come that `next` names. One timer at a time, none unwatched. */
  #coming<T>(next: (block: Block) => Block, make: (block: Block) => T): Observable<T> {
    return new Observable((subscriber) => {
      let cancel = (): void => {};
      const waitFor = (block: Block): void => {
        cancel = this.#clock.at(
          this.#timeOf(block),
          () => {
            subscriber.next(make(block));
            if (!subscriber.closed) waitFor(next(block));
          },
          'chain',
        );
      };
      waitFor(next(this.#number()));
      return () => cancel();
    });
  }

  #isThere(block: Block): boolean {
    return Number.isInteger(block) && block >= 0 && block <= this.#number();
  }

  /** A clock may be set back; a chain goes on from where it was. */
  #number(): Block {
    this.#reached = Math.max(this.#reached, this.#numberAt(this.#clock.now())) as Block;
    return this.#reached;
  }

  #numberAt(instant: Instant): number {
    return Math.floor((instant - this.#genesis) / this.#blockTime);
  }

  #timeOf(block: Block): Instant {
    return (this.#genesis + block * this.#blockTime) as Instant;
  }

  #head(number: Block): Head {
    return this.#metagraph(number).head;
  }

  /** One object a block, and one list of neurons for all blocks between two changes. */
  #metagraph(number: Block): Metagraph {
    const known = this.#metagraphs.get(number);
    if (known !== undefined) return known;

    const { rules } = this.#subnet;
    const hash = digest('leadpoet.mock-block/1', this.#seed, number);
    const metagraph: Metagraph = {
      head: { number, hash, time: this.#timeOf(number) },
      epochStart: epochStart(rules, number),
      tempo: rules.tempo,
      permitsRequired: rules.permitsRequired,
      stakeInAlpha: false,
      neurons: this.#subnet.neurons(number),
    };
    this.#metagraphs.set(number, metagraph);
    const [oldest] = this.#metagraphs.keys();
    if (this.#metagraphs.size > MAX_METAGRAPHS && oldest !== undefined) {
      this.#metagraphs.delete(oldest);
    }
    return metagraph;
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
