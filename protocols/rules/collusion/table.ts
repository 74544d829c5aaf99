/**
 * The events of a window as numbers in tables, in an order that only their content decides.
 *
 *     ids ──sorted──▶ indices      scores ──by batch, then validator──▶ rows      times ──▶ twelfths
 *
 * A validator's second score of a batch replaces its first: the latest counts, of two at once the one
 * of the later epoch, then the lower. A row told twice is one row.
 */
import type { Hotkey } from '../../units.ts';
import type { AuditEvent, CollusionEvents, ScoreEvent } from './events.ts';

export interface Table {
  /** In the order of their ids, as are miners and batches. */
  readonly validators: readonly Hotkey[];
  readonly miners: readonly Hotkey[];
  readonly batches: readonly string[];
  /** The rows of batch b are those from `starts[b]` to before `starts[b + 1]`. */
  readonly starts: Int32Array;
  /** Of each row. */
  readonly validatorOf: Int32Array;
  readonly batchOf: Int32Array;
  /** O_v in millionths. */
  readonly scoreOf: Int32Array;
  readonly timeOf: Float64Array;
  /** Of each batch. */
  readonly minerOf: Int32Array;
  /** Rows by validator, and then by batch: those of validator v from `ofValidator[v]` to before the next. */
  readonly byValidator: Int32Array;
  readonly ofValidator: Int32Array;
  /** In which twelfth of all batches, by time, it came: 0 to 11. */
  readonly twelfthOf: Uint8Array;
  /** In which of the table's `slots` each batch came: epochs in which any did, or several in a row. */
  readonly slotOf: Uint8Array;
  readonly slots: number;
  /** What the automated checks found, in millionths; −1 where they were not made. */
  readonly passRateOf: Int32Array;
  /** How many leads they could tell. */
  readonly checkedOf: Int32Array;
  /** Leads in a validator's sample. */
  readonly sampleSize: number;
}

/** Of a validator, where nobody says otherwise: 20 % of 100 leads. */
const USUAL_SAMPLE = 20;
/** Whole, halves, thirds, quarters and sixths are all made of these. */
export const TWELFTHS = 12;

export function tableOf({ scores, audits, sampleSize = USUAL_SAMPLE }: CollusionEvents): Table {
  const { ids: validators, places: validatorAt } = indexed(scores, ({ validator }) => validator);
  const { ids: miners, places: minerAt } = indexed(scores, ({ miner }) => miner);
  const { ids: batches, places: batchAt } = indexed(scores, ({ batch }) => batch);

  const order = sortedBy(
    sortedBy(indices(scores.length), validators.length, validatorAt),
    batches.length,
    batchAt,
  );

  const kept = new Int32Array(scores.length);
  let rows = 0;
  let last: ScoreEvent | undefined;
  for (let place = 0; place < order.length; place++) {
    const at = order[place] ?? 0;
    const event = scores[at];
    if (event === undefined) continue;
    const isAgain = last?.batch === event.batch && last.validator === event.validator;
    if (isAgain && last !== undefined && !replaces(event, last)) continue;
    if (!isAgain) rows++;
    kept[rows - 1] = at;
    last = event;
  }

  const starts = new Int32Array(batches.length + 1);
  const minerOf = new Int32Array(batches.length).fill(miners.length);
  const firstAt = new Float64Array(batches.length).fill(Infinity);
  const epochOf = new Float64Array(batches.length).fill(Infinity);
  const validatorOf = new Int32Array(rows);
  const batchOf = new Int32Array(rows);
  const scoreOf = new Int32Array(rows);
  const timeOf = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = kept[row] ?? 0;
    const event = scores[at];
    if (event === undefined) continue;
    const batch = batchAt[at] ?? 0;
    validatorOf[row] = validatorAt[at] ?? 0;
    batchOf[row] = batch;
    scoreOf[row] = event.score;
    timeOf[row] = event.time;
    starts[batch + 1] = row + 1;
    minerOf[batch] = Math.min(minerOf[batch] ?? 0, minerAt[at] ?? 0);
    firstAt[batch] = Math.min(firstAt[batch] ?? 0, event.time);
    epochOf[batch] = Math.min(epochOf[batch] ?? 0, event.epoch);
  }

  const byValidator = sortedBy(indices(rows), validators.length, validatorOf);
  return {
    validators,
    miners,
    batches,
    starts,
    byValidator,
    ofValidator: countedUp(validators.length, validatorOf),
    validatorOf,
    batchOf,
    scoreOf,
    timeOf,
    minerOf,
    twelfthOf: twelfthsOf(firstAt),
    ...slotsOf(epochOf),
    ...checksOf(audits, batches, sampleSize),
    sampleSize,
  };
}

