/**
 * Two groups or one: how much better a group that is off by d explains how far everyone is off, than
 * honest noise alone does.
 *
 *     honest  N(0, var), of whom 0.6 % one unit wider; in a spell, beside all other epochs, 0.3 %
 *     ring    N(d, var + d²/9)
 *     BF = mean over shares s ∈ {.03 .1 .25} and d ∈ {.7 1.3 2.2} of Π_v (1 − s + s · ring/honest)
 *     p(v) = Σ s · ring / (s · ring + (1 − s) · honest), over the same grid, weighted by each point's BF
 *
 * One who is far off explains little: he may be the odd one of the 0.6 %. Several make a ring. After
 * the two-groups model of Efron, Large-Scale Inference (2010), with a prior of our own.
 */
import { exp, expEach, ln } from '../../exact.ts';
import { roomForFloats, type Room } from './room.ts';

const SHARES = [0.03, 0.1, 0.25] as const;
const [A, B, C] = [0.7, 1.3, 2.2] as const;
/** Of the honest; and of them those who are odd in some epochs alone. */
export const ODD = { always: 0.006, inSpells: 0.003 } as const;
const ODD_VARIANCE = 1;
/** Memberships are whole numbers of 2⁻³⁰: then their sums are exact, in whatever order. */
const GRAIN = 1_073_741_824;

/** Of each offset of a ring, by validator: its density over that of the honest. */
export type Ratios = readonly [Float64Array, Float64Array, Float64Array];

/** What the next ratios are put into, and what is needed on the way. */
export interface RatioRoom {
  readonly exponents: Room<Float64Array>;
  readonly ratios: readonly [Room<Float64Array>, Room<Float64Array>, Room<Float64Array>];
}

export const newRatioRoom = (): RatioRoom => ({
  exponents: roomForFloats(),
  ratios: [roomForFloats(), roomForFloats(), roomForFloats()],
});

/** The same, whatever is put into their room. */
export const copiedRatios = ([a, b, c]: Ratios): Ratios => [a.slice(), b.slice(), c.slice()];

/** Of each validator. */
export interface Deviations {
  /** In honest standard deviations of one score. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
  /** Of the honest, how many are odd: 0 to 1. */
  readonly odd: number;
}

/** What deviations say for each offset. */
export function ratiosOf({ means, variances, odd }: Deviations, room: RatioRoom): Ratios {
  const exponents = room.exponents(KINDS * means.length);
  for (let at = 0; at < means.length; at++) {
    const mean = means[at] ?? 0;
    const variance = variances[at] ?? 1;
    const first = KINDS * at;
    exponents[first] = exponentOf(mean, variance);
    exponents[first + 1] = exponentOf(mean, variance + ODD_VARIANCE);
    exponents[first + 2] = exponentOf(mean - A, variance + (A * A) / 9);
    exponents[first + 3] = exponentOf(mean - B, variance + (B * B) / 9);
    exponents[first + 4] = exponentOf(mean - C, variance + (C * C) / 9);
  }
  expEach(exponents);

  const [roomA, roomB, roomC] = room.ratios;
  const ofA = roomA(means.length);
  const ofB = roomB(means.length);
  const ofC = roomC(means.length);
  for (let at = 0; at < means.length; at++) {
    const variance = variances[at] ?? 1;
    const first = KINDS * at;
    const usual = (exponents[first] ?? 0) / Math.sqrt(variance);
    const wide = (exponents[first + 1] ?? 0) / Math.sqrt(variance + ODD_VARIANCE);
    const honest = (1 - odd) * usual + odd * wide;
    ofA[at] = (exponents[first + 2] ?? 0) / Math.sqrt(variance + (A * A) / 9) / honest;
    ofB[at] = (exponents[first + 3] ?? 0) / Math.sqrt(variance + (B * B) / 9) / honest;
    ofC[at] = (exponents[first + 4] ?? 0) / Math.sqrt(variance + (C * C) / 9) / honest;
  }
  return [ofA, ofB, ofC];
}
/** Of validators: the honest, the odd, and those of a ring at each offset. */
const KINDS = 5;

/** A normal density is e to this over the root of the variance, but for a factor that all have. */
const exponentOf = (x: number, variance: number): number => (-x * x) / (2 * variance);

/** ln BF of each point of the grid: shares within offsets. */
export type Grid = readonly number[];

/** Products in the order of their factors' size: so the outcome does not depend on who has which id. */
export const gridOf = (ratios: Ratios): Grid => ratios.flatMap((own) => productsOf(own.toSorted()));

/** ln BF is no greater than this, and not less by more than a millionth: for less, since nothing is put in order. */
export const mostEvidenceOf = (ratios: Ratios): number =>
  evidenceOf(ratios.flatMap(productsOf)) + ROUNDED;
/** Of a million factors each is off by no more than 2⁻⁵³, and so are the products. */
const ROUNDED = 5e-7;

/** Of each share: ln of the product of 1 − s + s · ratio. */
function productsOf(ratios: Float64Array): [number, number, number] {
  const [low, middle, high] = SHARES;
  // Each by itself: numbers that come out of a list are made anew on the heap at every step.
  let lnA = 0;
  let lnB = 0;
  let lnC = 0;
  let a = 1;
  let b = 1;
  let c = 1;
  for (let at = 0; at < ratios.length; at++) {
    const ratio = ratios[at] ?? 0;
    a *= 1 - low + low * ratio;
    b *= 1 - middle + middle * ratio;
    c *= 1 - high + high * ratio;
    if (!(a > SMALLEST && a < LARGEST)) {
      lnA += ln(a);
      a = 1;
    }
    if (!(b > SMALLEST && b < LARGEST)) {
      lnB += ln(b);
      b = 1;
    }
    if (!(c > SMALLEST && c < LARGEST)) {
      lnC += ln(c);
      c = 1;
    }
  }
  return [lnA + ln(a), lnB + ln(b), lnC + ln(c)];
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

/** p(v) of each validator, to 2⁻³⁰. */
export function membershipsOf(ratios: Ratios, grid: Grid): Float64Array {
  const most = Math.max(...grid);
  const weights = grid.map((point) => exp(point - most));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const members = new Float64Array(ratios[0].length);
  for (let place = 0; place < members.length; place++) {
    let sum = 0;
    for (let at = 0; at < weights.length; at++) {
      const share = SHARES[at % SHARES.length] ?? 0;
      const ring = share * (ratios[Math.floor(at / SHARES.length)]?.[place] ?? 0);
      sum += ((weights[at] ?? 0) * ring) / (ring + 1 - share);
    }
    members[place] = Math.round((sum / all) * GRAIN) / GRAIN;
  }
  return members;
}
