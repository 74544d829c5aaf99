/**
 * Favour: validators whose errors, on the batches of the same few miners, go the same way.
 *
 *     for each window, each way and each set G of miners:
 *     mean(v) = mean z of v on G − its mean z elsewhere         var = φ/n + φ/n' + τ²·Σn_m²/n²
 *     ln odds(G) = ln BF + ln prior                              G grows while ln BF grows by 1.5
 *
 * τ² is honest taste: validators differ about a miner, each in its own way, for reasons of their own.
 */
import { ln } from '../../exact.ts';
import type { Residuals } from './residuals.ts';
import { sortedBy, type Table } from './table.ts';
import {
  evidenceOf,
  gridOf,
  membershipOf,
  ratiosOf,
  type Deviation,
  type Grid,
  type Ratios,
} from './two-groups.ts';
import { WINDOWS, type Window } from './windows.ts';

/** That these miners are favoured, or marked down, by some, in a window. */
export interface Hypothesis {
  readonly window: Window;
  /** Indices, as they were added. */
  readonly miners: readonly number[];
  readonly lnOdds: number;
  /** By validator. */
  readonly members: Float64Array;
  /** Mean raw residual on these miners the way it goes, in millionths; 0 where there is none. */
  readonly shift: Float64Array;
  /** Scores on these miners that could be told. */
  readonly counts: Int32Array;
}

/** Rows by miner, then by validator: what favour is summed over. */
export interface Pairs {
  readonly rows: Int32Array;
  /** Rows of pair p are `rows[starts[p]]` to before `rows[starts[p + 1]]`. */
  readonly starts: Int32Array;
  readonly validatorOf: Int32Array;
  /** Pairs of miner m are those from `ofMiner[m]` to before `ofMiner[m + 1]`. */
  readonly ofMiner: Int32Array;
}

/** Rings of a network, before anything is known of it. */
const RINGS = 0.7;
/** ln BF that one more miner must bring. */
const WORTH_A_MINER = 1.5;
/** Miners that a set begins with, and those that are tried beside it: of each window and way. */
const STARTS = 4;
const TRIED = 24;
/** Below these ln odds a hypothesis says nothing. */
const LEAST_ODDS = -7;
/** Scores elsewhere that a mean elsewhere is shrunk by. */
const ELSEWHERE_SCORES = 5;
const LEAST_TASTE = 0.012;
const MOST_TASTE = 1.5;
/** Below this trust, in 1/1024, nobody's taste counts as honest. */
const TRUSTED = 820;

export function pairsOf({ validators, miners, validatorOf, batchOf, minerOf }: Table): Pairs {
  const minerAt = (row: number): number => minerOf[batchOf[row] ?? 0] ?? 0;
  const all = Int32Array.from(validatorOf, (_, row) => row);
  const rows = sortedBy(
    sortedBy(all, validators.length, (row) => validatorOf[row] ?? 0),
    miners.length,
    minerAt,
  );
  const starts: number[] = [];
  const owners: number[] = [];
  const ofMiner = new Int32Array(miners.length + 1);
  let lastMiner = -1;
  let lastValidator = -1;
  for (const [place, row] of rows.entries()) {
    const miner = minerAt(row);
    const validator = validatorOf[row] ?? 0;
    if (miner === lastMiner && validator === lastValidator) continue;
    starts.push(place);
    owners.push(validator);
    ofMiner[miner + 1] = starts.length;
    lastMiner = miner;
    lastValidator = validator;
  }
  starts.push(rows.length);
  // Of a batch that two miners claim, one may be left without any.
  for (let miner = 1; miner <= miners.length; miner++) {
    ofMiner[miner] = Math.max(ofMiner[miner] ?? 0, ofMiner[miner - 1] ?? 0);
  }
  return {
    rows,
    starts: Int32Array.from(starts),
    validatorOf: Int32Array.from(owners),
    ofMiner,
  };
}

/**
 * τ² by miner: how much honest validators differ about it. From the middle half of them, which a ring
 * does not reach, drawn to what all miners have in common.
 */
