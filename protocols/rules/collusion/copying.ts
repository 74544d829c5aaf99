/**
 * Copying: validators whose errors are each other's.
 *
 *     ρ of their residuals on the batches that both scored, f = atanh ρ, var f = 1/(n − 3)
 *     honest ρ ≤ 0.25, copied ρ ∈ {.65 .8 .95}     odds = BF / pairs
 *
 * Agreement where both are right says nothing; where both are wrong it says much (Dong et al., VLDB
 * 2009). Groups that have a little in common, each two of them too little to be seen: `sheets.ts`. Who is
 * almost always first was copied from.
 */
import { exp, ln } from '../../exact.ts';
import { deviationsOf, usualDeviation } from './deviations.ts';
import {
  byValidator,
  laidOut,
  noPlaces,
  turnTo,
  type ByValidator,
  type PlacesOf,
} from './by-validator.ts';
import { add, atanh, lnDensity, noProducts, rhoOf, sure } from './fisher.ts';
import { LEAST_COMMON, likePairs } from './like-pairs.ts';
import {
  matchOf,
  mostOfMatch,
  surroundingsOf,
  type Matches,
  type Surroundings,
} from './matching.ts';
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import { leaningsOf, type SheetsAsked } from './sheets.ts';
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
/** As high as honest agreement goes: validators see the same leads. */
const HONEST = atanh(0.25);
const COPIED = [0.65, 0.8, 0.95].map(atanh);
/** Of the batches scored alike: first in so many, one is the source. */
const ALMOST_ALWAYS = 0.75;
/** In standard deviations: a copy with a little noise upon it is this near. */
const ALIKE = 0.5;
/** Of the correlation: at least this part must be of single batches, and not of what one thinks of a miner. */
const OF_BATCHES = 0.5;
/** A probability below this is 0 in millionths, whatever it is compared with or rounded in. */
const NEGLIGIBLE = 2.5e-7;

/** What is the same in every pass. */
interface Scored {
  readonly table: Table;
  readonly pairs: Pairs;
  /** Between two possible scores, in millionths. */
  readonly step: number;
}

/**
 * Each link both ways, and those to clusters. Rows left out are those that a ring explains, and the ends
 * of what their validators ever say. A probability that could not be seen in a finding may be given as
 * less than it is, down to 0.
 */
export function copyLinksOf(
  { table, pairs: rowPairs, step }: Scored,
  residuals: Residuals,
  leftOut: Uint8Array,
): readonly CopyLink[] {
  const tells = new Uint8Array(leftOut.length);
  for (let row = 0; row < tells.length; row++) {
    tells[row] = leftOut[row] === 1 ? 0 : (residuals.told[row] ?? 0);
  }
  const deviations = deviationsOf(table, rowPairs, residuals, tells);
  const own = byValidator(table, tells);
  const { length } = table.validators;
  const lnPrior = ln((2 * COPIES) / Math.max(1, length * (length - 1)));
  const likely = likePairs(table, own, deviations.beyond);

  const known: Compared = {
    own,
    off: laidOut(deviations.off, own),
    beyond: laidOut(deviations.beyond, own),
    unusual: laidOut(deviations.unusual, own),
    time: laidOut(table.timeOf, own),
    around: surroundingsOf(table, deviations.off, own, step / usualDeviation(residuals)),
    lnPrior,
    places: noPlaces(table),
    matches: roomFor(own),
  };
  const pairs = likely.map(([one, other]) => linkOf(known, one, other));
  const asked = { table, own, unusual: known.unusual, dispersion: residuals.dispersion };
  return [...pairs.flatMap((link) => [link, turned(link)]), ...sheetLinks(asked, pairs)];
}

/** What pairs are compared by; numbers by place of `own`. */
interface Compared {
  readonly own: ByValidator;
  readonly off: Float64Array;
  readonly beyond: Float64Array;
  readonly unusual: Float64Array;
  readonly time: Float64Array;
  readonly around: Surroundings;
  readonly lnPrior: number;
  /** Of the first of the pair that is looked at. */
  readonly places: PlacesOf;
  /** Room for those of one pair. */
  readonly matches: Matches;
}

/** As many matches as anyone has rows. */
function roomFor({ starts }: ByValidator): Matches {
  const most = starts.reduce((sum, start, at) => Math.max(sum, start - (starts[at - 1] ?? 0)), 0);
  return { count: 0, ones: new Int32Array(most), others: new Int32Array(most) };
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

function linkOf(known: Compared, one: number, other: number): CopyLink {
  const { own, off, beyond, unusual, time, places, matches } = known;
  turnTo(one, places, own);
  const sums = noProducts();
  const ofBatches = noProducts();
  let later = 0;
  let earlier = 0;
  const last = own.starts[other + 1] ?? 0;
  for (let mate = own.starts[other] ?? 0; mate < last; mate++) {
    const place = places.byBatch[own.batchOf[mate] ?? 0] ?? -1;
    if (place < 0) continue;
    matches.ones[sums.common] = place;
    matches.others[sums.common] = mate;
    add(sums, beyond[place] ?? 0, beyond[mate] ?? 0);
    add(ofBatches, unusual[place] ?? 0, unusual[mate] ?? 0);
    if (Math.abs((off[place] ?? 0) - (off[mate] ?? 0)) > ALIKE) continue;
    const lag = (time[place] ?? 0) - (time[mate] ?? 0);
    if (lag > 0) later++;
    if (lag < 0) earlier++;
  }
  const rho = rhoOf(sums);
  const { common } = sums;
  matches.count = common;
  const isUsual = rhoOf(ofBatches) < OF_BATCHES * rho;
  const probability = isUsual
    ? 0
    : Math.max(probabilityOf(rho, common, known.lnPrior), alikeOf(known));
  return { validator: one, partners: [other], probability, rho, common, later, earlier };
}

/** That one took its scores from the other, by how they match; 0 where that is negligible. */
function alikeOf({ matches, around, lnPrior }: Compared): number {
  const oddsOf = (lnFactor: number): number => exp(Math.min(700, lnFactor + lnPrior));
  if (oddsOf(mostOfMatch(matches, around)) < NEGLIGIBLE) return 0;
  return sure(oddsOf(matchOf(matches, around)));
}

/** What leaning on what a group has in common says of its members and of all others. */
function sheetLinks(asked: SheetsAsked, pairs: readonly CopyLink[]): readonly CopyLink[] {
  const worth = pairs.map(
    ({ validator, partners: [partner = 0] }) => [validator, partner] as const,
  );
  return leaningsOf(asked, worth)
    .filter(({ probability }) => probability >= NEGLIGIBLE)
    .map((leaning) => ({ ...leaning, ...orderOf(leaning.validator, leaning.partners, pairs) }));
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
