/**
 * Copying: validators whose errors are each other's.
 *
 *     ρ of their residuals on the batches that both scored, f = atanh ρ, var f = 1/(n − 3)
 *     honest ρ ≤ 0.25, copied ρ ∈ {.65 .8 .95}     odds = BF / pairs
 *
 * Agreement where both are right says nothing; where both are wrong it says much (Dong et al., VLDB
 * 2009). Pairs that are likelier copies than not seed clusters; then everyone is held against what a
 * cluster's members have in common. Who is almost always first was copied from.
 */
import { exp, ln } from '../../exact.ts';
import { dbscan, NOISE } from './dbscan.ts';
import { deviationsOf, stepOf, usualDeviation, type Deviations } from './deviations.ts';
import { grained, type Residuals } from './residuals.ts';
import type { Pairs } from './pairs.ts';
import { matchOf, surroundingsOf, type Surroundings } from './matching.ts';
import type { Table } from './table.ts';

/** That one validator's errors are another's, or those of a cluster. */
export interface CopyLink {
  readonly validator: number;
  readonly partners: readonly number[];
  /** That it is so. */
  readonly probability: number;
  readonly rho: number;
  /** Batches that both scored. */
  readonly common: number;
  /** Of those that both scored alike: on how many it was the later one, or the earlier. */
  readonly later: number;
  readonly earlier: number;
}

/** Pairs of validators in a network that copy, before anything is known of it. */
const COPIES = 1;
/** Of those beside a cluster: the prior odds that one copies its sheet. */
const SHEET_ODDS = 0.02;
/** Fewer common batches say nothing. */
const LEAST_COMMON = 12;
/** As high as honest agreement goes: validators see the same leads. */
const HONEST = atanh(0.25);
const COPIED = [0.65, 0.8, 0.95].map(atanh);
/** Pairs whose agreement is below this many standard deviations, squared, are not worth a closer look. */
const WORTH_A_LOOK = 6;
/** Of the batches scored alike: first in so many, one is the source. */
const ALMOST_ALWAYS = 0.75;
/** In standard deviations: a copy with a little noise upon it is this near. */
const ALIKE = 0.5;
const MOST_RHO = 0.995;
/** Rows of the matrix of pairs at a time: memory is bounded, however many validators there are. */
const BLOCK = 256;

/** Of the correlation: at least this part must be of single batches, and not of what one thinks of a miner. */
const OF_BATCHES = 0.5;
/** Each link both ways, and those to clusters. Rows left out are those that a ring explains. */
export function copyLinksOf(
  table: Table,
  pairsOfTable: Pairs,
  residuals: Residuals,
  leftOut: Uint8Array,
): readonly CopyLink[] {
  const deviations = deviationsOf(table, pairsOfTable, residuals, leftOut);
  const rowsOf = rowsByValidator(table, (row) => residuals.told[row] === 1 && leftOut[row] === 0);
  const { length } = table.validators;
  const lnPrior = ln((2 * COPIES) / Math.max(1, length * (length - 1)));

  const around = surroundingsOf(
    table,
    deviations.off,
    (row) => residuals.told[row] === 1 && leftOut[row] === 0,
    stepOf(table) / usualDeviation(residuals),
  );

  const pairs = likePairs(table, deviations.beyond, residuals.told, leftOut)
    .map(([one, other]) => linkOf(table, deviations, rowsOf, around, one, other, lnPrior))
    .filter(({ common }) => common >= LEAST_COMMON);
  return [
    ...pairs.flatMap((link) => [link, turned(link)]),
    ...sheetLinks(table, deviations.unusual, rowsOf, pairs),
  ];
}

/** At most this of a link counts against its validator: little where it was the one copied from. */
export const blameOf = (link: CopyLink): number =>
  isSource(link) ? Math.min(link.probability, SOURCE) : link.probability;
const SOURCE = 0.6;

/** Whether it was there first wherever the two agree: then it was copied from, and did not copy. */
export const isSource = ({ earlier, later }: CopyLink): boolean =>
  earlier + later >= LEAST_ORDERED && earlier >= ALMOST_ALWAYS * (earlier + later);
const LEAST_ORDERED = 8;

const turned = (link: CopyLink): CopyLink => ({
  ...link,
  validator: link.partners[0] ?? 0,
  partners: [link.validator],
  later: link.earlier,
  earlier: link.later,
});

