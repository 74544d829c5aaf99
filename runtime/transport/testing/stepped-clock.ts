/**
 * A clock for tests with real I/O: what is due now runs soon, and time stands still until the test
 * moves it to the next thing that is to happen.
 */
import { later, type Duration, type Instant } from '../../../protocols/units.ts';
import type { Cancel, Clock } from '../../host.ts';
import { Timers } from '../../timers.ts';

export class SteppedClock implements Clock {
  readonly #timers = new Timers();
  #now: Instant;
  #isAwake = false;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  at(instant: Instant, task: () => void, by = ''): Cancel {
    const cancel = this.#timers.add(instant < this.#now ? this.#now : instant, task, by);
    if (instant <= this.#now) this.#wake();
    return cancel;
  }

  /** Time passes, with all that happens in it. */
  pass(duration: Duration): void {
    const end = later(this.#now, duration);
    while (this.#timers.soonest <= end) this.#run();
    this.#now = end;
  }

  /** On to the next thing that is to happen. False where nothing is. */
  step(): boolean {
    if (this.#timers.soonest === Infinity) return false;
    this.#run();
    return true;
  }

  #run(): void {
    const { soonest } = this.#timers;
    if (soonest > this.#now) this.#now = soonest as Instant;
    this.#timers.run();
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      while (this.#timers.soonest <= this.#now) this.#run();
    });
  }
}
