/**
 * What a peer may do in a while: points that come back evenly, up to so many. Who spends more is not
 * turned away but read no further until it is out of debt, so nothing is lost by it and its own
 * stream is what fills up.
 */
import { later, type Duration, type Instant } from '../../protocols/units.ts';

export interface Allowance {
  /** Points that come back in a second. */
  readonly perSecond: number;
  /** Points at most: what may be spent at once. */
  readonly most: number;
}

export class Purse {
  readonly #allowance: Allowance;
  #points: number;
  #at: Instant;

  constructor(allowance: Allowance, now: Instant) {
    this.#allowance = allowance;
    this.#points = allowance.most;
    this.#at = now;
  }

  /** Into debt where need be: what has come has been paid for by then. */
  spend(points: number, now: Instant): void {
    this.#refill(now);
    this.#points -= points;
  }

  /** Spends so much where it is there; false, and nothing spent, where it is not. */
  take(points: number, now: Instant): boolean {
    this.#refill(now);
    if (this.#points < points) return false;
    this.#points -= points;
    return true;
  }

  /** When there is something to spend again: now where there is. */
  readyAt(now: Instant): Instant {
    this.#refill(now);
    if (this.#points >= 0) return now;
    const wait = Math.ceil((-this.#points * 1_000) / this.#allowance.perSecond);
    return later(now, wait as Duration);
  }

  #refill(now: Instant): void {
    // A clock that is set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.#at);
    const { perSecond, most } = this.#allowance;
    this.#points = Math.min(most, this.#points + (passed * perSecond) / 1_000);
    this.#at = now;
  }
}
