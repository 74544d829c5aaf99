import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { reportCommand, reproduceCommand, runCommand } from './commands.ts';
import { tinyScenario } from './testing/tiny-scenario.ts';

describe('leadpoet sim', () => {
  it('runs a scenario into a directory that can be reported on and reproduced', async () => {
    const { code, out } = await call((io) =>
      runCommand(SCENARIO, { seed: 3, out: RUN, csv: true }, io),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/tiny, seed 3: 0\.02 virtual days, \d+ events\n/);
    const tables = ['batches', 'epochs', 'neurons', 'penalties', 'flags'];
    const files = tables.flatMap((table) => [`${table}.csv`, `${table}.parquet`]);
    expect(readdirSync(RUN).toSorted()).toEqual(
      files.concat('manifest.json', 'report.html', 'summary.json').toSorted(),
    );
    const page = readFileSync(join(RUN, 'report.html'), 'utf8');
    expect(page).toContain("default-src 'none'");

    expect(await call((io) => reproduceCommand(RUN, io))).toMatchObject({ code: 0 });
    expect(await call((io) => reportCommand(RUN, io))).toMatchObject({ code: 0 });
    expect(readFileSync(join(RUN, 'report.html'), 'utf8')).toBe(page);
  });

  it('says so where a run does not come out the same', async () => {
    const other = join(folder, 'other');
    await call((io) => runCommand(SCENARIO, { seed: 4, out: other }, io));
    const file = join(other, 'manifest.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"seed": 4', '"seed": 5'));
    const { code, out } = await call((io) => reproduceCommand(other, io));
    expect(code).toBe(1);
    expect(out).toContain('it differs');
  });

  it('writes over nothing, and names what is not there', async () => {
    const taken = mkdtempSync(join(folder, 'taken-'));
    writeFileSync(join(taken, 'mine.txt'), 'mine');
    const run = call((io) => runCommand(SCENARIO, { seed: 1, out: taken }, io));
    await expect(run).rejects.toThrow(UsageError);
    expect(readdirSync(taken)).toEqual(['mine.txt']);
    const missing = call((io) => reproduceCommand(join(folder, 'nowhere'), io));
    await expect(missing).rejects.toThrow(WorldError);
    const unknown = call((io) => runCommand('basline', { seed: 1, out: RUN }, io));
    await expect(unknown).rejects.toThrow('baseline');
  });
});

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-sim-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RUN = join(folder, 'run');
const SCENARIO = join(folder, 'tiny.toml');
writeFileSync(SCENARIO, tinyScenario('30m'));

async function call(
  command: (io: { out: (text: string) => void; err: (text: string) => void }) => Promise<number>,
): Promise<{ code: number; out: string }> {
  let out = '';
  const io = { out: (text: string) => void (out += text), err: () => undefined };
  return { code: await command(io), out };
}
