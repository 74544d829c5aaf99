/**
 * The middle of some numbers, without putting all of them in order.
 *
 *     … ≤ pivot │ ≥ pivot …      only the side that holds the middle is parted again
 *
 * After Hoare's Find (1961). Whoever makes the numbers could choose them so that every parting takes off
 * one number alone; after so many partings the rest is sorted, and no input takes long.
 */

/** Of a normal deviate: standard deviation over median of the size. */
export const PER_MEDIAN = 1.4826;

/** Between the two in the middle where there are two; 0 of none. What is given is left as it is. */
export const medianOf = (values: readonly number[] | Float64Array): number =>
  medianWithin(new Float64Array(values));

/** The same, and leaves the numbers in another order. */
export function medianWithin(values: Float64Array): number {
  const middle = values.length >> 1;
  if (values.length === 0) return 0;
  partAt(values, middle);
  const upper = values[middle] ?? 0;
  if (values.length % 2 === 1) return upper;
  let lower = -Infinity;
  for (let at = 0; at < middle; at++) lower = Math.max(lower, values[at] ?? 0);
  return (lower + upper) / 2;
}

/** The number that would be at a place, were they in order: it leaves them in another one. */
export function rankWithin(values: Float64Array, place: number): number {
  partAt(values, place);
  return values[place] ?? 0;
}

/** Puts the number in its place that would be there in order, none greater before it, none less after it. */
function partAt(values: Float64Array, wanted: number): void {
  let first = 0;
  let last = values.length - 1;
  for (let parting = 0; first < last; parting++) {
    if (parting === MOST_PARTINGS) {
      values.subarray(first, last + 1).sort();
      return;
    }
    const pivot = middleOf(values[first] ?? 0, values[(first + last) >> 1] ?? 0, values[last] ?? 0);
    let low = first;
    let high = last;
    while (low <= high) {
      while ((values[low] ?? 0) < pivot) low++;
      while ((values[high] ?? 0) > pivot) high--;
      if (low > high) break;
      const value = values[low] ?? 0;
      values[low++] = values[high] ?? 0;
      values[high--] = value;
    }
    // Between the two all are the pivot.
    if (wanted <= high) last = high;
    else if (wanted >= low) first = low;
    else return;
  }
}
/** Where each parting halves, a million numbers take 20. */
const MOST_PARTINGS = 40;

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
