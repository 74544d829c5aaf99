/**
 * Much that comes at once is begun a few at a time, with a turn of the event loop after each few, so
 * that everything else has its turn in between.
 */
import type { Clock } from '../host.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #aTurn: number;
  #begun = 0;
  /** Over when all who came before have had their turns. */
  #gate: Promise<void> = Promise.resolve();

  /** `aTurn`: how many begin in one. */
  constructor(clock: Clock, aTurn: number) {
    this.#clock = clock;
    this.#aTurn = aTurn;
  }

  /** Until it may begin. */
  next(): Promise<void> {
    const gate = this.#gate;
    if (++this.#begun % this.#aTurn === 0) {
      // At once, which is never in the same turn.
      this.#gate = gate.then(
        () => new Promise((resolve) => void this.#clock.at(this.#clock.now(), resolve)),
      );
    }
    return gate;
  }
}
