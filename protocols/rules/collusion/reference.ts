/**
 * What a batch is worth, as all the others see it: the reference that a validator's own score of it is
 * held against.
 *
 *     q(b) without v = trust-weighted median of the others' scores, then one Huber step of 1.3 sd
 *
 * Scores count less the leniency of who gave them. What the automated checks found counts as one more
 * scorer, of up to three times the weight. A median does not follow a minority, however far off; the
 * step takes back what the median wastes where all are honest.
 */
import type { Table } from './table.ts';

/** Weights are whole numbers of these: then sums and ties are exact, in whatever order. */
export const UNIT = 1_024;
/** Of the automated checks, for as many leads as this many samples. */
const MOST_SAMPLES_CHECKED = 3;
/** Fewer others than this cannot tell what a batch is worth. */
const LEAST_OTHERS = 1.5 * UNIT;
/** Of the standard deviation: what is further off counts as being there. */
const HUBER = 1.3;
/** Variance of a score that no sample explains: two validators do not see one lead alike. */
const UNSAMPLED = 0.0004;
const WHOLE = 1_000_000;

/** What a reference rests on, by validator. */
export interface Believed {
  /** In 1/1024: how much a validator's scores count. */
  readonly trust: Int32Array;
  /** In millionths: how much higher than others it scores whatever it sees, where there is room. */
  readonly leniency: Int32Array;
  /** By batch, in millionths: what it was held to be worth; −1 where nothing is. */
  readonly quality: Float64Array;
}

/**
 * What leniency adds to a score of a batch of this quality, all in millionths: nothing where the best
 * is given anyway, and as little below nothing.
 */
export function leniencyAt(leniency: number, quality: number): number {
  return leniency * (leniency > 0 ? roomFor(WHOLE - quality) : roomFor(quality));
}
const roomFor = (millionths: number): number => Math.min(1, millionths / ROOM);
/** Below so much room leniency tapers off. */
const ROOM = 100_000;

/** By row of the table. */
export interface References {
  /** In millionths, without the row's own score; −1 where the others are too few. */
  readonly quality: Float64Array;
  /** How much the others count, in 1/1024. */
  readonly weight: Int32Array;
}

/** Variance of an honest score of a batch of this quality, as a share of the whole. */
export function scoreVariance(quality: number, sampleSize: number): number {
  const share = (quality * sampleSize + 0.5) / (sampleSize + 1);
  return (share * (1 - share)) / sampleSize + UNSAMPLED;
}

export function referencesOf(table: Table, believed: Believed): References {
  const rows = table.validatorOf.length;
  const quality = new Float64Array(rows).fill(-1);
  const weight = new Int32Array(rows);
  const opinions = placesFor(table);
  for (let batch = 0; batch < table.batches.length; batch++) {
    hear(opinions, table, batch, believed);
    for (let place = 0; place < opinions.count; place++) {
      const row = opinions.rows[place] ?? -1;
      if (row < 0) continue;
      const others = opinions.total - (opinions.weights[place] ?? 0);
      weight[row] = others;
      if (others >= LEAST_OTHERS) quality[row] = without(opinions, place, table.sampleSize);
    }
  }
  return { quality, weight };
}

/** What the whole panel and the checks say of each batch, in millionths; −1 where that is too few. */
export function qualitiesOf(table: Table, believed: Believed): Float64Array {
  const qualities = new Float64Array(table.batches.length).fill(-1);
  const opinions = placesFor(table);
  for (let batch = 0; batch < qualities.length; batch++) {
    hear(opinions, table, batch, believed);
    if (opinions.total < LEAST_OTHERS) continue;
    qualities[batch] = without(opinions, -1, table.sampleSize);
  }
  return qualities;
}

/** Opinions on one batch from the lowest to the highest; what lies behind the count is of another batch. */
interface Opinions {
  count: number;
  /** −1 for the automated checks. */
  readonly rows: Int32Array;
  readonly values: Float64Array;
  readonly weights: Int32Array;
  /** Sum of the weights before a place, and of weight times value. */
  readonly before: Float64Array;
  readonly sumBefore: Float64Array;
  total: number;
  /** As given, before they are in order. */
  readonly given: Float64Array;
  readonly givenWeights: Int32Array;
  readonly order: Int32Array;
}

/** For as many as any batch has: of hundreds of thousands of batches, most of the time went into making room. */
function placesFor({ starts }: Table): Opinions {
  const most = 1 + starts.reduce((sum, at, next) => Math.max(sum, at - (starts[next - 1] ?? 0)), 0);
  return {
    count: 0,
    rows: new Int32Array(most),
    values: new Float64Array(most),
    weights: new Int32Array(most),
    before: new Float64Array(most + 1),
    sumBefore: new Float64Array(most + 1),
    total: 0,
    given: new Float64Array(most),
    givenWeights: new Int32Array(most),
    order: new Int32Array(most),
  };
}

