import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { digest } from '../protocols/hash.ts';
import { cellThreads } from './cell-threads.ts';
import { readScenario } from './scenario-file.ts';
import { tinyScenario } from './testing/tiny-scenario.ts';

describe('the process of the cells', () => {
  it('fails what is under way, and what comes later, where it has ended', async () => {
    const runner = cellThreads(1, folder);
    const underWay = runner.run(CELL).then(() => 'done', String);
    await runner.close();
    expect(await underWay).toContain('ended with 0');
    await expect(runner.run(CELL)).rejects.toThrow(/channel/i);
    await runner.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

const CELL = {
  scenario: readScenario(tinyScenario('20m'), 'tiny'),
  seed: 1,
  key: digest('a cell'),
};

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));
