/**
 * Loaded into the validator of `bench/attacks.ts` before it starts (`node --expose-gc --import`):
 * collects and tells its memory when the bench asks, and ends when the bench does. Nothing else of
 * the validator is other than an operator's.
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { answering } from './pinned.ts';

export interface Memory {
  readonly rss: number;
  /** What is in use of it: objects and what they hold outside of the heap. */
  readonly used: number;
  /** Of that, what V8 compiled: more of it for each path that has been taken often, and never much less. */
  readonly compiled: number;
}

export interface MemoryQuestion {
  /** Whether nothing is measured soon after. */
  readonly isLast: boolean;
}

// Its workers load what it loads.
if (isMainThread) {
  answering(async (question): Promise<Memory> => {
    // One of the last resort gives pages back, as an idle hour would, and forgets compiled code: after
    // it all is slow for a while. What dies with a promise or a finalizer is gone in the next round.
    const flavor = (question as MemoryQuestion).isLast ? 'last-resort' : 'regular';
    for (let round = 0; round < 3; round++) {
      await globalThis.gc?.({ type: 'major', execution: 'async', flavor });
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    const compiled = getHeapSpaceStatistics()
      .filter(({ space_name: name }) => /^(code|trusted)_/.test(name))
      .reduce((sum, space) => sum + space.space_used_size, 0);
    return { rss, used: heapUsed + external, compiled };
  });
  process.channel?.unref();
}
