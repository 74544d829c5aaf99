/**
 * Erases persons from a node's store: what is known of them goes, what was done with it stays.
 *
 *     leads of the addresses? ──▶ each actor: an entry `erased`, and a snapshot of what it is
 *                             ──▶ no bytes any more ──▶ one change ──▶ the file written anew
 *
 * An actor goes on from its last snapshot. So none is ever handed what was erased in order to become
 * what it was; `leadpoet replay`, which does so to compare, knows the places where it cannot be told.
 */
import type { Address } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import { WorldError } from './cli/trouble.ts';
import type { Addresses } from './erasure/addresses.ts';
import { firstHash, nextHash, snapshotHash, type JournalEntry } from './journal.ts';
import { readJournal, readSnapshot } from './journal-file.ts';
import { Replaying, type MakeActor } from './replaying.ts';
import { writeGraph } from './store/graph.ts';
import type { KeptLeads, LeadName } from './store/kept-leads.ts';
import { LaidAside } from './store/laid-aside.ts';
import type { NodeTables } from './store/node-tables.ts';
import type { SharedThings } from './store/shared-things.ts';
import { inOneGo } from './store/sqlite.ts';

export interface ErasingParts {
  readonly tables: NodeTables;
  readonly leads: KeptLeads;
  readonly shared: SharedThings;
  readonly now: Instant;
  /** The file, for people. */
  readonly file: string;
  /** How the actor at an address is made. */
  readonly makeOf: (self: Address) => MakeActor;
}

/** How many leads were erased, by address; those of which there was none are not among them. */
export type Erased = ReadonlyMap<string, number>;

/**
 * Throws a `WorldError` where an actor's journal cannot be read to its end: then nothing is erased.
 * Whoever runs these actors has them go on from their logs before they are handed anything else.
 */
export function erasePersons(parts: ErasingParts, addresses: Addresses): Erased {
  const { tables, leads, shared } = parts;
  if (leadsOf(leads, addresses).size === 0) return new Map();
  const erased = new Map<string, number>();
  try {
    inOneGo(tables.database, () => {
      const actors = tables.all('SELECT actor, address FROM actors ORDER BY actor');
      for (const { actor, address } of actors) standStill(parts, Number(actor), address as Address);
      shared.flush();
      leads.flush();
      // Now all that any of them holds lies here.
      for (const [email, names] of leadsOf(leads, addresses)) {
        erased.set(email, leads.erase(names));
      }
      tables.run("INSERT OR IGNORE INTO facts VALUES ('unswept', x'01')");
    });
  } catch (cause) {
    shared.drop();
    leads.drop();
    throw cause;
  }
  return erased;
}

/**
 * The names of all leads that an address is in, by address. Where it is in another place than it
 * ought to be, or in bytes that are no lead, they are gone through one by one.
 */
function leadsOf(leads: KeptLeads, addresses: Addresses): ReadonlyMap<string, LeadName[]> {
  const found = new Map<string, LeadName[]>();
  const add = (email: string, name: LeadName): void => {
    found.set(email, [...(found.get(email) ?? []), name]);
  };
  const emailOf = new Map([...addresses.emails].map((one) => [keyOf(leads.personOf(one)), one]));
  for (const { name, person, bytes } of leads.each()) {
    const own = person === null ? undefined : emailOf.get(keyOf(person));
    if (own !== undefined) add(own, name);
    const maybe = own === undefined ? addresses.foundIn(bytes) : [];
    if (maybe.length === 0) continue;
    const read = leads.read(name, bytes);
    const named = read === undefined ? maybe : addresses.namedIn(textsIn(read).join('\n'));
    for (const email of named) add(email, name);
  }
  return found;
}

const keyOf = (name: Uint8Array): string => Buffer.from(name).toString('latin1');

/** All texts of a lead, names of fields too, however deep: a stranger's lead is any data. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('latin1')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsIn(one)]);
}

/** Within a change: writes down what an actor is now, so that nobody need ask how it came to be so. */
function standStill(parts: ErasingParts, actor: number, self: Address): void {
  const { tables, leads, shared, now, makeOf } = parts;
  const aside = new LaidAside(leads, shared, now);
  const last = readSnapshot(tables, actor, aside);
  const replaying = new Replaying(self, makeOf(self));
  if (last !== undefined) replaying.restore(last.snapshot);
  let place = { number: last?.number ?? 0, hash: last?.chain ?? firstHash(self) };
  let size = 0;
  for (const one of readJournal(tables, actor, aside, place)) {
    feed(parts, replaying, one.number, one.entry);
    place = one;
    size += one.size;
  }
  // Who has not begun yet has nothing.
  if (replaying.random === undefined) return;

  const entry: JournalEntry = { is: 'erased', at: now };
  const number = place.number + 1;
  const body = writeGraph(entry, { aside });
  const hash = nextHash(place.hash, number, body);
  tables.run('INSERT INTO journal VALUES (?, ?, ?, ?)', actor, number, hash, body);
  const snapshot = writeGraph(replaying.snapshot(), { aside });
  tables.run(
    'INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)',
    ...([actor, number, now, size, hash, snapshotHash(hash, number, snapshot), snapshot] as const),
  );
}

function feed(
  { file }: ErasingParts,
  replaying: Replaying,
  number: number,
  entry: JournalEntry,
): void {
  try {
    replaying.feed(entry);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(
      `${file}: journal entry ${number} of ${replaying.self} was written by another version: ${why}. Nothing was erased: start and stop that version once, then do it again`,
      { cause },
    );
  }
}

/**
 * Overwrites what is left of those who were erased: what a page has of the past where there is room
 * on it, and the log beside the file. Does nothing where nobody was erased since it was done last.
 * Throws a `WorldError` where somebody else is reading the file, or the disk has no room for it to be
 * written anew: it is to be done again then.
 */
export function sweep(tables: NodeTables, file: string): void {
  if (tables.one("SELECT 1 FROM facts WHERE name = 'unswept'") === undefined) return;
  const { database } = tables;
  try {
    database.exec('VACUUM');
    emptyLog(tables);
    tables.run("DELETE FROM facts WHERE name = 'unswept'");
    emptyLog(tables);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(
      `${file}: what was erased may still be in the room that it leaves: ${why}; give the disk as much room again as the file takes, let nobody read it meanwhile, and do it again`,
      { cause },
    );
  }
}

/** The log is copied into the file, and cut to nothing. */
function emptyLog(tables: NodeTables): void {
  const done = tables.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  if (done?.['busy'] !== 0) throw new Error('somebody is reading it');
}
