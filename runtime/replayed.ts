/**
 * A node's journal, handed to its actors once more from where it begins: do they ask for the same?
 */
import type { Effect } from '../actors/actor.ts';
import type { Address } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import { actorFor } from './actor-for.ts';
import { effectsHash, firstHash, snapshotHash, type JournalEntry } from './journal.ts';
import { readJournal, readSnapshot, type Place } from './journal-file.ts';
import { Replaying } from './replaying.ts';
import { KeptLeads } from './store/kept-leads.ts';
import { LaidAside, NamedAside } from './store/laid-aside.ts';
import type { NodeTables, Row } from './store/node-tables.ts';
import { FOR_EVER, SharedThings } from './store/shared-things.ts';

/** What came of one actor's journal. */
export interface Replayed {
  readonly address: Address;
  /** The number of the first input that was handed to it again; what was before is kept no more. */
  readonly from: number;
  readonly inputs: number;
  readonly effects: number;
  /** The first that is not as it was; absent where all are. */
  readonly differs?: Differing;
  /** How often the journal names a lead that was erased. */
  readonly erased: number;
  /**
   * Inputs of which cannot be told whether they were handled alike, since what was made of erased leads
   * counts among them. Whether they are as they were written can be, and they are.
   */
  readonly untold: number;
}

export interface Differing {
  readonly number: number;
  /** `batch`, `auditReply`, `begin`; absent where the entry cannot be read. */
  readonly input?: string;
  readonly at?: Instant;
  readonly why: string;
}

export function replayAll(tables: NodeTables): readonly Replayed[] {
  const rows = tables.all('SELECT actor, address FROM actors ORDER BY actor');
  return rows.map(({ actor, address }) => replayOne(tables, Number(actor), address as Address));
}

function replayOne(tables: NodeTables, actor: number, address: Address): Replayed {
  const leads = new KeptLeads(tables);
  const aside = new LaidAside(leads, new SharedThings(tables), FOR_EVER);
  const named = new NamedAside(leads);
  const snapshots = snapshotsOf(tables, actor);
  const replaying = new Replaying(address, (made) => actorFor(address, made));
  let inputs = 0;
  let untold = 0;
  let asked = 0;
  let place: Place = { number: 0, hash: firstHash(address) };
  let first = 1;
  /** How many erased leads were read before whatever the actor is now was read. */
  let before = 0;
  /** What it asks for is another thing than it was, as what it was handed is. */
  let isAstray = false;
  const ending = (differs?: Differing): Replayed => ({
    address,
    from: first,
    inputs,
    effects: asked,
    ...(differs && { differs }),
    erased: leads.erased,
    untold,
  });
  const restore = (number: number): void => {
    before = leads.erased;
    isAstray = false;
    // Read anew: what is known from before is not counted.
    const fresh = new LaidAside(leads, new SharedThings(tables), FOR_EVER);
    const filed = readSnapshot(tables, actor, fresh, number);
    if (filed !== undefined) replaying.restore(filed.snapshot);
  };
  try {
    const begin = readSnapshot(tables, actor, aside, 'first');
    if (begin !== undefined && !startsAtFirst(tables, actor)) {
      replaying.restore(begin.snapshot);
      place = { number: begin.number, hash: begin.chain };
      first = begin.number + 1;
    }
    for (const { number, hash, entry } of readJournal(tables, actor, aside, place)) {
      place = { number, hash };
      inputs++;
      const why = isAstray ? undefined : differing(replaying, entry, named);
      if (typeof why === 'string') {
        if (leads.erased === before) return ending({ ...about(number, entry, replaying), why });
        isAstray = true;
      } else asked += why ?? 0;
      if (isAstray) untold++;
      const snapshot = snapshots.get(number);
      if (snapshot === undefined) {
        if (entry.is !== 'erased') continue;
        return ending({ number, why: 'the snapshot of it is not there' });
      }
      if (!isWritten(tables, actor, snapshot, { number, hash })) {
        return ending({ number, why: 'the snapshot after it is not what was written' });
      }
      // Once nothing of what was erased is left in it, an actor is held to the letter again.
      if (leads.erased > before || entry.is === 'erased') restore(number);
      else replaying.chain.forget();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return ending({ number: place.number + 1, why });
  }
  return ending();
}

/** How much it asks for; in words why that is not what it was. */
function differing(
  replaying: Replaying,
  entry: JournalEntry,
  named: NamedAside,
): number | string | undefined {
  const fed = feed(replaying, entry);
  if (fed === undefined || typeof fed === 'string') return fed;
  return isSame(effectsHash(fed, named), entry.effects) ? fed.length : 'it asks for something else';
}

/** What it asks for, or why it asks for nothing. */
function feed(replaying: Replaying, entry: JournalEntry): readonly Effect[] | undefined | string {
  try {
    return replaying.feed(entry);
  } catch (cause) {
    return `its handler throws: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

function about(
  number: number,
  entry: JournalEntry,
  replaying: Replaying,
): Pick<Differing, 'number' | 'input' | 'at'> {
  const { at } = entry;
  switch (entry.is) {
    case 'message':
      return { number, input: entry.kind, at };
    case 'reply':
      return { number, input: `${replaying.answeredLast ?? 'unknown'}Reply`, at };
    case 'begin':
    case 'remade':
    case 'erased':
      return { number, input: entry.is, at };
  }
}

function snapshotsOf(tables: NodeTables, actor: number): ReadonlyMap<number, Row> {
  const rows = tables.all('SELECT number, chain, hash FROM snapshots WHERE actor = ?', actor);
  return new Map(rows.map((row) => [Number(row['number']), row]));
}

/** Whether a snapshot is of this place, and has the bytes that it had. */
function isWritten(tables: NodeTables, actor: number, row: Row, { number, hash }: Place): boolean {
  const one = 'SELECT body FROM snapshots WHERE actor = ? AND number = ?';
  const body = tables.one(one, actor, number)?.['body'] as Uint8Array;
  return (
    isSame(hash, row['chain'] as Uint8Array) &&
    isSame(snapshotHash(hash, number, body), row['hash'] as Uint8Array)
  );
}

const startsAtFirst = (tables: NodeTables, actor: number): boolean =>
  tables.one('SELECT 1 FROM journal WHERE actor = ? AND number = 1', actor) !== undefined;

const isSame = (a: Uint8Array, b: Uint8Array | undefined): boolean =>
  b !== undefined && Buffer.compare(a, b) === 0;
