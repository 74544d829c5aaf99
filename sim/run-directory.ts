/**
 * A run and what it leaves in a directory: tables while it runs; then the summary, the report and,
 * last of all, the manifest.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../runtime/cli/trouble.ts';
import { version } from '../runtime/cli/command-line.ts';
import { figuresOf } from './report/figures.ts';
import { openTables, readTables } from './report/files.ts';
import { pageOf } from './report/html.ts';
import { RUN_FORMAT, writeRecord, writeWhole, type Manifest } from './report/manifest.ts';
import { summaryOf } from './report/summary.ts';
import { showScenario } from './scenario-file.ts';
import type { Scenario } from './scenario.ts';
import { simulate, type RunOptions, type RunResult } from './simulate.ts';

export interface DirectoryOptions extends Pick<RunOptions, 'tell' | 'tellFault' | 'workers'> {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly directory: string;
  readonly csv: boolean;
}

/** Refuses a directory that holds anything already: a run never writes over another. */
export async function runInto({
  scenario,
  seed,
  directory,
  csv,
  ...told
}: DirectoryOptions): Promise<RunResult> {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    const allowed = 'a directory that is empty or not there yet';
    throw new UsageError({ field: '--out', came: directory, allowed });
  }
  const began = performance.now();
  const collector = openTables(directory, { csv });
  const result = await simulate({ scenario, seed, collector, ...told });
  collector.close();
  const manifest: Manifest = {
    format: RUN_FORMAT,
    scenario: { name: scenario.name, text: showScenario(scenario) },
    seed,
    digest: result.digest,
    events: result.events,
    virtual_s: result.virtual / 1_000,
    wall_s: Math.round(performance.now() - began) / 1_000,
    version: version(),
    node: process.version,
  };
  await drawReport(directory, manifest);
  return result;
}

/** Draws `report.html` from the tables, and writes what the run says of itself. */
export async function drawReport(directory: string, manifest: Manifest): Promise<void> {
  const figures = await figuresOf(readTables(directory), manifest.virtual_s);
  const summary = summaryOf(figures);
  writeWhole(join(directory, 'report.html'), await pageOf(manifest, summary, figures));
  writeRecord(directory, manifest, summary);
}