export function tastesOf(
  table: Table,
  { starts, rows, validatorOf, ofMiner }: Pairs,
  { z, told, dispersion }: Residuals,
  trust: Int32Array,
): Float64Array {
  const n = new Int32Array(validatorOf.length);
  const sum = new Float64Array(validatorOf.length);
  let products = 0;
  let count = 0;
  for (let pair = 0; pair < validatorOf.length; pair++) {
    let squares = 0;
    for (let place = starts[pair] ?? 0; place < (starts[pair + 1] ?? 0); place++) {
      const row = rows[place] ?? 0;
      const off = z[row] ?? 0;
      n[pair] = (n[pair] ?? 0) + (told[row] ?? 0);
      sum[pair] = (sum[pair] ?? 0) + off;
      squares += off * off;
    }
    if ((trust[validatorOf[pair] ?? 0] ?? 0) < TRUSTED) continue;
    const all = sum[pair] ?? 0;
    products += all * all - squares;
    count += (n[pair] ?? 0) * ((n[pair] ?? 0) - 1);
  }
  const common = clampTaste(count === 0 ? 0 : products / count);

  return Float64Array.from(table.miners, (_, miner) => {
    const means: number[] = [];
    const noises: number[] = [];
    for (let pair = ofMiner[miner] ?? 0; pair < (ofMiner[miner + 1] ?? 0); pair++) {
      const scores = n[pair] ?? 0;
      if (scores < 2) continue;
      means.push((sum[pair] ?? 0) / scores);
      noises.push((dispersion[validatorOf[pair] ?? 0] ?? 1) / scores);
    }
    const centre = medianOf(means);
    const spread = medianOf(means.map((mean) => (mean - centre) * (mean - centre)));
    const own = clampTaste(spread * PER_MEDIAN_SQUARE - medianOf(noises));
    const drawn =
      (means.length * own + TASTE_VALIDATORS * common) / (means.length + TASTE_VALIDATORS);
    return Math.max(drawn, LEAST_LIKE_OTHERS * common);
  });
}
/** Validators whose differences what all miners have in common counts for. */
const TASTE_VALIDATORS = 20;
/** No miner is less a matter of taste than this times what all miners are: a minority may differ there. */
const LEAST_LIKE_OTHERS = 1.5;
/** From the median square of deviates to their variance, where they are normal. */
const PER_MEDIAN_SQUARE = 2.198;
/** A multiple of 2⁻¹⁶: sums of such are exact. */
const grainOf = (value: number): number => Math.round(value * 65_536) / 65_536;
const clampTaste = (taste: number): number => Math.min(MOST_TASTE, Math.max(LEAST_TASTE, taste));

export interface FavourAsked {
  readonly table: Table;
  readonly pairs: Pairs;
  readonly residuals: Residuals;
  /** τ² by miner. */
  readonly taste: Float64Array;
  /** By validator: 1 for those whose scores are another's, and no evidence of their own. */
  readonly copies: Uint8Array;
  /** By miner: how much likelier a ring is behind it, by what buyers say. */
  readonly lifted: Float64Array;
}

/** All that say something, likeliest first. */
export function hypothesesOf(asked: FavourAsked): readonly Hypothesis[] {
  return WINDOWS.flatMap((window) => inWindow(asked, window)).toSorted(
    (a, b) => b.lnOdds - a.lnOdds,
  );
}

/** Of each pair, and of each validator, in a window. */
interface Sums {
  readonly n: Int32Array;
  readonly z: Float64Array;
  readonly raw: Float64Array;
  readonly allN: Int32Array;
  readonly allZ: Float64Array;
}

function sumsIn({ table, pairs, residuals }: FavourAsked, { from, to }: Window): Sums {
  const { rows, starts, validatorOf } = pairs;
  const { told, z, raw } = residuals;
  const sums = {
    n: new Int32Array(validatorOf.length),
    z: new Float64Array(validatorOf.length),
    raw: new Float64Array(validatorOf.length),
    allN: new Int32Array(table.validators.length),
    allZ: new Float64Array(table.validators.length),
  };
  for (let pair = 0; pair < validatorOf.length; pair++) {
    let n = 0;
    let sumZ = 0;
    let sumRaw = 0;
    for (let place = starts[pair] ?? 0; place < (starts[pair + 1] ?? 0); place++) {
      const row = rows[place] ?? 0;
      const twelfth = table.twelfthOf[table.batchOf[row] ?? 0] ?? 0;
      if (told[row] === 0 || twelfth < from || twelfth >= to) continue;
      n++;
      sumZ += z[row] ?? 0;
      sumRaw += raw[row] ?? 0;
    }
    const validator = validatorOf[pair] ?? 0;
    sums.n[pair] = n;
    sums.z[pair] = sumZ;
    sums.raw[pair] = sumRaw;
    sums.allN[validator] = (sums.allN[validator] ?? 0) + n;
    sums.allZ[validator] = (sums.allZ[validator] ?? 0) + sumZ;
  }
  return sums;
}

/** Sums over a set of miners, by validator. */
interface Over {
  readonly n: Int32Array;
  readonly z: Float64Array;
  readonly raw: Float64Array;
  /** Σ τ²_m n_m². */
  readonly taste: Float64Array;
}

interface Judged {
  readonly miners: readonly number[];
  readonly over: Over;
  readonly ratios: readonly (Ratios | undefined)[];
  readonly grid: Grid;
  readonly lnFactor: number;
}

