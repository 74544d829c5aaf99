import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Effect } from '../actors/actor.ts';
import { poolWith, type PoolState } from '../actors/pool.ts';
import type { Lead } from '../protocols/lead.ts';
import { roleOf, type Address } from '../protocols/messages.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import { hours } from '../protocols/units.ts';
import { actorFor } from './actor-for.ts';
import type { AnyActor } from './cell.ts';
import { effectsHash } from './journal.ts';
import { replayAll } from './replayed.ts';
import { Replaying } from './replaying.ts';
import { KeptLeads } from './store/kept-leads.ts';
import { NamedAside } from './store/laid-aside.ts';
import type { NodeTables } from './store/node-tables.ts';
import { Driver, type Outside } from './testing/driver.ts';
import { entriesOf, inputsOf, written } from './testing/journals.ts';
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
      const entries = entriesOf(actor.tables, actor.self);
      expect(entries.length).toBeGreaterThan(3);
      for (const entry of entries) {
        const effects = replaying.feed(entry);
        expect(hash(actor.tables, effects)).toEqual(entry.effects);
      }
      expect(replaying.open.size).toBe(actor.running.open);
      expect(written(actor.tables, replaying.state)).toEqual(
        written(actor.tables, actor.running.state),
      );
    }
  });
});

describe('leads', () => {
  it('lie in one table of each store, whoever had them', () => {
    const emails = subnet.answers.flatMap(({ leads }) =>
      leads.map(({ lead }) => lead['Owner(s) Email']),
    );
    expect(emails.length).toBeGreaterThan(10);
    for (const { tables, self } of subnet.actors) {
      const found = namesOf(tables).filter((name) => holdsAny(tables, name, emails));
      // Each of a miner's leads may be somebody else's choice.
      const has = roleOf(self) === 'miner' ? found : ['leads'];
      expect(found).toEqual(has);
      expect(found.filter((name) => name !== 'leads')).toEqual([]);
    }
  });

  it('are dropped once nothing that is kept names them, and what is kept can be replayed', async () => {
    const limits = { snapshotInputs: 20, keptBytes: 20_000 };
    const script = { queries: 2, queryEvery: 0, quiet: hours(3), limits };
    const long = await recordedSubnet({ seed: 'long', ...script });
    const kept = await recordedSubnet({ seed: 'long', ...script, limits: { snapshotInputs: 20 } });
    for (const tables of new Set(long.actors.map((actor) => actor.tables))) {
      for (const one of replayAll(tables)) expect(one.differs).toBeUndefined();
    }
    expect(leadsIn(long)).toBeLessThan(leadsIn(kept));
    for (const [index, { running, self, tables }] of long.actors.entries()) {
      const other = kept.actors[index];
      expect(other?.self).toBe(self);
      expect(written(tables, running.state)).toBe(written(tables, other?.running.state));
    }
  });
});

describe('an actor that is cut off anywhere', () => {
  it('is what it would have been, has asked for the same, and was handed nothing twice', () => {
    fc.assert(fc.property(fc.nat(), anyTurns, fc.constantFrom(1, 5, 40, 10_000), checkCut), {
      numRuns: 12,
    });
  });

  it('also where its process ends after each single input', () => {
    for (const role of ['validator', 'pool', 'buyer', 'miner']) {
      const which = subnet.actors.findLastIndex(({ self }) => roleOf(self) === role);
      checkCut(which, [[1, 'kill']], 9);
    }
  });
});

/** How many inputs a turn has, and what becomes of its process: it may end before the turn is written. */
type Turns = readonly (readonly [number, 'cut' | 'kill' | 'end' | 'go'])[];
const anyTurns: fc.Arbitrary<Turns> = fc.array(
  fc.tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.constantFrom('cut' as const, 'kill' as const, 'end' as const, 'go' as const),
  ),
  { minLength: 1, maxLength: 12 },
);

