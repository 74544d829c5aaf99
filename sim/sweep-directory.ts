/**
 * What a sweep leaves in its directory.
 *
 *     sweep.json        the grid, and each cell with its key, parameters and seed
 *     cells/<key>.json  what a cell came to, there when it has ended
 *     results.csv …     its tables, written while it runs (`sweep-tables.ts`)
 *     report.html       what each strategy gains at each point, over the seeds
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../runtime/cli/trouble.ts';
import { objectIn, wrong } from '../runtime/fields.ts';
import { readJsonFile, type JsonKind } from '../runtime/json-file.ts';
import type { Digest } from '../protocols/units.ts';
import { openCells, type CellResult } from './cell-record.ts';
import { cellsOf, type Cell } from './cells.ts';
import { version } from '../runtime/cli/command-line.ts';
import { runCells, type CellsOptions } from './experiment.ts';
import { inWorld } from './report/files.ts';
import { Gathering } from './report/gains.ts';
import { writeWhole } from './report/manifest.ts';
import { sweepPage } from './report/sweep-page.ts';
import { openSweepTables } from './sweep-tables.ts';
import type { Parameters, Sweep } from './sweep-file.ts';

const DIRECTORY_FORMAT = 'leadpoet.sweep-directory/1';

/** A cell of a sweep, and where in the grid it is. */
export interface SweepCell {
  readonly cell: Cell;
  readonly parameters: Parameters;
}

export interface SweepOptions extends Pick<CellsOptions, 'workers' | 'runner' | 'tell'> {
  readonly sweep: Sweep;
  readonly code: Digest;
  readonly directory: string;
}

/** What came of a sweep: its cells, and those in which a checker found something. */
export interface SweepEnd {
  readonly cells: number;
  readonly violated: readonly { readonly at: SweepCell; readonly violation: string }[];
}

/** Runs what of a sweep has not run yet, and puts all of it into a table. */
export async function sweepInto(options: SweepOptions): Promise<SweepEnd> {
  const { sweep, code, directory, ...others } = options;
  await refuseOthers(directory);
  const placed = sweep.points.flatMap(({ parameters, scenario }) =>
    cellsOf([scenario], sweep.seeds, code).map((cell) => ({ cell, parameters })),
  );
  writeWhole(join(directory, 'sweep.json'), listOf(sweep, code, placed));
  const violated: SweepEnd['violated'][number][] = [];
  const gathered = new Map<Parameters, Gathering>();
  const store = openCells(directory);
  const tables = openSweepTables({
    directory,
    keys: sweep.keys,
    placed,
    store,
    tell(at, result) {
      const { parameters } = at;
      const point = gathered.get(parameters) ?? new Gathering(parameters);
      gathered.set(parameters, point);
      point.add(result, at.cell.scenario);
      if (result.violation !== null) violated.push({ at, violation: result.violation });
    },
  });
  const written = {
    ...store,
    write(cell: Cell, result: CellResult) {
      store.write(cell, result);
      // What goes wrong with it is told when all of it is asked for.
      tables.follow().catch(() => undefined);
    },
  };
  const cells = placed.map(({ cell }) => cell);
  await runCells({ cells, store: written, directory, ...others });
  await tables.close();
  const points = [...gathered.values()].map((point) => point.end());
  const report = { name: sweep.name, scenario: sweep.scenario, version: version(), points };
  writeWhole(join(directory, 'report.html'), await sweepPage(report));
  return { cells: placed.length, violated };
}

/** A directory that holds something else is nobody's to write into. */
async function refuseOthers(directory: string): Promise<void> {
  inWorld(directory, () => mkdirSync(directory, { recursive: true }));
  const file = join(directory, 'sweep.json');
  if (!existsSync(file)) {
    // One that was killed as it began left no more than that.
    if (readdirSync(directory).every((name) => name === 'sweep.json.part')) return;
    const allowed = 'a directory that is empty, not there yet, or of a sweep';
    throw new UsageError({ field: '--out', came: directory, allowed });
  }
  const { format } = objectIn(await readJsonFile(file, LIST), file);
  if (format !== DIRECTORY_FORMAT) throw wrong(`format of ${file}`, format, DIRECTORY_FORMAT);
}

/** Some 300 bytes for each of a hundred thousand cells, and twice that. */
const LIST: JsonKind = {
  file: 'the list of a sweep’s cells',
  document: `a document of ${DIRECTORY_FORMAT}`,
  mostBytes: 64 * 1024 * 1024,
  mostSize: '64 MB',
  mostDepth: 8,
};

/** A line a cell, so that it can be searched. */
function listOf(sweep: Sweep, code: Digest, placed: readonly SweepCell[]): string {
  const cells = placed.map(({ cell: { key, seed }, parameters }) =>
    JSON.stringify({ key, seed, parameters }),
  );
  const head = { format: DIRECTORY_FORMAT, scenario: sweep.scenario, code, grid: sweep.keys };
  return `${JSON.stringify(head).slice(0, -1)},"cells":[\n${cells.join(',\n')}\n]}\n`;
}
