/**
 * When an actor is written down whole, and what of its past goes then.
 */
import { hours, type Duration, type Instant } from '../../protocols/units.ts';
import type { NodeTables, Row } from './node-tables.ts';

/**
 * A snapshot is written after so many bytes, leads included, or as many as the last one had: so no more
 * is written for snapshots than for inputs. One of a thousand open queries keeps everyone waiting for
 * 25 ms, which is not to be more often than once in some thousands of them (`bench/http.ts`). What was
 * handed since is handed again after a kill.
 */
const SNAPSHOT_BYTES = 33_554_432;
/** Or after so many inputs: handing them over again takes a second. */
const SNAPSHOT_INPUTS = 20_000;
/** One that is handed little has one a day, so that what others of its store are rid of can go. */
const SNAPSHOT_AGE: Duration = hours(24);
/** Of an actor so much of its past is kept, leads included, for `leadpoet replay`. */
const KEPT_BYTES = 1_073_741_824;

/** How much is written before a snapshot, and kept after one; by default what the constants say. */
export interface SnapshotOptions {
  readonly snapshotBytes?: number;
  readonly snapshotInputs?: number;
  readonly keptBytes?: number;
}

/** What was written since the last snapshot of an actor. */
export class SinceSnapshot {
  inputs = 0;
  bytes = 0;
  readonly #options: SnapshotOptions;
  /** Of the last one. */
  #size = 0;
  #at: Instant;

  /** `at`: where there is none yet, since when there is something to write. */
  constructor(options: SnapshotOptions, at: Instant) {
    this.#options = options;
    this.#at = at;
  }

  /** There is one, of so many bytes. */
  begin(size: number, at: Instant): void {
    this.inputs = 0;
    this.bytes = 0;
    this.#size = size;
    this.#at = at;
  }

  isDue(now: Instant): boolean {
    const { snapshotBytes = SNAPSHOT_BYTES, snapshotInputs = SNAPSHOT_INPUTS } = this.#options;
    return (
      this.bytes >= Math.max(snapshotBytes, this.#size) ||
      this.inputs >= snapshotInputs ||
      now - this.#at >= SNAPSHOT_AGE
    );
  }
}

/**
 * Within a change, after a snapshot: drops the oldest of all that is more than is kept of this actor, up
 * to a snapshot. Gives the instant before which nothing is of use any more, if anything went.
 */
export function trimPast(
  tables: NodeTables,
  actor: number,
  { keptBytes = KEPT_BYTES }: SnapshotOptions,
): Instant | undefined {
  const rows = tables.all(
    'SELECT number, at, size FROM snapshots WHERE actor = ? ORDER BY number DESC',
    actor,
  );
  let kept = 0;
  let oldest: Row | undefined;
  for (const row of rows) {
    oldest = row;
    kept += Number(row['size']);
    if (kept > keptBytes) break;
  }
  if (kept <= keptBytes || oldest === undefined) return undefined;
  tables.run(
    `DELETE FROM journal WHERE EXISTS (
       SELECT 1 FROM snapshots s WHERE s.actor = journal.actor AND s.number >= journal.number AND s.at <= ?)`,
    Number(oldest['at']),
  );
  // Of each actor the last of those by then is where its journal begins now.
  tables.run(
    `DELETE FROM snapshots WHERE EXISTS (
       SELECT 1 FROM snapshots s
       WHERE s.actor = snapshots.actor AND s.number > snapshots.number AND s.at <= ?)`,
    Number(oldest['at']),
  );
  const first = tables.one(
    `SELECT min(at) AS at FROM (
       SELECT CASE WHEN EXISTS (SELECT 1 FROM journal j WHERE j.actor = a.actor AND j.number = 1)
              THEN 0 ELSE (SELECT min(s.at) FROM snapshots s WHERE s.actor = a.actor) END AS at
       FROM actors a)`,
  );
  return Number(first?.['at'] ?? 0) as Instant;
}
