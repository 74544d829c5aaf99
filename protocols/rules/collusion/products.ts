/**
 * Σ x·y over the batches that two validators both scored, of four validators with each later one.
 *
 *     sums[4 w + k] = Σ x of the k-th of the four · x of w        w from the first of the four on
 *
 * Of 2 000 validators who score 500 batches each a thousand million products are to be summed in a pass, so
 * there are two ways: along the lists, where a batch is scored by few; and where it is scored by most, in
 * a full matrix with 0 where there is no score, which takes a third of the time. All are multiples of
 * 2⁻²⁰, so the sums are exact, and the same.
 */
import type { ByValidator } from './by-validator.ts';
import type { Table } from './table.ts';

/** Held against all later ones at once: in the matrix each number is then read a quarter as often. */
export const FOUR = 4;
/** Of all batches of all validators: from this part scored, the matrix is faster. */
const MOSTLY = 0.5;

/**
 * `beyond`: by row, multiples of 1/1024, and 0 in rows that `own` leaves out. Sums that are given stand
 * until the next are asked for.
 */
export function productsOf(
  table: Table,
  own: ByValidator,
  beyond: Float64Array,
): (first: number) => Float64Array {
  const all = FOUR * Math.ceil(table.validators.length / FOUR);
  const sums = new Float64Array(FOUR * all);
  const batches = table.batches.length;
  if (own.rows.length >= MOSTLY * all * batches) {
    const matrix = matrixOf(table, own, beyond, all);
    return (first) => {
      for (let other = first; other < all; other += 2) {
        fourByTwo(matrix, batches, first, other, sums);
      }
      return sums;
    };
  }
  // Multiples of 1/1024 below 2¹⁴ are exact in 24 bits, and half as much to read.
  const values = new Float32Array(beyond);
  return (first) => {
    sums.fill(0, FOUR * first);
    alongLists(first, table, own, values, sums);
    return sums;
  };
}

/** By validator, by batch; 0 where there is none. */
function matrixOf(
  { batches, validatorOf }: Table,
  { rows, batchOf }: ByValidator,
  beyond: Float64Array,
  all: number,
): Float64Array {
  const matrix = new Float64Array(all * batches.length);
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] ?? 0;
    const line = (validatorOf[row] ?? 0) * batches.length;
    matrix[line + (batchOf[place] ?? 0)] = beyond[row] ?? 0;
  }
  return matrix;
}

/** Eight sums at a time stay in the registers of the processor. */
function fourByTwo(
  matrix: Float64Array,
  batches: number,
  first: number,
  other: number,
  sums: Float64Array,
): void {
  let a0 = 0;
  let a1 = 0;
  let b0 = 0;
  let b1 = 0;
  let c0 = 0;
  let c1 = 0;
  let d0 = 0;
  let d1 = 0;
  const inA = first * batches;
  const inB = inA + batches;
  const inC = inB + batches;
  const inD = inC + batches;
  const in0 = other * batches;
  const in1 = in0 + batches;
  for (let at = 0; at < batches; at++) {
    const x = matrix[in0 + at] ?? 0;
    const y = matrix[in1 + at] ?? 0;
    const a = matrix[inA + at] ?? 0;
    const b = matrix[inB + at] ?? 0;
    const c = matrix[inC + at] ?? 0;
    const d = matrix[inD + at] ?? 0;
    a0 += a * x;
    a1 += a * y;
    b0 += b * x;
    b1 += b * y;
    c0 += c * x;
    c1 += c * y;
    d0 += d * x;
    d1 += d * y;
  }
  sums.set([a0, b0, c0, d0, a1, b1, c1, d1], FOUR * other);
}

/**
 * Goes along the list of each of the four: costs what each batch was scored. Side by side, batch by
 * batch, takes longer even where half of all score each.
 */
function alongLists(
  first: number,
  { starts, validatorOf }: Table,
  { starts: lists, rows, batchOf }: ByValidator,
  values: Float32Array,
  sums: Float64Array,
): void {
  for (let k = 0; k < FOUR; k++) {
    const last = lists[first + k + 1] ?? 0;
    for (let place = lists[first + k] ?? last; place < last; place++) {
      const own = rows[place] ?? 0;
      const value = values[own] ?? 0;
      const end = starts[(batchOf[place] ?? 0) + 1] ?? 0;
      for (let row = own + 1; row < end; row++) {
        const cell = FOUR * (validatorOf[row] ?? 0) + k;
        sums[cell] = (sums[cell] ?? 0) + value * (values[row] ?? 0);
      }
    }
  }
}