function inWindow(asked: FavourAsked, window: Window): readonly Hypothesis[] {
  const { table, lifted } = asked;
  const sums = sumsIn(asked, window);
  const lnPrior = ln((RINGS * window.share) / table.miners.length);

  return setsOf(asked, sums).flatMap(({ miners, over, ratios, grid, lnFactor }) => {
    const members = Float64Array.from(ratios, (own) => (own ? membershipOf(own, grid) : 0));
    const lift = Math.max(...miners.map((miner) => lifted[miner] ?? 1));
    const lnOdds = lnFactor + Math.min(lnPrior + ln(lift), ln(RINGS));
    if (lnOdds < LEAST_ODDS) return [];
    const shift = Float64Array.from(over.n, (n, at) => (n === 0 ? 0 : (over.raw[at] ?? 0) / n));
    return { window, miners, lnOdds, members, shift, counts: over.n };
  });
}

/** The likeliest sets of miners, each grown from another. */
function setsOf(asked: FavourAsked, sums: Sums): readonly Judged[] {
  const singles = asked.table.miners
    .map((_, miner) => judged(asked, sums, [miner], overOf(asked, sums, [miner])))
    .filter(({ lnFactor }) => lnFactor > 0)
    .toSorted((a, b) => b.lnFactor - a.lnFactor)
    .slice(0, TRIED);

  const found: Judged[] = [];
  for (const single of singles) {
    if (found.length >= STARTS) break;
    if (found.some(({ miners }) => miners.includes(single.miners[0] ?? -1))) continue;
    found.push(grown(asked, sums, single, singles));
  }
  return found;
}

/** Adds the miner that explains most, while one is worth it. */
function grown(
  asked: FavourAsked,
  sums: Sums,
  start: Judged,
  candidates: readonly Judged[],
): Judged {
  let best = start;
  for (;;) {
    let gain = 0;
    let more: Judged | undefined;
    for (const { miners, over, lnFactor } of candidates) {
      if (best.miners.includes(miners[0] ?? -1)) continue;
      const joint = judged(asked, sums, [...best.miners, ...miners], added(best.over, over));
      const own = joint.lnFactor - best.lnFactor - Math.max(WORTH_A_MINER, OWN_EVIDENCE * lnFactor);
      if (own <= gain) continue;
      gain = own;
      more = joint;
    }
    if (more === undefined) return best;
    best = more;
  }
}
/** Of the evidence for a miner alone: two rings are not one, so their evidence together must be nearly the sum. */
const OWN_EVIDENCE = 0.8;

function judged(
  { table, residuals, copies }: FavourAsked,
  { allN, allZ }: Sums,
  miners: readonly number[],
  over: Over,
): Judged {
  const deviations = table.validators.map((_, validator): Deviation | undefined => {
    const n = over.n[validator] ?? 0;
    if (n === 0 || copies[validator] === 1) return undefined;
    const dispersion = residuals.dispersion[validator] ?? 1;
    const elsewhere = (allN[validator] ?? 0) - n;
    const shrunk = elsewhere + ELSEWHERE_SCORES;
    const own = (over.z[validator] ?? 0) / n;
    const rest = ((allZ[validator] ?? 0) - (over.z[validator] ?? 0)) / shrunk;
    const variance =
      dispersion / n +
      (dispersion * elsewhere) / (shrunk * shrunk) +
      (over.taste[validator] ?? 0) / (n * n);
    return { mean: own - rest, variance };
  });
  const centre = medianOf(deviations.flatMap((own) => own?.mean ?? []));
  const ratios = deviations.map((own) =>
    own === undefined ? undefined : ratiosOf(own.mean - centre, own.variance),
  );
  const grid = gridOf(ratios.filter((own) => own !== undefined));
  return { miners, over, ratios, grid, lnFactor: evidenceOf(grid) };
}

function overOf(
  { table, pairs, taste }: FavourAsked,
  sums: Sums,
  [miner = 0]: readonly number[],
): Over {
  const over = emptyOver(table.validators.length);
  for (let pair = pairs.ofMiner[miner] ?? 0; pair < (pairs.ofMiner[miner + 1] ?? 0); pair++) {
    const validator = pairs.validatorOf[pair] ?? 0;
    const n = sums.n[pair] ?? 0;
    over.n[validator] = n;
    over.z[validator] = sums.z[pair] ?? 0;
    over.raw[validator] = sums.raw[pair] ?? 0;
    over.taste[validator] = grainOf((taste[miner] ?? 0) * n * n);
  }
  return over;
}

function added(a: Over, b: Over): Over {
  const sum = emptyOver(a.n.length);
  for (let at = 0; at < sum.n.length; at++) {
    sum.n[at] = (a.n[at] ?? 0) + (b.n[at] ?? 0);
    sum.z[at] = (a.z[at] ?? 0) + (b.z[at] ?? 0);
    sum.raw[at] = (a.raw[at] ?? 0) + (b.raw[at] ?? 0);
    sum.taste[at] = (a.taste[at] ?? 0) + (b.taste[at] ?? 0);
  }
  return sum;
}

const emptyOver = (validators: number): Over => ({
  n: new Int32Array(validators),
  z: new Float64Array(validators),
  raw: new Float64Array(validators),
  taste: new Float64Array(validators),
});

/** 0 of none. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
