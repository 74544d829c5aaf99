/**
 * A journal as it lies in a node's store: read in order, each entry against the hash before it, so
 * that a byte that was changed is found where it is.
 */
import type { Instant } from '../protocols/units.ts';
import { nextHash, snapshotHash, type JournalEntry, type Snapshot } from './journal.ts';
import { readGraph, type Aside } from './store/graph.ts';
import type { NodeTables } from './store/node-tables.ts';
import { broughtUp } from './store/upgrade.ts';

export interface FiledEntry {
  readonly number: number;
  readonly hash: Uint8Array;
  readonly entry: JournalEntry;
  /** In bytes, without its leads. */
  readonly size: number;
}

/** A place in the chain. */
export interface Place {
  readonly number: number;
  readonly hash: Uint8Array;
}

/** The entries after a place. Throws, and names it, at the first that is not what was written. */
export function* readJournal(
  tables: NodeTables,
  actor: number,
  aside: Aside,
  after: Place,
): Generator<FiledEntry> {
  let last = after;
  const rows = tables.each(
    'SELECT number, hash, body FROM journal WHERE actor = ? AND number > ? ORDER BY number',
    actor,
    after.number,
  );
  for (const row of rows) {
    const number = Number(row['number']);
    const body = row['body'] as Uint8Array;
    if (number !== last.number + 1)
      throw new Error(`journal entry ${last.number + 1} is not there`);
    const hash = nextHash(last.hash, number, body);
    if (Buffer.compare(hash, row['hash'] as Uint8Array) !== 0) {
      throw new Error(`journal entry ${number} is not what it was`);
    }
    last = { number, hash };
    const entry = readEntry(body, number, aside);
    yield { number, hash, entry, size: body.length };
  }
}

function readEntry(body: Uint8Array, number: number, aside: Aside): JournalEntry {
  try {
    return readGraph(body, aside) as JournalEntry;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`journal entry ${number}: ${why}`, { cause });
  }
}

export interface FiledSnapshot {
  readonly number: number;
  readonly at: Instant;
  /** The hash of the journal's entry of that number. */
  readonly chain: Uint8Array;
  readonly snapshot: Snapshot;
  readonly size: number;
}

/** The last snapshot of an actor, the first, or the one of a number; undefined where there is none. */
export function readSnapshot(
  tables: NodeTables,
  actor: number,
  aside: Aside,
  which: 'first' | 'last' | number = 'last',
): FiledSnapshot | undefined {
  const one = typeof which === 'number' ? which : undefined;
  const row = tables.one(
    `SELECT * FROM snapshots WHERE actor = ?1 AND (?2 IS NULL OR number = ?2)
     ORDER BY number ${which === 'last' ? 'DESC' : 'ASC'} LIMIT 1`,
    actor,
    one ?? null,
  );
  if (row === undefined) return undefined;
  const number = Number(row['number']);
  const chain = row['chain'] as Uint8Array;
  const body = row['body'] as Uint8Array;
  if (Buffer.compare(snapshotHash(chain, number, body), row['hash'] as Uint8Array) !== 0) {
    throw new Error(`the snapshot after journal entry ${number} is not what it was`);
  }
  const read = readGraph(body, aside) as Snapshot;
  const snapshot = { ...read, state: broughtUp(read.state) };
  return { number, at: Number(row['at']) as Instant, chain, snapshot, size: body.length };
}
