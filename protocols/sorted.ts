/**
 * Keeping a list in order, and the order of texts that is the same on every machine.
 */

/** The first index at which a claim that holds of some first items no longer holds. */
export function firstNot<T>(list: readonly T[], holds: (item: T) => boolean): number {
  // Nearly all that comes belongs at the end.
  const last = list.at(-1);
  if (last === undefined || holds(last)) return list.length;
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By code units, not by anybody's language. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
