/**
 * Deliveries that are to be posted, on the disk: named by their queries, without a lead in them, so that
 * who is erased from the node's store is gone from what is posted later, too.
 *
 *     delivered ──▶ waiting ──▶ done
 *                      └──▶ given up, after three days
 *
 * An event's id is made of its query: added again, after whatever crash, it is the same event.
 */
import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { digest } from '../../protocols/hash.ts';
import { hours, type Duration, type Instant, type QueryId } from '../../protocols/units.ts';
import { WorldError } from '../cli/trouble.ts';
import { inOneGo, openSqlite, type SqliteFormat } from '../store/sqlite.ts';

/** In the directory of a buyer's node. */
export const WEBHOOK_FILE = 'webhooks.sqlite';

export interface WebhookEvent {
  /** 64 hex digits: a receiver drops what it has seen. */
  readonly id: string;
  readonly query: QueryId;
  /** When it was delivered. */
  readonly at: Instant;
  /** How often it was tried in vain. */
  readonly tries: number;
  /** When it is tried next. */
  readonly next: Instant;
}

/** How long an event is tried. */
export const TRIED_FOR: Duration = hours(72);
/** How long it is remembered that one was: longer than any is found anew among the answers. */
const REMEMBERED_FOR: Duration = hours(24 * 30);
/** A busy node's deliveries of three days. Of more, the oldest are given up: the disk is not endless. */
export const MOST_WAITING = 16_384;

const FORMAT: SqliteFormat = {
  name: 'leadpoet.webhooks/1',
  schema: `
    CREATE TABLE events (
      id TEXT PRIMARY KEY, query TEXT NOT NULL, at INTEGER NOT NULL, tries INTEGER NOT NULL,
      next INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given up'))
    ) STRICT;
    CREATE INDEX events_by_state ON events (state, next);
    CREATE INDEX events_by_age ON events (at);
    CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  `,
  // A delivery that nobody hears of is found again among the answers; one that was said to have
  // arrived must not be posted anew because the power failed.
  synchronous: 'FULL',
};

export const eventIdOf = (query: QueryId): string => digest('leadpoet.webhook/1', query);

export class WebhookQueue {
  /** Since when there is a queue: what was delivered before is of no interest to it. */
  readonly since: Instant;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof statementsOf>;

  /** Throws a `WorldError` where the file cannot be used. */
  constructor(file: string, now: Instant) {
    try {
      closeSync(openSync(file, 'a', 0o600));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WorldError(`${file} cannot be opened: ${why}; is there room?`, { cause });
    }
    this.#database = openSqlite(file, FORMAT);
    this.#statements = statementsOf(this.#database);
    this.#statements.begin.run(now);
    this.since = Number(this.#statements.since.get()?.['value']) as Instant;
  }

  /** False where it is known already. `next`: when it is tried first. */
  add(query: QueryId, at: Instant, next: Instant): boolean {
    return this.#statements.add.run(eventIdOf(query), query, at, next).changes > 0;
  }

  knows(query: QueryId): boolean {
    return this.#statements.one.get(eventIdOf(query)) !== undefined;
  }

  /** Those that are to be tried by now, the longest due first. */
  due(now: Instant, most: number): readonly WebhookEvent[] {
    return this.#statements.due.all(now, most).map(eventIn);
  }

  /** When the next one is to be tried; undefined where none waits. */
  nextAt(): Instant | undefined {
    const next = this.#statements.nextAt.get()?.['next'];
    return typeof next === 'number' ? (next as Instant) : undefined;
  }

  get waiting(): number {
    return Number(this.#statements.waiting.get()?.['count']);
  }

  done(id: string): void {
    this.#statements.end.run('done', id);
  }

  giveUp(id: string): void {
    this.#statements.end.run('given up', id);
  }

  /** It was tried in vain, or could not be tried, and is tried again then. */
  again(id: string, next: Instant, tried: 'tried' | 'not tried'): void {
    this.#statements.again.run(tried === 'tried' ? 1 : 0, next, id);
  }

  /** Forgets what is long over, and gives up what is too much; says how many those were. */
  tidy(now: Instant): number {
    return inOneGo(this.#database, () => {
      this.#statements.forget.run(now - REMEMBERED_FOR);
      return Number(this.#statements.surplus.run(MOST_WAITING).changes);
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

const statementsOf = (database: DatabaseSync) => ({
  begin: database.prepare("INSERT OR IGNORE INTO facts VALUES ('since', ?)"),
  since: database.prepare("SELECT value FROM facts WHERE name = 'since'"),
  add: database.prepare("INSERT OR IGNORE INTO events VALUES (?, ?, ?, 0, ?, 'waiting')"),
  one: database.prepare('SELECT 1 FROM events WHERE id = ?'),
  due: database.prepare(
    "SELECT * FROM events WHERE state = 'waiting' AND next <= ? ORDER BY next, at LIMIT ?",
  ),
  nextAt: database.prepare("SELECT min(next) AS next FROM events WHERE state = 'waiting'"),
  waiting: database.prepare("SELECT count(*) AS count FROM events WHERE state = 'waiting'"),
  end: database.prepare('UPDATE events SET state = ? WHERE id = ?'),
  again: database.prepare('UPDATE events SET tries = tries + ?, next = ? WHERE id = ?'),
  forget: database.prepare("DELETE FROM events WHERE at < ? AND state <> 'waiting'"),
  surplus: database.prepare(
    `UPDATE events SET state = 'given up' WHERE id IN (
       SELECT id FROM events WHERE state = 'waiting' ORDER BY at DESC LIMIT -1 OFFSET ?)`,
  ),
});

function eventIn(row: Readonly<Record<string, unknown>>): WebhookEvent {
  const { id, query, at, tries, next } = row;
  return {
    id: String(id),
    query: query as QueryId,
    at: Number(at) as Instant,
    tries: Number(tries),
    next: Number(next) as Instant,
  };
}
