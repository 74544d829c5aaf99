/**
 * Shared models: who looks with the same one misjudges the same miners alike, and colludes with nobody.
 *
 *     y(v, m) = mean z of v on m − its mean z elsewhere
 *     ŷ(v, m) = what its means on the other miners tell of it, by how they go together in all the others
 *     τ²(m)   = 2.198 · median (y − ŷ − centre)² − median φ/n, drawn to what is usual, and at least 1.5 of it
 *
 * What a validator makes of the other miners says which model it has, as far as models matter; so a ring
 * need only stand out of what is left. What is asked of is clipped: who is far off decides nothing.
 */
import { cellsOf, elsewhere, type Cells } from './cells.ts';
import { medianOf, PER_MEDIAN } from './median.ts';
import type { Pairs } from './pairs.ts';
import { grained, type Residuals } from './residuals.ts';
import { toldByOthers } from './ridge.ts';
import type { Table } from './table.ts';
import { clampTaste, PER_MEDIAN_SQUARE } from './tastes.ts';

/** What is to be expected of honest validators on one of the miners that are looked at together. */
export interface Expected {
  readonly miner: number;
  /** ŷ by validator, each a multiple of 1/1024. */
  readonly told: Float64Array;
  /** τ² by validator: how much they differ beside that. */
  readonly taste: Float64Array;
}

/** Of some miners, told by all others: of each what is expected, in the order of the miners given. */
export type Expecting = (miners: readonly number[]) => readonly Expected[];

/** Miners that are asked: of the most scores. */
const MOST_ASKED = 10;
/** Fewer tell no model from another. */
const LEAST_ASKED = 2;
/** In robust standard deviations. */
const CLIPPED = 2.5;
/** Scores that a mean is shrunk by where it is asked, and where it is told. */
const ASKED_SCORES = 2;
const TOLD_SCORES = 3;
/** Validators whose differences what is usual of a miner counts for. */
const TASTE_VALIDATORS = 40;
/** No miner is less a matter of taste than this times what is usual. */
const LEAST_LIKE_OTHERS = 1.5;

export function expecting(
  table: Table,
  pairs: Pairs,
  residuals: Residuals,
  trust: Int32Array,
): Expecting {
  const cells = cellsOf(table, pairs, residuals);
  const asked = mostScored(cells);
  const known: Known = { cells, asked, trust, dispersion: residuals.dispersion };
  const usual = clampTaste(
    medianOf(table.miners.map((_, miner) => lookedAt(known, miner, [miner]).spread)),
  );
  const found = new Map<string, readonly Expected[]>();

  return (miners) => {
    const key = miners.toSorted((a, b) => a - b).join();
    const before = found.get(key);
    if (before !== undefined) return miners.flatMap((miner) => only(before, miner));
    const made = miners.map((miner) => {
      const { told, spread } = lookedAt(known, miner, miners);
      const count = cells.validators;
      const drawn =
        (count * clampTaste(spread) + TASTE_VALIDATORS * usual) / (count + TASTE_VALIDATORS);
      const taste = Math.max(drawn, LEAST_LIKE_OTHERS * usual);
      return { miner, told, taste: new Float64Array(cells.validators).fill(taste) };
    });
    found.set(key, made);
    return made;
  };
}

const only = (all: readonly Expected[], miner: number): readonly Expected[] =>
  all.filter((one) => one.miner === miner);

interface Known {
  readonly cells: Cells;
  readonly asked: readonly number[];
  /** In 1/1024. */
  readonly trust: Int32Array;
  readonly dispersion: Float64Array;
}

/** By their scores and sums, whoever they are: so what is asked first hangs on nobody's id. */
function mostScored({ n, z, miners, validators }: Cells): readonly number[] {
  const sums = Array.from({ length: miners }, (_, miner) => {
    const from = miner * validators;
    const add = (of: Float64Array): number =>
      of.subarray(from, from + validators).reduce((sum, one) => sum + one, 0);
    return { miner, scores: add(n), off: add(z) };
  });
  return sums.toSorted((a, b) => b.scores - a.scores || b.off - a.off).map(({ miner }) => miner);
}

/** Of one miner, told by those that are not left out: ŷ, and how far all are from it beyond their noise. */
function lookedAt(
  { cells, asked, trust, dispersion }: Known,
  miner: number,
  leftOut: readonly number[],
): { readonly told: Float64Array; readonly spread: number } {
  const { n, z, validators } = cells;
  const usually = elsewhere(cells, leftOut);
  const off = offOf(cells, miner, usually);
  const weights = Float64Array.from({ length: validators }, (_, validator) => {
    const scores = n[miner * validators + validator] ?? 0;
    const share = scores / (scores + TOLD_SCORES);
    return grained((share * (trust[validator] ?? 0)) / 1_024);
  });
  const columns = asked
    .filter((other) => !leftOut.includes(other))
    .slice(0, MOST_ASKED)
    .map((other) => clipped(offOf(cells, other, usually), cells, other));
  const target = clipped(off, cells, miner);
  const told =
    columns.length < LEAST_ASKED
      ? new Float64Array(validators)
      : toldByOthers({ columns, target, weights }).map(grained);

  const left: number[] = [];
  const noises: number[] = [];
  for (let validator = 0; validator < validators; validator++) {
    const scores = n[miner * validators + validator] ?? 0;
    if (scores < 2) continue;
    const mean = (z[miner * validators + validator] ?? 0) / scores;
    left.push(mean - (usually[validator] ?? 0) - (told[validator] ?? 0));
    noises.push((dispersion[validator] ?? 1) / scores);
  }
  const centre = medianOf(left);
  const squares = medianOf(left.map((one) => (one - centre) * (one - centre)));
  return { told, spread: squares * PER_MEDIAN_SQUARE - medianOf(noises) };
}

/** y of each validator; 0 where it has no score. */
function offOf({ n, z, validators }: Cells, miner: number, usually: Float64Array): Float64Array {
  return usually.map((mean, validator) => {
    const scores = n[miner * validators + validator] ?? 0;
    return scores === 0 ? 0 : (z[miner * validators + validator] ?? 0) / scores - mean;
  });
}

/** Around the middle, shrunk where the scores are few, and to the next 1/1024. */
function clipped(off: Float64Array, { n, validators }: Cells, miner: number): Float64Array {
  const scoresOf = (validator: number): number => n[miner * validators + validator] ?? 0;
  const there = off.filter((_, validator) => scoresOf(validator) > 0);
  const centre = medianOf(there);
  const size = PER_MEDIAN * medianOf(there.map((one) => Math.abs(one - centre)));
  const most = CLIPPED * (size === 0 ? 1 : size);
  return off.map((one, validator) => {
    const scores = scoresOf(validator);
    if (scores === 0) return 0;
    const within = Math.max(-most, Math.min(most, one - centre));
    return grained((within * scores) / (scores + ASKED_SCORES));
  });
}
