/**
 * When a peer that could not be reached is tried again: soon at first, then twice as long each time,
 * a minute at most. A part of it is chance, so that a node that comes back is not met by all others
 * at one instant.
 */
import { minutes, type Duration } from '../../protocols/units.ts';

/** A process that was killed is there again within a second or two. */
export const FIRST_WAIT = 250 as Duration;
/** Long enough to cost nothing, short against the four minutes in which a query is settled. */
export const LONGEST_WAIT: Duration = minutes(1);

/** Between which waits grow. */
export interface Waits {
  readonly first: Duration;
  readonly longest: Duration;
}
const PEERS: Waits = { first: FIRST_WAIT, longest: LONGEST_WAIT };

/** After so many failures in a row, from 1; `chance` is from 0 up to 1, and takes off up to half. */
export function waitAfter(failures: number, chance: number, waits: Waits = PEERS): Duration {
  // 2^20 times the first is far beyond the longest, and still a whole number.
  const whole = Math.min(waits.longest, waits.first * 2 ** Math.min(failures - 1, 20));
  return Math.round(whole * (1 - chance / 2)) as Duration;
}