/** Pairs that agree more than honest ones do at a first look. */
function likePairs(
  { validators, batches, starts, validatorOf }: Table,
  off: Float64Array,
  told: Uint8Array,
  leftOut: Uint8Array,
): readonly (readonly [number, number])[] {
  const all = validators.length;
  const found: (readonly [number, number])[] = [];
  // Of both rows of a pair: with only the first asked, it mattered which of the two ids came first.
  const tells = told.map((isTold, row) => isTold & ~(leftOut[row] ?? 0));
  const products = new Float64Array(Math.min(BLOCK, all) * all);
  const counts = new Int32Array(products.length);
  for (let base = 0; base < all; base += BLOCK) {
    const end = Math.min(all, base + BLOCK);
    products.fill(0);
    counts.fill(0);
    for (let batch = 0; batch < batches.length; batch++) {
      const last = starts[batch + 1] ?? 0;
      for (let row = starts[batch] ?? 0; row < last; row++) {
        const validator = validatorOf[row] ?? 0;
        if (validator < base || tells[row] === 0) continue;
        if (validator >= end) break;
        const line = (validator - base) * all;
        const own = off[row] ?? 0;
        for (let next = row + 1; next < last; next++) {
          const cell = line + (validatorOf[next] ?? 0);
          products[cell] = (products[cell] ?? 0) + own * (off[next] ?? 0);
          counts[cell] = (counts[cell] ?? 0) + (tells[next] ?? 0);
        }
      }
    }
    for (let cell = 0; cell < (end - base) * all; cell++) {
      const count = counts[cell] ?? 0;
      const sum = products[cell] ?? 0;
      if (count < LEAST_COMMON || sum < 0 || sum * sum < WORTH_A_LOOK * count) continue;
      found.push([base + Math.floor(cell / all), cell % all]);
    }
  }
  return found;
}

function rowsByValidator(
  { validators, validatorOf }: Table,
  tells: (row: number) => boolean,
): readonly (readonly number[])[] {
  const rows: number[][] = validators.map(() => []);
  for (const [row, validator] of validatorOf.entries()) {
    if (tells(row)) rows[validator]?.push(row);
  }
  return rows;
}

function linkOf(
  table: Table,
  { off, beyond, unusual }: Deviations,
  rowsOf: readonly (readonly number[])[],
  around: Surroundings,
  one: number,
  other: number,
  lnPrior: number,
): CopyLink {
  const { batchOf, timeOf } = table;
  const theirs = rowsOf[other] ?? [];
  const sums = { common: 0, product: 0, own: 0, other: 0 };
  const ofBatches = { common: 0, product: 0, own: 0, other: 0 };
  const matched: (readonly [number, number])[] = [];
  let at = 0;
  let later = 0;
  let earlier = 0;
  for (const row of rowsOf[one] ?? []) {
    const batch = batchOf[row] ?? 0;
    while (at < theirs.length && (batchOf[theirs[at] ?? 0] ?? 0) < batch) at++;
    const mate = theirs[at];
    if (mate === undefined || batchOf[mate] !== batch) continue;
    add(sums, beyond[row] ?? 0, beyond[mate] ?? 0);
    add(ofBatches, unusual[row] ?? 0, unusual[mate] ?? 0);
    matched.push([row, mate]);
    if (Math.abs((off[row] ?? 0) - (off[mate] ?? 0)) > ALIKE) continue;
    const lag = (timeOf[row] ?? 0) - (timeOf[mate] ?? 0);
    if (lag > 0) later++;
    if (lag < 0) earlier++;
  }
  const rho = rhoOf(sums);
  const { common } = sums;
  const alike = sure(exp(Math.min(700, matchOf(matched, table, around) + lnPrior)));
  const isUsual = rhoOf(ofBatches) < OF_BATCHES * rho;
  const probability = isUsual ? 0 : Math.max(probabilityOf(rho, common, lnPrior), alike);
  return { validator: one, partners: [other], probability, rho, common, later, earlier };
}

