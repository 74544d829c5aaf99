/**
 * The kernel under `sim run`, against SimPy on CPython and simjs; and what a run makes of it.
 *
 * - *kernels*: M/M/1 at 0.9 load and the hold model with 1 000 and 100 000 pending, the same to the
 *   random number (`peers/models.ts`, `peers/kernels.py`): the checksums are compared first.
 * - *baseline*: three virtual hours of `sim run baseline`, and where the time goes.
 *
 * SimPy 3 is Debian's; it is installed with `--install`. Debian calls it python3-simpy3, or
 * python3-simpy where that is not the old 2.3 any more.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ours, simjs, type Model, type Run } from './peers/models.ts';
import { sharesOf, type CpuProfile } from './peers/profile.ts';
import type { Report, Sides } from './report.ts';

export const name = 'simulation';

interface Case {
  readonly model: Model;
  readonly title: string;
  readonly overSimpy: number;
}

const CASES: readonly Case[] = [
  { model: 'mm1', title: 'M/M/1', overSimpy: 50 },
  { model: 1_000, title: 'hold 1 000', overSimpy: 10 },
  { model: 100_000, title: 'hold 100 000', overSimpy: 40 },
];
const OVER_SIMJS = 5;
/** A second or two each, so that what the compiler does at the start of a run weighs little. */
const EVENTS = { ours: 20_000_000, simjs: 4_000_000, simpy: 400_000 };
const PYTHON = '/usr/bin/python3';
const ROUNDS = 3;

const exec = promisify(execFile);
const fileOf = (path: string): string => new URL(path, import.meta.url).pathname;

export const sides: Sides = Object.fromEntries(
  CASES.flatMap(({ model }) => [
    [`ours ${model}`, async () => perEvent(await warmed(ours, model, EVENTS.ours))],
    [`simjs ${model}`, async () => perEvent(await warmed(simjs, model, EVENTS.simjs))],
    [`simpy ${model}`, async () => perEvent(await simpy(model, EVENTS.simpy))],
  ]),
);

export async function run(report: Report): Promise<void> {
  const missing = await simpyMissing();
  for (const { model, title, overSimpy } of CASES) {
    await checkSame(model, missing === undefined);
    const compared = { unit: 'ns', ours: `ours ${model}`, rounds: ROUNDS };
    const [py, js] = [`${title}, an event, against`, `${title}, an event, against simjs`];
    if (missing === undefined) {
      const goal = { atLeast: overSimpy };
      await report.compare({ ...compared, title: `${py} SimPy`, peer: `simpy ${model}`, goal });
    } else console.log(`${py} SimPy: skipped, ${missing}`);
    await report.compare({
      ...compared,
      title: js,
      peer: `simjs ${model}`,
      goal: { atLeast: OVER_SIMJS },
    });
  }
  await baseline(report);
}

const perEvent = ({ ms, events }: Run): number => (ms * 1e6) / events;

async function warmed(kernel: typeof ours, model: Model, events: number): Promise<Run> {
  await kernel(model, events);
  return kernel(model, events);
}

async function simpy(model: Model, events: number): Promise<Run> {
  const script = fileOf('peers/kernels.py');
  const { stdout } = await exec(PYTHON, [script, String(model), String(events)]);
  return JSON.parse(stdout) as Run;
}

/** Figures of models that differ would say nothing. */
async function checkSame(model: Model, hasSimpy: boolean): Promise<void> {
  const events = 200_000;
  const runs = [await ours(model, events), await simjs(model, events)];
  if (hasSimpy) runs.push(await simpy(model, events));
  const seen = runs.map((one) => `${one.events} events, checksum ${one.checksum}`);
  if (new Set(seen).size > 1) throw new Error(`${model}: kernels differ: ${seen.join('; ')}`);
  console.log(`${model}: ${seen[0]}, the same on ${runs.length} kernels`);
}

/** Why there is no SimPy 3; undefined where there is. */
async function simpyMissing(): Promise<string | undefined> {
  const probe = ['-c', 'import simpy; assert simpy.__version__ >= "3"'];
  const isThere = (): Promise<boolean> =>
    exec(PYTHON, probe).then(
      () => true,
      () => false,
    );
  if (await isThere()) return undefined;
  if (!process.argv.includes('--install')) return 'not installed: run with --install';
  for (const peer of ['python3-simpy3', 'python3-simpy']) {
    try {
      await exec('apt-get', ['install', '-y', '--no-install-recommends', peer]);
    } catch {
      continue; // Not in this Debian, or not root: the probe tells.
    }
    if (await isThere()) return undefined;
  }
  return 'apt-get could not install it';
}

/** Rows without a goal, and a table of shares. */
async function baseline(report: Report): Promise<void> {
  const script = fileOf('peers/run-baseline.ts');
  const { stdout } = await exec(process.execPath, [script]);
  const { events, virtual, wall } = JSON.parse(stdout) as Record<string, number>;
  if (events === undefined || virtual === undefined || wall === undefined) {
    throw new Error(`no figures in ${stdout}`);
  }
  report.add({ title: 'baseline, 3 h: events a second', unit: '', ours: events / (wall / 1_000) });
  report.add({ title: 'baseline, 3 h: virtual over wall', unit: 'x', ours: virtual / wall });

  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-profile-'));
  try {
    await exec(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${folder}`, script]);
    // The longest of them is the main thread's, where there were several.
    const written = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const [longest = ''] = written.toSorted((a, b) => b.length - a.length);
    console.log('where its time goes:');
    for (const [purpose, share] of sharesOf(JSON.parse(longest) as CpuProfile)) {
      console.log(`  ${purpose.padEnd(28)}${share.toFixed(1).padStart(6)} %`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
