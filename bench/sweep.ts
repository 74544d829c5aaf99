/**
 * A sweep on two threads against one, and one that is killed.
 *
 * - *workers*: cells of a second and more, some on one thread and as many on two, in turn, so that a
 *   machine that becomes slower is so for both; beside a control of threads that only burn. Where that
 *   falls short of two, the second core is somebody else's, and the workers are shown but not judged.
 * - *killed*: `sim sweep` ended with SIGKILL at a random point and begun again: every result must be
 *   that of an uninterrupted one, no finished cell may have run again, and no more cells than were in
 *   flight may have run twice.
 *
 * 24 cells each, small ones to be killed; 200 with `--full`, all of a second and more.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minutes } from '../protocols/units.ts';
import { openCells } from '../sim/cell-record.ts';
import { cellsOf, codeVersion } from '../sim/cells.ts';
import { runCells } from '../sim/experiment.ts';
import { loadScenario } from '../sim/scenario-file.ts';
import { change } from '../sim/scenario.ts';
import { tinyScenario } from '../sim/testing/tiny-scenario.ts';
import { burn, QUIET } from './peers/burn.ts';
import { median, type Report } from './report.ts';

export const name = 'sweep';

const isFull = process.argv.includes('--full');
const CELLS = isFull ? 200 : 24;
/** Cells on one thread, then as many on two. */
const ROUND = isFull ? 100 : 24;
const WORKERS = 2;
/** Two workers are to be so many times as fast as one. */
const FASTER = 1.85;
const CONTROL_ROUNDS = 5;
/** Of a tenth of a second each, so that to begin a thread does not count. */
const CONTROL_SHARES = 10;

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-sweep-bench-'));
  try {
    const before = await control();
    let [one, two] = [0, 0];
    for (let from = 0; from < CELLS; from += ROUND) {
      one += await timeOf(1, from, join(folder, `one-${from}`));
      two += await timeOf(WORKERS, from, join(folder, `two-${from}`));
    }
    const gained = Math.min(before, await control());
    report.add({ title: 'control: two burning threads over one', unit: 'x', ours: gained });
    report.add({ title: 'a cell, on one worker', unit: 'ms', ours: one / CELLS });
    report.add({
      title: `${CELLS} cells: two workers, against one`,
      unit: 's',
      ours: two / 1_000,
      peer: one / 1_000,
      // The goal is for the peer over ours.
      ...(gained >= QUIET ? { goal: { atLeast: FASTER } } : {}),
    });
    if (gained < QUIET) console.log('the second core was busy: two workers are not judged');
    await killed(report, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What two threads gain over one at the moment. */
async function control(): Promise<number> {
  const gains: number[] = [];
  for (let round = 0; round < CONTROL_ROUNDS; round++) {
    const one = await took(() => burn(1, 2 * CONTROL_SHARES));
    const two = await took(() => burn(2, CONTROL_SHARES));
    gains.push(one / two);
  }
  return median(gains);
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Of a second or more, also where the machine is quick. */
const LONG = 300;

/** A round of the cells, from one on. */
function timeOf(workers: number, from: number, directory: string): Promise<number> {
  const scenario = change(loadScenario('baseline'), { duration: minutes(LONG) });
  const cells = cellsOf([scenario], CELLS, codeVersion()).slice(from, from + ROUND);
  const store = openCells(directory);
  return took(() => runCells({ cells, store, directory, workers }));
}

async function killed(report: Report, folder: string): Promise<void> {
  const sweep = join(folder, 'sweep.toml');
  const small = join(folder, 'small.toml');
  writeFileSync(small, isFull ? longScenario() : tinyScenario('20m'));
  writeFileSync(
    sweep,
    `format = "leadpoet.sweep/1"\nscenario = "./small.toml"\nseeds = ${CELLS}\n`,
  );
  const whole = join(folder, 'whole');
  await swept(sweep, whole);

  const at = 1 + Math.floor(Math.random() * (CELLS - 2));
  console.log(`killed once ${at} of ${CELLS} cells were there`);
  const cut = join(folder, 'cut');
  await swept(sweep, cut, at);
  const finished = filesIn(cut);
  const again = await swept(sweep, cut);
  const kept = [...finished].filter(([file, written]) => filesIn(cut).get(file) === written);
  const same = readdirSync(join(whole, 'cells')).filter((file) =>
    readFileSync(join(whole, 'cells', file)).equals(readFileSync(join(cut, 'cells', file))),
  );
  report.add({
    title: 'killed and begun again: results that are the same',
    unit: '',
    ours: same.length,
    goal: { atLeast: CELLS },
  });
  report.add({
    title: 'killed: finished cells that ran again',
    unit: '',
    ours: finished.size - kept.length,
    goal: { atMost: 0 },
  });
  report.add({
    title: 'killed: cells that ran after it, beyond those missing',
    unit: '',
    ours: again - (CELLS - finished.size),
    goal: { atMost: WORKERS },
  });
}

const longScenario = (): string =>
  readFileSync(new URL('../sim/scenarios/baseline.toml', import.meta.url), 'utf8').replace(
    /^duration = .*$/m,
    `duration = "${LONG}m"`,
  );

/** Runs the command; killed once so many cells are there. How many cells it says that it ran. */
async function swept(sweep: string, out: string, killAt?: number): Promise<number> {
  const bin = new URL('../leadpoet.cjs', import.meta.url).pathname;
  const words = ['sim', 'sweep', sweep, '--out', out, '--workers', String(WORKERS), '--json'];
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  child.stderr.on('data', () => {
    if (killAt !== undefined && filesIn(out).size >= killAt) child.kill('SIGKILL');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (killAt !== undefined) return 0;
  if (code !== 0) throw new Error(`the sweep ended with ${code}`);
  return (JSON.parse(said) as { ran: number }).ran;
}

/** When each cell's file was written, and which file it is. */
function filesIn(directory: string): ReadonlyMap<string, string> {
  const folder = join(directory, 'cells');
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    return new Map(
      files.map((file) => {
        const { mtimeMs, ino } = statSync(join(folder, file));
        return [file, `${mtimeMs} ${ino}`] as const;
      }),
    );
  } catch {
    // It has not begun.
    return new Map();
  }
}
