/**
 * A run that is played like a film: paused, stepped, or going on at so much virtual time a second.
 *
 *     play, pause, step ──▶ one movement at a time, in frames ──▶ run
 *
 * Between two frames the thread hears what it is told. Paused there is no timer and no work.
 */
import type { Cancel } from '../runtime/host.ts';
import type { Duration } from '../protocols/units.ts';
import { glanceAt, type Glance } from './glance.ts';
import type { Progress, Run, RunResult } from './simulate.ts';
import { Telling, toldOf, type ToldBatch } from './telling.ts';

/** Wall time, handed in. */
export interface Wall {
  /** Milliseconds since whenever. */
  now(): number;
  /** For 0 ms, a turn of the event loop. */
  sleep(ms: number): Promise<void>;
}

export interface Position extends Progress {
  readonly is: 'paused' | 'playing' | 'ended';
}

/** A picture's worth: a command is heard within it, and a listener told after it. */
const FRAME_MS = 20;
/** What a machine can't keep up with is not caught up with: virtual time is slower than asked. */
const MOST_LATE_MS = 100;

export class Player {
  readonly #run: Run;
  readonly #wall: Wall;
  readonly #tellings = new Set<Telling>();
  readonly #ended = Promise.withResolvers<RunResult>();
  /** Ends when what it was last told to do has ended, however it did. */
  #moving: Promise<void> = Promise.resolve();
  #turn = 0;
  #isPlaying = false;

  constructor(run: Run, wall: Wall) {
    this.#run = run;
    this.#wall = wall;
    // Who does not wait for the result is told of a failure by what it does next.
    this.#ended.promise.catch(() => undefined);
  }

  begin(): Promise<void> {
    return this.#move(() => this.#run.start());
  }

  /**
   * Goes on until told otherwise, at so much virtual over wall time or as fast as may be. Resolves
   * when what it did before has ended.
   */
  async play(speed: number = Infinity): Promise<void> {
    if (!(speed > 0)) throw new RangeError(`the speed is ${speed}; it is above 0`);
    const isOld = this.#interrupt();
    const still = this.#moving;
    this.#isPlaying = true;
    void this.#move(() =>
      speed === Infinity ? this.#frames(this.position.of, isOld) : this.#pace(speed, isOld),
    ).catch(() => undefined);
    return still;
  }

  /** Resolves when the run stands still. Cuts steps short, too. */
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

  get position(): Position {
    const { virtual, of, events } = this.#run.progress;
    const isEnded = this.#run.result !== undefined;
    return { virtual, of, events, is: isEnded ? 'ended' : this.#isPlaying ? 'playing' : 'paused' };
  }

  /** How the run went, once it has come to its end; fails as it did. */
  result(): Promise<RunResult> {
    return this.#ended.promise;
  }

  names(): readonly string[] {
    return this.#run.subnet.nodes.map(({ plan }) => plan.name);
  }

  look(name: string): Glance | undefined {
    return glanceAt(this.#run.subnet, name);
  }

  subscribe(deliver: (batch: ToldBatch) => Promise<void>): Cancel {
    const { began, subnet } = this.#run;
    const telling = new Telling(deliver);
    const frame = { began, nameOf: subnet.nameOf.bind(subnet) };
    const silence = subnet.observer.listen((happening) => {
      const told = toldOf(happening, frame);
      if (told !== undefined) telling.add(told);
    });
    this.#tellings.add(telling);
    return () => {
      silence();
      telling.stop();
      this.#tellings.delete(telling);
    };
  }

  async #pace(speed: number, isOld: () => boolean): Promise<void> {
    let then = this.#wall.now();
    let owed = 0;
    while (!isOld() && this.#run.result === undefined) {
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
      isThere = await this.#run.advance(until, () => isOld() || this.#wall.now() >= end);
      for (const telling of this.#tellings) telling.flush();
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
    const { result } = this.#run;
    if (result !== undefined) this.#ended.resolve(result);
  }

  #ahead(ms: number): Duration {
    return (this.position.virtual + Math.floor(ms)) as Duration;
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
