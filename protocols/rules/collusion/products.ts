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

/** Held against all later ones at once: each number is then read a quarter as often. */
export const FOUR = 4;
/** Of all batches of all validators: from this part scored, the matrix is faster. */
const MOSTLY = 0.5;

/** `beyond`: by row, multiples of 1/1024. Sums that are given stand until the next are asked for. */
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
  const rows = byBatch(table, own, beyond);
  return (first) => {
    alongLists(first, own, rows, sums);
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
  let [a0, a1, b0, b1, c0, c1, d0, d1] = [0, 0, 0, 0, 0, 0, 0, 0];
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

/** Goes along the lists of the four, batch by batch: costs what each batch was scored. */
function alongLists(
  first: number,
  { starts: lists, batchOf }: ByValidator,
  { starts, whose, values, placeOf }: ByBatch,
  sums: Float64Array,
): void {
  sums.fill(0, FOUR * first);
  const at = Int32Array.from({ length: FOUR }, (_, k) => lists[first + k] ?? 0);
  const ends = Int32Array.from({ length: FOUR }, (_, k) => lists[first + k + 1] ?? 0);
  const four = new Float64Array(FOUR);
  for (;;) {
    let batch = Infinity;
    for (let k = 0; k < FOUR; k++) {
      const place = at[k] ?? 0;
      if (place < (ends[k] ?? 0)) batch = Math.min(batch, batchOf[place] ?? 0);
    }
    if (batch === Infinity) return;
    let from = -1;
    for (let k = 0; k < FOUR; k++) {
      const place = at[k] ?? 0;
      const isIn = place < (ends[k] ?? 0) && batchOf[place] === batch;
      const row = isIn ? (placeOf[place] ?? 0) : -1;
      four[k] = isIn ? (values[row] ?? 0) : 0;
      if (!isIn) continue;
      at[k] = place + 1;
      if (from < 0) from = row + 1;
    }
    const a = four[0] ?? 0;
    const b = four[1] ?? 0;
    const c = four[2] ?? 0;
    const d = four[3] ?? 0;
    const end = starts[batch + 1] ?? 0;
    for (let row = from; row < end; row++) {
      const cell = FOUR * (whose[row] ?? 0);
      const value = values[row] ?? 0;
      sums[cell] = (sums[cell] ?? 0) + a * value;
      sums[cell + 1] = (sums[cell + 1] ?? 0) + b * value;
      sums[cell + 2] = (sums[cell + 2] ?? 0) + c * value;
      sums[cell + 3] = (sums[cell + 3] ?? 0) + d * value;
    }
  }
}

/** The same rows by batch, and then by validator, close together. */
interface ByBatch {
  readonly starts: Int32Array;
  readonly whose: Int32Array;
  readonly values: Float32Array;
  /** Of each place of the rows by validator: where it is here. */
  readonly placeOf: Int32Array;
}

function byBatch({ batches, validatorOf }: Table, own: ByValidator, beyond: Float64Array): ByBatch {
  const starts = new Int32Array(batches.length + 1);
  for (const batch of own.batchOf) starts[batch + 1] = (starts[batch + 1] ?? 0) + 1;
  for (let batch = 1; batch < starts.length; batch++) {
    starts[batch] = (starts[batch] ?? 0) + (starts[batch - 1] ?? 0);
  }
  const ends = Int32Array.from(starts);
  const whose = new Int32Array(own.rows.length);
  // Multiples of 1/1024 below 2¹⁴ are exact in 24 bits, and half as much to read.
  const values = new Float32Array(own.rows.length);
  const placeOf = new Int32Array(own.rows.length);
  for (let place = 0; place < own.rows.length; place++) {
    const batch = own.batchOf[place] ?? 0;
    const row = own.rows[place] ?? 0;
    const at = ends[batch] ?? 0;
    ends[batch] = at + 1;
    whose[at] = validatorOf[row] ?? 0;
    values[at] = beyond[row] ?? 0;
    placeOf[place] = at;
  }
  return { starts, whose, values, placeOf };
}
