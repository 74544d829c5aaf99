/**
 * Ridge regression: what some numbers tell of another one, and how well they tell it of whoever was not
 * asked.
 *
 *     A = XᵀWX + λI = LLᵀ      β = A⁻¹XᵀWy      h(v) = w(v) x(v)ᵀA⁻¹x(v) = w(v) |L⁻¹x(v)|²
 *     without v itself:    ŷ(v) = (x(v)ᵀβ − h(v) y(v)) / (1 − h(v))
 *
 * After Hoerl and Kennard (1970). Of a few λ, and of telling nothing at all, that is taken which leaves
 * the least of those that are left out in turn (Allen's PRESS, 1974).
 */

/** Of each who is asked, in one order. */
export interface Asked {
  /** One after the other: of each the numbers that tell of it, of all as many. */
  readonly rows: Float64Array;
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
export function toldByOthers(asked: Asked): Float64Array {
  const { rows, target } = asked;
  const size = target.length === 0 ? 0 : rows.length / target.length;
  const { products, withTarget, targetSquare } = productsOf(asked, size);
  let diagonal = 0;
  for (let at = 0; at < size; at++) diagonal += products[at * size + at] ?? 0;
  diagonal /= size;

  let best: Float64Array = new Float64Array(target.length);
  if (size === 0 || diagonal === 0) return best;
  let least = (1 - LEAST_GAIN) * targetSquare;
  for (const penalty of PENALTIES) {
    const root = products.slice();
    for (let at = 0; at < size; at++) {
      root[at * size + at] = (root[at * size + at] ?? 0) + penalty * diagonal;
    }
    invertRoot(root, size);
    const { told, left } = leftOut(asked, root, withTarget);
    if (left >= least) continue;
    least = left;
    best = told;
  }
  return best;
}

/** The lower triangle of XᵀWX, XᵀWy and yᵀWy: exact, in whatever order, where all are multiples of small enough parts. */
function productsOf(
  { rows, target, weights }: Asked,
  size: number,
): {
  readonly products: Float64Array;
  readonly withTarget: Float64Array;
  readonly targetSquare: number;
} {
  const products = new Float64Array(size * size);
  const withTarget = new Float64Array(size);
  let targetSquare = 0;
  for (let who = 0; who < target.length; who++) {
    const weight = weights[who] ?? 0;
    if (weight === 0) continue;
    const from = who * size;
    const own = target[who] ?? 0;
    for (let at = 0; at < size; at++) {
      const weighted = weight * (rows[from + at] ?? 0);
      withTarget[at] = (withTarget[at] ?? 0) + weighted * own;
      for (let to = 0; to <= at; to++) {
        const place = at * size + to;
        products[place] = (products[place] ?? 0) + weighted * (rows[from + to] ?? 0);
      }
    }
    targetSquare += weight * own * own;
  }
  return { products, withTarget, targetSquare };
}

/** ŷ of each, and what is left of the targets beside them. `root`: L⁻¹. */
function leftOut(
  { rows, target, weights }: Asked,
  root: Float64Array,
  withTarget: Float64Array,
): { readonly told: Float64Array; readonly left: number } {
  const size = withTarget.length;
  const slopes = new Float64Array(size);
  putProduct(slopes, root, withTarget, 0);
  const own = new Float64Array(size);
  const told = new Float64Array(target.length);
  let left = 0;
  for (let who = 0; who < target.length; who++) {
    const weight = weights[who] ?? 0;
    if (weight === 0) continue;
    putProduct(own, root, rows, who * size);
    let fit = 0;
    let square = 0;
    for (let at = 0; at < size; at++) {
      const half = own[at] ?? 0;
      fit += half * (slopes[at] ?? 0);
      square += half * half;
    }
    const value = target[who] ?? 0;
    const leverage = Math.min(MOST_LEVERAGE, weight * square);
    const each = (fit - leverage * value) / (1 - leverage);
    told[who] = each;
    left += weight * (value - each) * (value - each);
  }
  return { told, left };
}

/** Of a lower triangle and as many numbers from a place on. */
function putProduct(
  product: Float64Array,
  triangle: Float64Array,
  of: Float64Array,
  from: number,
): void {
  const size = product.length;
  for (let at = 0; at < size; at++) {
    let sum = 0;
    for (let to = 0; to <= at; to++) sum += (triangle[at * size + to] ?? 0) * (of[from + to] ?? 0);
    product[at] = sum;
  }
}

/**
 * From the lower triangle of a positive definite matrix A, row by row, to that of L⁻¹ in the same place,
 * where A = LLᵀ (Cholesky): no pivot of such a one is 0.
 */
export function invertRoot(matrix: Float64Array, size: number): void {
  for (let at = 0; at < size; at++) {
    for (let to = 0; to <= at; to++) {
      let sum = matrix[at * size + to] ?? 0;
      for (let by = 0; by < to; by++) {
        sum -= (matrix[at * size + by] ?? 0) * (matrix[to * size + by] ?? 0);
      }
      matrix[at * size + to] = at === to ? Math.sqrt(sum) : sum / (matrix[to * size + to] ?? 1);
    }
  }
  // Column by column, from the top: what is still needed of L lies to the right, or below.
  for (let to = 0; to < size; to++) {
    matrix[to * size + to] = 1 / (matrix[to * size + to] ?? 1);
    for (let at = to + 1; at < size; at++) {
      let sum = 0;
      for (let by = to; by < at; by++) {
        sum -= (matrix[at * size + by] ?? 0) * (matrix[by * size + to] ?? 0);
      }
      matrix[at * size + to] = sum / (matrix[at * size + at] ?? 1);
    }
  }
}
