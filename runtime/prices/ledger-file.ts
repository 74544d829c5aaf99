/**
 * The tables of the ledger: lines that are only ever added, and what is set aside for open queries.
 *
 *     lines   top-ups and charges, with the balance and the month's leads after each; never changed
 *     holds   what an open query may cost at the most, by its nonce; gone once it is paid or given up
 *
 * A file of its own, so that whoever enters a top-up and the node that serves can both write it.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { seconds, type Duration } from '../../protocols/units.ts';
import { WorldError } from '../cli/trouble.ts';
import { openSqlite, type SqliteFormat } from '../store/sqlite.ts';

/** In the directory of a buyer's node. */
export const LEDGER_FILE = 'ledger.sqlite';

export const LEDGER: SqliteFormat = {
  name: 'leadpoet.ledger/1',
  schema: `
    CREATE TABLE lines (
      number INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('top-up', 'charge')),
      rao INTEGER NOT NULL CHECK (rao >= 0), balance INTEGER NOT NULL,
      reference TEXT NOT NULL, note TEXT NOT NULL,
      tier TEXT, leads INTEGER, month TEXT, month_leads INTEGER,
      UNIQUE (kind, reference)
    ) STRICT;
    CREATE INDEX lines_by_account ON lines (account, number);
    CREATE INDEX lines_by_month ON lines (account, month, number);
    CREATE TRIGGER lines_stay BEFORE UPDATE ON lines
      BEGIN SELECT RAISE(ABORT, 'a line of the ledger is never changed'); END;
    CREATE TRIGGER lines_are_kept BEFORE DELETE ON lines
      BEGIN SELECT RAISE(ABORT, 'a line of the ledger is never taken out'); END;
    CREATE TABLE holds (
      nonce INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL,
      rao INTEGER NOT NULL CHECK (rao >= 0), month TEXT NOT NULL
    ) STRICT;
    CREATE INDEX holds_by_account ON holds (account);
  `,
  // What somebody paid must outlast a loss of power.
  synchronous: 'FULL',
};

/**
 * How long a change waits for that of the other process, a disk's write or two. Only where that process
 * is halted in the midst of one does it take longer, and then whoever waits hears of it.
 */
export const NODE_PATIENCE: Duration = seconds(1);
/** A person has nothing else to do, and a node may write one change after the other. */
export const PERSON_PATIENCE: Duration = seconds(30);

/** Opens the ledger, or makes it, for its owner alone. Throws a `WorldError` that names the file. */
export function openLedgerFile(file: string, patience: Duration): DatabaseSync {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // SQLite gives the files beside it the mode of this one.
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${file} cannot be opened: ${why}; name another --data-dir`, { cause });
  }
  const database = openSqlite(file, LEDGER);
  database.exec(`PRAGMA busy_timeout = ${patience}`);
  return database;
}
