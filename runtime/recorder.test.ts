import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { roleOf, type Address } from '../protocols/messages.ts';
import { actorFor } from './actor-for.ts';
import { effectsHash, firstHash, type JournalEntry } from './journal.ts';
import { readJournal } from './journal-file.ts';
import { Replaying } from './replaying.ts';
import { writeGraph } from './store/graph.ts';
import { LaidAside, NamedAside } from './store/laid-aside.ts';
import { FOR_EVER } from './store/shared-things.ts';
import { Driver, type Outside } from './testing/driver.ts';
import {
  memoryTables,
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

describe('an actor that is cut off anywhere', () => {
  it('is what it would have been, has asked for the same, and was handed nothing twice', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(
          fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('cut', 'end', 'go', 'go')),
        ),
        fc.constantFrom(1, 5, 40, 10_000),
        (which, turns, snapshotInputs) => {
          const actor = subnet.actors[which % subnet.actors.length] as Recorded;
          const script = entriesOf(actor);
          const tables = memoryTables();
          const outside: Outside = { done: [], sent: [] };
          const made = script[0]?.is === 'begin' ? script[0].made : {};
          const one = actorFor(actor.self, made);
          const limits = { snapshotInputs };
          const options = { self: actor.self, actor: one, tables, outside, script, limits };

          let at = 0;
          let driver = new Driver(options, 0, { asked: 0, open: [] });
          let questions = driver.questions;
          for (let turn = 0; at < script.length; turn++) {
            const [size, what] = turns[turn % (turns.length + 1)] ?? [7, 'go'];
            const to = Math.min(at + size, script.length);
            driver.turn(at, to, what === 'cut');
            if (what !== 'cut') {
              at = to;
              questions = driver.questions;
            }
            if (what === 'end') driver.recorder.close();
            if (what !== 'go') driver = new Driver(options, at, questions);
            // The line brings again what it was not told of, and some that it was.
            if (script[at - 1]?.is === 'message') driver.turn(at - 1, at, false);
          }

          const again = { ...actor, tables, recorder: driver.recorder };
          const inputs = entriesOf(again).filter(({ is }) => is !== 'remade');
          expect(inputs.map(({ effects }) => effects)).toEqual(
            script.map(({ effects }) => effects),
          );
          expect(written(again, driver.state)).toBe(written(actor, actor.running.state));
          const messages = script.flatMap(({ is }, index) =>
            is === 'message' ? [`m${index}`] : [],
          );
          expect([...new Set(outside.done)].toSorted()).toEqual(messages.toSorted());
          expect(new Set(outside.sent).size).toBe(outside.sent.length);
          expect(outside.sent).toHaveLength(sendsIn(actor));
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** How many messages an actor sends, all in all. */
function sendsIn(actor: Recorded): number {
  const replaying = new Replaying(actor.self, (made) => actorFor(actor.self, made));
  let sends = 0;
  for (const entry of entriesOf(actor)) {
    for (const effect of replaying.feed(entry) ?? []) if ('send' in effect) sends++;
  }
  return sends;
}

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
