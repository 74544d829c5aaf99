/**
 * A book: records in the order in which they came, and the fold of some of them.
 *
 *     record, record, record, …        a ledger has read so many of them
 *     └── fold: of the first n, all within a horizon ──▶ standing
 *
 * Everyone in a subnet follows the same records, so in one process their ledgers read one book: it is
 * written once and folded once, and the standings that it came to serve them all. Nobody sees more of
 * it than was given to it: who has read fewer records, or asks of an earlier moment, has the fold
 * taken back to there.
 */
import { admit, emptyFold, makeVoid, withdraw, type Folded } from './fold.ts';
import type { LedgerRecord } from './records.ts';
import { NO_VOIDS, type Voids } from './rules/penalties.ts';
import { firstNot } from './sorted.ts';
import { standingFrom, type Standing } from './standing.ts';

/** How far a fold goes: to all before `at`, or to `at` and all before. Windows end at `at`. */
export interface Horizon {
  readonly at: number;
  readonly through: boolean;
}

/** The first so many records of a book, as far as they are within a horizon, less the void ratings. */
export interface Reach {
  readonly count: number;
  readonly horizon: Horizon;
  readonly voids: Voids;
}

export interface Book {
  /** A day in the unit of the records' `at`. */
  readonly day: number;
  readonly records: LedgerRecord[];
  /** Which record has a key: its place among `records`. */
  readonly places: Map<string, number>;
  /** Places in the order of the records' `at`. */
  readonly byTime: number[];
  readonly folded: Folded;
  /** What is folded. */
  reach: Reach;
  /** The last standings asked for, the newest first. */
  recent: { readonly reach: Reach; readonly standing: Standing }[];
}

/** The current epoch's standing and the one before, as those see them who lag a record behind. */
const RECENT = 8;

export const newBook = (day: number): Book => ({
  day,
  records: [],
  places: new Map(),
  byTime: [],
  folded: emptyFold(),
  reach: { count: 0, horizon: { at: -Infinity, through: false }, voids: NO_VOIDS },
  recent: [],
});

/** Writes one more record, of a key that is not there yet. */
export function write(book: Book, record: LedgerRecord): void {
  const place = book.records.length;
  book.places.set(record.key, place);
  book.records.push(record);
  const index = firstNot(book.byTime, (other) => timeOf(book, other) <= record.at);
  book.byTime.splice(index, 0, place);
}

/** A book of one's own that begins like this one. */
export function copyOf({ day, records }: Book, count: number): Book {
  const book = newBook(day);
  for (const record of records.slice(0, count)) write(book, record);
  return book;
}

/** Everyone's standing by the first `count` records within a horizon. */
export function standingIn(book: Book, asked: Reach): Standing {
  const reach = narrowed(book, asked);
  const { horizon } = reach;
  const known = book.recent.find(({ reach: other }) => isSame(reach, other));
  if (known !== undefined) return known.standing;

  const standing = standingFrom(foldedTo(book, reach), book.day, horizon.at);
  book.recent = [{ reach, standing }, ...book.recent].slice(0, RECENT);
  return standing;
}

/** The fold of the first `count` records within a horizon: good until the book is folded elsewhere. */
export const foldIn = (book: Book, asked: Reach): Folded => foldedTo(book, narrowed(book, asked));

/** Those of the first `count` records that are of a time from `from` up to `to`, in its order. */
export function recordsIn(
  book: Book,
  { count, from, to }: { readonly count: number; readonly from: number; readonly to: number },
): readonly LedgerRecord[] {
  const found: LedgerRecord[] = [];
  const start = firstNot(book.byTime, (place) => timeOf(book, place) < from);
  for (let index = start; index < book.byTime.length; index++) {
    const place = book.byTime[index] ?? 0;
    if (timeOf(book, place) >= to) break;
    if (place < count) found.push(...placed(book, place).map(([, record]) => record));
  }
  return found;
}

const narrowed = (book: Book, { count, horizon, voids }: Reach): Reach => ({
  count: narrowedTo(book, count, horizon),
  horizon,
  voids,
});

/** Of the first `count` records those behind the last within the horizon make no difference. */
export function narrowedTo({ records }: Book, count: number, horizon: Horizon): number {
  for (let last = count; last > 0; last--) {
    const record = records[last - 1];
    if (record !== undefined && isWithin(record.at, horizon)) return last;
  }
  return 0;
}

/** Takes the fold from where it is to where it is asked for, by what lies between the two alone. */
function foldedTo(book: Book, next: Reach): Folded {
  const { folded, day, reach: last } = book;
  const between = [...countedBetween(last, next), ...timedBetween(book, last, next)];
  for (const [place, record] of between) {
    if (isIn(place, record, last) && !isIn(place, record, next)) withdraw(folded, day, record);
  }
  for (const [place, record] of between) {
    if (!isIn(place, record, last) && isIn(place, record, next)) admit(folded, day, record);
  }
  makeVoid(folded, day, next.voids);
  book.reach = next;
  return folded;

  function* countedBetween(a: Reach, b: Reach): Generator<Placed> {
    const end = Math.max(a.count, b.count);
    for (let place = Math.min(a.count, b.count); place < end; place++) yield* placed(book, place);
  }
}

/** A record and its place in the book. */
type Placed = readonly [number, LedgerRecord];

function placed({ records }: Book, place: number): readonly Placed[] {
  const record = records[place];
  return record === undefined ? [] : [[place, record]];
}

/** Those that both have counted, and one horizon holds and the other does not. */
function* timedBetween(book: Book, a: Reach, b: Reach): Generator<Placed> {
  const both = Math.min(a.count, b.count);
  const [near, far] = isEarlier(a.horizon, b.horizon)
    ? [a.horizon, b.horizon]
    : [b.horizon, a.horizon];
  const from = firstNot(book.byTime, (place) => isWithin(timeOf(book, place), near));
  for (let index = from; index < book.byTime.length; index++) {
    const place = book.byTime[index] ?? 0;
    if (!isWithin(timeOf(book, place), far)) return;
    if (place < both) yield* placed(book, place);
  }
}

const timeOf = ({ records }: Book, place: number): number => records[place]?.at ?? Infinity;
const isIn = (place: number, { at }: LedgerRecord, { count, horizon }: Reach): boolean =>
  place < count && isWithin(at, horizon);
const isWithin = (at: number, horizon: Horizon): boolean =>
  at < horizon.at || (horizon.through && at === horizon.at);
const isSame = (a: Reach, b: Reach): boolean =>
  a.count === b.count &&
  a.horizon.at === b.horizon.at &&
  a.horizon.through === b.horizon.through &&
  a.voids.name === b.voids.name;
const isEarlier = (a: Horizon, b: Horizon): boolean =>
  a.at < b.at || (a.at === b.at && b.through && !a.through);
