/**
 * What size costs: ninety days of a full subnet, and a day of one with 100 to 5 000 miners.
 *
 * - *ninety days*: 192 miners, 64 validators, 20 buyers; with `--full` all of them, which takes some
 *   minutes, else the first three.
 * - *miners*: a virtual day with the same validators and buyers, who ask as often as ever, so that
 *   what grows is the subnet and not the demand. `--record` draws it in `scale.svg`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawPlot, PALETTE, type PlotSpec } from '../sim/report/plots.ts';
import { sharesOf, type CpuProfile } from './peers/profile.ts';
import type { Report } from './report.ts';

export const name = 'scale';

const isFull = process.argv.includes('--full');
const DAYS = isFull ? 90 : 3;
const MINERS = [100, 300, 1_000, 2_000, 5_000];
const HOURS_A_DAY = 24;
/** Ninety days are to take no longer. */
const MOST_SECONDS = 600;
const MOST_MB = 2_000;
/** Of a day with 5 000 miners. */
const MOST_MB_LARGE = 4_000;

const exec = promisify(execFile);
const fileOf = (path: string): string => new URL(path, import.meta.url).pathname;

interface Ran {
  readonly events: number;
  readonly virtual: number;
  readonly wall: number;
  readonly peakMb: number;
}

export async function run(report: Report): Promise<void> {
  await ninetyDays(report);
  const costs: Cost[] = [];
  for (const miners of MINERS) {
    const { wall, peakMb } = await ran([], HOURS_A_DAY, miners);
    costs.push({ miners, seconds: wall / 1_000, mb: peakMb });
    const title = `a day of ${miners} miners`;
    report.add({ title: `${title}: wall time`, unit: 's', ours: wall / 1_000 });
    const isLargest = miners === MINERS.at(-1);
    report.add({
      title: `${title}: memory at its peak`,
      unit: 'MB',
      ours: peakMb,
      ...(isLargest ? { goal: { atMost: MOST_MB_LARGE } } : {}),
    });
  }
  if (!process.argv.includes('--record')) return;
  writeFileSync(fileOf('scale.svg'), `${await drawPlot(plotOf(costs), 'scale')}\n`);
}

async function ninetyDays(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-profile-'));
  try {
    const { events, virtual, wall, peakMb } = await ran([], DAYS * HOURS_A_DAY);
    const seconds = wall / 1_000;
    const title = `ninety-days, ${DAYS} of them`;
    report.add({
      title: `${title}: wall time`,
      unit: 's',
      ours: seconds,
      ...(isFull ? { goal: { atMost: MOST_SECONDS } } : {}),
    });
    report.add({
      title: `${title}: memory at its peak`,
      unit: 'MB',
      ours: peakMb,
      ...(isFull ? { goal: { atMost: MOST_MB } } : {}),
    });
    report.add({ title: `${title}: events a second`, unit: '', ours: events / seconds });
    report.add({ title: `${title}: virtual over wall`, unit: 'x', ours: virtual / wall });

    // One day is enough to see where the time goes, and a profile of ninety fills a disk.
    await ran(['--cpu-prof', `--cpu-prof-dir=${folder}`], HOURS_A_DAY);
    const [file = ''] = readdirSync(folder);
    console.log('where the time of its first day goes:');
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    for (const [purpose, share] of sharesOf(profile)) {
      console.log(`  ${purpose.padEnd(28)}${share.toFixed(1).padStart(6)} %`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ran(flags: readonly string[], hours: number, miners?: number): Promise<Ran> {
  const words = ['ninety-days', String(hours), ...(miners === undefined ? [] : [String(miners)])];
  const script = fileOf('peers/run-scaled.ts');
  const { stdout } = await exec(process.execPath, [...flags, script, ...words]);
  return JSON.parse(stdout) as Ran;
}

interface Cost {
  readonly miners: number;
  readonly seconds: number;
  readonly mb: number;
}

/** Two pictures over one axis: time, and memory. */
function plotOf(costs: readonly Cost[]): PlotSpec {
  const picture = (field: 'seconds' | 'mb', title: string, color: string | undefined): object => ({
    width: 560,
    height: 180,
    mark: { type: 'line', point: true, color },
    encoding: {
      x: { field: 'miners', type: 'quantitative', title: 'miners' },
      y: { field, type: 'quantitative', title },
    },
  });
  return {
    data: { values: [...costs] },
    vconcat: [
      picture('seconds', 'wall seconds a virtual day', PALETTE[0]),
      picture('mb', 'MB at the peak', PALETTE[1]),
    ],
  } as PlotSpec;
}
