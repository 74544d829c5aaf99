/** A signal of one's own that ends with any of others, or after a time, whichever is soonest. */
import type { Duration } from '../../protocols/units.ts';

export interface Within {
  readonly signal: AbortSignal;
  /** Aborts what still goes on under the signal, and lets go of the timer and of the others. */
  end(): void;
}

/** One for all: to make an error takes longer than all else here. */
const OVER = new Error('it is over');

/** Without a time it ends with the others only. To be ended in any case, or they keep it. */
export function within(others: readonly AbortSignal[], time?: Duration): Within {
  const own = new AbortController();
  const end = (): void => {
    clearTimeout(timer);
    for (const other of others) other.removeEventListener('abort', end);
    own.abort(OVER);
  };
  const timer = time === undefined ? undefined : setTimeout(end, Math.max(0, time));
  for (const other of others) other.addEventListener('abort', end);
  if (others.some(({ aborted }) => aborted)) end();
  return { signal: own.signal, end };
}
