/**
 * Buyers that praise a ring's leads beyond what they are worth.
 *
 *     rating ≈ a + b · q      fitted so that ratings far off have no say
 *     excess on the ring's items, less half of the buyer's own elsewhere
 *     honest N(0, 1/k + 1/4)   of a ring N(2, 1/k + 1)     prior 0.05, times how much it is drawn to the ring
 *     score = P · min(1, excess / 1.5 points)
 *
 * Somebody who is generous with all is generous; somebody who buys from one miner alone is loyal. Only
 * both at once, beyond the honest share, make a suspect. No buyer raises a validator by itself.
 */
import { exp, ln } from '../../exact.ts';
import type { Fraction, Hotkey } from '../../units.ts';
import type { FeedbackEvent } from './events.ts';
import { FLAGGED, type BuyerFinding } from './finding.ts';
import type { RingOf } from './rings.ts';
import type { Table } from './table.ts';

/** One buyer's rating of one validator's batch, by indices of a table. */
export interface Rated {
  readonly buyer: number;
  readonly validator: number;
  readonly batch: number;
  /** 1 to 10. */
  readonly rating: number;
  /** Beyond what the batch is worth, in points; a multiple of 1/1024. */
  readonly excess: number;
}

export interface Ratings {
  /** In the order of their ids. */
  readonly buyers: readonly Hotkey[];
  readonly rated: readonly Rated[];
}

const PRIOR_ODDS = 0.05;
const RING_EXCESS = 2;
const RING_SPREAD = 1;
const HONEST_SPREAD = 0.25;
/** Points beyond a batch's worth from which praise is worth a ring's trouble. */
const WORTH_IT = 1.5;
/** Of a buyer drawn to a ring: the share of its ratings that are for it. */
const DRAWN = 0.6;
/** Being drawn counts for no more than this, as ln: loyal buyers are drawn, too. */
const MOST_DRAWN = 2;
const LEAST_TIED = 2;
/** In points: a rating this far from the fit has no say in it. */
const REACH = 4;
const ROUNDS = 4;
const GRAIN = 1_024;
const MILLION = 1_000_000;

/** Ratings of batches whose worth is known; of one item rated twice the latest, of two at once the lower. */
export function ratingsOf(
  feedback: readonly FeedbackEvent[],
  { validators, batches }: Table,
  quality: Float64Array,
): Ratings {
  const buyers = [...new Set(feedback.map(({ buyer }) => buyer))].toSorted();
  const places = {
    buyer: placesOf(buyers),
    validator: placesOf(validators),
    batch: placesOf(batches),
  };
  const latest = new Map<string, FeedbackEvent>();
  for (const event of feedback) {
    const name = JSON.stringify([event.buyer, event.validator, event.batch]);
    const other = latest.get(name);
    if (other === undefined || (event.time - other.time || other.rating - event.rating) > 0) {
      latest.set(name, event);
    }
  }
  const known = [...latest.values()].flatMap(({ buyer, validator, batch, rating }) => {
    const at = places.batch.get(batch);
    const by = places.validator.get(validator);
    if (at === undefined || by === undefined || (quality[at] ?? -1) < 0) return [];
    return [{ buyer: places.buyer.get(buyer) ?? 0, validator: by, batch: at, rating }];
  });
  const worth = fitted(
    Float64Array.from(known, ({ batch }) => quality[batch] ?? 0),
    Float64Array.from(known, ({ rating }) => rating),
  );
  return {
    buyers,
    rated: known.map((one) => ({
      ...one,
      excess: Math.round((one.rating - worth(quality[one.batch] ?? 0)) * GRAIN) / GRAIN,
    })),
  };
}

const placesOf = (ids: readonly string[]): ReadonlyMap<string, number> =>
  new Map(ids.map((id, place) => [id, place]));

/** Whoever rated, by how it rated the items of each ring. */
export function buyersOf(
  { buyers, rated }: Ratings,
  table: Table,
  rings: readonly RingOf[],
): readonly BuyerFinding[] {
  const byBuyer = Map.groupBy(rated, ({ buyer }) => buyer);
  const sides = rings.map((ring) => sideOf(ring, table));
  const base = sides.map((isFor) => shareOf(rated, isFor));
  return buyers.map((buyer, at) => {
    const own = byBuyer.get(at) ?? [];
    const score = sides.reduce(
      (most, isFor, ring) => Math.max(most, suspicionOf(own, isFor, base[ring] ?? 0)),
      0,
    );
    const forRings = own.filter((one) => sides.some((isFor) => isFor(one))).length;
    const millionths = Math.round(score * MILLION) as Fraction;
    const isTied = forRings >= LEAST_TIED && 2 * forRings >= own.length;
    return {
      buyer,
      score: millionths,
      ratings: own.length,
      forRings,
      restricted: millionths >= FLAGGED || isTied,
    };
  });
}

/** The restricted buyers that rated a ring's items twice or more, in the order of their ids. */
export function behind(
  ring: RingOf,
  { rated, buyers }: Ratings,
  table: Table,
  found: readonly BuyerFinding[],
): readonly Hotkey[] {
  const isFor = sideOf(ring, table);
  const items = new Map<number, number>();
  for (const one of rated) if (isFor(one)) items.set(one.buyer, (items.get(one.buyer) ?? 0) + 1);
  return buyers.filter(
    (_, at) => (items.get(at) ?? 0) >= LEAST_TIED && found[at]?.restricted === true,
  );
}

