import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roleOf, type Address } from '../../protocols/messages.ts';
import { firstHash, nextHash } from '../journal.ts';
import type { Replayed } from '../replayed.ts';
import { writeGraph } from '../store/graph.ts';
import { NODE_STORE, NodeTables } from '../store/node-tables.ts';
import { openSqlite } from '../store/sqlite.ts';
import { asideOf, entriesOf } from '../testing/journals.ts';
import { recordedSubnet, type RecordedSubnet } from '../testing/recorded-subnet.ts';
import { replay } from './replay.ts';
import { WorldError } from './trouble.ts';

let subnet: RecordedSubnet;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'replay-'));
  subnet = await recordedSubnet({ seed: 'replay', queries: 2, limits: { snapshotInputs: 20 } });
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('leadpoet replay', () => {
  it('finds every node to have asked for the same', () => {
    for (const tables of new Set(subnet.actors.map((actor) => actor.tables))) {
      const [code, found] = replayed(fileOf(tables));
      expect(code).toBe(0);
      expect(found.equal).toBe(true);
      const own = subnet.actors.filter((actor) => actor.tables === tables);
      expect(found.actors.map(({ address }) => address).toSorted()).toEqual(
        own.map(({ self }) => self).toSorted(),
      );
      for (const { inputs, effects, from } of found.actors) {
        expect(inputs).toBeGreaterThan(3);
        expect(effects).toBeGreaterThan(0);
        expect(from).toBe(1);
      }
    }
  });

  it('names the entry in which one byte was changed, wherever that was', () => {
    const file = fileOf(validator());
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, place, by) => {
        const [number, undo] = change(file, 'journal', 'body', { which, place, by });
        const [code, found] = replayed(file);
        undo();
        expect(code).toBe(1);
        expect(found.actors.flatMap(({ differs }) => differs?.number ?? [])).toEqual([number]);
      }),
      { numRuns: 30 },
    );
    expect(replayed(file)[0]).toBe(0);
  });

  it('finds a byte that was changed in a lead, in what is shared, in a hash', () => {
    const file = fileOf(validator());
    const at = { which: 3, place: 40, by: 1 };
    for (const [table, column] of [
      ['leads', 'bytes'],
      ['shared', 'bytes'],
      ['journal', 'hash'],
      ['snapshots', 'body'],
      ['snapshots', 'chain'],
    ] as const) {
      const [, undo] = change(file, table, column, at);
      const [code, found] = replayed(file);
      undo();
      expect([code, found.equal]).toEqual([1, false]);
    }
  });

  it('names the first input to which an actor asks for something else', () => {
    const file = fileOf(validator());
    const number = 12;
    const database = openSqlite(file, NODE_STORE);
    // As if another version of the actor had written it: every hash is right.
    const tables = new NodeTables(database);
    const self = tables.one('SELECT address FROM actors WHERE actor = 1')?.['address'] as Address;
    let last = firstHash(self);
    for (const [index, entry] of entriesOf(tables, self).entries()) {
      const at = index + 1;
      const told = at === number ? { ...entry, effects: new Uint8Array(32) } : entry;
      const body = writeGraph(told, { aside: asideOf(tables) });
      last = nextHash(last, at, body);
      const where = 'WHERE actor = 1 AND number = ?';
      tables.run(`UPDATE journal SET body = ?, hash = ? ${where}`, body, last, at);
    }
    database.exec('DELETE FROM snapshots');
    database.close();
    const [code, found] = replayed(file);
    expect(code).toBe(1);
    expect(found.actors[0]?.differs).toMatchObject({ number, why: 'it asks for something else' });
    expect(found.actors[0]?.differs?.input).toMatch(/^[a-zA-Z]+$/);
  });

  it('begins with the first snapshot where what was before is kept no more', async () => {
    const short = await recordedSubnet({
      seed: 'short',
      queries: 2,
      limits: { snapshotInputs: 10, keptBytes: 20_000 },
    });
    const froms = short.actors.map(({ tables }) => replayed(fileOf(tables)));
    expect(froms.map(([code]) => code)).toEqual(froms.map(() => 0));
    expect(froms.some(([, { actors }]) => actors.some(({ from }) => from > 10))).toBe(true);
  });

  it('says in a line what it found, and where the file is not what to do', () => {
    const file = fileOf(validator());
    const text: string[] = [];
    expect(replay(file, {}, { out: (line) => text.push(line), err: () => undefined })).toBe(0);
    expect(text.join('')).toMatch(/^validator\/\w+: \d+ inputs, \d+ effects: the same\n/);
    const nobody = { out: () => undefined, err: () => undefined };
    expect(() => replay(join(dir, 'none'), {}, nobody)).toThrow(WorldError);
  });
});

const validator = (): NodeTables => {
  const one = subnet.actors.find(({ self }) => roleOf(self) === 'validator');
  if (one === undefined) throw new Error('there is no validator');
  return one.tables;
};

let files = 0;
function fileOf(tables: NodeTables): string {
  const file = join(dir, `${files++}.sqlite`);
  tables.database.prepare('VACUUM INTO ?').run(file);
  return file;
}

function replayed(
  file: string,
): readonly [number, { equal: boolean; actors: readonly Replayed[] }] {
  let out = '';
  const io = { out: (text: string) => void (out += text), err: () => undefined };
  const code = replay(file, { json: true }, io);
  return [code, JSON.parse(out) as { equal: boolean; actors: readonly Replayed[] }];
}

/** Changes a byte of a row; gives the row's number, where it has one, and how to change it back. */
function change(
  file: string,
  table: string,
  column: string,
  { which, place, by }: { readonly which: number; readonly place: number; readonly by: number },
): readonly [number, () => void] {
  const database = openSqlite(file, NODE_STORE);
  const isOfActor = table === 'journal' || table === 'snapshots';
  const key = isOfActor ? 'number' : 'name';
  const ofOne = isOfActor ? 'WHERE actor = 1' : '';
  const rows = database
    .prepare(`SELECT ${key} AS key, ${column} AS bytes FROM ${table} ${ofOne}`)
    .all();
  const row = rows[which % rows.length];
  const before = row?.['bytes'] as Uint8Array;
  const after = Uint8Array.from(before);
  after[place % after.length] = (after[place % after.length] ?? 0) ^ by;
  const put = (bytes: Uint8Array): void => {
    const where = ofOne === '' ? `WHERE ${key} = ?` : `${ofOne} AND ${key} = ?`;
    database
      .prepare(`UPDATE ${table} SET ${column} = ? ${where}`)
      .run(bytes, row?.['key'] as never);
  };
  put(after);
  return [
    Number(row?.['key']),
    () => {
      put(before);
      database.close();
    },
  ];
}
