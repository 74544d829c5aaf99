import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instant } from '../../protocols/units.ts';
import { because, PASS } from '../../protocols/verdict.ts';
import { WorldError } from '../cli/trouble.ts';
import { below, randomFrom } from '../random.ts';
import { findingsContract } from './findings.contract.ts';
import { memoryFindings, sqliteFindings } from './findings.ts';

let folder = '';
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadpoet-findings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const newFile = (): string => join(folder, `findings-${files++}.db`);
const at = (instant: number): Instant => instant as Instant;

findingsContract('memoryFindings', (bound) => ({
  store: memoryFindings(bound),
  settle: () => undefined,
}));

findingsContract('sqliteFindings', (bound) => {
  const store = sqliteFindings(newFile(), { bound });
  return { store, settle: () => expect(store.flush()).toBe(true) };
});

describe('sqliteFindings', () => {
  it('knows after a restart what it was told before', () => {
    const file = newFile();
    const before = sqliteFindings(file);
    before.put('a', because('blocked_address'), at(9));
    before.close();
    const after = sqliteFindings(file);
    expect(after.get('a', at(8))).toBe(because('blocked_address'));
    after.close();
  });

  it('writes at the end of the turn what came in it, without being asked', async () => {
    const file = newFile();
    const [one, other] = [sqliteFindings(file), sqliteFindings(file)];
    for (let row = 0; row < 20; row++) one.put(`row ${row}`, PASS, at(9));
    expect(other.get('row 19', at(1))).toBeUndefined();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(other.get('row 19', at(1))).toBe(PASS);
    one.close();
    other.close();
  });

  it('keeps within its bound together with another that writes to the same file', () => {
    const file = newFile();
    const stores = [sqliteFindings(file, { bound: 10 }), sqliteFindings(file, { bound: 10 })];
    for (let row = 0; row < 100; row++) {
      const store = stores[row % 2];
      store?.put(`row ${row}`, PASS, at(9));
      expect(store?.flush()).toBe(true);
    }
    const kept = Array.from({ length: 100 }, (_, row) => stores[0]?.get(`row ${row}`, at(1)));
    expect(kept.map((verdict) => verdict === PASS)).toEqual(kept.map((_, row) => row >= 90));
    for (const store of stores) store.close();
  });

  it('goes on without what cannot be written, while another keeps the file to itself', () => {
    const file = newFile();
    const store = sqliteFindings(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    store.put('a', PASS, at(9));
    expect(store.flush()).toBe(false);
    expect(store.get('a', at(1))).toBeUndefined();
    other.exec('ROLLBACK');
    store.put('a', PASS, at(9));
    expect(store.flush()).toBe(true);
    store.close();
    other.close();
  });

  it('refuses a file of another version, of another program, and one that is none', () => {
    const newer = newFile();
    sqliteFindings(newer).close();
    const change = new DatabaseSync(newer);
    change.exec("UPDATE format SET name = 'leadpoet.findings/2'; PRAGMA user_version = 2");
    change.close();
    expect(() => sqliteFindings(newer)).toThrow(
      `${newer} is of leadpoet.findings/2; allowed: leadpoet.findings/1. Move it away`,
    );

    const foreign = newFile();
    const database = new DatabaseSync(foreign);
    database.exec('CREATE TABLE mail (id INTEGER)');
    database.close();
    expect(() => sqliteFindings(foreign)).toThrow('is of another program');

    const text = newFile();
    writeFileSync(
      text,
      'not a database, but long enough to be read as the head of one. '.repeat(99),
    );
    expect(() => sqliteFindings(text)).toThrow(WorldError);
    expect(() => sqliteFindings(join(folder, 'nowhere', 'x.db'))).toThrow(WorldError);
  });

  it('is whole, with every row that was committed, however often it is killed', async () => {
    const file = newFile();
    const random = randomFrom('kills');
    let committed = 0;
    for (let round = 0; round < 10; round++) {
      const [row, integrity] = await killed(file, committed, 1 + below(random, 40));
      expect(integrity).toBe('ok');
      expect(row).toBeGreaterThan(committed);
      committed = row;
      const store = sqliteFindings(file);
      const lost = Array.from({ length: committed }, (_, key) => key).filter(
        (key) => store.get(`row ${key}`, at(0)) !== PASS,
      );
      expect(lost).toEqual([]);
      store.close();
    }
    expect(statSync(file).size).toBeGreaterThan(0);
  });
});

/** Kills a writer after it said something so many times; gives its last word and how the file is. */
async function killed(file: string, first: number, lines: number): Promise<[number, unknown]> {
  const script = fileURLToPath(new URL('testing/writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > lines) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [unknown, unknown];
  expect(signal).toBe('SIGKILL');
  const database = new DatabaseSync(file);
  const integrity = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  database.close();
  // Its last line may have been cut off.
  return [Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1)), integrity];
}
