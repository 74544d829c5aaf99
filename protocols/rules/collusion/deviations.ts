/**
 * How far a score is off in its validator's own standard deviations, and which part of that is of the
 * single batch.
 *
 *     off = z / √φ(v)      unusual = off − Σ off of v on the miner / (n + 2)      beyond = off − the batch's mean
 *
 * Those who look with one model misjudge a miner alike, and copy nothing; where the others are wrong
 * about a batch, all who are right are off alike, and copy nothing either.
 */
import type { Pairs } from './pairs.ts';
import { grained, type Residuals } from './residuals.ts';
import type { Table } from './table.ts';

/** Scores that what one usually thinks of a miner is shrunk by. */
const USUAL_SCORES = 2;

/** By row, each a multiple of 1/1024; 0 where it tells nothing. */
export interface Deviations {
  /** In standard deviations of its validator. */
  readonly off: Float64Array;
  /** Less what all who scored the batch have in common: a reference is wrong for everyone alike. */
  readonly beyond: Float64Array;
  /** Less, before that, what the validator usually thinks of the miner. */
  readonly unusual: Float64Array;
}

/** Of the rows that are 1 in `tells`, each of which the others could tell. */
export function deviationsOf(
  { batches, starts }: Table,
  pairs: Pairs,
  { z, dispersion }: Residuals,
  tells: Uint8Array,
): Deviations {
  const off = new Float64Array(z.length);
  const unusual = new Float64Array(z.length);
  for (let pair = 0; pair < pairs.validatorOf.length; pair++) {
    const first = pairs.starts[pair] ?? 0;
    const last = pairs.starts[pair + 1] ?? 0;
    let sum = 0;
    let count = 0;
    for (let place = first; place < last; place++) {
      const row = pairs.rows[place] ?? 0;
      if (tells[row] === 0) continue;
      sum += z[row] ?? 0;
      count++;
    }
    const usual = sum / (count + USUAL_SCORES);
    const size = Math.sqrt(dispersion[pairs.validatorOf[pair] ?? 0] ?? 1);
    for (let place = first; place < last; place++) {
      const row = pairs.rows[place] ?? 0;
      if (tells[row] === 0) continue;
      off[row] = grained((z[row] ?? 0) / size);
      unusual[row] = grained(((z[row] ?? 0) - usual) / size);
    }
  }
  return { off, beyond: centred(off), unusual: centred(unusual) };

  function centred(all: Float64Array): Float64Array {
    const values = Float64Array.from(all);
    for (let batch = 0; batch < batches.length; batch++) {
      const first = starts[batch] ?? 0;
      const last = starts[batch + 1] ?? 0;
      let sum = 0;
      let count = 0;
      for (let row = first; row < last; row++) {
        if (tells[row] === 0) continue;
        sum += values[row] ?? 0;
        count++;
      }
      const common = sum / (count + 1);
      for (let row = first; row < last; row++) {
        if (tells[row] === 0) continue;
        values[row] = grained((values[row] ?? 0) - common);
      }
    }
    return values;
  }
}

/** In millionths: what nearly all scores are multiples of; 0 where nothing is. */
export function stepOf({ scoreOf }: Table): number {
  const step = STEPS.find((one) => {
    const most = OFF_STEP * scoreOf.length;
    let off = 0;
    for (let row = 0; row < scoreOf.length && off <= most; row++) {
      const rest = (scoreOf[row] ?? 0) % one;
      if (Math.min(rest, one - rest) > ROUNDED) off++;
    }
    return off <= most;
  });
  return step ?? 0;
}
const STEPS = [100_000, 50_000, 40_000, 25_000, 20_000, 10_000];
const ROUNDED = 50;
const OFF_STEP = 0.05;

/** In millionths: the root of the mean square of what scores are off by, of the usual kind. */
export function usualDeviation({ raw, z, told }: Residuals): number {
  let above = 0;
  let below = 0;
  for (let row = 0; row < raw.length; row++) {
    if (told[row] === 0) continue;
    above += Math.abs(raw[row] ?? 0);
    below += Math.abs(z[row] ?? 0);
  }
  return below === 0 ? 1 : above / below;
}
