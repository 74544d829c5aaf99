/**
 * The ledger: all that was settled and rated, folded into everyone's standing.
 *
 *     records of blocks before `at`, in the order (block, digest) ──▶ P_v, C_v, R_v · A_m, D_m, W_m
 *
 * The set of records decides, never the order in which they arrived, so all who hold the same records
 * get the same standing. A record waits until the fold reaches its block; one that comes later than
 * that is folded in where it belongs.
 */
import { admit, emptyFold, type Folded } from './fold.ts';
import type { LedgerRecord } from './records.ts';
import { isRating, START } from './rules/reputation.ts';
import { standingFrom, validatorStanding, withFlagged, type Standing } from './standing.ts';
import { invariant, type Hotkey, type Reputation } from './units.ts';

export interface Ledger {
  /** A day in the unit of the records' `at`. */
  readonly day: number;
  readonly known: Map<string, LedgerRecord>;
  /** Entered, but not yet reached by the fold: the first to be reached is the last of them. */
  waiting: LedgerRecord[];
  waitingInOrder: boolean;
  reached: Horizon;
  folded: Folded;
  /** The last standings asked for, the newest first. */
  recent: { readonly horizon: Horizon; readonly standing: Standing }[];
}

/** How far the fold goes: to all before `at`, or to `at` and all before. Windows end at `at`. */
interface Horizon {
  readonly at: number;
  readonly through: boolean;
}

/** The current epoch's standing and the one before, of which late proposals speak; twice that. */
const RECENT = 4;

export const newLedger = ({ day }: { readonly day: number }): Ledger => ({
  day,
  known: new Map(),
  waiting: [],
  waitingInOrder: true,
  reached: { at: -Infinity, through: false },
  folded: emptyFold(),
  recent: [],
});

/** False where the record is known already: then nothing changes. */
export function enter(ledger: Ledger, record: LedgerRecord): boolean {
  invariant(Number.isFinite(record.at), 'a record has its place in time');
  invariant(record.kind !== 'rating' || isRating(record.rating), 'a rating is 1 to 10');
  if (ledger.known.has(record.key)) return false;

  ledger.known.set(record.key, record);
  ledger.waiting.push(record);
  ledger.waitingInOrder = false;
  ledger.recent = ledger.recent.filter(({ horizon }) => !isWithin(record.at, horizon));
  return true;
}

/** Everyone's standing by the records before `at`. Fast where `at` grows from call to call. */
export const standingAt = (
  ledger: Ledger,
  at: number,
  flagged?: (validator: Hotkey, at: number) => boolean,
): Standing => standing(ledger, { at, through: false }, flagged);

/** The same by the records before `now` and at it. */
export const standingThrough = (ledger: Ledger, now: number): Standing =>
  standing(ledger, { at: now, through: true });

/** One validator's R_v by the records before `now` and at it, without looking at the others. */
export function reputationThrough(ledger: Ledger, now: number, validator: Hotkey): Reputation {
  advance(ledger, { at: now, through: true });
  const track = ledger.folded.validators.get(validator);
  return track === undefined ? START : validatorStanding(track, ledger.day, now).reputation;
}

function standing(
  ledger: Ledger,
  horizon: Horizon,
  flagged?: (validator: Hotkey, at: number) => boolean,
): Standing {
  const innocent = unflagged(ledger, horizon);
  if (flagged === undefined) return innocent;
  return withFlagged(innocent, (validator) => flagged(validator, horizon.at));
}

function unflagged(ledger: Ledger, horizon: Horizon): Standing {
  const kept = ledger.recent.find(({ horizon: other }) => isSame(other, horizon));
  if (kept !== undefined) return kept.standing;

  advance(ledger, horizon);
  const fresh = standingFrom(ledger.folded, ledger.day, horizon.at);
  ledger.recent = [{ horizon, standing: fresh }, ...ledger.recent].slice(0, RECENT);
  return fresh;
}

/** Folds all that waits within the horizon. Going back means beginning anew. */
function advance(ledger: Ledger, horizon: Horizon): void {
  if (isEarlier(horizon, ledger.reached)) {
    ledger.folded = emptyFold();
    ledger.waiting = [...ledger.known.values()];
    ledger.waitingInOrder = false;
  }
  ledger.reached = horizon;
  if (!ledger.waitingInOrder) ledger.waiting.sort((a, b) => b.at - a.at);
  ledger.waitingInOrder = true;

  for (let next = ledger.waiting.at(-1); next !== undefined; next = ledger.waiting.at(-1)) {
    if (!isWithin(next.at, horizon)) return;
    ledger.waiting.pop();
    admit(ledger.folded, ledger.day, next);
  }
}

const isWithin = (at: number, horizon: Horizon): boolean =>
  at < horizon.at || (horizon.through && at === horizon.at);
const isSame = (a: Horizon, b: Horizon): boolean => a.at === b.at && a.through === b.through;
const isEarlier = (a: Horizon, b: Horizon): boolean =>
  a.at < b.at || (a.at === b.at && b.through && !a.through);
