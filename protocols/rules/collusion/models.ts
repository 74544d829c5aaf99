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
import { medianOf, medianWithin, PER_MEDIAN } from './median.ts';
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
/** Miners, of the most scores, of which it is found what is usual: each takes a look of its own. */
const MOST_USUAL = 64;
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
    medianOf(
      asked.slice(0, MOST_USUAL).map((miner) => lookingWithout(known, [miner])(miner).spread),
    ),
  );
  const found = new Map<string, readonly Expected[]>();

  return (miners) => {
    const key = miners.toSorted((a, b) => a - b).join();
    const before = found.get(key);
    if (before !== undefined) return miners.flatMap((miner) => only(before, miner));
    const lookedAt = lookingWithout(known, miners);
    const made = miners.map((miner) => {
      const { told, spread } = lookedAt(miner);
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

interface LookedAt {
  /** ŷ by validator. */
  readonly told: Float64Array;
  /** How far all are from it, beyond their noise. */
  readonly spread: number;
}

/** Of each miner, told by those that are not left out. */
function lookingWithout(
  { cells, asked, trust, dispersion }: Known,
  leftOut: readonly number[],
): (miner: number) => LookedAt {
  const usually = elsewhere(cells, leftOut);
  const others = asked.filter((other) => !leftOut.includes(other)).slice(0, MOST_ASKED);
  const by = others.length;
  const rows = new Float64Array(cells.validators * by);
  for (const [from, other] of others.entries()) {
    putClipped({ cells, miner: other, usually }, { into: rows, from, by });
  }

  function toldOf(miner: number): Float64Array {
    const target = new Float64Array(cells.validators);
    putClipped({ cells, miner, usually }, { into: target, from: 0, by: 1 });
    const weights = new Float64Array(cells.validators);
    for (const validator of cells.scorers[miner] ?? NOBODY) {
      const scores = scoresOf(cells, miner, validator);
      const share = scores / (scores + TOLD_SCORES);
      weights[validator] = grained((share * (trust[validator] ?? 0)) / 1_024);
    }
    return toldByOthers({ rows, target, weights }).map(grained);
  }

  return (miner) => {
    const told = by < LEAST_ASKED ? new Float64Array(cells.validators) : toldOf(miner);
    const who = cells.scorers[miner] ?? NOBODY;
    const left = new Float64Array(who.length);
    const noises = new Float64Array(who.length);
    let count = 0;
    for (let at = 0; at < who.length; at++) {
      const validator = who[at] ?? 0;
      const scores = scoresOf(cells, miner, validator);
      if (scores < 2) continue;
      left[count] = offOf(cells, miner, validator, usually) - (told[validator] ?? 0);
      noises[count++] = (dispersion[validator] ?? 1) / scores;
    }
    return { told, spread: beyond(left.subarray(0, count), noises.subarray(0, count)) };
  };
}
const NOBODY = new Int32Array(0);

/** 2.198 · median (x − centre)² − median of the noises; leaves both in another order. */
function beyond(off: Float64Array, noises: Float64Array): number {
  const centre = medianWithin(off);
  for (let at = 0; at < off.length; at++) {
    const own = (off[at] ?? 0) - centre;
    off[at] = own * own;
  }
  return PER_MEDIAN_SQUARE * medianWithin(off) - medianWithin(noises);
}

const scoresOf = ({ n, validators }: Cells, miner: number, validator: number): number =>
  n[miner * validators + validator] ?? 0;

/** y of one who has a score. */
const offOf = (
  { n, z, validators }: Cells,
  miner: number,
  validator: number,
  usually: Float64Array,
): number => {
  const at = miner * validators + validator;
  return (z[at] ?? 0) / (n[at] ?? 1) - (usually[validator] ?? 0);
};

/** Puts y of each who has a score: around the middle, shrunk where the scores are few, and to the next 1/1024. */
function putClipped(
  {
    cells,
    miner,
    usually,
  }: { readonly cells: Cells; readonly miner: number; readonly usually: Float64Array },
  { into, from, by }: { readonly into: Float64Array; readonly from: number; readonly by: number },
): void {
  const who = cells.scorers[miner] ?? NOBODY;
  const there = new Float64Array(who.length);
  for (let at = 0; at < who.length; at++) there[at] = offOf(cells, miner, who[at] ?? 0, usually);
  const centre = medianWithin(there);
  for (let at = 0; at < who.length; at++) there[at] = Math.abs((there[at] ?? 0) - centre);
  const size = PER_MEDIAN * medianWithin(there);
  const most = CLIPPED * (size === 0 ? 1 : size);
  for (const validator of who) {
    const scores = scoresOf(cells, miner, validator);
    const off = offOf(cells, miner, validator, usually) - centre;
    const within = Math.max(-most, Math.min(most, off));
    into[from + by * validator] = grained((within * scores) / (scores + ASKED_SCORES));
  }
}
