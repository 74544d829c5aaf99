/**
 * Sheets: groups whose errors have something in common, however little of it two of them show.
 *
 *     begins with two    ln odds = ln prior + ln BF(ρ of the two) + what their scatter tells − ln pairs
 *     and one more       ln BF(ρ of it and the mean of those before) + its scatter − ln(validators/3)
 *
 *     BF(ρ) = mean over ρ' ∈ {.12 .25 .4 .55 .7 .9} of the density of atanh ρ at ρ', over that at 0
 *
 * Of ten who lean on one sheet by a third, no two are worth a look; all ten together are certain. That
 * honest validators agree by as much is another question: only a group that agrees by more than 0.2 for each
 * two of its members can be flagged.
 */
import { exp, ln } from '../../exact.ts';
import type { ByValidator } from './by-validator.ts';
import { add, atanh, lnDensity, MOST_RHO, noProducts, rhoOf, sure } from './fisher.ts';
import { LEAST_COMMON } from './like-pairs.ts';
import { grained } from './residuals.ts';
import { leaningOf } from './scatter.ts';
import type { Table } from './table.ts';

/** How likely a validator leans on what some others have in common. */
export interface Leaning {
  readonly validator: number;
  readonly partners: readonly number[];
  readonly probability: number;
  /** Of its errors and the mean of theirs. */
  readonly rho: number;
  /** Batches that it and any of them scored. */
  readonly common: number;
}

export interface SheetsAsked {
  readonly table: Table;
  readonly own: ByValidator;
  /** By place of `own`: how far off, beside what is usual. */
  readonly unusual: Float64Array;
  readonly dispersion: Float64Array;
}

/** Groups of a network, before anything is known of it. */
const PRIOR = 0.1;
/** Of those beside one of a group, so many are in it. */
const MATES = 3;
/** ln BF beyond what one more costs, at which it is taken in. */
const WORTH_ONE_MORE = 1;
/** Pairs that a group is begun with, and validators of little scatter of which all pairs are tried. */
const BEGUN = 6;
const TRIED = 16;
const LEAST_LEANING = 1.5;
/** A larger part of all agrees for another reason. */
const LARGEST = 0.4;
const AGREE = [0.12, 0.25, 0.4, 0.55, 0.7, 0.9].map(atanh);
/** Of two: as much as honest validators agree, and as those do who can be flagged. */
const HONEST = 0.2;
const FLAGGED = [0.35, 0.5, 0.8];
const FLAGGED_PRIOR = 0.02;
/** Of those who agree no more than honest ones may. */
const WATCHED = 0.65;
/** Fewer than this are a pair, and pairs have a test of their own. */
const LEAST_GROUP = 3;

/** `pairs`: those that are worth a closer look. */
export function leaningsOf(
  asked: SheetsAsked,
  pairs: readonly (readonly [number, number])[],
): readonly Leaning[] {
  const { length: all } = asked.table.validators;
  const told = leaningOf(asked.own, asked.unusual, asked.dispersion);
  const sheet = newSheet(asked);
  const begun = beginnings(pairs, told)
    .map((pair) => ({ pair, lnFactor: lnFactorOfTwo(sheet, pair, told) }))
    .toSorted((a, b) => b.lnFactor - a.lnFactor)
    .slice(0, BEGUN);
  const taken = new Set<number>();
  return begun.flatMap(({ pair, lnFactor }) => {
    if (pair.some((one) => taken.has(one))) return [];
    const group = grown(sheet, pair, told, lnFactor);
    const found = group.members.length > LARGEST * all ? [] : leaningsIn(sheet, group, told);
    for (const member of group.members) {
      taken.add(member);
      sheet.put(member, -1);
    }
    return found;
  });
}

/** And every two of those who scatter least. */
function beginnings(
  pairs: readonly (readonly [number, number])[],
  told: Float64Array,
): readonly (readonly [number, number])[] {
  const least = [...told.keys()]
    .filter((validator) => (told[validator] ?? 0) >= LEAST_LEANING)
    .toSorted((a, b) => (told[b] ?? 0) - (told[a] ?? 0))
    .slice(0, TRIED)
    .toSorted((a, b) => a - b);
  const known = new Set(pairs.map(([one, other]) => `${one},${other}`));
  return [
    ...pairs,
    ...least.flatMap((one, at) =>
      least
        .slice(at + 1)
        .filter((other) => !known.has(`${one},${other}`))
        .map((other) => [one, other] as const),
    ),
  ];
}

/** What the members of a group have in common, batch by batch. */
interface Sheet {
  readonly validators: number;
  put(validator: number, times: 1 | -1): void;
  /** Of a validator and the mean of the members. */
  agreement(validator: number): Agreement;
}
interface Agreement {
  readonly rho: number;
  readonly common: number;
}

