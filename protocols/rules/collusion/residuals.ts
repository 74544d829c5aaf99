/**
 * How far a score is off, in standard deviations of an honest score of such a batch.
 *
 *     r = score − leniency(v) − q(b)      z = r / √((q(1−q)/sample + 0.0004)(1 + 1.1/weight)), |z| ≤ 3.5
 *     leniency(v) = median(score − q) · n/(n+5)
 *     φ(v) = (1.4826 · median|z|)², with 15 more scores of φ = 1
 *
 * A validator that is strict with everybody is off by nothing, and one that looks carelessly is off by
 * as much as it always is: φ says how much that is.
 */
import { medianWithin, PER_MEDIAN } from './median.ts';
import { leniencyAt, referencesOf, scoreVariance, UNIT, type Believed } from './reference.ts';
import type { Table } from './table.ts';

/** By row of the table. */
export interface Residuals {
  /** A multiple of 1/1024, so that sums of them are exact; 0 where there is no verdict. */
  readonly z: Float64Array;
  /** In millionths. */
  readonly raw: Float64Array;
  /** 1 where the others could tell what the batch is worth. */
  readonly told: Uint8Array;
  /** By validator. */
  readonly leniency: Int32Array;
  readonly dispersion: Float64Array;
  /** Rows of each validator that could be told. */
  readonly counts: Int32Array;
}

/** Further off says no more: one score must not decide. */
const FURTHEST = 3.5;
/** A median of others' scores is this much less sure than their mean would be. */
const OTHERS_VARIANCE = 1.1;
const LENIENCY_SCORES = 5;
/** Leniency is not told from where it has less room than this part. */
const LEAST_ROOM = 0.5;
const DISPERSION_SCORES = 15;
/** Where nearly all is perfect the median is 0, and says nothing of how it would be elsewhere. */
const LEAST_DISPERSION = 0.5;

export function residualsOf(table: Table, believed: Believed): Residuals {
  const { quality, weight } = referencesOf(table, believed);
  const { validatorOf, scoreOf, sampleSize } = table;
  const rows = validatorOf.length;
  const told = toldOf(quality);
  const counts = countsOf(table, told);
  const leniency = lenienciesOf(table, quality, told, counts);

  const z = new Float64Array(rows);
  const raw = new Float64Array(rows);
  const sizes = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (told[row] === 0) continue;
    const worth = quality[row] ?? 0;
    const lenient = leniencyAt(leniency[validatorOf[row] ?? 0] ?? 0, worth);
    const off = (scoreOf[row] ?? 0) - worth - lenient;
    const variance =
      scoreVariance((worth + Math.max(0, Math.min(1e6, worth + off))) / 2e6, sampleSize) *
      (1 + (OTHERS_VARIANCE * UNIT) / (weight[row] ?? 1));
    raw[row] = Math.round(off);
    const deviates = grained(
      Math.max(-FURTHEST, Math.min(FURTHEST, off / 1e6 / Math.sqrt(variance))),
    );
    z[row] = deviates;
    sizes[row] = Math.abs(deviates);
  }

  const dispersion = mediansOf(table, told, counts, sizes).map((size, validator) => {
    const count = counts[validator] ?? 0;
    const sd = PER_MEDIAN * size;
    const own = sd * sd;
    const drawn = (count * own + DISPERSION_SCORES) / (count + DISPERSION_SCORES);
    return Math.max(LEAST_DISPERSION, drawn);
  });
  return { z, raw, told, leniency, dispersion, counts };
}

/** By validator, in millionths: how much higher than the others it scores, whatever it sees. */
export function leniencyOf(table: Table, believed: Believed): Int32Array {
  const { quality } = referencesOf(table, believed);
  const told = toldOf(quality);
  return lenienciesOf(table, quality, told, countsOf(table, told));
}

function lenienciesOf(
  table: Table,
  quality: Float64Array,
  told: Uint8Array,
  counts: Int32Array,
): Int32Array {
  const offs = new Float64Array(told.length);
  for (let row = 0; row < told.length; row++) {
    if (told[row] === 0) continue;
    const worth = quality[row] ?? 0;
    const off = (table.scoreOf[row] ?? 0) - worth;
    offs[row] = off / Math.max(LEAST_ROOM, leniencyAt(off, worth) / off || 1);
  }
  return Int32Array.from(mediansOf(table, told, counts, offs), (off, validator) => {
    const count = counts[validator] ?? 0;
    return Math.round((off * count) / (count + LENIENCY_SCORES));
  });
}

/** By row: 1 where the others could tell. */
function toldOf(quality: Float64Array): Uint8Array {
  const told = new Uint8Array(quality.length);
  for (let row = 0; row < told.length; row++) told[row] = (quality[row] ?? -1) < 0 ? 0 : 1;
  return told;
}

/** To the next 1/1024. */
export const grained = (value: number): number => Math.round(value * UNIT) / UNIT;

/** Rows of each validator that could be told. */
function countsOf({ validators, validatorOf }: Table, told: Uint8Array): Int32Array {
  const counts = new Int32Array(validators.length);
  for (let row = 0; row < told.length; row++) {
    const validator = validatorOf[row] ?? 0;
    counts[validator] = (counts[validator] ?? 0) + (told[row] ?? 0);
  }
  return counts;
}

/** By validator, the median of a number of each of its rows that could be told; 0 where there are none. */
function mediansOf(
  { validatorOf }: Table,
  told: Uint8Array,
  counts: Int32Array,
  values: Float64Array,
): Float64Array {
  const ends = new Int32Array(counts.length + 1);
  for (let at = 0; at < counts.length; at++) ends[at + 1] = (ends[at] ?? 0) + (counts[at] ?? 0);
  const grouped = new Float64Array(ends[counts.length] ?? 0);
  for (let row = 0; row < told.length; row++) {
    if (told[row] === 0) continue;
    const validator = validatorOf[row] ?? 0;
    const at = ends[validator] ?? 0;
    grouped[at] = values[row] ?? 0;
    ends[validator] = at + 1;
  }
  return Float64Array.from(counts, (count, validator) => {
    const end = ends[validator] ?? 0;
    return medianWithin(grouped.subarray(end - count, end));
  });
}
