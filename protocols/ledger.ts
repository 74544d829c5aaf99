/**
 * The ledger: all that was settled and rated, folded into everyone's standing.
 *
 *     records of blocks before `at`, in the order (block, digest) ──▶ P_v, C_v, R_v · A_m, D_m, W_m
 *
 * The set of records decides, never the order in which they arrived, so all who hold the same records
 * get the same standing. A record that comes later than others of its time is folded in where it
 * belongs. Of penalties (`rules/penalties.ts`) it takes that F_v is 0 of the flagged, and which ratings
 * are void.
 */
import {
  copyOf,
  foldIn,
  newBook,
  recordsIn,
  standingIn,
  write,
  type Book,
  type Horizon,
} from './book.ts';
import type { OwnerOf } from './metagraph.ts';
import type { LedgerRecord } from './records.ts';
import {
  flaggedAt,
  newPenalties,
  voidsAt,
  type Penalties,
  type PenaltyMode,
} from './rules/penalties.ts';
import { isRating, START } from './rules/reputation.ts';
import { validatorStanding, withFlagged, type Standing } from './standing.ts';
import { invariant, type Hotkey, type Reputation } from './units.ts';

export interface Ledger {
  /** Its records are the first `size` in there. Others may be reading it too. */
  book: Book;
  size: number;
  /** Findings, appeals and votes are kept beside the book: each node has them at a time of its own. */
  readonly penalties: Penalties;
}

/** `day` is a day in the unit of the records' `at`. */
export const newLedger = ({
  day,
  mode,
}: {
  readonly day: number;
  readonly mode?: PenaltyMode;
}): Ledger => ({ book: newBook(day), size: 0, penalties: newPenalties(mode) });

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

/**
 * Everyone's standing by the records before `at`. F_v is 0 of those whose owner is flagged there; of
 * nobody where it is not said who owns whom.
 */
export function standingAt(ledger: Ledger, at: number, ownerOf?: OwnerOf): Standing {
  const innocent = standing(ledger, { at, through: false });
  return ownerOf === undefined
    ? innocent
    : judged(innocent, flaggedAt(ledger.penalties, at), ownerOf);
}

/** The same by the records before `now` and at it. */
export const standingThrough = (ledger: Ledger, now: number): Standing =>
  standing(ledger, { at: now, through: true });

/** One validator's R_v by the records before `now` and at it, without looking at the others. */
export function reputationThrough(
  { book, size, penalties }: Ledger,
  now: number,
  validator: Hotkey,
): Reputation {
  const reach = {
    count: size,
    horizon: { at: now, through: true },
    voids: voidsAt(penalties, now),
  };
  const track = foldIn(book, reach).validators.get(validator);
  return track === undefined ? START : validatorStanding(track, book.day, now).reputation;
}

/** The records from `from` up to `to`, in the order of time. */
export const recordsBetween = (
  { book, size }: Ledger,
  from: number,
  to: number,
): readonly LedgerRecord[] => recordsIn(book, { count: size, from, to });

const standing = ({ book, size, penalties }: Ledger, horizon: Horizon): Standing =>
  standingIn(book, { count: size, horizon, voids: voidsAt(penalties, horizon.at) });

/** With F_v = 0 of the flagged. */
function judged(innocent: Standing, flagged: ReadonlySet<string>, ownerOf: OwnerOf): Standing {
  if (flagged.size === 0) return innocent;
  const name = [...flagged].toSorted().join(' ');
  const here = judgedOf.get(innocent) ?? new WeakMap<OwnerOf, Judged>();
  const known = here.get(ownerOf);
  if (known?.name === name) return known.standing;
  const found = withFlagged(innocent, (validator) => flagged.has(ownerOf(validator)));
  judgedOf.set(innocent, here.set(ownerOf, { name, standing: found }));
  return found;
}

interface Judged {
  readonly name: string;
  readonly standing: Standing;
}
/** Asked for with every message of an attempt, and the same for everyone who holds the same records. */
const judgedOf = new WeakMap<Standing, WeakMap<OwnerOf, Judged>>();
