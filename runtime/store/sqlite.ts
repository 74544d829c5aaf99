/**
 * The one home of SQLite: a file of tables that is whole after whatever ended the process.
 *
 * A change is written to a log beside the file (`-wal`) before it is anywhere else, so a crash in the
 * middle of one leaves the state before it. The file says what is in it: a format's name in
 * a table of its own, its version in `user_version`. A file of a format that cannot be read is refused
 * by name and not touched.
 */
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import { WorldError } from '../cli/trouble.ts';

export interface SqliteFormat {
  /** `leadpoet.findings/1`: a name and a version. */
  readonly name: string;
  /** Makes the tables, in a file that is new. */
  readonly schema: string;
  /**
   * `FULL` waits for the disk at each change. `NORMAL` does so now and then only: after a loss of
   * power the last changes may be gone, and the file is as it was before them; where only the process
   * ended, nothing is.
   */
  readonly synchronous: 'FULL' | 'NORMAL';
  /**
   * Formats that whoever reads this one can read too, and what makes a file of one of them one of this.
   * That is done when it is opened to be written, and then nobody older takes it for its own.
   */
  readonly earlier?: Readonly<Record<string, string>>;
}

/** How long a change waits for that of another process, in ms: it keeps the event loop waiting too. */
const BUSY_MS = 40;
/** When the log is copied into the file: each time it has so many pages of 4 KB. More take longer at once. */
const LOG_PAGES = 250;

/** Opens the file, or makes it. Throws a `WorldError` that names the file where it cannot. */
export function openSqlite(file: string, format: SqliteFormat): DatabaseSync {
  const database = opened(file);
  try {
    // Making the file may have to wait for another that makes it; nothing runs beside a start.
    database.exec('PRAGMA busy_timeout = 2000');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${format.synchronous}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    database.exec('PRAGMA trusted_schema = OFF');
    inOneGo(database, () => makeOrRecognise(database, file, format));
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return database;
  } catch (cause) {
    database.close();
    if (cause instanceof WorldError) throw cause;
    throw new WorldError(
      `${file} cannot be used as ${format.name}: ${messageOf(cause)}; move it away to begin anew`,
      {
        cause,
      },
    );
  }
}

/** Opens a file that is there, and changes nothing in it. Throws a `WorldError` where it cannot. */
export function readSqlite(file: string, format: SqliteFormat): DatabaseSync {
  const database = opened(file, { readOnly: true });
  try {
    recognise(database, file, format);
    return database;
  } catch (cause) {
    database.close();
    if (cause instanceof WorldError) throw cause;
    throw new WorldError(
      `${file} cannot be read as ${format.name}: ${messageOf(cause)}; name another, or put back a copy of before`,
      {
        cause,
      },
    );
  }
}

/** All of it, or nothing. */
export function inOneGo<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (cause) {
    // Where the disk is full the change may have been undone already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}

function opened(file: string, options: DatabaseSyncOptions = {}): DatabaseSync {
  try {
    return new DatabaseSync(file, options);
  } catch (cause) {
    throw new WorldError(
      `${file} cannot be opened: ${messageOf(cause)}; see that it is a file this user may read and write`,
      { cause },
    );
  }
}

function makeOrRecognise(database: DatabaseSync, file: string, format: SqliteFormat): void {
  const tables = database.prepare('SELECT name FROM sqlite_schema').all();
  if (tables.length === 0) {
    database.exec(`CREATE TABLE format (name TEXT NOT NULL) STRICT; ${format.schema}`);
    database.prepare('INSERT INTO format VALUES (?)').run(format.name);
    database.exec(`PRAGMA user_version = ${versionOf(format.name)}`);
    return;
  }
  const found = recognise(database, file, format);
  if (found === format.name) return;
  database.exec(format.earlier?.[found] ?? '');
  database.prepare('UPDATE format SET name = ?').run(format.name);
  database.exec(`PRAGMA user_version = ${versionOf(format.name)}`);
}

/** The name of what is there: this format, or one of those before it. */
function recognise(database: DatabaseSync, file: string, format: SqliteFormat): string {
  const tables = database.prepare('SELECT name FROM sqlite_schema').all();
  const found = tables.some(({ name }) => name === 'format') ? nameIn(database) : 'another program';
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  const known = [format.name, ...Object.keys(format.earlier ?? {})].find((name) => name === found);
  if (known !== undefined && version === versionOf(known)) return known;
  const shown = found === format.name ? `${found}, version ${String(version)}` : found;
  throw new WorldError(`${file} is of ${shown}; allowed: ${format.name}. Move it away`);
}

/** Short enough for a line, whatever is in there. */
const nameIn = (database: DatabaseSync): string =>
  String(database.prepare('SELECT substr(name, 1, 60) AS name FROM format').get()?.['name']);

const versionOf = (name: string): number => Number(name.slice(name.lastIndexOf('/') + 1));

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
