/**
 * One look-up a name, however many want it at once. It goes on as long as one of them waits, and has
 * until the last of their deadlines.
 */
import type { Instant } from '../../protocols/units.ts';

/** What a look-up knows of those who wait for it. */
export interface Flight {
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** The latest deadline of all who have come so far. */
  readonly by: Instant;
}

interface Flying<T> {
  by: Instant;
  waiting: number;
  readonly ending: AbortController;
  readonly found: Promise<T>;
}

export class Shared<T> {
  readonly #flying = new Map<string, Flying<T>>();

  /** How many are under way. */
  get size(): number {
    return this.#flying.size;
  }

  /** Rejects as the look-up does, or with the signal's reason as soon as that aborts. */
  join(
    key: string,
    by: Instant,
    signal: AbortSignal,
    start: (flight: Flight) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const flying = this.#flying.get(key) ?? this.#start(key, by, start);
    if (by > flying.by) flying.by = by;
    flying.waiting++;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason as Error);
        if (--flying.waiting > 0) return;
        // Whoever comes now begins anew: this one is being broken off.
        if (this.#flying.get(key) === flying) this.#flying.delete(key);
        flying.ending.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      flying.found.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #start(key: string, by: Instant, start: (flight: Flight) => Promise<T>): Flying<T> {
    const ending = new AbortController();
    // Begins in a moment, when it is known to those who ask for it in the meantime.
    const found = Promise.resolve().then(() =>
      start({
        signal: ending.signal,
        get by() {
          return flying.by;
        },
      }),
    );
    const flying: Flying<T> = { by, waiting: 0, ending, found };
    this.#flying.set(key, flying);
    const over = (): void => {
      if (this.#flying.get(key) === flying) this.#flying.delete(key);
    };
    found.then(over, over);
    return flying;
  }
}
