/**
 * Ridge regression: what some numbers tell of another one, and how well they tell it of whoever was not
 * asked.
 *
 *     A = XᵀWX + λI        β = A⁻¹XᵀWy        h(v) = w(v) x(v)ᵀA⁻¹x(v)
 *     without v itself:    ŷ(v) = (x(v)ᵀβ − h(v) y(v)) / (1 − h(v))
 *
 * After Hoerl and Kennard (1970). Of a few λ, and of telling nothing at all, that is taken which leaves
 * the least of those that are left out in turn (Allen's PRESS, 1974).
 */

/** Columns are by predictor; all of as many numbers as there are weights. */
export interface Asked {
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
  /** 0 for who has no target. */
  readonly weights: Float64Array;
}

/** λ as parts of the mean of the diagonal of XᵀWX. */
const PENALTIES = [1 / 16, 1 / 4, 1, 4];
/** Of what is left where nothing is told: what telling must take off to be believed. */
const LEAST_GAIN = 0.05;
/** Of one's own weight in one's own estimate: more would divide by next to nothing. */
const MOST_LEVERAGE = 0.95;

/** Of each its target as the others' tell it; 0 everywhere where nothing can be told, and for weight 0. */
export function toldByOthers({ columns, target, weights }: Asked): Float64Array {
  let best = new Float64Array(target.length);
  const count = columns.length;
  if (count === 0) return best;
  const products = columns.map((one, at) =>
    Float64Array.from(columns.slice(0, at + 1), (other) => productOf(weights, one, other)),
  );
  const withTarget = columns.map((one) => productOf(weights, one, target));
  const diagonal = products.reduce((sum, row, at) => sum + (row[at] ?? 0), 0) / count;
  if (diagonal === 0) return best;

  let least = (1 - LEAST_GAIN) * productOf(weights, target, target);
  for (const penalty of PENALTIES) {
    const inverse = inverseOf(
      Array.from({ length: count }, (_, at) =>
        Float64Array.from({ length: count }, (_unused, to) => {
          const product = products[Math.max(at, to)]?.[Math.min(at, to)] ?? 0;
          return at === to ? product + penalty * diagonal : product;
        }),
      ),
    );
    const told = leftOut({ columns, target, weights }, inverse, withTarget);
    let left = 0;
    for (let at = 0; at < told.length; at++) {
      const off = (target[at] ?? 0) - (told[at] ?? 0);
      left += (weights[at] ?? 0) * off * off;
    }
    if (left >= least) continue;
    least = left;
    best = told;
  }
  return best;
}

function leftOut(
  { columns, target, weights }: Asked,
  inverse: readonly Float64Array[],
  withTarget: readonly number[],
): Float64Array<ArrayBuffer> {
  const slopes = inverse.map((row) =>
    row.reduce((sum, one, at) => sum + one * (withTarget[at] ?? 0), 0),
  );
  const own = new Float64Array(columns.length);
  return Float64Array.from(target, (value, who) => {
    const weight = weights[who] ?? 0;
    if (weight === 0) return 0;
    let fit = 0;
    for (let at = 0; at < own.length; at++) {
      const x = columns[at]?.[who] ?? 0;
      own[at] = x;
      fit += x * (slopes[at] ?? 0);
    }
    let leverage = 0;
    for (let at = 0; at < own.length; at++) {
      const row = inverse[at];
      let sum = 0;
      for (let to = 0; to < own.length; to++) sum += (row?.[to] ?? 0) * (own[to] ?? 0);
      leverage += sum * (own[at] ?? 0);
    }
    leverage = Math.min(MOST_LEVERAGE, leverage * weight);
    return (fit - leverage * value) / (1 - leverage);
  });
}

/** Exact, in whatever order, where all are multiples of small enough parts. */
function productOf(weights: Float64Array, one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) {
    sum += (weights[at] ?? 0) * (one[at] ?? 0) * (other[at] ?? 0);
  }
  return sum;
}

/** Of a positive definite matrix, by Gauss and Jordan: no pivot of such a one is 0. */
export function inverseOf(matrix: readonly Float64Array[]): readonly Float64Array[] {
  const size = matrix.length;
  const rows = matrix.map((row, at) => {
    const both = new Float64Array(2 * size);
    both.set(row);
    both[size + at] = 1;
    return both;
  });
  for (const [at, pivotRow] of rows.entries()) {
    const pivot = pivotRow[at] ?? 1;
    for (let to = 0; to < 2 * size; to++) pivotRow[to] = (pivotRow[to] ?? 0) / pivot;
    for (const row of rows) {
      const factor = row[at] ?? 0;
      if (row === pivotRow || factor === 0) continue;
      for (let to = 0; to < 2 * size; to++) {
        row[to] = (row[to] ?? 0) - factor * (pivotRow[to] ?? 0);
      }
    }
  }
  return rows.map((row) => row.slice(size));
}
