/**
 * One node of a hotkey at a time: two would sign against each other and spoil each other's journal.
 *
 * The lock is the database's own, held for as long as the process lives and given back by the system
 * whatever ends it: there is no stale one to be told from a living one.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WorldError } from '../cli/trouble.ts';

export interface NodeLock {
  release(): void;
}

/** Another process is the node of that hotkey. */
export class NodeRuns extends WorldError {}

/** Makes the directory where it is not there. Throws `NodeRuns` where another process has it. */
export function lockNode(dir: string): NodeLock {
  const file = join(dir, 'lock.sqlite');
  let database: DatabaseSync;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(file);
  } catch (cause) {
    throw new WorldError(`${dir} cannot be used: ${messageOf(cause)}; name another --data-dir`, {
      cause,
    });
  }
  try {
    // Without waiting: who has it has it until it ends.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    database.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER); COMMIT');
    writeFileSync(join(dir, HOLDER), `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    database.close();
    if (!/locked|busy/.test(messageOf(cause))) {
      throw new WorldError(`${file} cannot be used: ${messageOf(cause)}. Move it away`, { cause });
    }
    const todo = 'stop that one first, or name another --wallet.hotkey or --data-dir';
    throw new NodeRuns(`a node of this hotkey runs already${holderIn(dir)}, in ${dir}; ${todo}`, {
      cause,
    });
  }
  return { release: () => database.isOpen && database.close() };
}

const HOLDER = 'pid';

/** For people alone: nothing rests on it. */
function holderIn(dir: string): string {
  try {
    const [pid] = /^\d{1,10}(?=\n$)/.exec(readFileSync(join(dir, HOLDER), 'latin1')) ?? [];
    return pid === undefined ? '' : ` as process ${pid}`;
  } catch {
    return '';
  }
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
