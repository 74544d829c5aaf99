/**
 * A first look at all pairs of validators: whose errors go together more than those of honest ones.
 *
 *     s = Σ x·y over the n batches that both scored, x and y beyond what all had in common
 *     worth a closer look where n ≥ 12, s ≥ 0 and s² ≥ 6 n
 *
 * The products of all pairs are by far the most that is to be computed, so nothing else is beside them:
 * n is counted only where s is enough for as few batches as the two must have in common,
 * n ≥ n₁ + n₂ − all of them.
 */
import { noPlaces, turnTo, type ByValidator, type PlacesOf } from './by-validator.ts';
import type { Table } from './table.ts';

/** Fewer common batches say nothing. */
export const LEAST_COMMON = 12;
/** Pairs whose agreement is below this many standard deviations, squared, are not worth a closer look. */
const WORTH_A_LOOK = 6;

/** `beyond`: by row, multiples of 1/1024, of which the rows of `own` count. The lower index comes first. */
export function likePairs(
  table: Table,
  own: ByValidator,
  beyond: Float64Array,
): readonly (readonly [number, number])[] {
  const all = table.validators.length;
  const rows = byBatch(table, own, beyond);
  const sums = new Float64Array(FOUR * all);
  const places = noPlaces(table);
  const found: (readonly [number, number])[] = [];
  for (let first = 0; first < all; first += FOUR) {
    sumUp(first, own, rows, sums);
    for (let one = first; one < Math.min(all, first + FOUR); one++) {
      const rest = lengthOf(one, own) - table.batches.length;
      for (let other = one + 1; other < all; other++) {
        const sum = sums[FOUR * other + one - first] ?? 0;
        const least = Math.max(LEAST_COMMON, lengthOf(other, own) + rest);
        if (sum < 0 || sum * sum < WORTH_A_LOOK * least) continue;
        turnTo(one, places, own);
        const common = commonWith(other, places, own);
        if (common < LEAST_COMMON || sum * sum < WORTH_A_LOOK * common) continue;
        found.push([one, other]);
      }
    }
  }
  return found;
}
/** Validators that are held against all later ones at once: each row is then read a quarter as often. */
const FOUR = 4;

const lengthOf = (validator: number, { starts }: ByValidator): number =>
  (starts[validator + 1] ?? 0) - (starts[validator] ?? 0);

/** Σ x·y of four validators, from a first on, with each later one: those of one stand side by side. */
function sumUp(
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

/** How many batches the validator of `places` and another both scored. */
function commonWith(
  other: number,
  { byBatch: places }: PlacesOf,
  { starts, batchOf }: ByValidator,
): number {
  let count = 0;
  const end = starts[other + 1] ?? 0;
  for (let place = starts[other] ?? 0; place < end; place++) {
    if ((places[batchOf[place] ?? 0] ?? -1) >= 0) count++;
  }
  return count;
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
