/**
 * What a handler is told of the moment. One object serves all actors of a loop and is filled in
 * before each call, since one made for each message would cost more than the message. A handler
 * takes from it what it needs and keeps nothing of it.
 */
import type { Context, Random } from '../actors/actor.ts';
import type { ChainView } from '../protocols/metagraph.ts';
import type { Address } from '../protocols/messages.ts';
import { invariant, type Instant } from '../protocols/units.ts';
import type { Chain, Host } from './host.ts';

/** Whose moment it is. */
export interface Holder {
  readonly self: Address;
  readonly random: Random;
}

export class Moment implements Context {
  now: Instant;
  readonly #host: Host;
  readonly #chain: Pick<Chain, 'view'>;
  #holder: Holder | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#chain = host.recorder?.watch(host.chain) ?? host.chain;
    this.now = host.clock.now();
  }

  /**
   * From now on it is the moment of `holder`. The clock is read here, once a turn: reading the wall
   * clock takes longer than most handlers, and a turn is over in a millisecond.
   */
  enter(holder: Holder): void {
    this.#holder = holder;
    this.now = this.#host.clock.now();
  }

  leave(): void {
    this.#holder = undefined;
  }

  isOf(holder: Holder): boolean {
    return this.#holder === holder;
  }

  get self(): Address {
    return this.#held().self;
  }

  get random(): Random {
    return this.#held().random;
  }

  get chain(): ChainView {
    return this.#chain.view;
  }

  #held(): Holder {
    invariant(this.#holder !== undefined, 'a context is used within its handler alone');
    return this.#holder;
  }
}
