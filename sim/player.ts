/**
 * A run that is played like a film: paused, stepped, or going on at so much virtual time a second,
 * looked into and listened to.
 */
import { Observed } from '../runtime/dashboard/observed.ts';
import type { Change } from '../runtime/dashboard/source.ts';
import { Film, type Wall } from '../runtime/film.ts';
import type { Cancel } from '../runtime/host.ts';
import type { Duration } from '../protocols/units.ts';
import { glanceAt, type Glance } from './glance.ts';
import type { Progress, Run, RunResult } from './simulate.ts';
import { Telling, toldOf, type ToldBatch } from './telling.ts';
import { viewOf } from './viewed.ts';

export type { Wall } from '../runtime/film.ts';

export interface Position extends Progress {
  readonly is: 'paused' | 'playing' | 'ended';
}

export class Player {
  readonly #run: Run;
  readonly #wall: Wall;
  readonly #film: Film<RunResult>;
  readonly #tellings = new Set<Telling>();
  #observed: Observed | undefined;

  constructor(run: Run, wall: Wall) {
    this.#run = run;
    this.#wall = wall;
    this.#film = new Film(run, wall, () => {
      for (const telling of this.#tellings) telling.flush();
    });
  }

  begin(): Promise<void> {
    return this.#film.begin();
  }

  /**
   * Goes on until told otherwise, at so much virtual over wall time or as fast as may be. Resolves
   * when what it did before has ended.
   */
  play(speed: number = Infinity): Promise<void> {
    return this.#film.play(speed);
  }

  /** From now on at another speed, or from when it is played again. */
  pace(speed: number): Promise<void> {
    return this.#film.pace(speed);
  }

  /** Resolves when the run stands still. Cuts steps short, too. */
  pause(): Promise<void> {
    return this.#film.pause();
  }

  /** Goes on by so much virtual time, after steps that are under way; ends playing. */
  step(by: Duration): Promise<void> {
    return this.#film.step(by);
  }

  get position(): Position {
    const { virtual, of, events } = this.#run.progress;
    return { virtual, of, events, is: this.#film.is };
  }

  /** How the run went, once it has come to its end; fails as it did. */
  result(): Promise<RunResult> {
    return this.#film.result();
  }

  names(): readonly string[] {
    return this.#run.subnet.nodes.map(({ plan }) => plan.name);
  }

  look(name: string): Glance | undefined {
    return glanceAt(this.#run.subnet, name);
  }

  /** What a dashboard draws, and what of it has changed; of all that happens from the first look on. */
  picture(since: number): Change {
    this.#observed ??= new Observed(viewOf(this.#run, this.#film, this.#wall));
    return this.#observed.look(since);
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
}
