/**
 * Rows by miner, then by validator: whose scores of whose batches.
 */
import { sortedBy, type Table } from './table.ts';

/** Rows by miner, then by validator: what favour is summed over. */
export interface Pairs {
  readonly rows: Int32Array;
  /** Rows of pair p are `rows[starts[p]]` to before `rows[starts[p + 1]]`. */
  readonly starts: Int32Array;
  readonly validatorOf: Int32Array;
  /** Of each place in the rows: the twelfth of its batch. */
  readonly twelfthOf: Uint8Array;
  /** Pairs of miner m are those from `ofMiner[m]` to before `ofMiner[m + 1]`. */
  readonly ofMiner: Int32Array;
}

export function pairsOf(table: Table): Pairs {
  const { miners, byValidator, validatorOf, batchOf, minerOf } = table;
  const minerAt = new Int32Array(batchOf.length);
  for (let row = 0; row < minerAt.length; row++) {
    minerAt[row] = minerOf[batchOf[row] ?? 0] ?? 0;
  }
  const rows = sortedBy(byValidator, miners.length, minerAt);
  const twelfthOf = new Uint8Array(rows.length);
  const starts: number[] = [];
  const owners: number[] = [];
  const ofMiner = new Int32Array(miners.length + 1);
  let lastMiner = -1;
  let lastValidator = -1;
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] ?? 0;
    twelfthOf[place] = table.twelfthOf[batchOf[row] ?? 0] ?? 0;
    const miner = minerAt[row] ?? 0;
    const validator = validatorOf[row] ?? 0;
    if (miner === lastMiner && validator === lastValidator) continue;
    starts.push(place);
    owners.push(validator);
    ofMiner[miner + 1] = starts.length;
    lastMiner = miner;
    lastValidator = validator;
  }
  starts.push(rows.length);
  // Of a batch that two miners claim, one may be left without any.
  for (let miner = 1; miner <= miners.length; miner++) {
    ofMiner[miner] = Math.max(ofMiner[miner] ?? 0, ofMiner[miner - 1] ?? 0);
  }
  return {
    rows,
    twelfthOf,
    starts: Int32Array.from(starts),
    validatorOf: Int32Array.from(owners),
    ofMiner,
  };
}
