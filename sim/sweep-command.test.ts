import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../runtime/cli/trouble.ts';
import { sweepCommand } from './sweep-command.ts';
import { struck } from './testing/struck.ts';

describe('leadpoet sim sweep', () => {
  it('goes on where it was killed, and comes to the same', async () => {
    const whole = join(folder, 'whole');
    const { code, out, err } = await sweep(whole);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ cells: 6, ran: 6, before: 0, violated: [] });
    expect(err).toContain('6 of 6 cells');

    const killed = join(folder, 'killed');
    const sweepInto = ['sim', 'sweep', FILE, '--out', killed, '--workers', '1'];
    expect(await struck(sweepInto, 'SIGKILL', '2 of 6 cells')).toMatchObject({ signal: 'SIGKILL' });
    const before = filesIn(killed);
    expect(before.size).toBe(2);
    expect(existsSync(join(killed, 'results.csv'))).toBe(false);

    const again = await sweep(killed);
    expect(again.code).toBe(0);
    const counts = { cells: 6, ran: 6 - before.size, before: before.size };
    expect(JSON.parse(again.out)).toMatchObject(counts);
    for (const [name, { mtimeMs, ino }] of before) {
      expect(filesIn(killed).get(name)).toMatchObject({ mtimeMs, ino });
    }
    const files = ['caught.csv', 'caught.parquet', 'earnings.parquet', 'report.html'].concat([
      'results.csv',
      'results.parquet',
    ]);
    const there = [...files, 'cells', 'sweep.json'].toSorted();
    expect(readdirSync(killed).toSorted()).toEqual(there);
    for (const file of [...files, 'sweep.json']) {
      expect(readFileSync(join(killed, file))).toEqual(readFileSync(join(whole, file)));
    }
    const page = readFileSync(join(whole, 'report.html'), 'utf8');
    expect(page).toContain('miners.garbage = 1, network.loss = 0');
    expect(page).toMatch(/miner<\/td><td>garbage/);
    expect(page).toMatch(/Who was flagged or restricted.*validator<\/td><td>honest/s);
    const [caught = ''] = readFileSync(join(whole, 'caught.csv'), 'utf8').split('\r\n');
    expect(caught).toMatch(
      /^miners\.garbage,network\.loss,seed,key,name,role,strategy,event,score,at_s,/,
    );
    expect(page).not.toMatch(/<script|src=|href=|https?:\/\/(?!www\.w3\.org)/);

    const [head = '', ...rows] = readFileSync(join(whole, 'results.csv'), 'utf8').split('\r\n');
    expect(head).toMatch(/^miners\.garbage,network\.loss,seed,key,digest,violation,events,/);
    expect(head).toMatch(/miner\.garbage\.mean_tao,miner\.honest\.mean_tao/);
    expect(rows.filter((row) => row !== '')).toHaveLength(6);
    expect(rows[5]).toMatch(/^1,0,2,[0-9a-f]{64},[0-9a-f]{64},,\d+,720,/);

    // What a checker found in any cell is told, also where the cell ran long ago.
    const [found = ''] = before.keys();
    const file = join(killed, 'cells', found);
    const record = readFileSync(file, 'utf8');
    writeFileSync(file, record.replace('"violation": null', '"violation": "late by a day"'));
    const violated = await sweep(killed);
    expect(violated.code).toBe(1);
    expect(violated.err).toMatch(
      /violated: late by a day, with miners\.garbage = \d, .*, seed \d\n/,
    );
    const told = [{ key: found.replace('.json', ''), violation: 'late by a day' }];
    expect(JSON.parse(violated.out)).toMatchObject({ ran: 0, before: 6, violated: told });
  });

  it('writes over nothing, and says what is amiss before it runs anything', async () => {
    const taken = mkdtempSync(join(folder, 'taken-'));
    writeFileSync(join(taken, 'mine.txt'), 'mine');
    await expect(sweep(taken)).rejects.toThrow(UsageError);
    expect(readdirSync(taken)).toEqual(['mine.txt']);

    const other = mkdtempSync(join(folder, 'other-'));
    writeFileSync(join(other, 'sweep.json'), '{"format":"leadpoet.sweep-directory/9"}');
    await expect(sweep(other)).rejects.toThrow('leadpoet.sweep-directory/1');

    const wrong = join(folder, 'wrong.toml');
    writeFileSync(wrong, SWEEP.replace('garbage', 'garbge'));
    const nowhere = join(folder, 'nowhere');
    const run = sweepCommand(
      wrong,
      { out: nowhere },
      { out: () => undefined, err: () => undefined },
    );
    await expect(run).rejects.toThrow('line 5: grid."miners.garbge"');
    expect(existsSync(nowhere)).toBe(false);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-sweep-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SWEEP = `format = "leadpoet.sweep/1"
scenario = "./tiny.toml"
seeds = [1, 2]
[grid]
"miners.garbage" = [0, 1]
network.loss = [0, 0.01]
`
  .replace('[0, 1]', '[0, 2, 1]')
  .replace('[0, 0.01]', '[0]');
const FILE = join(folder, 'grid.toml');
writeFileSync(FILE, SWEEP);
writeFileSync(
  join(folder, 'tiny.toml'),
  `format = "leadpoet.scenario/1"
duration = "12m"
[miners]
honest = 3
[validators]
honest = 3
[buyers]
honest = 1
[demand]
queries_per_day = 120
num_leads = 5
[chain]
tempo = 20
`,
);

async function sweep(out: string): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  };
  const code = await sweepCommand(FILE, { out, workers: 1, json: true }, io);
  return { code, ...said };
}

/** The files of the cells that have ended, with what the system knows of them. */
const filesIn = (directory: string): Map<string, { mtimeMs: number; ino: number }> =>
  new Map(
    (existsSync(join(directory, 'cells')) ? readdirSync(join(directory, 'cells')) : [])
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, statSync(join(directory, 'cells', name))]),
  );
