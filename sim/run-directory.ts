/**
 * A run and what it leaves in a directory.
 *
 *     run.json ──▶ tables, while it runs ──▶ summary, report ──▶ manifest, and run.json is gone
 *
 * A run keeps no state to go on from: it is the same each time, so one that was cut short begins
 * again from its seed. Its plan says what it was.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../runtime/cli/trouble.ts';
import { version } from '../runtime/cli/command-line.ts';
import { figuresOf } from './report/figures.ts';
import { inWorld, openTables, readTables } from './report/files.ts';
import { pageOf } from './report/html.ts';
import {
  checkVersion,
  MANIFEST_FILE,
  PLAN_FILE,
  PLAN_FORMAT,
  readManifest,
  readPlan,
  RUN_FORMAT,
  writePlan,
  writeRecord,
  writeWhole,
  type Manifest,
} from './report/manifest.ts';
import { summaryOf } from './report/summary.ts';
import { readScenario, showScenario } from './scenario-file.ts';
import type { Scenario } from './scenario.ts';
import { simulate, type RunOptions, type RunResult } from './simulate.ts';

export interface DirectoryOptions extends Pick<RunOptions, 'tell' | 'tellFault' | 'workers'> {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly directory: string;
  readonly csv: boolean;
}

/** Refuses a directory that holds anything already: a run never writes over another. */
export async function runInto(options: DirectoryOptions): Promise<RunResult> {
  const { directory } = options;
  const held = existsSync(directory) ? readdirSync(directory) : [];
  if (held.length > 0) {
    const allowed = held.includes(PLAN_FILE)
      ? 'a directory that is empty or not there yet; this one holds a run that did not finish, which --resume begins again'
      : 'a directory that is empty or not there yet';
    throw new UsageError({ field: '--out', came: directory, allowed });
  }
  return run(options);
}

/** A run that was cut short, as its directory says. */
export interface Unfinished {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly csv: boolean;
}

/**
 * What a directory holds: a run to begin again, one that has finished, or nothing yet. Refuses one of
 * another version, and whatever is no run.
 */
export async function heldIn(directory: string): Promise<Unfinished | 'finished' | 'nothing'> {
  const held = existsSync(directory) ? readdirSync(directory) : [];
  if (held.length === 0) return 'nothing';
  if (held.includes(MANIFEST_FILE)) {
    checkVersion(await readManifest(directory), version());
    return 'finished';
  }
  const plan = await readPlan(directory);
  checkVersion(plan, version());
  const { scenario, seed, csv } = plan;
  return { scenario: readScenario(scenario.text, scenario.name), seed, csv };
}

/** Begins a run that was cut short again, in place of what it left. */
export async function runAgain(options: DirectoryOptions): Promise<RunResult> {
  const { directory } = options;
  for (const file of readdirSync(directory).filter((name) => LEFT.test(name))) {
    inWorld(file, () => rmSync(join(directory, file)));
  }
  return run(options);
}

/** What a run may leave unfinished. What else is there is somebody's. */
const LEFT =
  /^(((batches|epochs|neurons|penalties|flags)\.(parquet|csv)|report\.html|summary\.json|smallest\.toml|manifest\.json|run\.json)(\.part)?)$/;

async function run({
  scenario,
  seed,
  directory,
  csv,
  ...told
}: DirectoryOptions): Promise<RunResult> {
  const began = performance.now();
  inWorld(directory, () => mkdirSync(directory, { recursive: true }));
  const text = { name: scenario.name, text: showScenario(scenario) };
  writePlan(directory, { format: PLAN_FORMAT, scenario: text, seed, csv, version: version() });
  const collector = openTables(directory, { csv });
  const isFoundBeside = availableParallelism() > 1;
  const result = await simulate({ scenario, seed, collector, isFoundBeside, ...told });
  collector.close();
  const manifest: Manifest = {
    format: RUN_FORMAT,
    scenario: text,
    seed,
    digest: result.digest,
    events: result.events,
    virtual_s: result.virtual / 1_000,
    wall_s: Math.round(performance.now() - began) / 1_000,
    version: version(),
    node: process.version,
  };
  await drawReport(directory, manifest);
  inWorld(directory, () => rmSync(join(directory, PLAN_FILE), { force: true }));
  return result;
}

/** Draws `report.html` from the tables, and writes what the run says of itself. */
export async function drawReport(directory: string, manifest: Manifest): Promise<void> {
  const figures = await figuresOf(readTables(directory), manifest.virtual_s);
  const summary = summaryOf(figures);
  writeWhole(join(directory, 'report.html'), await pageOf(manifest, summary, figures));
  writeRecord(directory, manifest, summary);
}
