/**
 * Lines that repeat: the first few of a minute are written, the rest are counted, and the count is
 * written when the minute is over. So a stranger who sends garbage all day costs a few lines a
 * minute, and no disk.
 */
import { later, minutes, type Instant } from '../protocols/units.ts';
import type { Cancel, Clock } from './host.ts';

/** How long lines of one kind are counted together. */
const WINDOW = minutes(1);
/**
 * Kinds told apart at once. Ours are some hundred, each a constant in the sources or of two closed
 * lists; beyond the bound all others are one.
 */
export const MOST_SORTS = 512;
const THE_REST = 'the rest';

/** Of one sort, so many were left out since an instant. */
export type LeftOut = (sort: string, count: number, since: Instant) => void;

interface Sort {
  written: number;
  leftOut: number;
}

export class Flood {
  /** How many lines were left out since it began. */
  leftOut = 0;
  readonly #clock: Clock;
  readonly #tell: LeftOut;
  #sorts = new Map<string, Sort>();
  #since: Instant | undefined;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, tell: LeftOut) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Whether one more line of a sort is to be written, of which a minute may have `most`. */
  allows(sort: string, most: number): boolean {
    if (this.#since === undefined) this.#begin();
    const name = this.#sorts.has(sort) || this.#sorts.size < MOST_SORTS ? sort : THE_REST;
    let found = this.#sorts.get(name);
    if (found === undefined) {
      found = { written: 0, leftOut: 0 };
      this.#sorts.set(name, found);
    }
    if (found.written < most) {
      found.written++;
      return true;
    }
    found.leftOut++;
    this.leftOut++;
    return false;
  }

  /** Says what was left out so far, and begins anew. */
  flush(): void {
    const [sorts, since] = [this.#sorts, this.#since];
    this.#cancel?.();
    this.#cancel = undefined;
    this.#since = undefined;
    this.#sorts = new Map();
    if (since === undefined) return;
    for (const [sort, { leftOut }] of sorts) if (leftOut > 0) this.#tell(sort, leftOut, since);
  }

  #begin(): void {
    this.#since = this.#clock.now();
    this.#cancel = this.#clock.at(later(this.#since, WINDOW), () => this.flush(), 'log');
  }
}