/** Makes them those on a batch. */
function hear(
  opinions: Opinions,
  table: Table,
  batch: number,
  { trust, leniency, quality }: Believed,
): void {
  const { rows, values, weights, before, sumBefore, given, givenWeights, order } = opinions;
  const worth = quality[batch] ?? -1;
  const from = table.starts[batch] ?? 0;
  const scorers = (table.starts[batch + 1] ?? from) - from;
  const passRate = table.passRateOf[batch] ?? -1;
  const samples = Math.min(MOST_SAMPLES_CHECKED, (table.checkedOf[batch] ?? 0) / table.sampleSize);
  const checks = passRate < 0 ? 0 : Math.round(samples * UNIT);
  // Checks that could tell nothing have no say, not even where the median lies between two.
  const count = scorers + (checks > 0 ? 1 : 0);

  // As `leniencyAt` has it, once for all who scored the batch.
  const above = worth < 0 ? 0 : roomFor(WHOLE - worth);
  const below = worth < 0 ? 0 : roomFor(worth);
  for (let at = 0; at < scorers; at++) {
    const validator = table.validatorOf[from + at] ?? 0;
    const own = leniency[validator] ?? 0;
    const lenient = own * (own > 0 ? above : below);
    given[at] = (table.scoreOf[from + at] ?? 0) - Math.round(lenient);
    givenWeights[at] = trust[validator] ?? 0;
  }
  if (checks > 0) {
    given[scorers] = passRate;
    givenWeights[scorers] = checks;
  }

  ascending(given, count, order);
  for (let place = 0; place < count; place++) {
    const at = order[place] ?? 0;
    const value = given[at] ?? 0;
    const own = givenWeights[at] ?? 0;
    rows[place] = at < scorers ? from + at : -1;
    values[place] = value;
    weights[place] = own;
    before[place + 1] = (before[place] ?? 0) + own;
    sumBefore[place + 1] = (sumBefore[place] ?? 0) + own * value;
  }
  opinions.count = count;
  opinions.total = before[count] ?? 0;
}

/** Places of so many whole numbers in the order of the numbers, those of one number as they were. */
function ascending(given: Float64Array, count: number, order: Int32Array): void {
  if (count <= FEW) {
    for (let at = 0; at < count; at++) {
      const value = given[at] ?? 0;
      let place = at;
      for (; place > 0 && (given[order[place - 1] ?? 0] ?? 0) > value; place--) {
        order[place] = order[place - 1] ?? 0;
      }
      order[place] = at;
    }
    return;
  }
  // Number and place in one: typed arrays sort numbers fast, and nothing else.
  const packed = new Float64Array(count);
  for (let at = 0; at < count; at++) packed[at] = (given[at] ?? 0) * count + at;
  packed.sort();
  for (let place = 0; place < count; place++) {
    const key = packed[place] ?? 0;
    order[place] = key - Math.floor(key / count) * count;
  }
}
/** Up to so many, putting each in its place is faster than sorting. */
const FEW = 24;

/** The reference without the opinion at a place; with all where the place is −1. */
function without(opinions: Opinions, left: number, sampleSize: number): number {
  const { count, values, before, sumBefore, weights, total } = opinions;
  const own = left < 0 ? 0 : (weights[left] ?? 0);
  const ownValue = left < 0 ? 0 : (values[left] ?? 0);
  const others = total - own;
  const middle = clamp(medianWithout(opinions, left, others / 2), 0, WHOLE);

  const reach = HUBER * Math.sqrt(scoreVariance(middle / WHOLE, sampleSize)) * WHOLE;
  const low = middle - reach;
  const high = middle + reach;
  const first = firstFrom(values, count, low);
  const last = firstFrom(values, count, high);
  const isBelow = left >= 0 && left < first;
  const isAbove = left >= last;
  const weightBelow = (before[first] ?? 0) - (isBelow ? own : 0);
  const weightAbove = total - (before[last] ?? 0) - (isAbove ? own : 0);
  const isWithin = left >= first && left < last;
  const within = (sumBefore[last] ?? 0) - (sumBefore[first] ?? 0) - (isWithin ? own * ownValue : 0);
  return clamp((within + low * weightBelow + high * weightAbove) / others, 0, WHOLE);
}

/** Where half of the weight is reached; between two where it is reached exactly there. */
function medianWithout(
  { count, values, before, weights }: Opinions,
  left: number,
  half: number,
): number {
  const own = left < 0 ? 0 : (weights[left] ?? 0);
  // Before the place all is as it is; after it, its own weight is missing from every sum.
  let place = firstReaching(before, count, half);
  if (left >= 0 && place >= left)
    place = Math.max(firstReaching(before, count, half + own), left + 1);
  if (place >= count) place = count - 1;
  const reached = (before[place + 1] ?? 0) - (left >= 0 && place >= left ? own : 0);
  const value = values[place] ?? 0;
  if (reached > half) return value;
  const next = place + 1 === left ? place + 2 : place + 1;
  return (value + (next < count ? (values[next] ?? value) : value)) / 2;
}

/** The first place up to whose end the weight reaches a sum. */
function firstReaching(before: Float64Array, count: number, sum: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((before[middle + 1] ?? 0) >= sum) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first place of a value not below a bound. */
function firstFrom(values: Float64Array, count: number, bound: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));
