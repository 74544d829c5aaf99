import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digest } from '../protocols/hash.ts';
import { minutes } from '../protocols/units.ts';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { openCells } from './cell-record.ts';
import { cellsOf } from './cells.ts';
import { experiment, runCells, type CellsProgress } from './experiment.ts';
import { change, scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

describe('experiment', () => {
  it('comes to what the same runs come to one by one, with one worker and with two', async () => {
    const cells = cellsOf(SCENARIOS, 3, digest('code'));
    const serial: string[] = [];
    for (const { scenario: one, seed } of cells) {
      const { digest: found } = await simulate({ scenario: one, seed });
      serial.push(found);
    }
    expect(new Set(serial).size).toBe(6);

    for (const workers of [1, 2]) {
      const told: CellsProgress[] = [];
      const { outcomes, table } = await experiment({
        scenarios: SCENARIOS,
        seeds: 3,
        workers,
        measure: { asked: ({ summary }) => summary.queries, one: () => 1 },
        tell: (progress) => void told.push(progress),
      });
      expect(outcomes.map(({ result }) => result.digest)).toEqual(serial);
      expect(outcomes.map(({ cell }) => cell.seed)).toEqual(cells.map(({ seed }) => seed));
      expect(told.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      for (const { measured, result } of outcomes) {
        expect(measured).toEqual({ asked: result.summary.queries, one: 1 });
      }
      expect(outcomes.some(({ result }) => result.summary.queries > 0)).toBe(true);
      expect(table().split('\n')).toMatchObject([
        expect.stringMatching(/^#\s+scenario\s+runs\s+asked\s+one$/),
        expect.stringMatching(/^1\s+honest\s+3\s+[\d.]+ \(\d+ to \d+\)\s+1 \(1 to 1\)$/),
        expect.stringMatching(/^2\s+lossy\s+3\s+[\d.]+ \(\d+ to \d+\)\s+1 \(1 to 1\)$/),
        '',
      ]);
    }
  });
});

describe('runCells', () => {
  it('runs no cell that has its file, and what it needed meanwhile is gone', async () => {
    const directory = newFolder();
    const store = openCells(directory);
    const cells = cellsOf([HONEST], [1, 2], digest('code'));
    for (const cell of cells.slice(0, 1)) store.write(cell, RESULT);
    const [first] = readdirSync(join(directory, 'cells'));
    const file = join(directory, 'cells', String(first));
    const { mtimeMs, ino } = statSync(file);

    const told: CellsProgress[] = [];
    const tell = (progress: CellsProgress): void => void told.push(progress);
    // A cell twice is one cell.
    await runCells({ cells: [...cells, ...cells], store, directory, workers: 2, tell });
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
    expect(told).toEqual([
      { done: 1, of: 2, before: 1 },
      { done: 2, of: 2, before: 1 },
    ]);
    expect(readdirSync(directory)).toEqual(['cells']);
    expect(readdirSync(join(directory, 'cells'))).toHaveLength(2);
  });

  it('says what the world refuses it', async () => {
    const directory = newFolder();
    const store = openCells(directory);
    writeFileSync(join(directory, 'running'), 'a file where a folder should be');
    const run = runCells({ cells: cellsOf([HONEST], [1], CODE), store, directory, workers: 1 });
    await expect(run).rejects.toThrow(WorldError);
    expect(readdirSync(join(directory, 'cells'))).toEqual([]);
  });
});

describe('the record of a cell', () => {
  it('is read back as it was written, and refused where it was tampered with', async () => {
    const directory = newFolder();
    const store = openCells(directory);
    const [cell] = cellsOf([HONEST], [5], CODE);
    if (cell === undefined) throw new Error('there is a cell');
    expect(await store.read(cell)).toBeUndefined();
    store.write(cell, RESULT);
    expect(await store.read(cell)).toEqual(RESULT);

    const file = join(directory, 'cells', `${cell.key}.json`);
    const good = { format: 'leadpoet.cell/1', key: cell.key, seed: 5, ...RESULT };
    const wrong = [
      { ...good, format: 'leadpoet.cell/2' },
      { ...good, key: digest('another') },
      { ...good, seed: 6 },
      { ...good, digest: 'x' },
      { ...good, events: -1 },
      { ...good, violation: 3 },
      { ...good, summary: { ...RESULT.summary, format: 'other' } },
      { ...good, summary: { ...RESULT.summary, earnings: {} } },
      { ...good, summary: { ...RESULT.summary, caught: [{}] } },
      [],
    ];
    for (const document of wrong) {
      writeFileSync(file, JSON.stringify(document));
      await expect(store.read(cell)).rejects.toThrow(UsageError);
    }
    writeFileSync(file, JSON.stringify(good).slice(0, -1));
    await expect(store.read(cell)).rejects.toThrow('remove it');
  });
});

const CODE = digest('code');
const HONEST = scenario({
  name: 'honest',
  duration: minutes(6),
  miners: { honest: 2 },
  validators: { honest: 2 },
  buyers: { honest: 1 },
  demand: { queriesPerDay: 240, leads: 5 },
  chain: { tempo: 20 },
});
const SCENARIOS = [HONEST, change(HONEST, { name: 'lossy', miners: { honest: 2, garbage: 1 } })];

const RESULT = {
  digest: digest('run'),
  events: 3,
  virtual_s: 1.5,
  violation: null,
  summary: {
    format: 'leadpoet.summary/1',
    epochs: 1,
    queries: 1,
    answered: 1,
    leads_delivered: 1,
    leads_rejected: 1,
    batches: 1,
    batches_approved: 1,
    messages: 1,
    lost: 0,
    penalties: 0,
    flagged: 0,
    restricted: 0,
    earnings: [],
    caught: [],
  },
} as const;

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-cells-'));
afterAll(() => rmSync(folder, { recursive: true }));
const newFolder = (): string => mkdtempSync(join(folder, 'x-'));
