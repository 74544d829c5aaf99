/**
 * A record's place: where it stands in the fold. Everybody folds in this order, whatever the order in
 * which the records came.
 *
 *     (epoch, at, key), in a ledger of blocks (block, digest)
 */
import { compareText } from './sorted.ts';

/** What gives a record its place. */
export interface Recorded {
  /** The block, or in a file of events the second, in which it counts. */
  readonly at: number;
  /** Names the record, and orders those of one block. */
  readonly key: string;
  /** Only in a file of events, where epochs may overlap in time: goes before `at`. 0 where absent. */
  readonly epoch?: number;
}

/** Where something stands in the fold. */
export interface Place extends Recorded {
  /** It has no place of its own but comes right after that of another, in this order. */
  readonly follows?: Place;
}

/** A record's place without the record. */
export const placeOf = ({ at, key, epoch }: Recorded): Place =>
  epoch === undefined ? { at, key } : { at, key, epoch };

/** The order of the fold. */
export function comparePlaces(a: Place, b: Place): number {
  const own = (a.epoch ?? 0) - (b.epoch ?? 0) || a.at - b.at || compareText(a.key, b.key);
  if (own !== 0 || (a.follows === undefined && b.follows === undefined)) return own;
  if (a.follows === undefined) return -1;
  return b.follows === undefined ? 1 : comparePlaces(a.follows, b.follows);
}
