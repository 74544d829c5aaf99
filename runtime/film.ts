/**
 * Virtual time that is played like a film: paused, stepped, or going on at so much virtual time a
 * second of the wall's.
 *
 *     play, pause, step ──▶ one movement at a time, in frames ──▶ reel
 *
 * Between two frames the thread hears what it is told. Paused there is no timer and no work.
 */
import type { Duration } from '../protocols/units.ts';

/** What is played: virtual time with all that happens in it. */
export interface Reel<Result> {
  start(): Promise<void>;
  /**
   * Goes on to a virtual time since the beginning, or stops short of it once `enough`, looked at
   * before each task. True where it got there or has ended.
   */
  advance(until: Duration, enough: () => boolean): Promise<boolean>;
  /** How far it has come, and of how much; infinite where it has no end. */
  readonly progress: { readonly virtual: Duration; readonly of: Duration };
  /** How it went; undefined until it has come to its end. */
  readonly result: Result | undefined;
}

/** Wall time, handed in. */
export interface Wall {
  /** Milliseconds since whenever. */
  now(): number;
  /** For 0 ms, a turn of the event loop. */
  sleep(ms: number): Promise<void>;
}

export const WALL: Wall = {
  now: () => performance.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      if (ms > 0) setTimeout(resolve, ms);
      else setImmediate(resolve);
    }),
};

/** A picture's worth: a command is heard within it, and a listener told after it. */
const FRAME_MS = 20;
/** What a machine can't keep up with is not caught up with: virtual time is slower than asked. */
const MOST_LATE_MS = 100;

export class Film<Result> {
  readonly #reel: Reel<Result>;
  readonly #wall: Wall;
  readonly #shown: () => void;
  readonly #ended = Promise.withResolvers<Result>();
  /** Ends when what it was last told to do has ended, however it did. */
  #moving: Promise<void> = Promise.resolve();
  #turn = 0;
  #isPlaying = false;
  #speed = Infinity;

  /** `shown` is called after each frame. */
  constructor(reel: Reel<Result>, wall: Wall, shown: () => void = () => undefined) {
    this.#reel = reel;
    this.#wall = wall;
    this.#shown = shown;
    // Who does not wait for the result is told of a failure by what it does next.
    this.#ended.promise.catch(() => undefined);
  }

  begin(): Promise<void> {
    return this.#move(() => this.#reel.start());
  }

  /**
   * Goes on until told otherwise, at so much virtual over wall time or as fast as may be. Resolves
   * when what it did before has ended.
   */
  async play(speed: number = Infinity): Promise<void> {
    if (!(speed > 0)) throw new RangeError(`the speed is ${speed}; it is above 0`);
    const isOld = this.#interrupt();
    const still = this.#moving;
    this.#speed = speed;
    this.#isPlaying = true;
    void this.#move(() =>
      speed === Infinity ? this.#frames(this.#reel.progress.of, isOld) : this.#pace(speed, isOld),
    ).catch(() => undefined);
    return still;
  }

  /** From now on at another speed, or from when it is played again. */
  async pace(speed: number): Promise<void> {
    if (!(speed > 0)) throw new RangeError(`the speed is ${speed}; it is above 0`);
    this.#speed = speed;
    if (this.#isPlaying) await this.play(speed);
  }

  /** Resolves when it stands still. Cuts steps short, too. */
  pause(): Promise<void> {
    this.#interrupt();
    return this.#move(() => Promise.resolve());
  }

  /** Goes on by so much virtual time, after steps that are under way; ends playing. */
  async step(by: Duration): Promise<void> {
    if (!(by >= 0)) throw new RangeError(`the step is ${by} ms; it is 0 or more`);
    const isOld = this.#isPlaying ? this.#interrupt() : this.#newer();
    return this.#move(() => this.#frames(this.#ahead(by), isOld));
  }

  get is(): 'paused' | 'playing' | 'ended' {
    if (this.#reel.result !== undefined) return 'ended';
    return this.#isPlaying ? 'playing' : 'paused';
  }

  /** What it plays at, or would. */
  get speed(): number {
    return this.#speed;
  }

  /** How it went, once it has come to its end; fails as it did. */
  result(): Promise<Result> {
    return this.#ended.promise;
  }

  async #pace(speed: number, isOld: () => boolean): Promise<void> {
    let then = this.#wall.now();
    let owed = 0;
    while (!isOld() && this.#reel.result === undefined) {
      await this.#wall.sleep(FRAME_MS);
      const now = this.#wall.now();
      owed += Math.min(now - then, MOST_LATE_MS) * speed;
      then = now;
      const whole = Math.floor(owed);
      owed -= whole;
      await this.#frames(this.#ahead(whole), isOld);
    }
  }

  async #frames(until: Duration, isOld: () => boolean): Promise<void> {
    for (let isThere = false; !isThere && !isOld();) {
      const end = this.#wall.now() + FRAME_MS;
      isThere = await this.#reel.advance(until, () => isOld() || this.#wall.now() >= end);
      this.#shown();
      await this.#wall.sleep(0);
    }
  }

  /** After the movement before. One that fails is the last: all that follow fail as it did. */
  #move(way: () => Promise<void>): Promise<void> {
    const moved = this.#after(this.#moving, way);
    moved.catch(() => undefined);
    this.#moving = moved;
    return moved;
  }

  async #after(before: Promise<void>, way: () => Promise<void>): Promise<void> {
    try {
      await before;
      await way();
    } catch (error) {
      this.#ended.reject(error);
      throw error;
    }
    const { result } = this.#reel;
    if (result !== undefined) this.#ended.resolve(result);
  }

  #ahead(ms: number): Duration {
    return (this.#reel.progress.virtual + Math.floor(ms)) as Duration;
  }

  /** What is under way stops at its next task. */
  #interrupt(): () => boolean {
    this.#turn++;
    this.#isPlaying = false;
    return this.#newer();
  }

  /** Says later whether it was interrupted since now. */
  #newer(): () => boolean {
    const turn = this.#turn;
    return () => this.#turn !== turn;
  }
}
