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
import { medianOf } from './median.ts';
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
/** Of a normal deviate: standard deviation over median of the size. */
const PER_MEDIAN = 1.4826;

export function residualsOf(table: Table, believed: Believed): Residuals {
  const { quality, weight } = referencesOf(table, believed);
  const { validatorOf, scoreOf, sampleSize } = table;
  const rows = validatorOf.length;
  const told = Uint8Array.from(quality, (value) => (value < 0 ? 0 : 1));

  const offs = grouped(table, told, (row) => {
    const worth = quality[row] ?? 0;
    const off = (scoreOf[row] ?? 0) - worth;
    return off / Math.max(LEAST_ROOM, leniencyAt(off, worth) / off || 1);
  });
  const leniency = Int32Array.from(offs, (off) =>
    Math.round((medianOf(off) * off.length) / (off.length + LENIENCY_SCORES)),
  );

  const z = new Float64Array(rows);
  const raw = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (told[row] === 0) continue;
    const worth = quality[row] ?? 0;
    const lenient = leniencyAt(leniency[validatorOf[row] ?? 0] ?? 0, worth);
    const off = (scoreOf[row] ?? 0) - worth - lenient;
    const variance =
      scoreVariance((worth + Math.max(0, Math.min(1e6, worth + off))) / 2e6, sampleSize) *
      (1 + (OTHERS_VARIANCE * UNIT) / (weight[row] ?? 1));
    raw[row] = Math.round(off);
    z[row] = grained(Math.max(-FURTHEST, Math.min(FURTHEST, off / 1e6 / Math.sqrt(variance))));
  }

  const sizes = grouped(table, told, (row) => Math.abs(z[row] ?? 0));
  const dispersion = Float64Array.from(sizes, (size) => {
    const sd = PER_MEDIAN * medianOf(size);
    const own = sd * sd;
    const drawn = (size.length * own + DISPERSION_SCORES) / (size.length + DISPERSION_SCORES);
    return Math.max(LEAST_DISPERSION, drawn);
  });
  const counts = Int32Array.from(offs, ({ length }) => length);
  return { z, raw, told, leniency, dispersion, counts };
}

/** To the next 1/1024. */
export const grained = (value: number): number => Math.round(value * UNIT) / UNIT;

/** A number of each row that could be told, by validator. */
function grouped(
  { validators, validatorOf }: Table,
  told: Uint8Array,
  of: (row: number) => number,
): readonly Float64Array[] {
  const counts = new Int32Array(validators.length);
  for (let row = 0; row < told.length; row++) {
    const validator = validatorOf[row] ?? 0;
    counts[validator] = (counts[validator] ?? 0) + (told[row] ?? 0);
  }
  const groups = [...counts].map((count) => new Float64Array(count));
  const ends = new Int32Array(validators.length);
  for (let row = 0; row < told.length; row++) {
    if (told[row] === 0) continue;
    const validator = validatorOf[row] ?? 0;
    const group = groups[validator];
    const at = ends[validator] ?? 0;
    if (group !== undefined) group[at] = of(row);
    ends[validator] = at + 1;
  }
  return groups;
}
