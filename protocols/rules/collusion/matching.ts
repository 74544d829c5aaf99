/**
 * Matching: how much better two validators' scores are explained by one taking some of them from the
 * other than by both having looked.
 *
 *     BF(a) = Π over common batches of  1 − a + a · K(x − y) / f(x)       a ∈ {.3 .6 .9}
 *
 * K is how near a copy lies, f how often others are off by as much as this one is, on this batch above
 * all: where everybody agrees a match says nothing, far out it says much. That scores come in steps
 * does not matter, since f comes in the same steps. After the answer-copying indices of educational
 * testing (Wollack 1997), with the batch's own answers in place of a model of them.
 */
import { exp, ln } from '../../exact.ts';
import { laidOut, type ByValidator } from './by-validator.ts';
import type { Table } from './table.ts';

/** Deviations in eighths of a standard deviation, cut at 4. */
const STEPS = 8;
const FURTHEST = 32;
const CELLS = 2 * FURTHEST + 1;
/** Of the step between two possible scores: a kernel must be as wide, or it finds matches in the grid. */
const STEP_WIDTH = 0.6;
/** Standard deviation of a copy from what it was copied from, in steps. */
const NEAR = 2;
const COPIED = [0.3, 0.6, 0.9] as const;
/** As many scores as of everybody, everywhere, stand beside a batch's own. */
const EVERYBODY = 5;
/** As many scores as of everybody stand beside a validator's own. */
const HABIT = 20;
const GRAIN = 1_073_741_824;

/** How near two cells are: by their distance. */
type Kernel = Float64Array;

const kernelOf = (width: number): Kernel =>
  Float64Array.from(
    { length: CELLS },
    (_, distance) =>
      (exp((-distance * distance) / (2 * width * width)) * STEPS) / (width * 2.5066282746310002),
  );

/** What matches are judged by. Places are those of a list by validator. */
export interface Surroundings {
  /** By place: its deviation in steps. */
  readonly cellOf: Int8Array;
  /** By place: how often others of its batch are off by as much, as a sum of nearness without its own. */
  readonly densityOf: Float64Array;
  /** By place: how often its validator is off by as much. */
  readonly habitOf: Float64Array;
  /** By place: how many others of its batch tell something, of two who match. */
  readonly othersOf: Int32Array;
  /** By step: how often anybody is, for `EVERYBODY`. */
  readonly usual: Float64Array;
  readonly kernel: Kernel;
}

/** `off`: deviations in standard deviations, by row. `step`: between two possible scores, in the same. */
export function surroundingsOf(
  { batches, starts, validators }: Table,
  off: Float64Array,
  own: ByValidator,
  step: number,
): Surroundings {
  const kernel = kernelOf(Math.max(NEAR, STEP_WIDTH * step * STEPS));
  const cells = new Int8Array(off.length).fill(-1);
  const cellOf = new Int8Array(own.rows.length);
  const all = new Int32Array(CELLS);
  for (let place = 0; place < cellOf.length; place++) {
    const row = own.rows[place] ?? 0;
    const steps = Math.round((off[row] ?? 0) * STEPS) + FURTHEST;
    const cell = Math.max(0, Math.min(CELLS - 1, steps));
    cells[row] = cell;
    cellOf[place] = cell;
    all[cell] = (all[cell] ?? 0) + 1;
  }
  const total = Math.max(1, own.rows.length);
  const usual = smoothed(all, kernel).map((density) => density / total);

  const densities = new Float64Array(off.length);
  const others = new Int32Array(batches.length);
  for (let batch = 0; batch < batches.length; batch++) {
    const first = starts[batch] ?? 0;
    const last = starts[batch + 1] ?? 0;
    others[batch] = crowd(cells, first, last, kernel, densities) - 2;
  }

  const densityOf = laidOut(densities, own);
  const othersOf = new Int32Array(cellOf.length);
  for (let place = 0; place < cellOf.length; place++) {
    densityOf[place] = (densityOf[place] ?? 0) - (kernel[0] ?? 0);
    othersOf[place] = others[own.batchOf[place] ?? 0] ?? 0;
  }

  const habitOf = new Float64Array(cellOf.length);
  for (let validator = 0; validator < validators.length; validator++) {
    const first = own.starts[validator] ?? 0;
    const last = own.starts[validator + 1] ?? 0;
    const scores = crowd(cellOf, first, last, kernel, habitOf);
    for (let place = first; place < last; place++) {
      const habit = (habitOf[place] ?? 0) + HABIT * (usual[cellOf[place] ?? 0] ?? 0);
      habitOf[place] = habit / (scores + HABIT);
    }
  }
  return {
    cellOf,
    densityOf,
    habitOf,
    othersOf,
    usual: usual.map((density) => EVERYBODY * density),
    kernel,
  };
}