function newSheet({ table, own: { starts, batchOf }, unusual }: SheetsAsked): Sheet {
  const scores = new Float64Array(table.batches.length);
  const counts = new Int32Array(table.batches.length);
  return {
    validators: table.validators.length,
    put(validator, times) {
      for (let at = starts[validator] ?? 0; at < (starts[validator + 1] ?? 0); at++) {
        const batch = batchOf[at] ?? 0;
        scores[batch] = (scores[batch] ?? 0) + times * (unusual[at] ?? 0);
        counts[batch] = (counts[batch] ?? 0) + times;
      }
    },
    agreement(validator) {
      const sums = noProducts();
      for (let at = starts[validator] ?? 0; at < (starts[validator + 1] ?? 0); at++) {
        const batch = batchOf[at] ?? 0;
        const count = counts[batch] ?? 0;
        if (count === 0) continue;
        add(sums, unusual[at] ?? 0, grained((scores[batch] ?? 0) / count));
      }
      return { rho: rhoOf(sums), common: sums.common };
    },
  };
}

function lnFactorOfTwo(
  sheet: Sheet,
  [one, other]: readonly [number, number],
  told: Float64Array,
): number {
  sheet.put(one, 1);
  const { rho, common } = sheet.agreement(other);
  sheet.put(one, -1);
  return lnFactorOf(rho, common) + (told[one] ?? 0) + (told[other] ?? 0);
}

interface Group {
  readonly members: readonly number[];
  readonly lnOdds: number;
  /** ln of how much likelier they agree by more than honest ones than by as much. */
  readonly lnBeyond: number;
}

/** Takes in whoever has most in common with those before, while it is worth it; leaves all on the sheet. */
function grown(
  sheet: Sheet,
  [one, other]: readonly [number, number],
  told: Float64Array,
  lnFactor: number,
): Group {
  const { validators } = sheet;
  const lnMate = ln(Math.max(1, validators / MATES));
  sheet.put(one, 1);
  const members = [one, other];
  let lnBeyond = lnBeyondHonest(sheet.agreement(other), 1);
  let lnOdds = ln(PRIOR) + lnFactor - ln((validators * (validators - 1)) / 2);
  sheet.put(other, 1);
  for (;;) {
    let best = lnMate + WORTH_ONE_MORE;
    let next: { readonly validator: number; readonly agreement: Agreement } | undefined;
    for (let validator = 0; validator < validators; validator++) {
      if (members.includes(validator)) continue;
      const agreement = sheet.agreement(validator);
      const factor = lnFactorOf(agreement.rho, agreement.common) + (told[validator] ?? 0);
      if (factor <= best) continue;
      best = factor;
      next = { validator, agreement };
    }
    if (next === undefined) return { members, lnOdds, lnBeyond };
    lnBeyond += lnBeyondHonest(next.agreement, members.length);
    lnOdds += best - lnMate;
    members.push(next.validator);
    sheet.put(next.validator, 1);
  }
}

function leaningsIn(
  sheet: Sheet,
  { members, lnOdds, lnBeyond }: Group,
  told: Float64Array,
): readonly Leaning[] {
  const lnMate = ln(Math.max(1, sheet.validators / MATES));
  const isGroup = members.length >= LEAST_GROUP;
  const isFlagged = isGroup ? sure(FLAGGED_PRIOR * expOf(lnBeyond)) : 0;
  const probability = sure(expOf(lnOdds));
  return Array.from({ length: sheet.validators }, (_, validator): Leaning => {
    const isIn = members.includes(validator);
    if (isIn) sheet.put(validator, -1);
    const agreement = sheet.agreement(validator);
    if (isIn) sheet.put(validator, 1);
    const { rho, common } = agreement;
    const partners = members.filter((one) => one !== validator);
    if (common < LEAST_COMMON) return { validator, partners, probability: 0, rho, common };
    const lnOwnBeyond = lnBeyondHonest(agreement, members.length - (isIn ? 1 : 0));
    const beyond = sure((isIn ? 1 : FLAGGED_PRIOR) * expOf(lnOwnBeyond));
    const most = WATCHED + (1 - WATCHED) * Math.min(isFlagged, beyond);
    const lnOwn = lnFactorOf(rho, common) + (told[validator] ?? 0) - lnMate;
    const member = sure(expOf(lnOwn + (isIn ? WORTH_ONE_MORE : 0)));
    return { validator, partners, probability: most * probability * member, rho, common };
  });
}

/** ln BF that two series agree at all; nothing where they have too little in common to tell. */
function lnFactorOf(rho: number, common: number): number {
  if (common < LEAST_COMMON) return 0;
  const f = atanh(rho);
  const honest = lnDensity(f, 0, common);
  return lnMean(AGREE.map((agree) => lnDensity(f, agree, common) - honest));
}

/** ln BF that one agrees with the mean of some others by more than honest validators do. */
function lnBeyondHonest({ rho, common }: Agreement, others: number): number {
  if (common < LEAST_COMMON) return 0;
  const f = atanh(rho);
  const honest = lnDensity(f, Math.max(0, Math.min(f, atanh(withMean(HONEST, others)))), common);
  return lnMean(
    FLAGGED.map((pair) => lnDensity(f, atanh(withMean(pair, others)), common) - honest),
  );
}

/** ρ of one and the mean of k others where it is `pair` of each two. */
const withMean = (pair: number, k: number): number =>
  Math.min(MOST_RHO, (pair * k) / Math.sqrt(k + k * (k - 1) * pair));

function lnMean(lns: readonly number[]): number {
  const most = Math.max(...lns);
  return most + ln(lns.reduce((sum, one) => sum + exp(one - most), 0) / lns.length);
}

const expOf = (lnOdds: number): number => exp(Math.min(MOST_LN, lnOdds));
const MOST_LN = 500;
