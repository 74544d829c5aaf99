/**
 * How likely one buyer praises for one ring: by what the ring's miners made, and by what its members
 * approved.
 *
 *     D = mean excess of k words for the ring − mean excess of m words elsewhere
 *     honest N(0, σ² n + 1/4)      of a ring N(2, σ² n + 1)      n = 1/k + 1/m
 *     odds = 1/20 · (of a ring : honest)      score = P · min(1, D / 1.5 points)
 *
 * σ² is the buyer's own: of somebody who is content or not at all a few words say little. And what others
 * dislike, too, is held against nobody: leads that pass every check and are of no use make an honest
 * buyer look as if it marked down a rival.
 *
 * *By miner*: where nobody draws, a buyer chooses whom it buys from. So being drawn to the ring counts as
 * well, and as there may be little else that it says, two words of 0 are added to that.
 *
 * *By member*: the draw puts members on some panels and not on others, and an honest word does not know
 * on which. That as many good words fall to the ring then has the chance that it has where k of all k + m
 * are drawn by lot (Fisher's exact test), and no words tell more than that, times how few buyers are so
 * often alone with a bad word. Whoever dislikes a miner does so once: words on one miner are one.
 */
import { exp, ln } from '../../exact.ts';
import type { Fraction } from '../../units.ts';
import type { Rated } from './ratings.ts';
import type { RingOf } from './rings.ts';
import type { Table } from './table.ts';

/** A ring as buyers meet it. */
export interface Side {
  /** Made by a miner that it favours, and approved by a member; nothing where it favours nobody. */
  readonly made: (rated: Rated) => boolean;
  /** Of all words, the share of those. */
  readonly share: number;
  /** Approved by a member, whoever made it. */
  readonly approved: (rated: Rated) => boolean;
  /** How many of those that a word bears on are members. */
  readonly members: (rated: Rated) => number;
  readonly minerOf: Int32Array;
  /** By buyer, the share of its words that are grudges. */
  readonly grudges: readonly number[];
}

/** Fewer words than this for a ring say nothing, */
export const LEAST_WORDS = 2;
/** and where it is by lot which are for the ring, fewer than this for it or elsewhere. */
const LEAST_BY_LOT = 3;
/** With more words than this chance is as good as Gaussian; up to here all sums of ways are exact. */
const MOST_BY_LOT = 50;
/** In points: a word this far below what all others say is a grudge. */
const GRUDGE = -3;

const PRIOR_ODDS = 0.05;
const RING_EXCESS = 2;
const RING_SPREAD = 1;
const HONEST_SPREAD = 0.25;
/** Points beyond a batch's worth from which praise is worth a ring's trouble. */
const WORTH_IT = 1.5;
/** Of a buyer drawn to a ring: the share of its words that are for it. */
const DRAWN = 0.6;
/** Being drawn counts for no more than this, as ln: loyal buyers are drawn, too. */
const MOST_DRAWN = 2;
/** Before anything is known of a buyer its words differ as if so many had a variance of 1. */
const GUESSES = 4;
const MILLION = 1_000_000;
const GRAIN = 1_024;

export function sideOf(
  { validators, miners }: RingOf,
  { minerOf }: Table,
  rated: readonly Rated[],
): Side {
  const favoured = new Set(miners);
  const ring = new Set(validators);
  const members = ({ on }: Rated): number => on.filter((validator) => ring.has(validator)).length;
  const approved = (one: Rated): boolean => members(one) > 0;
  const made = (one: Rated): boolean => favoured.has(minerOf[one.batch] ?? -1) && approved(one);
  const share = rated.length === 0 ? 0 : rated.filter(made).length / rated.length;
  const byBuyer = Map.groupBy(rated, ({ buyer }) => buyer);
  const grudges = [...byBuyer.values()].map(grudgesIn);
  return { made, share, approved, members, minerOf, grudges };
}

/** The greater of the two. */
export const suspicionOf = (own: readonly Rated[], side: Side): Fraction =>
  Math.round(Math.max(byMiner(own, side), byMember(own, side)) * MILLION) as Fraction;

