/**
 * Who gives what to whom: a row for each neuron by uid, and in it what the neuron gives to others.
 *
 *     W_i = [ [j, W_ij], … ]      whoever is not named in a row gets 0
 *
 * Most rows are empty, since few neurons validate. Sums run over the rows by uid and never in another
 * order: adding doubles in another order gives other bits, and all must get the same.
 */
import type { Uid, Weight16 } from '../../units.ts';

/** No uid comes twice. */
export type Row = readonly (readonly [Uid, number])[];
/** A row for each neuron, by uid. */
export type Matrix = readonly Row[];
/** A row as the chain keeps it. */
export type Row16 = readonly (readonly [Uid, Weight16])[];

/** What becomes of the entry in row `from` and column `to`. */
type Change = (value: number, from: number, to: Uid) => number;

/** The same entries with other values. */
export const changed = (matrix: Matrix, change: Change): Matrix =>
  matrix.map((row, from) => row.map(([to, value]) => [to, change(value, from, to)]));

/** What each column adds up to. */
export function columnSums(matrix: Matrix): number[] {
  const sums = matrix.map(() => 0);
  for (const row of matrix) {
    for (const [to, value] of row) sums[to] = (sums[to] ?? 0) + value;
  }
  return sums;
}

export const rowSums = (matrix: Matrix): number[] =>
  matrix.map((row) => row.reduce((sum, [, value]) => sum + value, 0));

/** The greatest of each column, 0 where it is empty. */
export function columnTops(matrix: Matrix): number[] {
  const tops = matrix.map(() => 0);
  for (const row of matrix) {
    for (const [to, value] of row) tops[to] = Math.max(tops[to] ?? 0, value);
  }
  return tops;
}

/** In proportion, so that they add up to 1; all 0 where they add up to nothing. */
export function normalised(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => part(value, sum));
}

export function rowsNormalised(matrix: Matrix): Matrix {
  const sums = rowSums(matrix);
  return changed(matrix, (value, from) => part(value, sums[from] ?? 0));
}

export function columnsNormalised(matrix: Matrix): Matrix {
  const sums = columnSums(matrix);
  return changed(matrix, (value, _, to) => part(value, sums[to] ?? 0));
}

/** `value` of `whole`; 0 of nothing. */
export const part = (value: number, whole: number): number => (whole > 0 ? value / whole : 0);