function checksOf(
  audits: readonly AuditEvent[],
  batches: readonly string[],
  sampleSize: number,
): Pick<Table, 'passRateOf' | 'checkedOf'> {
  const batchAt = new Map(batches.map((id, place) => [id, place]));
  const passRateOf = new Int32Array(batches.length).fill(-1);
  const checkedOf = new Int32Array(batches.length);
  const latest = new Map<number, AuditEvent>();
  for (const event of audits) {
    const batch = batchAt.get(event.batch);
    if (batch === undefined) continue;
    const other = latest.get(batch);
    if (other !== undefined && !isNewer(event, other)) continue;
    latest.set(batch, event);
    passRateOf[batch] = event.passRate;
    checkedOf[batch] = event.checked ?? sampleSize;
  }
  return { passRateOf, checkedOf };
}

const replaces = (a: ScoreEvent, b: ScoreEvent): boolean =>
  (a.time - b.time || a.epoch - b.epoch || b.score - a.score) > 0;

const isNewer = (a: AuditEvent, b: AuditEvent): boolean =>
  (a.time - b.time || b.passRate - a.passRate || (a.checked ?? 0) - (b.checked ?? 0)) > 0;

/** By rank and not by the clock: twelve parts of as many batches, those of one time in one part. */
function twelfthsOf(times: Float64Array): Uint8Array {
  const sorted = times.toSorted();
  const bounds = Array.from(
    { length: TWELFTHS - 1 },
    (_, part) => sorted[Math.floor(((part + 1) * sorted.length) / TWELFTHS)] ?? 0,
  );
  return Uint8Array.from(times, (time) => bounds.filter((bound) => bound <= time).length);
}

/** A ring that comes and goes from epoch to epoch is not told from one that does less all the time, where there are more. */
const MOST_SLOTS = 64;

function slotsOf(epochs: Float64Array): Pick<Table, 'slotOf' | 'slots'> {
  const distinct = [...new Set(epochs)].toSorted((a, b) => a - b);
  const slots = Math.min(MOST_SLOTS, distinct.length);
  const slotAt = new Map(
    distinct.map((epoch, rank) => [epoch, Math.floor((rank * slots) / distinct.length)]),
  );
  return { slotOf: Uint8Array.from(epochs, (epoch) => slotAt.get(epoch) ?? 0), slots };
}

/** The ids that scores name, sorted, and of each score the place of its own among them. */
function indexed<Id extends string>(
  scores: readonly ScoreEvent[],
  of: (event: ScoreEvent) => Id,
): { readonly ids: readonly Id[]; readonly places: Int32Array } {
  const met = new Map<Id, number>();
  const places = new Int32Array(scores.length);
  for (let at = 0; at < scores.length; at++) {
    const event = scores[at];
    if (event === undefined) continue;
    const id = of(event);
    let place = met.get(id);
    if (place === undefined) met.set(id, (place = met.size));
    places[at] = place;
  }
  // First in the order in which they are met, and then in their own.
  const ids = [...met.keys()].toSorted();
  const own = new Int32Array(ids.length);
  for (const [place, id] of ids.entries()) own[met.get(id) ?? 0] = place;
  for (let at = 0; at < places.length; at++) places[at] = own[places[at] ?? 0] ?? 0;
  return { ids, places };
}

function indices(count: number): Int32Array {
  const all = new Int32Array(count);
  for (let at = 0; at < count; at++) all[at] = at;
  return all;
}

/** How many are below each number, of numbers below so many; and all of them at the end. */
function countedUp(numbers: number, of: Int32Array): Int32Array {
  const below = new Int32Array(numbers + 1);
  for (let at = 0; at < of.length; at++) {
    const next = (of[at] ?? 0) + 1;
    below[next] = (below[next] ?? 0) + 1;
  }
  for (let number = 1; number <= numbers; number++) {
    below[number] = (below[number] ?? 0) + (below[number - 1] ?? 0);
  }
  return below;
}

/**
 * Indices in the order of a small whole number of each, those of one number as they were: `of` holds the
 * number of every index, of which `order` are all, and each is below `numbers`.
 */
export function sortedBy(order: Int32Array, numbers: number, of: Int32Array): Int32Array {
  const next = countedUp(numbers, of);
  const sorted = new Int32Array(order.length);
  for (let at = 0; at < order.length; at++) {
    const index = order[at] ?? 0;
    const number = of[index] ?? 0;
    const place = next[number] ?? 0;
    sorted[place] = index;
    next[number] = place + 1;
  }
  return sorted;
}