type IsFor = (rated: Rated) => boolean;

/** Of a ring that favours miners, what they made; of one that copies, what its members approved. */
function sideOf({ validators, miners }: RingOf, { minerOf }: Table): IsFor {
  const favoured = new Set(miners);
  const members = new Set(validators);
  return ({ batch, validator }) =>
    members.has(validator) && (favoured.size === 0 || favoured.has(minerOf[batch] ?? -1));
}

const shareOf = (rated: readonly Rated[], isFor: IsFor): number =>
  rated.length === 0 ? 0 : rated.filter(isFor).length / rated.length;

function suspicionOf(own: readonly Rated[], isFor: IsFor, base: number): number {
  const inRing = own.filter(isFor);
  const k = inRing.length;
  if (k < LEAST_TIED) return 0;
  const elsewhere = own.length - k;
  const excess =
    meanOf(inRing, k) -
    meanOf(
      own.filter((one) => !isFor(one)),
      elsewhere + 2,
    );
  const honest = density(excess, 0, 1 / k + HONEST_SPREAD);
  const praise = density(excess, RING_EXCESS, 1 / k + RING_SPREAD);
  // Praise beyond what a ring would give is as telling as the ring's.
  const factor =
    excess > RING_EXCESS ? density(0, 0, 1 / k + RING_SPREAD) / honest : praise / honest;
  const drawn =
    base <= 0 || base >= DRAWN
      ? 0
      : k * ln(DRAWN / base) + elsewhere * ln((1 - DRAWN) / (1 - base));
  const odds = PRIOR_ODDS * factor * exp(Math.max(-MOST_DRAWN, Math.min(MOST_DRAWN, drawn)));
  return (odds / (1 + odds)) * Math.max(0, Math.min(1, excess / WORTH_IT));
}

/** The sum of excesses over a count; sums of multiples of 1/1024 are exact. */
const meanOf = (rated: readonly Rated[], count: number): number =>
  rated.reduce((sum, { excess }) => sum + excess, 0) / count;

const density = (x: number, mean: number, variance: number): number =>
  exp((-(x - mean) * (x - mean)) / (2 * variance)) / Math.sqrt(variance);

/**
 * By miner: how much likelier a ring is behind it, since buyers that rate little else praise it. From 1
 * where none do to 21 where all do.
 */
export function liftsOf({ rated, buyers }: Ratings, { miners, minerOf }: Table): Float64Array {
  const minerAt = ({ batch }: Rated): number => minerOf[batch] ?? 0;
  const suspects = new Int32Array(miners.length);
  const raters = new Int32Array(miners.length);
  for (const own of Map.groupBy(rated, ({ buyer }) => buyer).values()) {
    for (const [miner, items] of Map.groupBy(own, minerAt)) {
      raters[miner] = (raters[miner] ?? 0) + 1;
      const isDrawn = items.length >= LEAST_PRAISES && 2 * items.length >= own.length;
      if (!isDrawn || meanOf(items, items.length) < WORTH_IT) continue;
      suspects[miner] = (suspects[miner] ?? 0) + 1;
    }
  }
  if (buyers.length === 0) return new Float64Array(miners.length).fill(1);
  return Float64Array.from(
    suspects,
    (count, miner) => 1 + (MOST_LIFT * count) / Math.max(1, raters[miner] ?? 1),
  );
}
const LEAST_PRAISES = 3;
const MOST_LIFT = 20;

/** A line through (quality in millionths, rating), by Tukey's weights (1 − (e/reach)²)² in 1/1024. */
function fitted(qualities: Float64Array, ratings: Float64Array): (quality: number) => number {
  let line = { a: 1, b: 9 };
  for (let round = 0; round < ROUNDS; round++) {
    const sums = { w: 0, x: 0, y: 0, xx: 0, xy: 0 };
    for (let at = 0; at < ratings.length; at++) {
      const rating = ratings[at] ?? 0;
      // In thousandths: then every sum is of whole numbers, and exact.
      const x = Math.round((qualities[at] ?? 0) / 1_000);
      const e = (rating - line.a - (line.b * x) / 1_000) / REACH;
      const near = Math.max(0, 1 - e * e);
      const w = Math.round(near * near * GRAIN);
      sums.w += w;
      sums.x += w * x;
      sums.y += w * rating;
      sums.xx += w * x * x;
      sums.xy += w * x * rating;
    }
    line = lineOf(sums) ?? line;
  }
  return (quality) => line.a + (line.b * quality) / MILLION;
}

/** Undefined where the points are too few or lie above one another. */
function lineOf({
  w,
  x,
  y,
  xx,
  xy,
}: Readonly<Record<'w' | 'x' | 'y' | 'xx' | 'xy', number>>): { a: number; b: number } | undefined {
  if (w < LEAST_POINTS * GRAIN) return undefined;
  const spread = xx / w - (x / w) * (x / w);
  if (spread < LEAST_QUALITY_SPREAD) return { a: y / w - (9 * x) / w / 1_000, b: 9 };
  const slope = (xy / w - (x / w) * (y / w)) / spread;
  return { a: y / w - (slope * x) / w, b: slope * 1_000 };
}
const LEAST_POINTS = 8;
/** In thousandths squared: below a standard deviation of 0.03 of quality no slope can be told. */
const LEAST_QUALITY_SPREAD = 900;
