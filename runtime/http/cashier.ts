/**
 * Stands between a desk and whoever keeps the balances: nothing is asked before it is set aside for, and
 * no answer is shown before it is paid, also where the ledger cannot be written for a while.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import { later, seconds, type Duration, type QueryId } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import type { Charge, Order, Price, Short } from './charge.ts';

/** Somebody waits; and whatever is in the way of a disk takes longer than this. */
const AGAIN: Duration = seconds(1);

export class Cashier {
  readonly #charge: Charge | undefined;
  readonly #clock: Clock;

  /** Without a `charge` everything is free. */
  constructor(charge: Charge | undefined, clock: Clock) {
    this.#charge = charge;
    this.#clock = clock;
  }

  /** Undefined where the query may be asked; `lost` where it cannot be told. */
  reserve(order: Order): Short | 'lost' | undefined {
    try {
      return this.#charge?.reserve(order);
    } catch {
      return 'lost';
    }
  }

  /**
   * Resolves once it is paid, or costs nothing. Never, where the clock stops before: then it is paid at
   * the next start.
   */
  async settle(order: Order, answer: QueryAnswer): Promise<Price | undefined> {
    for (;;) {
      try {
        return this.#charge?.settle(order, answer);
      } catch {
        await new Promise<void>((resolve) => {
          this.#clock.at(later(this.#clock.now(), AGAIN), resolve);
        });
      }
    }
  }

  /** False where it could not be given back now. */
  release(order: Order): boolean {
    try {
      this.#charge?.release(order);
      return true;
    } catch {
      return false;
    }
  }

  priceOf(query: QueryId): Price | undefined {
    return this.#charge?.priceOf(query);
  }

  /** At a start, when nobody waits yet. Throws where the ledger cannot be written. */
  goOn(open: ReadonlySet<number>, answered: readonly (readonly [Order, QueryAnswer])[]): void {
    for (const [order, answer] of answered) this.#charge?.settle(order, answer);
    this.#charge?.onlyOpen(open);
  }
}