function smoothed(counts: Int32Array, kernel: Kernel): Float64Array {
  const smooth = new Float64Array(CELLS);
  for (let from = 0; from < CELLS; from++) {
    const count = counts[from] ?? 0;
    if (count === 0) continue;
    for (let to = 0; to < CELLS; to++)
      smooth[to] = (smooth[to] ?? 0) + count * (kernel[Math.abs(from - to)] ?? 0);
  }
  return smooth;
}

/**
 * Of each cell from a first to before a last how near all of them are, as a sum, itself among them; and
 * how many they are. Cells of −1 are none.
 */
function crowd(
  cells: Int8Array,
  first: number,
  last: number,
  kernel: Kernel,
  near: Float64Array,
): number {
  let kinds = 0;
  let count = 0;
  for (let at = first; at < last; at++) {
    const cell = cells[at] ?? -1;
    if (cell < 0) continue;
    count++;
    const so = COUNTS[cell] ?? 0;
    COUNTS[cell] = so + 1;
    if (so > 0) continue;
    let place = kinds++;
    for (; place > 0 && (KINDS[place - 1] ?? 0) > cell; place--)
      KINDS[place] = KINDS[place - 1] ?? 0;
    KINDS[place] = cell;
  }
  // From the lowest cell to the highest, whoever they are of: so the sum is the same.
  for (let to = 0; to < kinds; to++) {
    let sum = 0;
    for (let from = 0; from < kinds; from++) {
      const distance = Math.abs((KINDS[from] ?? 0) - (KINDS[to] ?? 0));
      sum += (COUNTS[KINDS[from] ?? 0] ?? 0) * (kernel[distance] ?? 0);
    }
    NEARNESS[KINDS[to] ?? 0] = sum;
  }
  for (let at = first; at < last; at++) {
    const cell = cells[at] ?? -1;
    if (cell >= 0) near[at] = NEARNESS[cell] ?? 0;
  }
  for (let at = 0; at < kinds; at++) COUNTS[KINDS[at] ?? 0] = 0;
  return count;
}
/** Of `crowd`, which leaves the counts at 0: made once, since it is asked for every batch. */
const COUNTS = new Int32Array(CELLS);
const KINDS = new Int32Array(CELLS);
const NEARNESS = new Float64Array(CELLS);

/** Places of two validators' rows of the same batches, side by side; more may lie behind the count. */
export interface Matches {
  count: number;
  readonly ones: Int32Array;
  readonly others: Int32Array;
}

/** ln BF. */
export function matchOf(matches: Matches, around: Surroundings): number {
  const sums = [0, 0, 0];
  for (let at = 0; at < matches.count; at++) {
    const ratio = ratioOf(matches.ones[at] ?? 0, matches.others[at] ?? 0, around);
    for (const [which, share] of COPIED.entries()) {
      sums[which] = (sums[which] ?? 0) + Math.round(ln(1 - share + share * ratio) * GRAIN);
    }
  }
  return factorOf(
    sums.map((sum) => sum / GRAIN),
    matches,
    around,
  );
}

/**
 * ln BF is no greater than this, and less by at most 2 · 10⁻⁹ a match: as it is, but for the rounding,
 * at a tenth of the time, since a logarithm is taken of products and not of each factor.
 */
