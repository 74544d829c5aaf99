/**
 * What a provider was asked lately it is not asked again: each look costs a part of the plan.
 */
import { hours, later, type Duration, type Instant } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import type { Looked, LookUp } from './company.ts';

/** Companies seldom change by the day, and a person who asks to be forgotten soon is. */
const KEPT: Duration = hours(24);
/** Of some 5 kB each: 10 MB at the most. */
const MOST_KEPT = 2_000;

/** The same look-up, which remembers what was found and what was not, but no trouble. */
export function kept<T>(clock: Clock, lookUp: LookUp<T>): LookUp<T> {
  const known = new Map<string, { readonly looked: Looked<T>; readonly until: Instant }>();
  return async (about, signal) => {
    const old = known.get(about);
    if (old !== undefined && clock.now() < old.until) return old.looked;
    const looked = await lookUp(about, signal);
    if (looked.is === 'trouble') return looked;
    // Whatever was put in first goes first.
    known.delete(about);
    known.set(about, { looked, until: later(clock.now(), KEPT) });
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KEPT) break;
      known.delete(oldest);
    }
    return looked;
  };
}
