/**
 * A question to the world, and no longer than so long. When the time is over, or when nobody waits
 * any more, it is over for us at once, whether or not the one who was asked notices the signal.
 */
import { later, type Duration } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';

/** One for all: to make an error takes longer than all else here. */
const LATE = new Error('the time is over');

/** What was answered, or `late`. Rejects with the signal's reason where that aborts first. */
export function inTime<T>(
  clock: Clock,
  time: Duration,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const ending = new AbortController();
    const leave = (): void => {
      over();
      reject(signal.reason as Error);
      ending.abort(signal.reason);
    };
    const cancel = clock.at(later(clock.now(), time), () => {
      over();
      // First, so that what is said on being told to stop comes too late.
      resolve('late');
      ending.abort(LATE);
    });
    const over = (): void => {
      cancel();
      signal.removeEventListener('abort', leave);
    };
    signal.addEventListener('abort', leave, { once: true });
    ask(ending.signal).then(resolve, reject).finally(over);
  });
}
