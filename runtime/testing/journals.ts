/** Reading journals in tests: all of one, from where it begins, whatever snapshots there are. */
import type { Address } from '../../protocols/messages.ts';
import { actorFor } from '../actor-for.ts';
import { firstHash, type JournalEntry } from '../journal.ts';
import { readJournal } from '../journal-file.ts';
import { Replaying } from '../replaying.ts';
import { writeGraph } from '../store/graph.ts';
import { KeptLeads } from '../store/kept-leads.ts';
import { LaidAside } from '../store/laid-aside.ts';
import type { NodeTables } from '../store/node-tables.ts';
import { FOR_EVER, SharedThings } from '../store/shared-things.ts';
import type { Questions } from './driver.ts';

export const asideOf = (tables: NodeTables): LaidAside =>
  new LaidAside(new KeptLeads(tables), new SharedThings(tables), FOR_EVER);

/** All entries of an actor, or those from `from` on; none of an actor that has no journal. */
export function entriesOf(tables: NodeTables, self: Address): readonly JournalEntry[] {
  const row = tables.one('SELECT actor FROM actors WHERE address = ?', self);
  if (row === undefined) return [];
  const start = { number: 0, hash: firstHash(self) };
  return [...readJournal(tables, Number(row['actor']), asideOf(tables), start)].map(
    ({ entry }) => entry,
  );
}

/** The inputs among them. */
export const inputsOf = (tables: NodeTables, self: Address): readonly JournalEntry[] =>
  entriesOf(tables, self).filter(({ is }) => is !== 'remade');

export interface ReplayedActor extends Questions {
  readonly state: unknown;
  /** How many inputs it was handed. */
  readonly at: number;
}

/** What an actor comes to that is handed its whole journal. */
export function replayed(tables: NodeTables, self: Address): ReplayedActor {
  const replaying = new Replaying(self, (made) => actorFor(self, made));
  const entries = entriesOf(tables, self);
  const snapshots = tables.all('SELECT number FROM snapshots').map(({ number }) => Number(number));
  for (const [index, entry] of entries.entries()) {
    replaying.feed(entry);
    if (snapshots.includes(index + 1)) replaying.chain.forget();
  }
  const { state, asked, open } = replaying;
  return { state, asked, open: [...open.keys()], at: inputsOf(tables, self).length };
}

/** A state as text, whatever is shared in it. */
export const written = (tables: NodeTables, state: unknown): string =>
  Buffer.from(writeGraph(state, { aside: asideOf(tables), asTree: true })).toString('latin1');
