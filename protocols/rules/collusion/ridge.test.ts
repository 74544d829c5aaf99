import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invertRoot, toldByOthers } from './ridge.ts';
import { noiseFrom } from './testing/noise.ts';

describe('ridge regression', () => {
  it('tells of each what it would tell had it not been asked', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 4 }), (seed, count) => {
        const { columns, target, weights } = alike(seed, count, 0.5);
        const told = toldByOthers({ rows: rowsOf(columns), target, weights });
        const slow = PENALTIES.map((penalty) => slowly(columns, target, weights, penalty));
        // One of the penalties, and none that leaves less.
        const best = Math.min(...slow.map((one) => leftOver(one, target, weights)));
        expect(leftOver(told, target, weights)).toBeCloseTo(best, 6);
      }),
      { numRuns: 30 },
    );
  });

  it('tells nothing where nothing is to be told', () => {
    const { columns, target, weights } = alike(1, 3, 0.5);
    const rows = rowsOf(columns);
    const silent = Array.from({ length: 20 }, (_, seed) =>
      toldByOthers({ rows, target: target.map(noiseFrom(100 + seed)), weights }),
    ).filter((told) => told.every((one) => one === 0));
    // By chance alone some of thirty go together with three others by a twentieth.
    expect(silent.length).toBeGreaterThanOrEqual(12);
    const none = new Float64Array(0);
    expect(toldByOthers({ rows: none, target, weights })).toEqual(target.map(() => 0));
    expect(toldByOthers({ rows: none, target: none, weights: none })).toEqual(none);
  });

  it('says nothing of who has no weight, and is not told by it', () => {
    const { columns, target, weights } = alike(5, 2, 0.5);
    weights[0] = 0;
    const rows = rowsOf(columns);
    const told = toldByOthers({ rows, target, weights });
    const moved = target.map((y, at) => (at === 0 ? 99 : y));
    expect(toldByOthers({ rows, target: moved, weights })).toEqual(told);
    expect(told[0]).toBe(0);
  });

  it('has a root of the inverse', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, size) => {
        const matrix = definite(seed, size);
        const inverse = inverseOf(matrix);
        for (const [at, row] of matrix.entries()) {
          for (let to = 0; to < size; to++) {
            const product = row.reduce((sum, one, by) => sum + one * (inverse[by]?.[to] ?? 0), 0);
            expect(product).toBeCloseTo(at === to ? 1 : 0, 8);
          }
        }
      }),
    );
  });
});

function inverseOf(matrix: readonly Float64Array[]): readonly Float64Array[] {
  const size = matrix.length;
  const root = Float64Array.from(matrix.flatMap((row) => [...row]));
  invertRoot(root, size);
  const at = (row: number, column: number): number =>
    row < column ? 0 : (root[row * size + column] ?? 0);
  return matrix.map((_, one) =>
    Float64Array.from(matrix, (__, other) =>
      matrix.reduce((sum, ___, row) => sum + at(row, one) * at(row, other), 0),
    ),
  );
}

const PENALTIES = [1 / 16, 1 / 4, 1, 4];

const rowsOf = (columns: readonly Float64Array[]): Float64Array =>
  Float64Array.from(
    [...(columns[0] ?? [])].flatMap((_, who) => columns.map((one) => one[who] ?? 0)),
  );

/** Thirty whose numbers have something in common. */
function alike(seed: number, count: number, own: number) {
  const noise = noiseFrom(seed);
  const common = Float64Array.from({ length: 30 }, noise);
  const near = (): Float64Array => common.map((one) => one + own * noise());
  return {
    columns: Array.from({ length: count }, near),
    target: near(),
    weights: Float64Array.from({ length: 30 }, (_, at) => (1 + (at % 3)) / 4),
  };
}

/** What is left of each where all others are asked anew, without it, for the same λ. */
function slowly(
  columns: readonly Float64Array[],
  target: Float64Array,
  weights: Float64Array,
  penalty: number,
): Float64Array {
  const product = (a: Float64Array, b: Float64Array, but: number): number =>
    a.reduce((sum, x, at) => sum + (at === but ? 0 : (weights[at] ?? 0) * x * (b[at] ?? 0)), 0);
  const diagonal = columns.reduce((sum, one) => sum + product(one, one, -1), 0) / columns.length;
  return target.map((_, but) => {
    const matrix = columns.map((one, at) =>
      Float64Array.from(columns, (other, to) => {
        const entry = product(one, other, but);
        return at === to ? entry + penalty * diagonal : entry;
      }),
    );
    const right = columns.map((one) => product(one, target, but));
    const slopes = inverseOf(matrix).map((row) =>
      row.reduce((sum, one, at) => sum + one * (right[at] ?? 0), 0),
    );
    return columns.reduce((sum, one, at) => sum + (one[but] ?? 0) * (slopes[at] ?? 0), 0);
  });
}

const leftOver = (told: Float64Array, target: Float64Array, weights: Float64Array): number =>
  target.reduce((sum, y, at) => sum + (weights[at] ?? 0) * (y - (told[at] ?? 0)) ** 2, 0);

function definite(seed: number, size: number): readonly Float64Array[] {
  const noise = noiseFrom(seed);
  const rows = Array.from({ length: size + 2 }, () => Float64Array.from({ length: size }, noise));
  return Array.from({ length: size }, (_, at) =>
    Float64Array.from({ length: size }, (__, to) => {
      const product = rows.reduce((sum, row) => sum + (row[at] ?? 0) * (row[to] ?? 0), 0);
      return at === to ? product + 0.5 : product;
    }),
  );
}
