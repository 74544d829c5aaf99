/**
 * The ledger: all that was settled and rated, folded into everyone's standing.
 *
 *     records of blocks before `at`, in the order (block, digest) ──▶ P_v, C_v, R_v · A_m, D_m, W_m
 *
 * The set of records decides, never the order in which they arrived, so all who hold the same records
 * get the same standing. A record that comes later than others of its time is folded in where it
 * belongs.
 */
import { copyOf, foldIn, newBook, standingIn, write, type Book, type Horizon } from './book.ts';
import type { LedgerRecord } from './records.ts';
import { isRating, START } from './rules/reputation.ts';
import { validatorStanding, withFlagged, type Standing } from './standing.ts';
import { invariant, type Hotkey, type Reputation } from './units.ts';

export interface Ledger {
  /** Its records are the first `size` in there. Others may be reading it too. */
  book: Book;
  size: number;
}

/** `day` is a day in the unit of the records' `at`. */
export const newLedger = ({ day }: { readonly day: number }): Ledger => ({
  book: newBook(day),
  size: 0,
});

/** False where the record is known already: then nothing changes. */
export function enter(ledger: Ledger, record: LedgerRecord): boolean {
  invariant(Number.isFinite(record.at), 'a record has its place in time');
  invariant(record.kind !== 'rating' || isRating(record.rating), 'a rating is 1 to 10');
  if (ledger.size === 0) ledger.book = bookOf(record, ledger.book);
  const place = ledger.book.places.get(record.key);
  if (place !== undefined && place < ledger.size) return false;

  // Whoever wrote the next record, it is this very one, or this ledger goes a way of its own.
  const { book, size } = ledger;
  const isNext = book.records[size] === record;
  if (!isNext && size < book.records.length) ledger.book = copyOf(book, size);
  if (!isNext) write(ledger.book, record);
  ledger.size++;
  return true;
}

/** The book that begins with a record, for as long as somebody holds that: the given one if none does. */
function bookOf(first: LedgerRecord, otherwise: Book): Book {
  const known = books.get(first);
  if (known !== undefined && known.day === otherwise.day) return known;
  books.set(first, otherwise);
  return otherwise;
}
const books = new WeakMap<LedgerRecord, Book>();

/** Everyone's standing by the records before `at`. */
export const standingAt = (
  ledger: Ledger,
  at: number,
  flagged?: (validator: Hotkey, at: number) => boolean,
): Standing => standing(ledger, { at, through: false }, flagged);

/** The same by the records before `now` and at it. */
export const standingThrough = (ledger: Ledger, now: number): Standing =>
  standing(ledger, { at: now, through: true });

/** One validator's R_v by the records before `now` and at it, without looking at the others. */
export function reputationThrough(
  { book, size }: Ledger,
  now: number,
  validator: Hotkey,
): Reputation {
  const track = foldIn(book, size, { at: now, through: true }).validators.get(validator);
  return track === undefined ? START : validatorStanding(track, book.day, now).reputation;
}

function standing(
  { book, size }: Ledger,
  horizon: Horizon,
  flagged?: (validator: Hotkey, at: number) => boolean,
): Standing {
  const innocent = standingIn(book, size, horizon);
  if (flagged === undefined) return innocent;
  return withFlagged(innocent, (validator) => flagged(validator, horizon.at));
}
