/**
 * Virtual time and real promises together: promises have their turn, then time moves by one task.
 * While a call is on its way to a stand-in and back, time stands still.
 */
import type { VirtualClock } from '../../virtual-clock.ts';
import type { Fetch } from '../json-call.ts';

/** Runs the clock until the work is done. */
export async function inSteps<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const done = (): void => over.abort();
  // Whatever went wrong is for who gets the work back.
  work.finally(done).catch(() => undefined);
  for (;;) {
    await turns();
    if (over.signal.aborted) return work;
    let looks = 0;
    await clock.run(() => looks++ > 0);
  }
}

/** The real `fetch`; an answer is there at the instant of the question. */
export const heldFetch =
  (clock: VirtualClock): Fetch =>
  async (url, init) => {
    const release = clock.hold();
    try {
      const response = await fetch(url, init);
      const body = await response.arrayBuffer();
      const { status, headers } = response;
      return new Response(body.byteLength === 0 ? null : body, { status, headers });
    } finally {
      void turns().then(release);
    }
  };

/** What hangs on a promise is done after a few turns of the event loop. */
export async function turns(): Promise<void> {
  for (let left = 4; left > 0; left--) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
