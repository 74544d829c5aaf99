/**
 * A series: rows of counts by time, and what they come to since a moment.
 *
 *     total since t = sum of all rows − sum of the rows up to t
 *
 * Running sums make a total two look-ups, however many rows there are. A row that comes late makes
 * only the sums behind it be counted again.
 */
import { firstNot } from './sorted.ts';
import { invariant } from './units.ts';

/** Rows of counts in the order of time, with their sums from the first on. */
export interface Series {
  readonly at: number[];
  readonly rows: (readonly number[])[];
  /** Of each row and all before it; good for the first `settled`, and as many as rows once all are. */
  readonly sums: (readonly number[])[];
  settled: number;
}

export const newSeries = (): Series => ({ at: [], rows: [], sums: [], settled: 0 });

/** A row behind those of the same time. */
export function addTo(series: Series, at: number, row: readonly number[]): void {
  const index = firstNot(series.at, (other) => other <= at);
  series.at.splice(index, 0, at);
  series.rows.splice(index, 0, row);
  series.settled = Math.min(series.settled, index);
}

/** Takes out a row that was added with these counts at this time. */
export function takeFrom(series: Series, at: number, row: readonly number[]): void {
  let index = firstNot(series.at, (other) => other < at);
  while (series.at[index] === at && !isSame(series.rows[index], row)) index++;
  invariant(series.at[index] === at, 'only a row that was added is taken out');
  series.at.splice(index, 1);
  series.rows.splice(index, 1);
  series.settled = Math.min(series.settled, index);
  series.sums.length = Math.min(series.sums.length, index);
}

const isSame = (a: readonly number[] | undefined, b: readonly number[]): boolean =>
  b.every((count, column) => count === a?.[column]);

/** The sum of the rows later than `after`; empty where there are no rows at all. */
export function totalSince(series: Series, after: number): readonly number[] {
  for (const row of series.rows.slice(series.settled)) {
    const before = series.sums[series.settled - 1];
    series.sums[series.settled++] = row.map((count, column) => count + (before?.[column] ?? 0));
  }
  const before = series.sums[firstNot(series.at, (at) => at <= after) - 1];
  return (series.sums.at(-1) ?? []).map((count, column) => count - (before?.[column] ?? 0));
}
