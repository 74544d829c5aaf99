/**
 * Much that comes at once is begun a few at a time, with a turn of the event loop after each few, so
 * that everything else has its turn in between.
 */
import type { Clock } from '../host.ts';

/** Has a task done soon, never in the same turn. */
export type Soon = (task: () => void) => void;

/** At the instant that it is, which is never in the same turn. */
export const soonBy =
  (clock: Clock): Soon =>
  (task) =>
    void clock.at(clock.now(), task);

export class Turns {
  readonly #soon: Soon;
  readonly #aTurn: number;
  #begun = 0;
  /** Over when all who came before have had their turns. */
  #gate: Promise<void> = Promise.resolve();

  /** `aTurn`: how many begin in one. */
  constructor(aTurn: number, soon: Soon = setImmediate) {
    this.#aTurn = aTurn;
    this.#soon = soon;
  }

  /** Until it may begin. */
  next(): Promise<void> {
    const gate = this.#gate;
    if (++this.#begun % this.#aTurn === 0) {
      this.#gate = gate.then(() => new Promise((resolve) => this.#soon(resolve)));
    }
    return gate;
  }
}
