/**
 * Who has asked what of a buyer's node that serves: a row a query, on the disk before the node is asked.
 *
 *     caller, Idempotency-Key ──▶ nonce ──▶ (the node's journal) ──▶ query ──▶ (the node's answers)
 *
 * A key is good for a day: so long a client may try again. Whose a query is, is known for as long as
 * it may be rated. Of keys there are hashes alone, and no leads at all: they lie in the node's store.
 */
import type { DatabaseSync } from 'node:sqlite';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryAnswer } from '../../actors/actor.ts';
import { RATING_TIME } from '../../actors/rating.ts';
import { digest } from '../../protocols/hash.ts';
import { isFieldError, readWant, type Want } from '../../protocols/query.ts';
import {
  hours,
  invariant,
  type Duration,
  type Instant,
  type QueryId,
} from '../../protocols/units.ts';
import { inOneGo, openSqlite, type SqliteFormat } from '../store/sqlite.ts';
import type { Order } from './charge.ts';

/** How long the same key means the same query. */
export const KEY_TIME: Duration = hours(24);
/** Of 30 days, 2 000 a day: as many as a buyer can rate. The oldest answered ones go first. */
const MOST_ROWS = 65_536;

/** As many as are likely to be repeated within seconds, 1 KB each. */
const MOST_KNOWN = 256;

/** An order as it is kept. */
export interface Request extends Order {
  readonly at: Instant;
  /** What `keyOf` makes of a caller and its key; absent where it gave none. */
  readonly key?: string;
  /** Once it is answered, and how many leads that brought. */
  readonly query?: QueryId;
  readonly leads?: number;
}

/** Names a caller's key: no two callers share one, and the file does not tell what it was. */
export const keyOf = (caller: string, key: string): string =>
  digest('leadpoet.idempotency/1', caller, key);

const FORMAT: SqliteFormat = {
  name: 'leadpoet.requests/1',
  schema: `
    CREATE TABLE requests (
      nonce INTEGER PRIMARY KEY, caller TEXT NOT NULL, want TEXT NOT NULL, at INTEGER NOT NULL,
      key TEXT UNIQUE, query TEXT UNIQUE, leads INTEGER
    ) STRICT;
    CREATE INDEX requests_by_age ON requests (at);
    CREATE INDEX requests_by_caller ON requests (caller, at);
  `,
  // A query that costs money must not be asked twice because the power failed.
  synchronous: 'FULL',
};

/** A change, and who waits for it to be on the disk, or where that does not matter, in the file. */
interface Change {
  readonly isLasting: boolean;
  readonly work: () => void;
  readonly done: () => void;
  readonly failed: (cause: unknown) => void;
}

export class Requests {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof statementsOf>;
  #turn: Change[] = [];
  /** Answered ones by their keys, the latest to be asked for. */
  readonly #known = new Map<string, Request>();

  /** Throws a `WorldError` where the file in the directory cannot be used. */
  constructor(dir: string) {
    const file = join(dir, 'requests.sqlite');
    closeSync(openSync(file, 'a', 0o600));
    this.#database = openSqlite(file, FORMAT);
    this.#statements = statementsOf(this.#database);
  }

