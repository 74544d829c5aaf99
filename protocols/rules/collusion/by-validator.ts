/**
 * The rows that tell something, by validator and then by batch: what two validators have in common is
 * found by going along the list of one, with the places of the other's batches at hand.
 *
 *     rows 7, 12, 30, … of validator 0  │  rows 8, 31, … of validator 1  │ …
 *
 * What is asked of many pairs is laid out in the same order, so that a list is read from one end to the
 * other: of a million rows read here and there, most of the time would go into waiting for memory.
 */
import type { Table } from './table.ts';

export interface ByValidator {
  /** The places of validator v are those from `starts[v]` to before `starts[v + 1]`. */
  readonly starts: Int32Array;
  /** Of each place: its row of the table, and that row's batch. */
  readonly rows: Int32Array;
  readonly batchOf: Int32Array;
}

/** Of the rows that are 1 in `tells`. */
export function byValidator(
  { validators, byValidator: order, ofValidator, batchOf }: Table,
  tells: Uint8Array,
): ByValidator {
  const rows = new Int32Array(order.length);
  const batches = new Int32Array(order.length);
  const starts = new Int32Array(validators.length + 1);
  let count = 0;
  for (let validator = 0; validator < validators.length; validator++) {
    const end = ofValidator[validator + 1] ?? 0;
    for (let at = ofValidator[validator] ?? 0; at < end; at++) {
      const row = order[at] ?? 0;
      if (tells[row] !== 1) continue;
      rows[count] = row;
      batches[count++] = batchOf[row] ?? 0;
    }
    starts[validator + 1] = count;
  }
  return { starts, rows: rows.subarray(0, count), batchOf: batches.subarray(0, count) };
}

/** Numbers by row, as numbers by place. */
export function laidOut(values: Float64Array, { rows }: ByValidator): Float64Array {
  const laid = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place++) laid[place] = values[rows[place] ?? 0] ?? 0;
  return laid;
}

/**
 * The place of one validator's row of each batch, and −1 where it has none. It is of one validator at a
 * time: of many in turn it costs what their lists are long, and not the number of batches each time.
 */
export interface PlacesOf {
  validator: number;
  readonly byBatch: Int32Array;
}

export const noPlaces = ({ batches }: Table): PlacesOf => ({
  validator: -1,
  byBatch: new Int32Array(batches.length).fill(-1),
});

/** Makes them those of a validator. */
export function turnTo(
  validator: number,
  places: PlacesOf,
  { starts, batchOf }: ByValidator,
): void {
  if (places.validator === validator) return;
  const { byBatch } = places;
  const old = places.validator;
  if (old >= 0) {
    const end = starts[old + 1] ?? 0;
    for (let place = starts[old] ?? 0; place < end; place++) byBatch[batchOf[place] ?? 0] = -1;
  }
  const end = starts[validator + 1] ?? 0;
  for (let place = starts[validator] ?? 0; place < end; place++) {
    byBatch[batchOf[place] ?? 0] = place;
  }
  places.validator = validator;
}
