import { beforeAll, describe, expect, it } from 'vitest';
import { roleOf, type Address } from '../protocols/messages.ts';
import { effectsHash, firstHash, type JournalEntry } from './journal.ts';
import { readJournal } from './journal-file.ts';
import { Replaying } from './replaying.ts';
import { writeGraph } from './store/graph.ts';
import { LaidAside, NamedAside } from './store/laid-aside.ts';
import { FOR_EVER } from './store/shared-things.ts';
import {
  actorFor,
  recordedSubnet,
  type Recorded,
  type RecordedSubnet,
} from './testing/recorded-subnet.ts';

let subnet: RecordedSubnet;
beforeAll(async () => {
  subnet = await recordedSubnet({ seed: 'recorder', queries: 2 });
});

describe('a journal', () => {
  it('has every actor ask for the same and come to the same, whoever it is', () => {
    expect(new Set(subnet.actors.map(({ self }) => roleOf(self))).size).toBe(4);
    for (const actor of subnet.actors) {
      const replaying = new Replaying(actor.self, (made) => actorFor(actor.self, made));
      const entries = entriesOf(actor);
      expect(entries.length).toBeGreaterThan(3);
      for (const entry of entries) {
        const effects = replaying.feed(entry);
        expect(hash(actor, effects)).toEqual(entry.effects);
      }
      expect(replaying.open.size).toBe(actor.running.open);
      expect(written(actor, replaying.state)).toEqual(written(actor, actor.running.state));
    }
  });
});

const named = ({ recorder }: Recorded) => new NamedAside(recorder.leads);
const laid = ({ recorder }: Recorded) => new LaidAside(recorder.leads, recorder.shared, FOR_EVER);
const hash = (actor: Recorded, effects: Parameters<typeof effectsHash>[0] | undefined) =>
  effects && effectsHash(effects, named(actor));
/** A state as text, whatever is shared in it. */
const written = (actor: Recorded, state: unknown): string =>
  Buffer.from(writeGraph(state, { aside: laid(actor), asTree: true })).toString('latin1');

const idOf = ({ tables, self }: Recorded): number =>
  Number(tables.one('SELECT actor FROM actors WHERE address = ?', self)?.['actor']);
const entriesOf = (actor: Recorded): readonly JournalEntry[] =>
  [...readJournal(actor.tables, idOf(actor), laid(actor), start(actor.self))].map(
    ({ entry }) => entry,
  );
const start = (self: Address) => ({ number: 0, hash: firstHash(self) });
