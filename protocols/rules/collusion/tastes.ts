/**
 * Taste: how much honest validators differ about a miner, each in its own way, for reasons of their own.
 *
 *     common = mean of z·z' over two batches of one miner by one validator
 *     τ²(m) = 2.198 · median (mean z − centre)² − median φ/n, drawn to the common, and at least 1.5 of it
 *
 * From the middle half of the validators, which a ring does not reach. Where all who look with one model
 * misjudge their miners alike, the common is large, and nobody stands out by a little.
 */
import { medianOf } from './median.ts';
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import type { Table } from './table.ts';

const LEAST_TASTE = 0.012;
const MOST_TASTE = 1.5;
/** Below this trust, in 1/1024, nobody's taste counts as honest. */
const TRUSTED = 820;

/** As variances of z. */
export interface Tastes {
  /** τ². */
  readonly byMiner: Float64Array;
  /** What all miners have in common. */
  readonly common: number;
}

export function tastesOf(
  table: Table,
  { starts, rows, validatorOf, ofMiner }: Pairs,
  { z, told, dispersion }: Residuals,
  trust: Int32Array,
): Tastes {
  const n = new Int32Array(validatorOf.length);
  const sum = new Float64Array(validatorOf.length);
  let products = 0;
  let count = 0;
  for (let pair = 0; pair < validatorOf.length; pair++) {
    let squares = 0;
    for (let place = starts[pair] ?? 0; place < (starts[pair + 1] ?? 0); place++) {
      const row = rows[place] ?? 0;
      const off = z[row] ?? 0;
      n[pair] = (n[pair] ?? 0) + (told[row] ?? 0);
      sum[pair] = (sum[pair] ?? 0) + off;
      squares += off * off;
    }
    if ((trust[validatorOf[pair] ?? 0] ?? 0) < TRUSTED) continue;
    const all = sum[pair] ?? 0;
    products += all * all - squares;
    count += (n[pair] ?? 0) * ((n[pair] ?? 0) - 1);
  }
  const common = clampTaste(count === 0 ? 0 : products / count);

  const byMiner = Float64Array.from(table.miners, (_, miner) => {
    const means: number[] = [];
    const noises: number[] = [];
    for (let pair = ofMiner[miner] ?? 0; pair < (ofMiner[miner + 1] ?? 0); pair++) {
      const scores = n[pair] ?? 0;
      if (scores < 2) continue;
      means.push((sum[pair] ?? 0) / scores);
      noises.push((dispersion[validatorOf[pair] ?? 0] ?? 1) / scores);
    }
    const centre = medianOf(means);
    const spread = medianOf(means.map((mean) => (mean - centre) * (mean - centre)));
    const own = clampTaste(spread * PER_MEDIAN_SQUARE - medianOf(noises));
    const drawn =
      (means.length * own + TASTE_VALIDATORS * common) / (means.length + TASTE_VALIDATORS);
    return Math.max(drawn, LEAST_LIKE_OTHERS * common);
  });
  return { byMiner, common };
}
/** Validators whose differences what all miners have in common counts for. */
const TASTE_VALIDATORS = 20;
/** No miner is less a matter of taste than this times what all miners are: a minority may differ there. */
const LEAST_LIKE_OTHERS = 1.5;
/** From the median square of deviates to their variance, where they are normal. */
export const PER_MEDIAN_SQUARE = 2.198;

export const clampTaste = (taste: number): number =>
  Math.min(MOST_TASTE, Math.max(LEAST_TASTE, taste));
