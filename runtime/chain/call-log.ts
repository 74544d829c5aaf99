/**
 * All calls of a mock chain that several processes share, in one file, in the order in which they take
 * effect. Whoever folds them has the same chain.
 *
 *     look:    blocks up to n are looked at ──▶ nothing more takes effect in them
 *     append:  the block after all that anybody has looked at ──▶ call
 *
 * The file's lock puts both in one order for all processes, however late one of them wakes up: what
 * was seen of a block stays true. It takes the disk's word at leisure: after a loss of power the last
 * calls of a mock may be gone, which were worth nothing.
 */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Block, Instant } from '../../protocols/units.ts';
import { WorldError } from '../cli/trouble.ts';
import { inOneGo, openSqlite, type SqliteFormat } from '../store/sqlite.ts';
import { readCall as read, writeCall as written, type Call } from './call.ts';

/** A call and the block in which it takes effect. */
export interface Filed {
  readonly at: Block;
  readonly call: Call;
}

/** What all blocks of the chain follow from, beside the calls. */
export interface Genesis {
  /** 64 hex digits that nobody could foresee. */
  readonly seed: string;
  readonly at: Instant;
  readonly netuid: number;
}

const FORMAT: SqliteFormat = {
  name: 'leadpoet.mock-chain/1',
  schema: `
    CREATE TABLE genesis (seed TEXT NOT NULL, at INTEGER NOT NULL, netuid INTEGER NOT NULL) STRICT;
    CREATE TABLE looked (at INTEGER NOT NULL) STRICT;
    INSERT INTO looked VALUES (0);
    CREATE TABLE calls (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, call TEXT NOT NULL) STRICT;
  `,
  synchronous: 'NORMAL',
};

export class CallLog {
  readonly genesis: Genesis;
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #readLooked: StatementSync;
  readonly #writeLooked: StatementSync;
  readonly #readCalls: StatementSync;
  readonly #insert: StatementSync;
  /** The number of the last call that was read. */
  #last = 0;

  /** Opens the file, or makes it with `first`. Throws a `WorldError` where that can't be. */
  constructor(file: string, first: Omit<Genesis, 'seed'>) {
    this.#file = file;
    this.#database = openSqlite(file, FORMAT);
    const made = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#readLooked = made('SELECT at FROM looked');
    this.#writeLooked = made('UPDATE looked SET at = ?');
    this.#readCalls = made('SELECT number, at, call FROM calls WHERE number > ? ORDER BY number');
    this.#insert = made('INSERT INTO calls (at, call) VALUES (?, ?)');
    this.genesis = this.#genesis(first);
  }

  /**
   * The calls not read so far. No call is ever added that takes effect at `reached` or before. That is
   * `due` or later; or earlier, where another process has the file just now.
   */
  look(due: Block): { readonly reached: Block; readonly calls: readonly Filed[] } {
    // Only the first of all processes that comes to a block has anything to write.
    const found = this.#inOneLook(() => ({ reached: this.#looked(), calls: this.#unread() }));
    if (found.reached >= due) return found;
    let [reached, more]: [Block, readonly Filed[]] = [due, []];
    try {
      inOneGo(this.#database, () => {
        reached = Math.max(due, this.#looked()) as Block;
        this.#writeLooked.run(reached);
        more = this.#unread();
      });
    } catch (cause) {
      if (isBusy(cause)) return found;
      throw cause;
    }
    return { reached, calls: [...found.calls, ...more] };
  }

  /**
   * Adds a call in the first block that nobody has looked at, none before `due`. `take` is handed the
   * calls not read so far and the block in which this one is to take effect; what it throws is thrown,
   * and nothing is added.
   */
  append(due: Block, call: Call, take: (unread: readonly Filed[], at: Block) => void): Block {
    let at = due;
    let number = this.#last;
    inOneGo(this.#database, () => {
      const reached = Math.max(due, this.#looked()) as Block;
      at = (reached + 1) as Block;
      take(this.#unread(), at);
      this.#writeLooked.run(reached);
      number = Number(this.#insert.run(at, written(call)).lastInsertRowid);
    });
    this.#last = number;
    return at;
  }

  /** All calls are unread again. */
  rewind(): void {
    this.#last = 0;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #genesis({ at, netuid }: Omit<Genesis, 'seed'>): Genesis {
    let row: Record<string, unknown> | undefined;
    inOneGo(this.#database, () => {
      const find = this.#database.prepare('SELECT seed, at, netuid FROM genesis');
      const make = this.#database.prepare('INSERT INTO genesis VALUES (?, ?, ?)');
      if (find.get() === undefined) make.run(randomBytes(32).toString('hex'), at, netuid);
      row = find.get();
    });
    return {
      seed: String(row?.['seed']),
      at: Number(row?.['at']) as Instant,
      netuid: Number(row?.['netuid']),
    };
  }

  #looked(): Block {
    return Number(this.#readLooked.get()?.['at'] ?? 0) as Block;
  }

  #unread(): readonly Filed[] {
    return this.#readCalls.all(this.#last).map((row) => {
      const number = Number(row['number']);
      this.#last = number;
      try {
        return { at: Number(row['at']) as Block, call: read(String(row['call'])) };
      } catch (cause) {
        throw new WorldError(
          `${this.#file} is damaged: its call ${number} cannot be read. Move it away, and the mock network begins anew`,
          { cause },
        );
      }
    });
  }

  /** Two looks that see the file at one moment. */
  #inOneLook<T>(look: () => T): T {
    this.#database.exec('BEGIN');
    try {
      return look();
    } finally {
      this.#database.exec('COMMIT');
    }
  }
}

/** Whether another process has the file just now. */
export const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === SQLITE_BUSY;
const SQLITE_BUSY = 5;
