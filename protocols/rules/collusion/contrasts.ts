/**
 * How far each validator is off on a set of miners, beside what it makes of all others.
 *
 *     mean(v) = (Σ z on G − Σ z on rivals − expected)/n − (n_G − n_R)/n · (mean z elsewhere)
 *     var(v)  = κ (φ/n + φ/(2n²) + φ/n' + τ²·Σn_m²/n²)
 *
 * κ is how much wider the means of single miners lie in a window than they should, by the four fifths of
 * them that are nearest: batches that many misjudge alike, and moods, make a short window look like a
 * ring's. The part in 1/n² is for means of a few scores, which are not normal.
 */
import { ELSEWHERE_SCORES, meanElsewhere } from './cells.ts';
import { medianWithin, rankWithin } from './median.ts';
import type { Over, Sums } from './over.ts';
import { roomForFloats, type Room } from './room.ts';

export interface Contrasts {
  /** Around their middle, in honest standard deviations of one score. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** What the next contrasts are put into. */
export interface ContrastRoom {
  readonly means: Room<Float64Array>;
  readonly variances: Room<Float64Array>;
  readonly parted: Room<Float64Array>;
}

export const newContrastRoom = (): ContrastRoom => ({
  means: roomForFloats(),
  variances: roomForFloats(),
  parted: roomForFloats(),
});

/** How wide honest means lie. */
export interface Width {
  /** φ by validator. */
  readonly dispersion: Float64Array;
  /** κ. */
  readonly wider: number;
}

const FEW_SCORES = 0.5;
/** Of φ: where most batches are perfect it says little of how one errs where they are not, as in panels of five. */
const LEAST_DISPERSION = 0.8;
/** φ, as it is in the variance of a mean. */
export const noiseOf = (dispersion = 1): number => Math.max(LEAST_DISPERSION, dispersion);
/** Of a mean of n scores, of which each has `noise`. */
export const varianceOfMean = (noise: number, n: number): number =>
  noise / n + (noise * FEW_SCORES) / (n * n);
/** Of a χ² of one degree of freedom: four fifths are below it, with room for what a ring itself adds. */
const FOUR_FIFTHS = 1.5;
/** Fewer means than this tell nothing of how wide they lie. */
const LEAST_MEANS = 20;

/** Of those at some places of an `Over`. */
export function contrastsOf(
  sums: Sums,
  { over, places }: { readonly over: Over; readonly places: Int32Array },
  { dispersion, wider }: Width,
  room: ContrastRoom,
): Contrasts {
  const { allN } = sums;
  const means = room.means(places.length);
  const variances = room.variances(places.length);
  for (let at = 0; at < places.length; at++) {
    const place = places[at] ?? 0;
    const validator = over.validators[place] ?? 0;
    const n = over.n[place] ?? 0;
    const own = noiseOf(dispersion[validator]);
    const elsewhere = (allN[validator] ?? 0) - n;
    const shrunk = elsewhere + ELSEWHERE_SCORES;
    const net = netOf(over, place);
    means[at] = meanOf(sums, over, place);
    variances[at] =
      wider *
      (varianceOfMean(own, n) +
        (net * net * own * elsewhere) / (shrunk * shrunk) +
        (over.taste[place] ?? 0) / (n * n));
  }
  const parted = room.parted(means.length);
  parted.set(means);
  const centre = medianWithin(parted);
  for (let at = 0; at < means.length; at++) means[at] = (means[at] ?? 0) - centre;
  return { means, variances };
}

/** mean(v) of the validator at a place. */
export function meanOf({ allN, allZ }: Sums, over: Over, place: number): number {
  const validator = over.validators[place] ?? 0;
  const n = over.n[place] ?? 0;
  const z = over.z[place] ?? 0;
  const elsewhere = meanElsewhere((allN[validator] ?? 0) - n, (allZ[validator] ?? 0) - z);
  const moved = z - 2 * (over.rivalZ[place] ?? 0) - (over.expected[place] ?? 0);
  return moved / n - netOf(over, place) * elsewhere;
}

/** Of what is given to miners less what is given to rivals, as much as does not cancel out. */
const netOf = ({ n, rivalN }: Over, place: number): number =>
  1 - (2 * (rivalN[place] ?? 0)) / (n[place] ?? 1);

/** κ, from the squares of single miners' means over their variances; leaves them in another order. */
export function widerOf(squares: Float64Array): number {
  if (squares.length < LEAST_MEANS) return 1;
  return Math.max(1, rankWithin(squares, Math.floor(0.8 * squares.length)) / FOUR_FIFTHS);
}