function checkCut(which: number, turns: Turns, snapshotInputs: number): void {
  const one = subnet.actors[which % subnet.actors.length] as Recorded;
  const { self, tables: recorded, running } = one;
  const script = entriesOf(recorded, self);
  const tables = memoryTables();
  const outside: Outside = { done: [], sent: [] };
  const actor = actorFor(self, script[0]?.is === 'begin' ? script[0].made : {});
  const options = { self, actor, tables, outside, script, limits: { snapshotInputs } };

  let at = 0;
  let driver = new Driver(options, 0, { asked: 0, open: [] });
  let { questions } = driver;
  for (let turn = 0; at < script.length; turn++) {
    // After the last of them one goes well, so that there is an end.
    const [size, what] = turns[turn % (turns.length + 1)] ?? [7, 'go'];
    const to = Math.min(at + size, script.length);
    driver.turn(at, to, what === 'cut');
    if (what !== 'cut') {
      at = to;
      ({ questions } = driver);
    }
    if (what === 'end') driver.recorder.close();
    if (what !== 'go') driver = new Driver(options, at, questions);
    // The line brings again what it was told not to.
    if (script[at - 1]?.is === 'message') driver.turn(at - 1, at, false);
  }

  const inputs = inputsOf(tables, self);
  expect(inputs.map(({ effects }) => effects)).toEqual(script.map(({ effects }) => effects));
  expect(written(tables, driver.state)).toBe(written(tables, running.state));
  const messages = script.flatMap(({ is }, index) => (is === 'message' ? [`m${index}`] : []));
  expect([...new Set(outside.done)].toSorted()).toEqual(messages.toSorted());
  expect(new Set(outside.sent).size).toBe(outside.sent.length);
  expect(outside.sent).toHaveLength(sendsIn(recorded, self));
}

/** How many messages an actor sends, all in all. */
function sendsIn(tables: NodeTables, self: Address): number {
  const replaying = new Replaying(self, (made) => actorFor(self, made));
  const effects = entriesOf(tables, self).flatMap((entry) => replaying.feed(entry) ?? []);
  return effects.filter((effect) => 'send' in effect).length;
}

describe('a function of an actor', () => {
  it('has said what it said, whatever it would say now', () => {
    const recorded = subnet.actors.find(({ self }) => roleOf(self) === 'pool') as Recorded;
    const script = entriesOf(recorded.tables, recorded.self);
    const [one, tables] = [poolOf(({ Region }) => Region.startsWith('U')), memoryTables()];
    const options = { self: recorded.self, tables, script, outside: { done: [], sent: [] } };
    const driver = new Driver({ ...options, actor: one }, 0, { asked: 0, open: [] });
    for (let at = 0; at < script.length; at++) driver.turn(at, at + 1, false);
    const { withheld } = (driver.state as PoolState).stock;
    expect(withheld.size).toBeGreaterThan(0);

    const { questions } = driver;
    const other = poolOf(() => false);
    const again = new Driver({ ...options, actor: other }, script.length, questions);
    expect(written(tables, again.state)).toBe(written(tables, driver.state));
    const { isSuppressed } = again.state as PoolState;
    expect(isSuppressed?.({ Region: 'US' } as Lead)).toBe(false);
    const none = new Driver(
      { ...options, actor: actorFor(recorded.self, {}) },
      script.length,
      questions,
    );
    expect(none.state).not.toHaveProperty('isSuppressed');
    expect(written(tables, none.state)).toBe(written(tables, driver.state));
  });
});

const poolOf = (isSuppressed: IsSuppressed) => poolWith({ isSuppressed }) as unknown as AnyActor;

const leadsIn = ({ actors }: RecordedSubnet): number =>
  [...new Set(actors.map(({ tables }) => tables))]
    .map((tables) => Number(tables.one('SELECT count(*) AS count FROM leads')?.['count']))
    .reduce((sum, count) => sum + count, 0);

const namesOf = (tables: NodeTables): readonly string[] =>
  tables.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => String(name));

const holdsAny = (tables: NodeTables, name: string, texts: readonly string[]): boolean =>
  tables.all(`SELECT * FROM ${name}`).some((row) =>
    Object.values(row).some((value) => {
      const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
      return texts.some((text) => bytes.includes(text));
    }),
  );

const hash = (tables: NodeTables, effects: readonly Effect[] | undefined) =>
  effects && effectsHash(effects, new NamedAside(new KeptLeads(tables)));
