/**
 * What buyers said, and how far each word lies from what the batch is worth.
 *
 *     rating ≈ a + b · q      fitted so that ratings far off have no say
 *     excess = rating − a − b · q
 *
 * One rating bears on every validator that approved the batch. It is one word all the same: whoever
 * counted it once a validator would take a single happy answer for five.
 */
import type { Hotkey } from '../../units.ts';
import type { FeedbackEvent } from './events.ts';
import type { Table } from './table.ts';

/** One buyer's word on one batch, by indices of a table. */
export interface Rated {
  readonly buyer: number;
  readonly batch: number;
  /** The validators that it bears on, in their order. */
  readonly on: readonly number[];
  /** 1 to 10. */
  readonly rating: number;
  /** Beyond what the batch is worth, in points; a multiple of 1/1024. */
  readonly excess: number;
  /**
   * How much below its worth the other buyers hold what this miner sends, in points: 0 or less, a
   * multiple of 1/1024. Leads can pass every check and be of no use, which only who bought them knows.
   */
  readonly dislike: number;
}

export interface Ratings {
  /** In the order of their ids. */
  readonly buyers: readonly Hotkey[];
  readonly rated: readonly Rated[];
}

/** In points: a rating this far from the fit has no say in it. */
const REACH = 4;
const ROUNDS = 4;
const GRAIN = 1_024;
const MILLION = 1_000_000;
/** Ratings of batches whose worth is known; of one item rated twice the latest, of two at once the lower. */
export function ratingsOf(
  feedback: readonly FeedbackEvent[],
  { validators, batches, minerOf }: Table,
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
  const words = new Map<string, { buyer: number; batch: number; on: number[]; rating: number }>();
  for (const { buyer, validator, batch, rating } of latest.values()) {
    const at = places.batch.get(batch);
    const by = places.validator.get(validator);
    if (at === undefined || by === undefined || (quality[at] ?? -1) < 0) continue;
    const own = places.buyer.get(buyer) ?? 0;
    const name = `${own} ${at} ${rating}`;
    const word = words.get(name);
    if (word === undefined) words.set(name, { buyer: own, batch: at, on: [by], rating });
    else word.on.push(by);
  }
  const known = [...words.values()];
  const worth = fitted(
    Float64Array.from(known, ({ batch }) => quality[batch] ?? 0),
    Float64Array.from(known, ({ rating }) => rating),
  );
  const told = known.map((one) => ({
    ...one,
    on: one.on.toSorted((a, b) => a - b),
    excess: grained(one.rating - worth(quality[one.batch] ?? 0)),
  }));
  const dislikeOf = dislikes(told, ({ batch }) => minerOf[batch] ?? 0);
  return { buyers, rated: told.map((one) => ({ ...one, dislike: dislikeOf(one) })) };
}

const placesOf = (ids: readonly string[]): ReadonlyMap<string, number> =>
  new Map(ids.map((id, place) => [id, place]));

const grained = (points: number): number => Math.round(points * GRAIN) / GRAIN;

type Told = Omit<Rated, 'dislike'>;

/**
 * Of a word, from what the other buyers think of its miner: the middle one of them. Where there is no
 * other, nobody contradicts it.
 */
function dislikes(told: readonly Told[], minerOf: (one: Told) => number): (one: Told) => number {
  const found = new Map<string, number>();
  for (const [miner, ofMiner] of Map.groupBy(told, minerOf)) {
    const views = [...Map.groupBy(ofMiner, ({ buyer }) => buyer)]
      .map(([buyer, own]) => ({
        buyer,
        view: grained(own.reduce((sum, { excess }) => sum + excess, 0) / own.length),
      }))
      .toSorted((a, b) => a.view - b.view);
    for (const [place, { buyer, view }] of views.entries()) {
      const others = views.length === 1 ? view : middleBut(place, views);
      found.set(`${buyer} ${miner}`, Math.min(0, grained(others)));
    }
  }
  return (one) => found.get(`${one.buyer} ${minerOf(one)}`) ?? 0;
}

/** The median of all but one of some views in their order; between the two in the middle where there are two. */
function middleBut(place: number, views: readonly { readonly view: number }[]): number {
  const left = views.length - 1;
  const at = (rank: number): number => views[rank < place ? rank : rank + 1]?.view ?? 0;
  return (at((left - 1) >> 1) + at(left >> 1)) / 2;
}

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
