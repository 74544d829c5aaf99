/**
 * A clock whose time jumps to the next thing that is to happen. A day of the subnet takes as long
 * as its events take to handle, and the same events come in the same order every time.
 *
 * Real work, in a worker or a child process, is waited for: while any `hold` is open, time does not
 * move past now. What is done in promises without a hold has no place in the order.
 */
import { Observable, finalize } from 'rxjs';
import { invariant, type Instant } from '../protocols/units.ts';
import { Timers, type Lane } from './timers.ts';
import type { Cancel, Clock } from './host.ts';

/** How a run ended: nothing was left to happen, or what it was to run until came about. */
export type RunEnd = 'idle' | 'reached';

/** After so many tasks the event loop has a turn, so that signals are heard: a few milliseconds. */
const TASKS_PER_TURN = 8_192;

/** Sorts behind all names, which are plain ASCII: whatever else happens at an instant comes first. */
const LAST = '\u{FFFF}';

export class VirtualClock implements Clock {
  readonly #timers = new Timers();
  #now: Instant;
  #holds = 0;
  #running = false;
  /** Tasks until the event loop's next turn. Runs may be short: it is counted over all of them. */
  #untilTurn = TASKS_PER_TURN;
  #wake: (() => void) | undefined;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  /** How many tasks are still to run. */
  get pending(): number {
    return this.#timers.size;
  }

  at(instant: Instant, task: () => void, by = ''): Cancel {
    const due = instant > this.#now ? instant : this.#now;
    this.#wake?.();
    return this.#timers.add(due, task, by);
  }

  /**
   * Agents, numbered from 0, that are handled alike and each wait for one instant at a time: what a
   * population of them does costs neither a task nor a name for each. At one instant they come in the
   * order of their numbers, at the place of the lane's name.
   */
  lane(name: string, agents: number, handle: (agent: number) => void): Lane {
    return this.#timers.lane(name, agents, handle);
  }

  /** Has an agent of a lane handled at an instant, or now where that has passed. */
  wait(lane: Lane, agent: number, until: Instant): void {
    this.#timers.wait(lane, agent, until > this.#now ? until : this.#now);
    this.#wake?.();
  }

  /** Keeps time from moving past now until released. Release after handing over what was awaited. */
  hold(): Cancel {
    let open = true;
    this.#holds++;
    return () => {
      if (!open) return;
      open = false;
      this.#holds--;
      this.#wake?.();
    };
  }

  /**
   * Runs until an instant has passed, with all that happens at it; until a claim holds, looked at
   * before each task; or until nothing is left to happen. A task that throws ends the run.
   */
  async run(until?: Instant | (() => boolean)): Promise<RunEnd> {
    invariant(!this.#running, 'a clock is run by one at a time');
    this.#running = true;
    try {
      return await this.#run(until);
    } finally {
      this.#running = false;
    }
  }

  /**
   * Runs through all that happens up to an instant and at it, or stops short of that once `enough`,
   * looked at before each task. True where it got there.
   */
  async runThrough(to: Instant, enough: () => boolean): Promise<boolean> {
    let isThere = false;
    const arrive = (): void => {
      isThere = true;
    };
    const cancel = this.at(to, arrive, LAST);
    await this.run(() => isThere || enough());
    cancel();
    return isThere;
  }

  async #run(until: Instant | (() => boolean) | undefined): Promise<RunEnd> {
    const end = typeof until === 'number' ? until : Infinity;
    const holds = typeof until === 'function' ? until : undefined;
    for (;;) {
      const stopped = this.#runOn(end, holds);
      if (stopped === 'turn') {
        await turn();
      } else if (stopped === 'held') {
        await this.#woken();
      } else {
        if (typeof until !== 'number') return stopped;
        if (until > this.#now) this.#now = until;
        return 'reached';
      }
      this.#untilTurn = TASKS_PER_TURN;
    }
  }

  /** Runs tasks until something else has to be done, and says what. */
  #runOn(end: number, holds: (() => boolean) | undefined): RunEnd | 'turn' | 'held' {
    const timers = this.#timers;
    while (this.#untilTurn > 0) {
      if (holds?.() === true) return 'reached';
      const { soonest } = timers;
      if (this.#holds > 0 && soonest > this.#now) return 'held';
      if (soonest > end || soonest === Infinity) return 'idle';
      this.#now = soonest as Instant;
      this.#untilTurn--;
      timers.run();
    }
    return 'turn';
  }

  /** Until a hold is released or something is to happen, and what was awaited had its turn. */
  async #woken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    await turn();
  }
}

/** Holds the clock while real work is under way, from subscribing to its end. */
export const held = <T>(clock: VirtualClock, work: Observable<T>): Observable<T> =>
  new Observable((subscriber) => {
    const release = clock.hold();
    return work.pipe(finalize(release)).subscribe(subscriber);
  });

/** Runs virtual time until a stream ends, and gives its last value. */
export async function runUntilDone<T>(
  clock: VirtualClock,
  stream: Observable<T>,
): Promise<T | undefined> {
  let last: T | undefined;
  let isDone = false;
  const ending = stream.subscribe({
    next: (value) => {
      last = value;
    },
    // What goes wrong ends the run, and with it the command.
    error: (error: unknown) => clock.at(clock.now(), () => fail(error)),
    complete: () => {
      isDone = true;
    },
  });
  await clock.run(() => isDone);
  ending.unsubscribe();
  return last;
}

function fail(error: unknown): never {
  throw error;
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
