/**
 * What each validator makes of each miner over the whole window: sums of z by miner and validator.
 */
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import type { Table } from './table.ts';

export interface Cells {
  readonly validators: number;
  readonly miners: number;
  /** Of miner m and validator v at `m · validators + v`: scores that could be told, and their sum of z. */
  readonly n: Float64Array;
  readonly z: Float64Array;
  /** Of each validator, over all miners. */
  readonly allN: Float64Array;
  readonly allZ: Float64Array;
  /** By miner: the validators that have any of it. */
  readonly scorers: readonly Int32Array[];
}

export function cellsOf(
  { validators: { length: validators }, miners: { length: miners } }: Table,
  { rows, starts, validatorOf, ofMiner }: Pairs,
  { z, told }: Residuals,
): Cells {
  const scorers: Int32Array[] = [];
  const cells = {
    validators,
    miners,
    n: new Float64Array(miners * validators),
    z: new Float64Array(miners * validators),
    allN: new Float64Array(validators),
    allZ: new Float64Array(validators),
    scorers,
  };
  for (let miner = 0; miner < miners; miner++) {
    for (let pair = ofMiner[miner] ?? 0; pair < (ofMiner[miner + 1] ?? 0); pair++) {
      const validator = validatorOf[pair] ?? 0;
      let n = 0;
      let sum = 0;
      for (let place = starts[pair] ?? 0; place < (starts[pair + 1] ?? 0); place++) {
        const row = rows[place] ?? 0;
        n += told[row] ?? 0;
        sum += z[row] ?? 0;
      }
      cells.n[miner * validators + validator] = n;
      cells.z[miner * validators + validator] = sum;
      cells.allN[validator] = (cells.allN[validator] ?? 0) + n;
      cells.allZ[validator] = (cells.allZ[validator] ?? 0) + sum;
    }
    const all = validatorOf.subarray(ofMiner[miner], ofMiner[miner + 1]);
    scorers.push(all.filter((own) => (cells.n[miner * validators + own] ?? 0) > 0));
  }
  return cells;
}

/** Scores elsewhere that a mean elsewhere is shrunk by. */
export const ELSEWHERE_SCORES = 5;
/** The mean of n scores elsewhere whose z come to a sum. */
export const meanElsewhere = (n: number, z: number): number => z / (n + ELSEWHERE_SCORES);

/** Of each validator its mean z on all miners but these. */
export function elsewhere(cells: Cells, without: readonly number[]): Float64Array {
  return cells.allN.map((all, validator) => {
    let n = all;
    let z = cells.allZ[validator] ?? 0;
    for (const miner of without) {
      n -= cells.n[miner * cells.validators + validator] ?? 0;
      z -= cells.z[miner * cells.validators + validator] ?? 0;
    }
    return meanElsewhere(n, z);
  });
}
