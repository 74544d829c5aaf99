/**
 * What becomes of an actor that crashed: it begins again, each time in a row after a longer rest,
 * and stays down where that does not help.
 *
 *     rest = first · 2^(times − 1), at most longest
 *
 * An actor that ran quietly for a while has its mistakes forgiven. The count is each actor's own:
 * fifty that fail once each are no reason to give up on any.
 */
import { later, minutes, seconds, type Duration, type Instant } from '../protocols/units.ts';

export interface Patience {
  readonly first: Duration;
  readonly longest: Duration;
  /** The crash in a row with which it stays down. */
  readonly crashes: number;
  /** Having run so long since it last began, its next crash is a first one. */
  readonly quiet: Duration;
}

/** Rests of 0.1 s to 25.6 s, 51 s in all: longer than a peer's restart, shorter than an audit. */
export const PATIENCE: Patience = {
  first: 100 as Duration,
  longest: seconds(30),
  crashes: 10,
  quiet: minutes(1),
};

/** The crashes in a row so far. */
export interface Row {
  readonly times: number;
  /** Absent where it stays down. */
  readonly restartsAt?: Instant;
}

/** The row with the crash at `now`; `before` is undefined where there was none. */
export function afterCrash(before: Row | undefined, now: Instant, patience: Patience): Row {
  const times = isForgiven(before, now, patience) ? 1 : (before?.times ?? 0) + 1;
  if (times >= patience.crashes) return { times };

  let rest: number = patience.first;
  for (let doubled = 1; doubled < times && rest < patience.longest; doubled++) rest *= 2;
  return { times, restartsAt: later(now, Math.min(rest, patience.longest) as Duration) };
}

const isForgiven = (before: Row | undefined, now: Instant, { quiet }: Patience): boolean =>
  before?.restartsAt !== undefined && now >= later(before.restartsAt, quiet);
