/**
 * Looking for collusion as a service: in line, or in a thread of the pool of workers.
 *
 *     window ──known by its name?──▶ finding
 *               └─▶ events ──▶ evaluate, once for all who ask of the same window
 *
 * Everyone in a process who holds the same records asks of the same window; a window's name is made of
 * its records, so whoever lacks one of them asks of another.
 */
import { defer, from, of, type Observable } from 'rxjs';
import { eventsOf, type Window } from '../../protocols/evidence.ts';
import type { CollusionEvents } from '../../protocols/rules/collusion/events.ts';
import type { Finding } from '../../protocols/rules/collusion/finding.ts';
import type { Digest } from '../../protocols/units.ts';
import { ServiceFault, type ServicePort } from '../host.ts';
import type { Workers } from './workers.ts';

export type Evaluate = (events: CollusionEvents) => Finding;

export interface CollusionOptions {
  readonly evaluate: Evaluate;
  /** Absent: it is done in line, and answered at once. */
  readonly workers?: Pick<Workers, 'collusion'>;
  /** Keeps a virtual clock where it is until released: work in threads takes real time. */
  readonly hold?: () => () => void;
}

/** An epoch has one window, and one more for each that waits to be confirmed. A finding is some 20 kB. */
const REMEMBERED = 64;

export function collusionPort({
  evaluate,
  workers,
  hold = () => () => undefined,
}: CollusionOptions): ServicePort<'collusion'> {
  const known = new Map<Digest, Finding | Promise<Finding>>();

  function findingOf(window: Window): Finding | Promise<Finding> {
    const before = known.get(window.name);
    if (before !== undefined) return before;
    const found = workers === undefined ? evaluate(eventsOf(window)) : evaluateIn(workers, window);
    known.set(window.name, found);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(oldest);
    }
    return found;
  }

  async function evaluateIn(threads: Pick<Workers, 'collusion'>, window: Window): Promise<Finding> {
    const release = hold();
    try {
      return await threads.collusion(eventsOf(window));
    } catch (cause) {
      // Whoever asks again may be luckier.
      known.delete(window.name);
      throw new ServiceFault('unavailable', 'the evaluation broke off', { cause });
    } finally {
      release();
    }
  }

  return ({ window }): Observable<Finding> =>
    defer(() => {
      const found = findingOf(window);
      return found instanceof Promise ? from(found) : of(found);
    });
}
