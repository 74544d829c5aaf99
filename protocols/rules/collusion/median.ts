/** The middle of some numbers, between the two where there are two; 0 of none. */
export function medianOf(values: readonly number[] | Float64Array): number {
  const sorted = Float64Array.from(values).toSorted();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