function byMiner(own: readonly Rated[], { made, share }: Side): number {
  const [forRing, elsewhere] = parted(own, made);
  const k = forRing.length;
  const m = elsewhere.length;
  if (k < LEAST_WORDS) return 0;
  const said = forRing.map(({ excess }) => excess);
  const other = elsewhere.map(fair);
  const excess = sumOf(said) / k - sumOf(other) / (m + 2);
  const variance = spreadOf(said, other) * (1 / k + m / ((m + 2) * (m + 2)));
  const drawn =
    share <= 0 || share >= DRAWN ? 0 : k * ln(DRAWN / share) + m * ln((1 - DRAWN) / (1 - share));
  const toIt = exp(Math.max(-MOST_DRAWN, Math.min(MOST_DRAWN, drawn)));
  return scoreOf(excess, factorOf(excess, variance) * toIt);
}

function byMember(own: readonly Rated[], side: Side): number {
  const [forRing, elsewhere] = parted(own, side.approved);
  const said = onceEach(forRing, side.minerOf, ({ excess }) => excess);
  const other = onceEach(elsewhere, side.minerOf, fair);
  const k = said.length;
  const m = other.length;
  if (k < LEAST_BY_LOT || m < LEAST_BY_LOT) return 0;
  const excess = sumOf(said) / k - sumOf(other) / m;
  const variance = spreadOf(said, other) * (1 / k + 1 / m);
  const luck = chanceOf(said, other) * shareAlike(own, side);
  return scoreOf(excess, Math.min(factorOf(excess, variance), 1 / luck));
}

/** Of all buyers, this one too, the share that has as many grudges. */
function shareAlike(own: readonly Rated[], { grudges }: Side): number {
  const share = grudgesIn(own);
  return grudges.filter((one) => one >= share).length / grudges.length;
}

const grudgesIn = (own: readonly Rated[]): number =>
  own.filter((one) => fair(one) <= GRUDGE).length / own.length;

/** Less what others say of the miner: what they dislike, too, is no malice. */
const fair = ({ excess, dislike }: Rated): number => excess - dislike;

function parted(own: readonly Rated[], isFor: (rated: Rated) => boolean): [Rated[], Rated[]] {
  return [own.filter(isFor), own.filter((one) => !isFor(one))];
}

/** By miner, the mean of what is said of it; multiples of 1/1024. */
const onceEach = (
  rated: readonly Rated[],
  minerOf: Int32Array,
  of: (rated: Rated) => number,
): readonly number[] =>
  [...Map.groupBy(rated, ({ batch }) => minerOf[batch]).values()].map(
    (ofMiner) => Math.round((sumOf(ofMiner.map(of)) / ofMiner.length) * GRAIN) / GRAIN,
  );

/** Exact, in whatever order they come, of multiples of 1/1024. */
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The variance of one word within the sides, in points squared. */
function spreadOf(...sides: readonly (readonly number[])[]): number {
  let squares = GUESSES;
  let count = GUESSES;
  for (const side of sides) {
    if (side.length === 0) continue;
    const sum = sumOf(side);
    squares += sumOf(side.map((value) => value * value)) - (sum * sum) / side.length;
    count += side.length - 1;
  }
  return squares / count;
}

/** How many times likelier an excess is of a ring than of an honest buyer. */
function factorOf(excess: number, variance: number): number {
  const honest = density(excess, 0, variance + HONEST_SPREAD);
  // Praise beyond what a ring would give is as telling as the ring's.
  return density(Math.min(excess, RING_EXCESS), RING_EXCESS, variance + RING_SPREAD) / honest;
}

const density = (x: number, mean: number, variance: number): number =>
  exp((-(x - mean) * (x - mean)) / (2 * variance)) / Math.sqrt(variance);

/** That so many good words, or more, fall to the ring by lot; good is what lies above the middle of both means. */
function chanceOf(said: readonly number[], other: readonly number[]): number {
  const k = said.length;
  const all = k + other.length;
  if (all > MOST_BY_LOT) return 0;
  const middle = (sumOf(said) / k + sumOf(other) / other.length) / 2;
  const isGood = (one: number): boolean => one > middle;
  const fell = said.filter(isGood).length;
  const good = fell + other.filter(isGood).length;
  let ways = 0;
  for (let of = fell; of <= Math.min(k, good); of++) {
    ways += waysToChoose(good, of) * waysToChoose(all - good, k - of);
  }
  return ways / waysToChoose(all, k);
}

function waysToChoose(all: number, some: number): number {
  if (some > all) return 0;
  let ways = 1;
  for (let at = 1; at <= some; at++) ways = (ways * (all + 1 - at)) / at;
  return ways;
}

function scoreOf(excess: number, factor: number): number {
  const odds = PRIOR_ODDS * factor;
  return (odds / (1 + odds)) * Math.max(0, Math.min(1, excess / WORTH_IT));
}
