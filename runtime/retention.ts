/**
 * How long a node keeps what is of persons: what is older is erased as if they had asked for it.
 *
 *     leads that nobody has had a use for    30 days    `--retention.leads`
 *     leads of a buyer's answers             365 days   `--retention.answers`
 *
 * Only what no actor would be handed again goes: what is older than its last snapshot.
 */
import type { QueryAnswer } from '../actors/actor.ts';
import { hours, later, type Duration, type Instant } from '../protocols/units.ts';
import type { Cancel, Clock } from './host.ts';
import { USED_SLACK, type KeptLeads } from './store/kept-leads.ts';
import type { NodeTables } from './store/node-tables.ts';
import { inOneGo } from './store/sqlite.ts';

/** In days. */
export interface Retention {
  readonly leads: number;
  readonly answers: number;
}

/** A pool sells a lead for thirty days, and a buyer rates within thirty. */
export const RETENTION: Retention = { leads: 30, answers: 365 };
/** So many are erased in one change: 20 ms, and then others have their turn. */
const ROWS_AT_ONCE = 2_000;
/** How often it is looked, and how soon again where there was more. */
const LOOK_EVERY: Duration = hours(1);
const AGAIN = 1_000 as Duration;
const DAY = hours(24);

export interface Expiring {
  readonly tables: NodeTables;
  readonly leads: KeptLeads;
  /** The answers given before an instant, the oldest first, at most `most`. */
  readonly answersBefore: (after: Instant, before: Instant, most: number) => readonly QueryAnswer[];
}

/** Erases some of what is too old, and says whether there may be more. */
export function expireSome(
  { tables, leads, answersBefore }: Expiring,
  retention: Retention,
  now: Instant,
): boolean {
  const settled = settledBefore(tables);
  const limit = (days: number): Instant =>
    (Math.min(now - days * DAY, settled) - 2 * USED_SLACK) as Instant;
  const old = tables
    .all(
      'SELECT name FROM leads WHERE used < ? AND bytes IS NOT NULL LIMIT ?',
      limit(retention.leads),
      ROWS_AT_ONCE,
    )
    .map(({ name }) => name as Uint8Array);
  const after = expiredUntil(tables);
  const answers = answersBefore(after, limit(retention.answers), ANSWERS_AT_ONCE);
  const last = answers.at(-1)?.answeredAt;
  const given = answers.flatMap((one) => one.leads.map(({ lead }) => leads.nameOf(lead)));
  if (old.length + answers.length === 0) return false;
  inOneGo(tables.database, () => {
    leads.erase([...old, ...given]);
    if (last !== undefined) {
      tables.run(
        "INSERT OR REPLACE INTO facts VALUES ('answers expired', ?)",
        Buffer.from(`${last}`),
      );
    }
  });
  return old.length === ROWS_AT_ONCE || answers.length === ANSWERS_AT_ONCE;
}
/** Of a hundred leads each. */
const ANSWERS_AT_ONCE = 20;

/** The answers up to here have been seen to. */
function expiredUntil(tables: NodeTables): Instant {
  const row = tables.one("SELECT value FROM facts WHERE name = 'answers expired'");
  return Number(
    row === undefined ? 0 : Buffer.from(row['value'] as Uint8Array).toString(),
  ) as Instant;
}

/** No actor would be handed again what is older: it goes on from a snapshot that is not. */
function settledBefore(tables: NodeTables): number {
  const row = tables.one(
    `SELECT min(coalesce((SELECT max(s.at) FROM snapshots s WHERE s.actor = a.actor), 0)) AS at
     FROM actors a
     WHERE coalesce((SELECT max(j.number) FROM journal j WHERE j.actor = a.actor), 0)
         > coalesce((SELECT max(s.number) FROM snapshots s WHERE s.actor = a.actor), 0)`,
  );
  const at = row?.['at'];
  return typeof at === 'number' ? at : Number.MAX_SAFE_INTEGER;
}

/** Looks once an hour, until cancelled. A disk that does not take it is tried again with the next. */
export function keepNoLonger(expire: (now: Instant) => boolean, clock: Clock): Cancel {
  let cancel: Cancel = () => undefined;
  const look = (): void => {
    let isMore = false;
    try {
      isMore = expire(clock.now());
    } catch {
      // The disk is full, say: nothing of it has happened.
    }
    cancel = clock.at(later(clock.now(), isMore ? AGAIN : LOOK_EVERY), look);
  };
  // Not at once: a node that starts has other things to do.
  cancel = clock.at(later(clock.now(), AGAIN), look);
  return () => cancel();
}
