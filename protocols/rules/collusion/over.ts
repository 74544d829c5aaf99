/**
 * What validators made of a set of miners in a window: sums over their scores, by validator, for those
 * who have any.
 */
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import type { Table } from './table.ts';
import type { Window } from './windows.ts';

/** Of each pair, and of each validator, in a window. */
export interface Sums {
  readonly n: Int32Array;
  readonly z: Float64Array;
  readonly raw: Float64Array;
  readonly allN: Int32Array;
  readonly allZ: Float64Array;
}

export function sumsIn(
  table: Table,
  { rows, starts, validatorOf }: Pairs,
  { told, z, raw }: Residuals,
  { from, to }: Window,
): Sums {
  const sums = {
    n: new Int32Array(validatorOf.length),
    z: new Float64Array(validatorOf.length),
    raw: new Float64Array(validatorOf.length),
    allN: new Int32Array(table.validators.length),
    allZ: new Float64Array(table.validators.length),
  };
  for (let pair = 0; pair < validatorOf.length; pair++) {
    let n = 0;
    let sumZ = 0;
    let sumRaw = 0;
    for (let place = starts[pair] ?? 0; place < (starts[pair + 1] ?? 0); place++) {
      const row = rows[place] ?? 0;
      const twelfth = table.twelfthOf[table.batchOf[row] ?? 0] ?? 0;
      if (told[row] === 0 || twelfth < from || twelfth >= to) continue;
      n++;
      sumZ += z[row] ?? 0;
      sumRaw += raw[row] ?? 0;
    }
    const validator = validatorOf[pair] ?? 0;
    sums.n[pair] = n;
    sums.z[pair] = sumZ;
    sums.raw[pair] = sumRaw;
    sums.allN[validator] = (sums.allN[validator] ?? 0) + n;
    sums.allZ[validator] = (sums.allZ[validator] ?? 0) + sumZ;
  }
  return sums;
}

/** One validator's sums over a set of miners. */
export interface Over {
  readonly validator: number;
  readonly n: number;
  readonly z: number;
  readonly raw: number;
  /** Σ τ²_m n_m². */
  readonly taste: number;
}

/** Over one miner, in the order of the validators. */
export function overOf(
  pairs: Pairs,
  taste: Float64Array,
  sums: Sums,
  miner: number,
): readonly Over[] {
  const over: Over[] = [];
  for (let pair = pairs.ofMiner[miner] ?? 0; pair < (pairs.ofMiner[miner + 1] ?? 0); pair++) {
    const n = sums.n[pair] ?? 0;
    if (n === 0) continue;
    over.push({
      validator: pairs.validatorOf[pair] ?? 0,
      n,
      z: sums.z[pair] ?? 0,
      raw: sums.raw[pair] ?? 0,
      taste: grained((taste[miner] ?? 0) * n * n),
    });
  }
  return over;
}

/** A multiple of 2⁻¹⁶: sums of such are exact, in whatever order miners are added. */
const grained = (value: number): number => Math.round(value * 65_536) / 65_536;

/** Over the miners of both. */
export function added(a: readonly Over[], b: readonly Over[]): readonly Over[] {
  const sum: Over[] = [];
  let at = 0;
  for (const own of a) {
    for (; (b[at]?.validator ?? Infinity) < own.validator; at++) sum.push(b[at] ?? own);
    const other = b[at];
    if (other?.validator !== own.validator) {
      sum.push(own);
      continue;
    }
    at++;
    sum.push({
      validator: own.validator,
      n: own.n + other.n,
      z: own.z + other.z,
      raw: own.raw + other.raw,
      taste: own.taste + other.taste,
    });
  }
  return [...sum, ...b.slice(at)];
}
