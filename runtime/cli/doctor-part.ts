/**
 * What a doctor's line is made of, and how long it waits for whatever it looks at.
 */
import { later, seconds, type Duration } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';

/**
 * `ok`: it is there. `fix`: this release needs it and it is not. `none`: it is not there, and what
 * is done without it. `later`: no part of this release.
 */
export type State = 'ok' | 'fix' | 'none' | 'later';

export interface Line {
  readonly of: string;
  readonly state: State;
  readonly text: string;
}

/** Longer than each look may take by its own bounds: whatever hangs, a doctor says so. */
export const PATIENCE: Duration = seconds(15);

/** What comes in time; the other where nothing does, or trouble. */
export function within<T>(clock: Clock, coming: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve) => {
    const cancel = clock.at(later(clock.now(), PATIENCE), () => resolve(otherwise));
    const end = (value: T): void => {
      cancel();
      resolve(value);
    };
    coming.then(end, () => end(otherwise));
  });
}