  /** Resolves once it is on the disk; rejects where it cannot be. */
  place({ nonce, caller, want, at, key }: Request): Promise<void> {
    return this.#change(() => {
      this.#statements.place.run(nonce, caller, JSON.stringify(inJson(want)), at, key ?? null);
    });
  }

  /** What the power takes along of it is found among the node's answers at the next start. */
  answered({ nonce, query, leads }: QueryAnswer): Promise<void> {
    const work = () => this.#statements.answered.run(query, leads.length, nonce);
    return this.#change(work, { isLasting: false });
  }

  drop(nonce: number): Promise<void> {
    return this.#change(() => this.#statements.drop.run(nonce));
  }

  /** Forgets keys of more than a day and queries that nobody can rate any more. */
  forget(now: Instant): Promise<void> {
    return this.#change(() => {
      const { keys, rows, surplus } = this.#statements;
      keys.run(now - KEY_TIME);
      rows.run(now - RATING_TIME);
      surplus.run(MOST_ROWS);
    });
  }

  byKey(key: string, now: Instant): Request | undefined {
    const found = this.#known.get(key) ?? requestIn(this.#statements.byKey.get(key));
    // What was answered changes no more: a client that repeats itself has it read once.
    if (found?.query !== undefined && !this.#known.has(key)) this.#remember(key, found);
    return found !== undefined && found.at >= now - KEY_TIME ? found : undefined;
  }

  #remember(key: string, request: Request): void {
    this.#known.set(key, request);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(oldest);
    }
  }

  byQuery(query: QueryId): Request | undefined {
    return requestIn(this.#statements.byQuery.get(query));
  }

  /** A caller's own that were answered, the latest first. */
  of(caller: string, most: number): readonly Request[] {
    return this.#statements.ofCaller.all(caller, most).flatMap((row) => requestIn(row) ?? []);
  }

  has(nonce: number): boolean {
    return this.#statements.byNonce.get(nonce) !== undefined;
  }

  /** Those without an answer, the oldest first. */
  open(): readonly Request[] {
    return this.#statements.open.all().flatMap((row) => requestIn(row) ?? []);
  }

  /** What waits to be on the disk is, then. */
  close(): void {
    if (!this.#database.isOpen) return;
    this.#flush();
    this.#database.close();
  }

  /** All changes of one turn of the event loop are one of the file: a disk takes as long for it. */
  #change(work: () => void, { isLasting } = { isLasting: true }): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#turn.length === 0) setImmediate(() => this.#flush());
      this.#turn.push({ isLasting, work, done, failed });
    });
  }

  #flush(): void {
    const turn = this.#turn;
    this.#turn = [];
    if (turn.length === 0) return;
    const waits = turn.some(({ isLasting }) => isLasting) ? 'FULL' : 'NORMAL';
    try {
      this.#database.exec(`PRAGMA synchronous = ${waits}`);
      inOneGo(this.#database, () => turn.forEach(({ work }) => work()));
    } catch (cause) {
      for (const { failed } of turn) failed(cause);
      return;
    }
    for (const { done } of turn) done();
  }
}

const statementsOf = (database: DatabaseSync) => ({
  place: database.prepare('INSERT INTO requests VALUES (?, ?, ?, ?, ?, NULL, NULL)'),
  answered: database.prepare('UPDATE requests SET query = ?, leads = ? WHERE nonce = ?'),
  drop: database.prepare('DELETE FROM requests WHERE nonce = ?'),
  keys: database.prepare('UPDATE requests SET key = NULL WHERE at < ? AND key IS NOT NULL'),
  rows: database.prepare('DELETE FROM requests WHERE at < ? AND query IS NOT NULL'),
  surplus: database.prepare(
    `DELETE FROM requests WHERE nonce IN (
       SELECT nonce FROM requests WHERE query IS NOT NULL ORDER BY at DESC LIMIT -1 OFFSET ?)`,
  ),
  byKey: database.prepare('SELECT * FROM requests WHERE key = ?'),
  byQuery: database.prepare('SELECT * FROM requests WHERE query = ?'),
  ofCaller: database.prepare(
    'SELECT * FROM requests WHERE caller = ? AND query IS NOT NULL ORDER BY at DESC LIMIT ?',
  ),
  byNonce: database.prepare('SELECT 1 FROM requests WHERE nonce = ?'),
  open: database.prepare('SELECT * FROM requests WHERE query IS NULL ORDER BY at'),
});

type Row = Readonly<Record<string, unknown>>;

function requestIn(row: Row | undefined): Request | undefined {
  if (row === undefined) return undefined;
  const { nonce, caller, at, key, query, leads } = row;
  const want = readWant(JSON.parse(String(row['want'])) as Parameters<typeof readWant>[0]);
  invariant(!isFieldError(want), 'a want that was placed is one');
  return {
    nonce: Number(nonce),
    caller: String(caller),
    want,
    at: Number(at) as Instant,
    ...(typeof key === 'string' && { key }),
    ...(typeof query === 'string' && { query: query as QueryId }),
    ...(typeof leads === 'number' && { leads }),
  };
}

/** By the names of the outside, as `readWant` reads them. */
const inJson = ({ leads, ...rest }: Want): object => ({ num_leads: leads, ...rest });
