import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand, type RunCommandOptions } from './commands.ts';
import { struck } from './testing/struck.ts';
import { tinyScenario } from './testing/tiny-scenario.ts';

describe('a run that was cut short', () => {
  it('begins again from its directory alone, and comes to what it would have', async () => {
    const whole = join(folder, 'whole');
    await run(SCENARIO, { seed: 5, out: whole, csv: true });
    const killed = join(folder, 'killed');
    expect(await stopped('SIGKILL', ['--seed', '5', '--out', killed, '--csv'])).toBe(null);
    expect(existsSync(join(killed, 'run.json'))).toBe(true);
    expect(existsSync(join(killed, 'manifest.json'))).toBe(false);
    writeFileSync(join(killed, 'mine.txt'), 'mine');

    await expect(run(SCENARIO, { seed: 5, out: killed })).rejects.toThrow('--resume');
    await expect(run(SCENARIO, { seed: 6, out: killed, resume: true })).rejects.toThrow(
      '--seed is 6; allowed: 5',
    );
    await expect(run('baseline', { out: killed, resume: true })).rejects.toThrow('SCENARIO');
    const { code, out, err } = await run(undefined, { out: killed, resume: true });
    expect([code, err]).toEqual([0, expect.stringContaining('it begins again')]);
    expect(out).toContain('seed 5');
    expect(readFileSync(join(killed, 'mine.txt'), 'utf8')).toBe('mine');
    rmSync(join(killed, 'mine.txt'));
    expect(readdirSync(killed).toSorted()).toEqual(readdirSync(whole).toSorted());
    for (const file of readdirSync(whole).filter((name) => /parquet|csv/.test(name))) {
      expect(readFileSync(join(killed, file))).toEqual(readFileSync(join(whole, file)));
    }
    expect(digestIn(killed)).toBe(digestIn(whole));

    const before = readFileSync(join(killed, 'manifest.json'));
    const again = await run(SCENARIO, { seed: 5, out: killed, resume: true });
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('has finished')]);
    expect(readFileSync(join(killed, 'manifest.json'))).toEqual(before);
  });

  it('ends cleanly where it is told to stop', async () => {
    const out = join(folder, 'told');
    expect(await stopped('SIGTERM', ['--out', out])).toBe(143);
    expect(await stopped('SIGINT', ['--out', join(folder, 'told too')])).toBe(130);
    expect(existsSync(join(out, 'run.json'))).toBe(true);
  });

  it('is refused where it is of another version or no run, or where there is nothing', async () => {
    const other = directoryWith('run.json', {
      format: 'leadpoet.run-plan/1',
      scenario: { name: 'x', text: '' },
      seed: 1,
      csv: false,
      version: '9.9.9',
    });
    const resume = (out: string) => run(undefined, { out, resume: true });
    await expect(resume(other)).rejects.toThrow('version is 9.9.9');
    await expect(resume(directoryWith('run.json', { format: 'other/1' }))).rejects.toThrow(
      'leadpoet.run-plan/1',
    );
    await expect(resume(directoryWith('mine.json', {}))).rejects.toThrow('no directory of a run');
    await expect(resume(join(folder, 'nowhere'))).rejects.toThrow('--out is');
    await expect(run(undefined, { out: join(folder, 'nowhere') })).rejects.toThrow('SCENARIO');
    expect(readdirSync(other)).toEqual(['run.json']);
  });

  it.skipIf(!mayMount())(
    'by a full disk names the file, ends with exit 3, and leaves what can begin again',
    async () => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]);
      try {
        const out = join(disk, 'run');
        await expect(run(SCENARIO, { seed: 5, out, csv: true })).rejects.toThrow(
          /cannot write .*disk.*run.*: ENOSPC.*--resume/,
        );
        expect(readdirSync(out)).toContain('run.json');
        execFileSync('mount', ['-o', 'remount,size=8m', disk]);
        expect((await run(undefined, { out, resume: true })).code).toBe(0);
        expect(digestIn(out)).toBe(digestIn(join(folder, 'whole')));
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );
});

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-resume-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SCENARIO = join(folder, 'tiny.toml');
writeFileSync(SCENARIO, tinyScenario('3h'));

async function run(
  scenario: string | undefined,
  options: RunCommandOptions,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  return { code: await runCommand(scenario, options, io), out, err };
}

/** Runs the command itself, and stops it as soon as it says how far it is. */
const stopped = async (signal: NodeJS.Signals, words: readonly string[]): Promise<number | null> =>
  (await struck(['sim', 'run', SCENARIO, ...words], signal)).code;

function directoryWith(name: string, content: object): string {
  const directory = mkdtempSync(join(folder, 'held-'));
  writeFileSync(join(directory, name), JSON.stringify(content));
  return directory;
}

const digestIn = (directory: string): unknown =>
  (JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as { digest: string }).digest;

/** A disk that is full takes one of our own, and that takes root. */
function mayMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'leadpoet-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}
