/**
 * What a dashboard draws from: a picture that is looked at, and a run that may be steered.
 *
 * The page is never sent what happened one by one. It is sent what is so now: who looks rarely sees
 * as true a picture as who looks often, and nothing is kept for anybody.
 */
import type { Duration } from '../../protocols/units.ts';

export interface DashboardSource {
  /** The parts that have changed since a version; all of them since 0. */
  look(since: number): Change | Promise<Change>;
  /** Absent where time is nobody's to steer. */
  readonly controls?: Controls;
}

/** What is to be drawn anew. */
export interface Change {
  /** To be given at the next look. */
  readonly version: number;
  /** Whether it is the whole picture: what is not in it is gone. */
  readonly isWhole: boolean;
  /** Each part by its name, as JSON. */
  readonly parts: readonly (readonly [name: string, json: string])[];
  /** Names of parts that are there no more. */
  readonly gone: readonly string[];
}

/** Each resolves when it is so. */
export interface Controls {
  play(): Promise<void>;
  pause(): Promise<void>;
  /** Goes on by so much virtual time, and stands still there. */
  step(by: Duration): Promise<void>;
  /** Virtual over wall time, above 0, from now on; as fast as may be for undefined. */
  speed(of: number | undefined): Promise<void>;
}