export function mostOfMatch(matches: Matches, around: Surroundings): number {
  const [low, middle, high] = COPIED;
  const sums = [0, 0, 0];
  let a = 1;
  let b = 1;
  let c = 1;
  for (let at = 0; at < matches.count; at++) {
    const ratio = ratioOf(matches.ones[at] ?? 0, matches.others[at] ?? 0, around);
    a *= 1 - low + low * ratio;
    b *= 1 - middle + middle * ratio;
    c *= 1 - high + high * ratio;
    const isWithin =
      a > SMALLEST && a < LARGEST && b > SMALLEST && b < LARGEST && c > SMALLEST && c < LARGEST;
    if (isWithin) continue;
    for (const [which, product] of [a, b, c].entries())
      sums[which] = (sums[which] ?? 0) + ln(product);
    a = 1;
    b = 1;
    c = 1;
  }
  for (const [which, product] of [a, b, c].entries())
    sums[which] = (sums[which] ?? 0) + ln(product);
  return factorOf(sums, matches, around) + ROUNDED * (matches.count + 1);
}
/** A product within these bounds can take one factor more: no ratio is above 10⁹. */
const SMALLEST = 1e-200;
const LARGEST = 1e200;
/** Of a match: it is rounded to 2⁻³⁰, which is 0.47 · 10⁻⁹ of error; a product's error is a millionth of that. */
const ROUNDED = 1e-9;

/** K(x − y) / f(x), with the greatest of what f could be. */
function ratioOf(
  one: number,
  other: number,
  { cellOf, densityOf, habitOf, othersOf, usual, kernel }: Surroundings,
): number {
  const own = cellOf[one] ?? 0;
  const theirs = cellOf[other] ?? 0;
  const both = kernel[Math.abs(own - theirs)] ?? 0;
  const among = Math.max(
    (densityOf[one] ?? 0) - both + (usual[own] ?? 0),
    (densityOf[other] ?? 0) - both + (usual[theirs] ?? 0),
  );
  const density = among / ((othersOf[one] ?? 0) + EVERYBODY);
  return both / Math.max(density, habitOf[one] ?? 0, habitOf[other] ?? 0);
}

/** The mean over the shares, less what honest agreement explains; `sums` are ln of each share's product. */
function factorOf(sums: readonly number[], matches: Matches, around: Surroundings): number {
  const most = Math.max(...sums);
  const mean = sums.reduce((sum, one) => sum + exp(one - most), 0) / sums.length;
  return (most + ln(mean) - honestOf(matches, around)) * DISCOUNT;
}

/** ln of how much likelier the matches are where the two are correlated as honest ones can be. */
function honestOf({ count, ones, others }: Matches, { cellOf }: Surroundings): number {
  let most = 0;
  for (const copula of COPULAS) {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const own = cellOf[ones[at] ?? 0] ?? 0;
      sum += copula[own * CELLS + (cellOf[others[at] ?? 0] ?? 0)] ?? 0;
    }
    most = Math.max(most, sum);
  }
  return most / GRAIN;
}

/** ln of how much likelier two normal deviates come together where they are correlated. */
const lnCopula = (x: number, y: number, rho: number, lnScale: number): number =>
  (2 * rho * x * y - rho * rho * (x * x + y * y)) / (2 * (1 - rho * rho)) - lnScale;

/**
 * Of the correlations that honest validators have, since they see the same leads: by the cells of two, in
 * 2⁻³⁰.
 */
const COPULAS: readonly Float64Array[] = [0.1, 0.25].map((rho) => {
  const lnScale = ln(1 - rho * rho) / 2;
  return Float64Array.from({ length: CELLS * CELLS }, (_, at) => {
    const x = (Math.floor(at / CELLS) - FURTHEST) / STEPS;
    const y = ((at % CELLS) - FURTHEST) / STEPS;
    return Math.round(lnCopula(x, y, rho, lnScale) * GRAIN);
  });
});
/** Of ln BF: batches of one miner are not quite independent. */
const DISCOUNT = 0.65;
