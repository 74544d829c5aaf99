/**
 * The wall clock: the one place with real time. Many timers in one queue, and one real timer for
 * the soonest of them, since a real one costs a microsecond and an actor asks for thousands.
 *
 * Node fires a timer up to a millisecond early; a task never runs before its instant.
 */
import type { Instant } from '../protocols/units.ts';
import { Timers } from './timers.ts';
import type { Cancel, Clock } from './host.ts';

/** The longest that a real timer can be: about 25 days. A longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export class WallClock implements Clock {
  readonly #timers = new Timers();
  #disarm: Cancel | undefined;
  /** When the real timer is to fire; infinite where there is none. */
  #armedFor = Infinity;

  now(): Instant {
    return Date.now() as Instant;
  }

  at(instant: Instant, task: () => void, by = ''): Cancel {
    const cancel = this.#timers.add(instant, task, by);
    if (instant < this.#armedFor) this.#arm();
    return () => {
      cancel();
      // A real timer for nothing would keep the process from ending until it fires.
      if (this.#timers.size === 0 && this.#disarm !== undefined) this.#arm();
    };
  }

  /** Forgets all that was to happen, so that the process may end. */
  stop(): void {
    this.#timers.clear();
    this.#arm();
  }

  #arm(): void {
    this.#disarm?.();
    const { soonest } = this.#timers;
    this.#armedFor = soonest;
    this.#disarm =
      soonest === Infinity ? undefined : wake(soonest - this.now(), () => this.#runDue());
  }

  /** No more than there were when it began: what tasks add waits until others had their turn. */
  #runDue(): void {
    this.#disarm = undefined;
    // Nothing arms a real timer while this runs: it is done once, at the end.
    this.#armedFor = -Infinity;
    const now = this.now();
    try {
      for (let left = this.#timers.size; left > 0; left--) {
        if (this.#timers.soonest > now) break;
        this.#timers.take()?.();
      }
    } finally {
      // A task that throws is a bug that surfaces; the others are not lost with it.
      this.#arm();
    }
  }
}

/** What is due runs before the next wait for the network, not a millisecond later. */
function wake(inMs: number, task: () => void): Cancel {
  if (inMs <= 0) {
    const immediate = setImmediate(task);
    return () => clearImmediate(immediate);
  }
  const timeout = setTimeout(task, Math.min(inMs, LONGEST_MS));
  return () => clearTimeout(timeout);
}
