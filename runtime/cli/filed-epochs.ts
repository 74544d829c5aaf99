/**
 * The epochs of a file of events. Its scores name them; everything else falls into the last one that
 * had begun.
 */
import type { ScoreEvent } from '../../protocols/rules/collusion/events.ts';

/** One epoch of a file. */
export interface Epoch {
  readonly epoch: number;
  /** No earlier than that of the epoch before. */
  readonly start: number;
}

/** An epoch begins with its first score. A file without scores is one epoch. */
export function epochsOf(scores: readonly ScoreEvent[]): readonly Epoch[] {
  const firsts = new Map<number, number>();
  for (const { epoch, time } of scores) {
    firsts.set(epoch, Math.min(firsts.get(epoch) ?? time, time));
  }
  let start = -Infinity;
  const epochs = [...firsts]
    .toSorted(([a], [b]) => a - b)
    .map(([epoch, first]) => ({ epoch, start: (start = Math.max(start, first)) }));
  return epochs.length > 0 ? epochs : [{ epoch: 0, start }];
}

/** The last epoch that had begun; the first where none had. `epochs` are never empty. */
export function epochAt(epochs: readonly Epoch[], time: number): number {
  let low = 0;
  let high = epochs.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((epochs[middle]?.start ?? 0) <= time) low = middle;
    else high = middle - 1;
  }
  return epochs[low]?.epoch ?? 0;
}
