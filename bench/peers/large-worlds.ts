/** What the check takes on large worlds, each in a process of its own; the reading of a file apart. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, type Report } from '../report.ts';

interface Size {
  readonly validators: number;
  readonly scores: number;
  readonly mostSeconds: number;
  /** Of the whole process, the events in it. */
  readonly mostMb: number;
}

const SIZES: readonly Size[] = [
  { validators: 256, scores: 200_000, mostSeconds: 3, mostMb: 1_000 },
  { validators: 2_000, scores: 1_000_000, mostSeconds: 15, mostMb: 1_000 },
];
/** Each batch is scored by all validators, or by five of them. */
const SHAPES = ['all', 'five'] as const;
const ROUNDS = 3;

const exec = promisify(execFile);
const script = new URL('run-evaluate.ts', import.meta.url).pathname;

export async function sizes(report: Report): Promise<void> {
  for (const size of SIZES) {
    for (const shape of SHAPES) await evaluating(report, size, shape);
    await reading(report, size);
  }
}

async function evaluating(report: Report, size: Size, shape: string): Promise<void> {
  const runs = [];
  for (let round = 0; round < ROUNDS; round++) {
    runs.push(await ran(['evaluate', String(size.validators), String(size.scores), shape]));
  }
  const scorers = shape === 'all' ? 'each batch by all' : 'each batch by five';
  const title = `${size.validators} validators, ${size.scores} scores, ${scorers}`;
  report.add({
    title: `${title}: time`,
    unit: 's',
    ours: median(runs.map(({ seconds }) => seconds ?? NaN)),
    goal: { atMost: size.mostSeconds },
  });
  const before = median(runs.map(({ builtMb }) => builtMb ?? NaN));
  report.add({
    title: `memory at its peak (${Math.round(before)} MB before it)`,
    unit: 'MB',
    ours: median(runs.map(({ peakMb }) => peakMb ?? NaN)),
    goal: { atMost: size.mostMb },
  });
}

async function reading(report: Report, { validators, scores }: Size): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-events-'));
  try {
    const file = join(folder, 'events.json');
    await exec(process.execPath, [
      script,
      'write',
      String(validators),
      String(scores),
      'all',
      file,
    ]);
    const megabytes = Math.round(statSync(file).size / 1e6);
    const { seconds = NaN } = await ran(['read', file]);
    const title = `${scores} scores: reading the file of ${megabytes} MB`;
    report.add({ title, unit: 's', ours: seconds });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ran(words: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await exec(process.execPath, ['--expose-gc', script, ...words]);
  return JSON.parse(stdout) as Record<string, number>;
}
