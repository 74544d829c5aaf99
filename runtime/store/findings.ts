/**
 * What was found lately, so that two batches with one host ask it once: in memory, or in a file that
 * outlives the process.
 *
 *     put ──▶ waiting ──▶ one change of the file at the end of the turn
 *     get ──▶ waiting, else the file
 *
 * It is a cache. What cannot be written or read is as if it had never been found, and what was found
 * longest ago is dropped first.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { WorldError } from '../cli/trouble.ts';
import type { Instant } from '../../protocols/units.ts';
import type { Verdict } from '../../protocols/verdict.ts';
import type { FindingStore } from '../verifiers/looking.ts';
import { inOneGo, openSqlite, type SqliteFormat } from './sqlite.ts';

/** What is found of 300 batches of other people: some 30 MB in a file, as much in memory. */
const BOUND = 100_000;
/** A longer key is not kept: ours are digests, and a stranger's URL must not fill the disk. */
const MAX_KEY_LENGTH = 256;
/**
 * Written in one turn of the event loop: 9 ms in a file that is full, 15 at most. A thousand at once
 * took 90.
 */
const ROWS_A_TURN = 100;
/** More than wait to be written, a second's worth, are not kept: the disk does not keep up. */
const MAX_WAITING = 10_000;

interface Found {
  readonly verdict: Verdict;
  readonly until: Instant;
}

export function memoryFindings(bound: number = BOUND): FindingStore {
  const findings = new Map<string, Found>();
  let isOpen = true;
  return {
    get: (key, now) => lasting(findings.get(key), now),
    put(key, verdict, until) {
      if (key.length > MAX_KEY_LENGTH || !isOpen) return;
      // What is found again goes to the end: a map's first is its oldest.
      findings.delete(key);
      findings.set(key, { verdict, until });
      for (const oldest of findings.keys()) {
        if (findings.size <= bound) break;
        findings.delete(oldest);
      }
    },
    close() {
      isOpen = false;
      findings.clear();
    },
  };
}

export interface SqliteFindingsOptions {
  /** How many are kept. */
  readonly bound?: number;
}

/** Findings that are in a file. */
export interface FiledFindings extends FindingStore {
  /** Writes what waits. False where it could not be written: it is lost, and the store goes on. */
  flush(): boolean;
}

const FORMAT: SqliteFormat = {
  name: 'leadpoet.findings/1',
  // A row's number says how old it is: writing one again gives it a new one.
  schema: `CREATE TABLE findings (
    age INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, verdict INTEGER NOT NULL, until INTEGER NOT NULL
  ) STRICT`,
  // What a loss of power takes of it is asked again.
  synchronous: 'NORMAL',
};

/** Throws a `WorldError` where the file cannot be used. */
export function sqliteFindings(
  file: string,
  { bound = BOUND }: SqliteFindingsOptions = {},
): FiledFindings {
  return new SqliteFindings(openSqlite(file, FORMAT), bound);
}

/**
 * Takes everything out of a file, and overwrites where it lay, also where a node has it open; says how
 * much that was. Throws a `WorldError` where it cannot.
 */
export function emptyFindings(file: string): number {
  const database = openSqlite(file, FORMAT);
  try {
    database.exec(`PRAGMA busy_timeout = ${EMPTYING_MS}; PRAGMA secure_delete = ON`);
    const count = Number(database.prepare('DELETE FROM findings').run().changes);
    database.exec('VACUUM');
    const done = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (done?.['busy'] === 0) return count;
    throw new Error('somebody is reading it');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${file} cannot be emptied: ${why}; do it again`, { cause });
  } finally {
    database.close();
  }
}
/** A node writes a hundred rows at a time, in milliseconds. */
const EMPTYING_MS = 5_000;

class SqliteFindings implements FiledFindings {
  readonly #database: DatabaseSync;
  readonly #bound: number;
  readonly #one: StatementSync;
  readonly #remove: StatementSync;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  readonly #count: StatementSync;
  readonly #waiting = new Map<string, Found>();
  #soon: NodeJS.Immediate | undefined;

  constructor(database: DatabaseSync, bound: number) {
    this.#database = database;
    this.#bound = bound;
    this.#one = database.prepare('SELECT verdict, until FROM findings WHERE key = ?');
    this.#remove = database.prepare('DELETE FROM findings WHERE key = ?');
    this.#insert = database.prepare('INSERT INTO findings (key, verdict, until) VALUES (?, ?, ?)');
    this.#trim = database.prepare(
      'DELETE FROM findings WHERE age IN (SELECT age FROM findings ORDER BY age LIMIT ?)',
    );
    // Counted each time, since another process may write too: 1 ms of a hundred thousand.
    this.#count = database.prepare('SELECT count(*) AS count FROM findings');
  }

  get(key: string, now: Instant): Verdict | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return lasting(waiting, now);
    if (!this.#database.isOpen) return undefined;
    try {
      return lasting(this.#one.get(key) as Found | undefined, now);
    } catch {
      return undefined;
    }
  }

  put(key: string, verdict: Verdict, until: Instant): void {
    if (key.length > MAX_KEY_LENGTH || !this.#database.isOpen) return;
    this.#waiting.delete(key);
    if (this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(key, { verdict, until });
    // A change of one row costs 70 µs, one of a hundred 11 µs a row.
    this.#soon ??= setImmediate(() => this.#writeSome());
  }

  flush(): boolean {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    let isWritten = true;
    while (this.#waiting.size > 0) isWritten = this.#write() && isWritten;
    return isWritten;
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.flush();
    this.#database.close();
  }

  #writeSome(): void {
    this.#soon = undefined;
    this.#write();
    if (this.#waiting.size > 0) this.#soon = setImmediate(() => this.#writeSome());
  }

  /** The first that wait, in one change; they wait no longer, also where that fails. */
  #write(): boolean {
    const rows = [...this.#waiting.entries().take(ROWS_A_TURN)];
    try {
      inOneGo(this.#database, () => this.#put(rows));
      return true;
    } catch {
      return false;
    } finally {
      for (const [key] of rows) this.#waiting.delete(key);
    }
  }

  #put(rows: readonly (readonly [string, Found])[]): void {
    for (const [key, { verdict, until }] of rows) {
      this.#remove.run(key);
      this.#insert.run(key, verdict, until);
    }
    const over = Number(this.#count.get()?.['count']) - this.#bound;
    if (over > 0) this.#trim.run(over);
  }
}

/** At `until` itself it is over. */
const lasting = (found: Found | undefined, now: Instant): Verdict | undefined =>
  found !== undefined && now < found.until ? found.verdict : undefined;
