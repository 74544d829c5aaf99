/**
 * Two groups or one: how much better a group that is off by d explains how far everyone is off, than
 * honest noise alone does.
 *
 *     honest  N(0, var), of whom 0.6 % one unit wider       ring  N(d, var + d²/9)
 *     BF = mean over shares s ∈ {.03 .1 .25} and d ∈ {.7 1.3 2.2} of Π_v (1 − s + s · ring/honest)
 *     p(v) = Σ s · ring / (s · ring + (1 − s) · honest), over the same grid, weighted by each point's BF
 *
 * One who is far off explains little: he may be the odd one of the 0.6 %. Several make a ring. After
 * the two-groups model of Efron, Large-Scale Inference (2010), with a prior of our own.
 */
import { exp, ln } from '../../exact.ts';

/** How far one validator is off on the miners in question. */
export interface Deviation {
  /** In honest standard deviations of one score: the mean. */
  readonly mean: number;
  /** Of that mean. */
  readonly variance: number;
}

const SHARES = [0.03, 0.1, 0.25];
const OFFSETS = [0.7, 1.3, 2.2];
const ODD_SHARE = 0.006;
const ODD_VARIANCE = 1;
/** Memberships are whole numbers of 2⁻³⁰: then their sums are exact, in whatever order. */
const GRAIN = 1_073_741_824;

/** Of each offset of a ring: its density over that of the honest. */
export type Ratios = readonly [number, number, number];

/** What a deviation says for each offset. */
export function ratiosOf(mean: number, variance: number): Ratios {
  const honest =
    (1 - ODD_SHARE) * density(mean, variance) + ODD_SHARE * density(mean, variance + ODD_VARIANCE);
  const [a = 0, b = 0, c = 0] = OFFSETS;
  return [
    density(mean - a, variance + (a * a) / 9) / honest,
    density(mean - b, variance + (b * b) / 9) / honest,
    density(mean - c, variance + (c * c) / 9) / honest,
  ];
}

/** Of a normal distribution, but for a factor that all have. */
const density = (x: number, variance: number): number =>
  exp((-x * x) / (2 * variance)) / Math.sqrt(variance);

/** ln BF of each point of the grid: shares within offsets. */
export type Grid = readonly number[];

/**
 * Products in the order of their factors' size, whoever they are of: so the outcome does not depend on
 * who has which id.
 */
export function gridOf(all: readonly Ratios[]): Grid {
  const sorted = all.toSorted((x, y) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2]);
  return OFFSETS.flatMap((_, offset) =>
    SHARES.map((share) => {
      let sum = 0;
      let product = 1;
      for (const ratios of sorted) {
        product *= 1 - share + share * (ratios[offset] ?? 0);
        if (product > SMALLEST && product < LARGEST) continue;
        sum += ln(product);
        product = 1;
      }
      return sum + ln(product);
    }),
  );
}
/** A product within these bounds can take one factor more: no ratio is above 10⁶. */
const SMALLEST = 1e-200;
const LARGEST = 1e200;

/** ln BF: of the mean over the grid. */
export function evidenceOf(grid: Grid): number {
  const most = Math.max(...grid);
  let sum = 0;
  for (const point of grid) sum += exp(point - most);
  return most + ln(sum / grid.length);
}

/** p(v), to 2⁻³⁰. */
export function membershipOf(ratios: Ratios, grid: Grid): number {
  const most = Math.max(...grid);
  let weights = 0;
  let sum = 0;
  for (const [at, point] of grid.entries()) {
    const share = SHARES[at % SHARES.length] ?? 0;
    const ring = share * (ratios[Math.floor(at / SHARES.length)] ?? 0);
    const weight = exp(point - most);
    weights += weight;
    sum += (weight * ring) / (ring + 1 - share);
  }
  return Math.round((sum / weights) * GRAIN) / GRAIN;
}
