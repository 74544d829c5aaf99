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
import type { Table } from './table.ts';

/** Deviations in eighths of a standard deviation, cut at 4. */
const STEPS = 8;
const FURTHEST = 32;
const CELLS = 2 * FURTHEST + 1;
/** Of the step between two possible scores: a kernel must be as wide, or it finds matches in the grid. */
const STEP_WIDTH = 0.6;
/** Standard deviation of a copy from what it was copied from, in steps. */
const NEAR = 2;
const COPIED = [0.3, 0.6, 0.9];
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

/** What matches are judged by. */
export interface Surroundings {
  /** Of each row: its deviation in steps; −1 where it tells nothing. */
  readonly cellOf: Int16Array;
  /** Of each row: how often others of its batch are off by as much, as a sum of nearness. */
  readonly densityOf: Float64Array;
  /** Of each batch: how many rows tell something. */
  readonly tells: Int32Array;
  /** By step: how often anybody is. */
  readonly usual: Float64Array;
  /** By validator, by step: how often that one is. */
  readonly own: readonly Float64Array[];
  readonly kernel: Kernel;
}

/** `off`: deviations in standard deviations, by row. `step`: between two possible scores, in the same. */
export function surroundingsOf(
  { batches, starts, validators, validatorOf }: Table,
  off: Float64Array,
  tells: (row: number) => boolean,
  step: number,
): Surroundings {
  const kernel = kernelOf(Math.max(NEAR, STEP_WIDTH * step * STEPS));
  const cellOf = Int16Array.from(off, (value, row) =>
    tells(row) ? Math.max(0, Math.min(CELLS - 1, Math.round(value * STEPS) + FURTHEST)) : -1,
  );
  const all = new Int32Array(CELLS);
  const counted = new Int32Array(batches.length);
  const densityOf = new Float64Array(off.length);
  for (let batch = 0; batch < batches.length; batch++) {
    const counts = new Int32Array(CELLS);
    const first = starts[batch] ?? 0;
    const last = starts[batch + 1] ?? 0;
    for (let row = first; row < last; row++) {
      const cell = cellOf[row] ?? -1;
      if (cell < 0) continue;
      counts[cell] = (counts[cell] ?? 0) + 1;
      all[cell] = (all[cell] ?? 0) + 1;
      counted[batch] = (counted[batch] ?? 0) + 1;
    }
    const smooth = smoothed(counts, kernel);
    for (let row = first; row < last; row++) {
      const cell = cellOf[row] ?? -1;
      if (cell >= 0) densityOf[row] = smooth[cell] ?? 0;
    }
  }
  const total = all.reduce((sum, count) => sum + count, 0);
  const usual = smoothed(all, kernel).map((density) => density / Math.max(1, total));
  const habits = validators.map(() => new Int32Array(CELLS));
  for (const [row, cell] of cellOf.entries()) {
    const habit = habits[validatorOf[row] ?? 0];
    if (cell >= 0 && habit !== undefined) habit[cell] = (habit[cell] ?? 0) + 1;
  }
  const own = habits.map((habit) => {
    const scores = habit.reduce((sum, count) => sum + count, 0);
    return smoothed(habit, kernel).map(
      (density, cell) => (density + HABIT * (usual[cell] ?? 0)) / (scores + HABIT),
    );
  });
  return { cellOf, densityOf, tells: counted, usual, own, kernel };
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

/** ln BF, over pairs of rows of the same batches. */
export function matchOf(
  pairs: readonly (readonly [number, number])[],
  { batchOf, validatorOf }: Table,
  { cellOf, densityOf, tells, usual, own: habits, kernel }: Surroundings,
): number {
  const sums = COPIED.map(() => 0);
  const honest = HONEST.map(() => 0);
  for (const [one, other] of pairs) {
    const own = cellOf[one] ?? 0;
    const theirs = cellOf[other] ?? 0;
    const both = kernel[Math.abs(own - theirs)] ?? 0;
    const others = (tells[batchOf[one] ?? 0] ?? 2) - 2;
    const densityAt = (row: number, cell: number): number =>
      ((densityOf[row] ?? 0) - (kernel[0] ?? 0) - both + EVERYBODY * (usual[cell] ?? 0)) /
      (others + EVERYBODY);
    const density = Math.max(
      densityAt(one, own),
      densityAt(other, theirs),
      habits[validatorOf[one] ?? 0]?.[own] ?? 0,
      habits[validatorOf[other] ?? 0]?.[theirs] ?? 0,
    );
    const ratio = both / density;
    const x = (own - FURTHEST) / STEPS;
    const y = (theirs - FURTHEST) / STEPS;
    for (const [at, rho] of HONEST.entries()) {
      honest[at] = (honest[at] ?? 0) + Math.round(lnCopula(x, y, rho) * GRAIN);
    }
    for (const [at, share] of COPIED.entries()) {
      sums[at] = (sums[at] ?? 0) + Math.round(ln(1 - share + share * ratio) * GRAIN);
    }
  }
  const most = Math.max(...sums) / GRAIN;
  const mean = sums.reduce((sum, one) => sum + exp(one / GRAIN - most), 0) / sums.length;
  return (most + ln(mean) - Math.max(0, ...honest) / GRAIN) * DISCOUNT;
}

/** ln of how much likelier two normal deviates come together where they are correlated. */
const lnCopula = (x: number, y: number, { rho, lnScale }: Correlation): number =>
  (2 * rho * x * y - rho * rho * (x * x + y * y)) / (2 * (1 - rho * rho)) - lnScale;

interface Correlation {
  readonly rho: number;
  readonly lnScale: number;
}
/** Correlations that honest validators have: they see the same leads. */
const HONEST: readonly Correlation[] = [0.1, 0.25].map((rho) => ({
  rho,
  lnScale: ln(1 - rho * rho) / 2,
}));
/** Of ln BF: batches of one miner are not quite independent. */
const DISCOUNT = 0.65;
