/**
 * The stretches of virtual time that a report draws. Each is a whole number of epochs, so that what is
 * counted by epoch and what happens between two epochs stand side by side.
 *
 *     |── epochs 1-3 ──|── epochs 4-6 ──|── … ──|── what came after the last ──|
 *
 * Both ends are in seconds; a stretch holds its end and not its beginning.
 */
export interface Bin {
  readonly from_s: number;
  readonly to_s: number;
}

/** More stretches than this are too narrow to see. */
export const MOST_BINS = 60;

/** `ends` are those of the epochs, in order; a run without any is cut evenly. */
export function binsOf(ends: readonly number[], duration_s: number): readonly Bin[] {
  const times = ends.length > 0 ? ends : evenly(duration_s);
  const each = Math.ceil(times.length / (MOST_BINS - 1));
  const edges = times.filter((_, at) => (at + 1) % each === 0 || at === times.length - 1);
  const last = edges.at(-1) ?? 0;
  if (duration_s > last) edges.push(duration_s);
  return edges.map((to_s, at) => ({ from_s: edges[at - 1] ?? 0, to_s }));
}

/** Which of them an instant is in; what comes before the first or after the last is in that one. */
export function binAt(bins: readonly Bin[], at_s: number): number {
  let low = 0;
  let high = bins.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at_s <= (bins[middle]?.to_s ?? 0)) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low);
}

const evenly = (duration_s: number): number[] =>
  Array.from({ length: 24 }, (_, at) => (duration_s * (at + 1)) / 24);
