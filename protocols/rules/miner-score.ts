/**
 * What a miner is worth: how good its leads are (A_m), and how surely it answers (D_m).
 *
 *     A_m = 0.55·a₁₄ + 0.25·a₃₀ + 0.20·a₉₀        a_d = good / max(asked, 30)   over the last d days
 *     D_m = 1 + 0.55·u₁₄ + 0.25·u₃₀ + 0.20·u₉₀    u_d = approved / queries
 *     W_m = A_m · D_m
 *
 * The windows are nested. One without data gives its weight to the others in proportion.
 */
import { invariant, ONE, ratio, type Fraction } from '../units.ts';

/** The windows of all standing: each ends now, and weighs so many per cent. */
export const WINDOWS = [
  { days: 14, weight: 55 },
  { days: 30, weight: 25 },
  { days: 90, weight: 20 },
] as const;

/** A window's a_d is of at least so many leads: a newcomer's first good lead isn't all of it. */
export const LEAST_ASKED = 30;

/** What a miner did in one window. */
export interface Tally {
  /** Leads asked for in the queries that it answered in time, the unknown ones left out. */
  readonly asked: number;
  /** Leads of approved batches that passed their checks. */
  readonly good: number;
  /** All queries that it was drawn for and asked. */
  readonly queries: number;
  /** Those it answered in time with a batch that was approved. */
  readonly approved: number;
}

export interface MinerScore {
  /** A_m, 0 to 1. */
  readonly accuracy: Fraction;
  /** D_m, 1 to 2. */
  readonly dependability: Fraction;
  /** W_m, 0 to 2. */
  readonly weight: Fraction;
}

/** `windows` are the tallies of the last 14, 30 and 90 days, in that order. */
export function minerScore(windows: readonly Tally[]): MinerScore {
  const accuracy = weighted(windows.map(accuracyIn));
  const uptime = weighted(windows.map(uptimeIn));
  const dependability = (ONE + uptime) as Fraction;
  return { accuracy, dependability, weight: product(accuracy, dependability) };
}

function accuracyIn({ asked, good }: Tally): Fraction | undefined {
  invariant(good >= 0 && good <= asked, 'good leads are among those asked for');
  return asked > 0 ? (ratio(good, Math.max(asked, LEAST_ASKED)) as Fraction) : undefined;
}

function uptimeIn({ queries, approved }: Tally): Fraction | undefined {
  invariant(approved >= 0 && approved <= queries, 'approved answers are among the queries');
  return queries > 0 ? (ratio(approved, queries) as Fraction) : undefined;
}

/** The mean of the windows' values by their weights; undefined means no data, and all of it is 0. */
export function weighted(values: readonly (Fraction | undefined)[]): Fraction {
  let sum = 0; // At most 10^6 · 100.
  let weights = 0;
  for (const [index, { weight }] of WINDOWS.entries()) {
    const value = values[index];
    if (value === undefined) continue;
    sum += value * weight;
    weights += weight;
  }
  return (weights > 0 ? Math.floor(sum / weights) : 0) as Fraction;
}

/** Of two fractions of at most 2, rounded down. */
const product = (a: Fraction, b: Fraction): Fraction => Math.floor((a * b) / ONE) as Fraction;
