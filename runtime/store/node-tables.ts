/**
 * The tables of a node's store, in one file, so that a turn is one change of it.
 *
 *     journal    each input of each actor, hash-chained        snapshots  an actor's state after one
 *     leads      the only place with anybody's name in it      shared     what many entries speak of
 *     outbox     what was sent and may not have arrived         dealt      what came in and was dealt with
 *     answers    what a buyer's people got, once a query
 *
 * Who reads here reads what this node wrote, and the journal's hashes say whether that is so.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, existsSync, openSync, statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { WorldError } from '../cli/trouble.ts';
import { openSqlite, readSqlite, type SqliteFormat } from './sqlite.ts';

export const NODE_STORE: SqliteFormat = {
  name: 'leadpoet.node/2',
  // Of before pooled leads were places in bundles: `upgrade.ts` reads its snapshots. Who erases looks
  // through all leads anyway, and to keep an index of persons was a third of what a delivery writes.
  earlier: { 'leadpoet.node/1': 'DROP INDEX leads_by_person' },
  schema: `
    CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    CREATE TABLE actors (actor INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE journal (
      actor INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (actor, number)
    ) STRICT;
    CREATE TABLE snapshots (
      actor INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL,
      chain BLOB NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (actor, number)
    ) STRICT;
    CREATE TABLE leads (
      name BLOB PRIMARY KEY, used INTEGER NOT NULL, person BLOB, bytes BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX leads_by_use ON leads (used);
    CREATE TABLE shared (
      name BLOB PRIMARY KEY, used INTEGER NOT NULL, bytes BLOB NOT NULL
    ) STRICT;
    CREATE INDEX shared_by_use ON shared (used);
    CREATE TABLE outbox (
      name TEXT PRIMARY KEY, actor INTEGER NOT NULL, at INTEGER NOT NULL,
      kind TEXT NOT NULL, receiver TEXT NOT NULL, body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX outbox_by_age ON outbox (at);
    CREATE INDEX outbox_by_body ON outbox (body);
    CREATE TABLE bodies (name BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE dealt (name BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX dealt_by_age ON dealt (at);
    CREATE TABLE answers (
      query TEXT PRIMARY KEY, at INTEGER NOT NULL, actor INTEGER NOT NULL, body BLOB NOT NULL
    ) STRICT;
  `,
  // What was acknowledged must outlast a loss of power.
  synchronous: 'FULL',
};

/** What a row is, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** The file, and its statements, each made once. */
export class NodeTables {
  readonly database: DatabaseSync;
  /** Of this file alone: what is hashed with it cannot be found out by trial without the file. */
  readonly secret: Uint8Array;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
    // What is deleted is overwritten.
    database.exec('PRAGMA secure_delete = ON');
    this.secret = this.#fact('secret');
  }

  /** Says how many rows that changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  one(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  each(sql: string, ...values: readonly SQLInputValue[]): Iterable<Row> {
    // A statement of its own, since others may be run while its rows are read.
    return this.database.prepare(sql).iterate(...values);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #fact(name: string): Uint8Array {
    const row = this.one('SELECT value FROM facts WHERE name = ?', name);
    if (row !== undefined) return row['value'] as Uint8Array;
    const made = randomBytes(32);
    this.run('INSERT INTO facts VALUES (?, ?)', name, made);
    return new Uint8Array(made);
  }
}

/**
 * Opens the file, or makes it, for its owner's eyes alone. One that is damaged is copied aside before
 * a `WorldError` names both: nothing is thrown away, and nothing goes on as if all were well.
 */
export function openNodeTables(file: string): NodeTables {
  make(file);
  let database: DatabaseSync | undefined;
  try {
    database = openSqlite(file, NODE_STORE);
    if (statSync(file).size <= CHECKED_BYTES) {
      const said = String(database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
      if (said !== 'ok') throw damaged(file, new Error(said));
    }
    return new NodeTables(database);
  } catch (cause) {
    if (database?.isOpen) database.close();
    const inner = cause instanceof WorldError ? cause.cause : cause;
    throw isDamage(inner) ? damaged(file, inner) : cause;
  }
}

/** Looked through at each start, in a tenth of a second. In a larger file each page is when it is read. */
const CHECKED_BYTES = 33_554_432;

/** SQLite gives the files beside it the mode of this one. */
function make(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${file} cannot be opened: ${why}; name another --data-dir`, { cause });
  }
}

/** The tables of a file that is there, to be read alone. Throws a `WorldError` where it cannot be. */
export const readNodeTables = (file: string): NodeTables =>
  new NodeTables(readSqlite(file, NODE_STORE));

/** The error for a file that is damaged, which is kept beside it as it was found. */
export function damaged(file: string, cause: unknown): WorldError {
  const copy = `${file}.damaged`;
  // The first copy is the one closest to what happened.
  for (const end of ['', '-wal']) {
    if (existsSync(file + end) && !existsSync(copy + end)) copyFileSync(file + end, copy + end);
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WorldError(
    `${file} is damaged: ${why}. A copy is kept as ${copy}; move ${file} away to begin anew, or put back a copy of before`,
    { cause },
  );
}

/** What SQLite says of a file that is not as it was written: 11 is corrupt, 26 is no database. */
const isDamage = (cause: unknown): boolean =>
  cause instanceof Error && 'errcode' in cause && [11, 26].includes(Number(cause.errcode) & 0xff);
