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
  /** In which twelfth of all batches, by time, it came: 0 to 11. */
  readonly twelfthOf: Uint8Array;
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
  const validators = idsOf(scores, ({ validator }) => validator);
  const miners = idsOf(scores, ({ miner }) => miner);
  const batches = idsOf(scores, ({ batch }) => batch);
  const batchAt = placesOf(batches);
  const validatorAt = placesOf(validators);
  const minerAt = placesOf(miners);

  const given = scores.map((event) => [
    batchAt.get(event.batch) ?? 0,
    validatorAt.get(event.validator) ?? 0,
  ]);
  const order = sortedBy(
    sortedBy(indices(scores.length), validators.length, (at) => given[at]?.[1] ?? 0),
    batches.length,
    (at) => given[at]?.[0] ?? 0,
  );

  const kept: number[] = [];
  let last: ScoreEvent | undefined;
  for (const at of order) {
    const event = scores[at];
    if (event === undefined) continue;
    const isAgain = last?.batch === event.batch && last.validator === event.validator;
    if (isAgain && last !== undefined && !replaces(event, last)) continue;
    if (isAgain) kept[kept.length - 1] = at;
    else kept.push(at);
    last = event;
  }

  const starts = new Int32Array(batches.length + 1);
  const minerOf = new Int32Array(batches.length).fill(miners.length);
  const firstAt = new Float64Array(batches.length).fill(Infinity);
  const validatorOf = new Int32Array(kept.length);
  const batchOf = new Int32Array(kept.length);
  const scoreOf = new Int32Array(kept.length);
  const timeOf = new Float64Array(kept.length);
  for (const [row, at] of kept.entries()) {
    const event = scores[at];
    const [batch = 0, validator = 0] = given[at] ?? [];
    if (event === undefined) continue;
    validatorOf[row] = validator;
    batchOf[row] = batch;
    scoreOf[row] = event.score;
    timeOf[row] = event.time;
    starts[batch + 1] = row + 1;
    minerOf[batch] = Math.min(minerOf[batch] ?? 0, minerAt.get(event.miner) ?? 0);
    firstAt[batch] = Math.min(firstAt[batch] ?? 0, event.time);
  }

  return {
    validators,
    miners,
    batches,
    starts,
    validatorOf,
    batchOf,
    scoreOf,
    timeOf,
    minerOf,
    twelfthOf: twelfthsOf(firstAt),
    ...checksOf(audits, batchAt, sampleSize),
    sampleSize,
  };
}

function checksOf(
  audits: readonly AuditEvent[],
  batchAt: ReadonlyMap<string, number>,
  sampleSize: number,
): Pick<Table, 'passRateOf' | 'checkedOf'> {
  const passRateOf = new Int32Array(batchAt.size).fill(-1);
  const checkedOf = new Int32Array(batchAt.size);
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

const idsOf = <Id extends string>(
  scores: readonly ScoreEvent[],
  of: (event: ScoreEvent) => Id,
): readonly Id[] => [...new Set(scores.map(of))].toSorted();

const placesOf = (ids: readonly string[]): ReadonlyMap<string, number> =>
  new Map(ids.map((id, place) => [id, place]));

const indices = (count: number): Int32Array => Int32Array.from({ length: count }, (_, at) => at);

/** Indices in the order of a small whole number of each, those of one number as they were. */
export function sortedBy(
  order: Int32Array,
  numbers: number,
  of: (index: number) => number,
): Int32Array {
  const next = new Int32Array(numbers + 1);
  for (const index of order) next[of(index) + 1] = (next[of(index) + 1] ?? 0) + 1;
  for (let number = 1; number <= numbers; number++) {
    next[number] = (next[number] ?? 0) + (next[number - 1] ?? 0);
  }
  const sorted = new Int32Array(order.length);
  for (const index of order) {
    const number = of(index);
    const place = next[number] ?? 0;
    sorted[place] = index;
    next[number] = place + 1;
  }
  return sorted;
}
