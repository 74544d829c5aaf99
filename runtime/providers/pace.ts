/**
 * Keeps to a provider's limits: no more than so many calls in any window of so many milliseconds,
 * wherever the window begins, and as the provider counts.
 *
 *     place taken ─── sent ─── counted by the provider ─── answered ─── within ───▶ place free
 *
 * The provider counts a call somewhere between its sending and its answer. A place that is taken
 * from before the one until a whole window after the other can never be counted twice in a window,
 * however uneven the way there is.
 */
import { invariant, later, type Duration, type Instant } from '../../protocols/units.ts';
import type { Cancel, Clock } from '../host.ts';

export interface Limit {
  readonly calls: number;
  readonly within: Duration;
}

/** Makes the call and then calls `leave`; without one it must not call: the wait was dismissed. */
export type Turn = (leave?: () => void) => void;

/** At 300 a minute the last of these has waited ten minutes: whoever asked has long given up. */
export const MAX_WAITING = 3_000;

export class Pace {
  readonly #clock: Clock;
  readonly #windows: readonly Window[];
  readonly #waiting = new Set<Turn>();
  #underWay = 0;
  #pausedUntil = 0 as Instant;
  /** After a refusal one call at a time finds out whether all is well again. */
  #isCareful = false;
  #disarm: Cancel | undefined;

  constructor(clock: Clock, limits: readonly Limit[]) {
    invariant(
      limits.every(({ calls, within }) => calls >= 1 && within >= 0),
      'a limit lets something through',
    );
    this.#clock = clock;
    this.#windows = limits.map((limit) => new Window(limit));
  }

  /** First come, first served, at once where there is room. Undefined where too many wait. */
  enter(turn: Turn): Cancel | undefined {
    if (this.#waiting.size >= MAX_WAITING) return undefined;
    this.#waiting.add(turn);
    this.#begin();
    return () => {
      // Nobody waits any more: a timer for nothing would keep the process from ending.
      if (this.#waiting.delete(turn) && this.#waiting.size === 0) this.#rest();
    };
  }

  /** No call before an instant, and then one at a time until `wentWell`. */
  slowDown(until: Instant): void {
    if (until > this.#pausedUntil) this.#pausedUntil = until;
    this.#isCareful = true;
  }

  wentWell(): void {
    if (!this.#isCareful) return;
    this.#isCareful = false;
    this.#begin();
  }

  /** Everybody who waits has their turn now, and must not call. */
  dismiss(): void {
    const dismissed = [...this.#waiting];
    this.#waiting.clear();
    this.#rest();
    for (const turn of dismissed) turn();
  }

  #begin(): void {
    this.#rest();
    for (const turn of this.#waiting) {
      const now = this.#clock.now();
      const opens = this.#opensAt(now);
      // The end of a call under way comes back here.
      if (opens === undefined) return;
      if (opens > now) {
        this.#disarm = this.#clock.at(opens, () => this.#begin());
        return;
      }
      this.#waiting.delete(turn);
      this.#underWay++;
      for (const window of this.#windows) window.take();
      turn(this.#leaving());
    }
  }

  #leaving(): () => void {
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#underWay--;
      for (const window of this.#windows) window.end(this.#clock.now());
      this.#begin();
    };
  }

  /** When the next call may be made; undefined where that is not before one under way has ended. */
  #opensAt(now: Instant): Instant | undefined {
    if (this.#isCareful && this.#underWay > 0) return undefined;
    let opens = this.#pausedUntil;
    for (const window of this.#windows) {
      const free = window.freeAt(now);
      if (free === undefined) return undefined;
      if (free > opens) opens = free;
    }
    return opens;
  }

  #rest(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }
}

/** The places of one limit: taken by calls under way, and by those that ended a short while ago. */
class Window {
  readonly #limit: Limit;
  #underWay = 0;
  #ended: Instant[] = [];

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  take(): void {
    this.#underWay++;
  }

  end(now: Instant): void {
    this.#underWay--;
    this.#ended.push(now);
  }

  freeAt(now: Instant): Instant | undefined {
    // A wall clock that was set back must not hold up calls for as long as it was wrong.
    if ((this.#ended.at(-1) ?? now) > now) {
      this.#ended = this.#ended.map((at) => (at > now ? now : at));
    }
    // One more, since a clock of whole milliseconds shows up to one less than has passed.
    const span = (this.#limit.within + 1) as Duration;
    const isPast = (at: Instant): boolean => later(at, span) <= now;
    const past = this.#ended.findIndex((at) => !isPast(at));
    if (past > 0) this.#ended.splice(0, past);
    else if (past < 0) this.#ended = [];

    if (this.#underWay + this.#ended.length < this.#limit.calls) return now;
    const [oldest] = this.#ended;
    return oldest === undefined ? undefined : later(oldest, span);
  }
}