/** Everyone against what the others of a cluster have in common, where that tells more than one of them. */
function sheetLinks(
  table: Table,
  off: Float64Array,
  rowsOf: readonly (readonly number[])[],
  pairs: readonly CopyLink[],
): readonly CopyLink[] {
  const neighbours = table.validators.map((): { to: number; similarity: number }[] => []);
  for (const { validator, partners, probability } of pairs) {
    const [partner = 0] = partners;
    if (probability < 0.5) continue;
    neighbours[validator]?.push({ to: partner, similarity: probability });
    neighbours[partner]?.push({ to: validator, similarity: probability });
  }
  const labels = dbscan(neighbours, 2);
  return [...Map.groupBy(labels.keys(), (validator) => labels[validator] ?? NOISE)]
    .filter(([label]) => label !== NOISE)
    .flatMap(([, members]) => againstSheet(table, off, rowsOf, members, pairs));
}

function againstSheet(
  { validators, batches, batchOf }: Table,
  off: Float64Array,
  rowsOf: readonly (readonly number[])[],
  members: readonly number[],
  pairs: readonly CopyLink[],
): readonly CopyLink[] {
  const sum = new Float64Array(batches.length);
  const count = new Int32Array(batches.length);
  for (const row of members.flatMap((member) => rowsOf[member] ?? [])) {
    const batch = batchOf[row] ?? 0;
    sum[batch] = (sum[batch] ?? 0) + (off[row] ?? 0);
    count[batch] = (count[batch] ?? 0) + 1;
  }
  return [...validators.keys()].flatMap((validator) => {
    const partners = members.filter((member) => member !== validator);
    const self = partners.length < members.length ? 1 : 0;
    const sums = { common: 0, product: 0, own: 0, other: 0 };
    for (const row of rowsOf[validator] ?? []) {
      const batch = batchOf[row] ?? 0;
      const own = off[row] ?? 0;
      const others = (count[batch] ?? 0) - self;
      if (others > 0) add(sums, own, grained(((sum[batch] ?? 0) - self * own) / others));
    }
    const { common } = sums;
    const rho = rhoOf(sums);
    const probability = probabilityOf(rho, common, ln(SHEET_ODDS));
    if (common < LEAST_COMMON || probability < 0.1) return [];
    return [
      { validator, partners, probability, rho, common, ...orderOf(validator, partners, pairs) },
    ];
  });
}

/** How often one was later or earlier than some, wherever they scored alike. */
function orderOf(
  validator: number,
  partners: readonly number[],
  pairs: readonly CopyLink[],
): Pick<CopyLink, 'later' | 'earlier'> {
  const order = { later: 0, earlier: 0 };
  for (const link of pairs) {
    const [partner = -1] = link.partners;
    const isOwn = link.validator === validator && partners.includes(partner);
    const isTheirs = partner === validator && partners.includes(link.validator);
    if (!isOwn && !isTheirs) continue;
    order.later += isOwn ? link.later : link.earlier;
    order.earlier += isOwn ? link.earlier : link.later;
  }
  return order;
}

interface Products {
  common: number;
  product: number;
  own: number;
  other: number;
}

function add(sums: Products, own: number, other: number): void {
  sums.common++;
  sums.product += own * other;
  sums.own += own * own;
  sums.other += other * other;
}

/** 0 where one of the two is never off. */
function rhoOf({ product, own, other }: Products): number {
  const size = Math.sqrt(own) * Math.sqrt(other);
  return size === 0 ? 0 : Math.max(-MOST_RHO, Math.min(MOST_RHO, product / size));
}

function probabilityOf(rho: number, common: number, lnPrior: number): number {
  if (common < LEAST_COMMON) return 0;
  const f = atanh(rho);
  const honest = lnDensity(f, Math.max(0, Math.min(HONEST, f)), common);
  let copied = 0;
  for (const other of COPIED) copied += exp(lnDensity(f, other, common) - honest);
  // Above the highest it is as likely as at the highest.
  const above = f > (COPIED.at(-1) ?? 0) ? exp(-honest) : copied / COPIED.length;
  return sure(exp(lnPrior) * Math.max(above, copied / COPIED.length));
}

const sure = (odds: number): number => odds / (1 + odds);

const lnDensity = (f: number, mean: number, common: number): number =>
  (-(common - 3) * (f - mean) * (f - mean)) / 2;

/** Fisher's transform. */
function atanh(rho: number): number {
  return ln((1 + rho) / (1 - rho)) / 2;
}
