/**
 * The seam between a query and its price: whoever keeps prepaid balances is asked before a query opens
 * and told what came of it. Without one, queries cost nothing here.
 *
 *     placed (durable) ──▶ reserve ──▶ asked ──▶ answered ──▶ settle ──▶ shown
 *                             └─ short: 402        └─ never asked, or lost ──▶ release
 *
 * An order is named by its nonce, under which it is on the disk before `reserve` is called. After
 * a crash each order that was not settled comes again: to `settle` where its answer is there, to
 * `release` where it was never asked. So each call may come twice, and changes nothing the second time.
 * Where the ledger cannot be written they throw: nothing is asked then, and no answer is shown unpaid.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import type { Want } from '../../protocols/query.ts';
import type { QueryId, Rao } from '../../protocols/units.ts';

/** One query of one caller. */
export interface Order {
  readonly nonce: number;
  /** Whose balance it is: the name of its token; `default` where there is but one token, or none. */
  readonly caller: string;
  readonly want: Want;
}

/** What a balance lacks for an order. */
export interface Short {
  readonly need: Rao;
  readonly has: Rao;
}

/** What a delivery has cost, as it stands in the answer. */
export interface Price {
  /** Exact, as a decimal: `0.125`. */
  readonly tao: string;
  readonly tier: string;
  /** How many leads were charged for. */
  readonly leads: number;
}

export interface Charge {
  /** Sets aside the most that the order may cost. Undefined where there is enough. */
  reserve(order: Order): Short | undefined;
  /** Takes what the answer costs and gives the rest back; undefined where nothing is charged. */
  settle(order: Order, answer: QueryAnswer): Price | undefined;
  /** Gives all of it back. */
  release(order: Order): void;
  /** Gives back what is set aside for any order but these, by their nonces: for a start. */
  onlyOpen(nonces: ReadonlySet<number>): void;
  /** What a settled query has cost: for an answer that is repeated. */
  priceOf(query: QueryId): Price | undefined;
}
