/**
 * What a sweep leaves in its directory.
 *
 *     sweep.json        the grid, and each cell with its key, parameters and seed
 *     cells/<key>.json  what a cell came to, there when it has ended
 *     results.csv       a row a cell, made of these when the last has ended
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../runtime/cli/trouble.ts';
import { objectIn, wrong } from '../runtime/fields.ts';
import { readJsonFile, type JsonKind } from '../runtime/json-file.ts';
import type { Digest } from '../protocols/units.ts';
import { openCells, type CellResult } from './cell-record.ts';
import { cellsOf, type Cell } from './cells.ts';
import { finished, runCells, type CellsOptions } from './experiment.ts';
import { csvLine } from './report/csv.ts';
import { inWorld } from './report/files.ts';
import { writeWhole, type Earnings } from './report/manifest.ts';
import type { Parameters, Sweep } from './sweep-file.ts';

const DIRECTORY_FORMAT = 'leadpoet.sweep-directory/1';

/** A cell of a sweep, and where in the grid it is. */
export interface SweepCell {
  readonly cell: Cell;
  readonly parameters: Parameters;
}

export interface SweepOptions extends Pick<CellsOptions, 'workers' | 'tell'> {
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
  const store = openCells(directory);
  await runCells({ cells: placed.map(({ cell }) => cell), store, directory, ...others });

  const violated: SweepEnd['violated'][number][] = [];
  const part = join(directory, 'results.csv.part');
  const pays = paysOf(placed);
  inWorld(part, () => writeFileSync(part, csvLine(headOf(sweep.keys, pays))));
  // One by one: there may be more of them than fit into memory.
  for (const at of placed) {
    const result = await finished(store, at.cell);
    inWorld(part, () => appendFileSync(part, csvLine(rowOf(at, sweep.keys, pays, result))));
    if (result.violation !== null) violated.push({ at, violation: result.violation });
  }
  inWorld(part, () => renameSync(part, join(directory, 'results.csv')));
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

/** Whose average pay has a column: each strategy that takes part anywhere. */
type Pay = Pick<Earnings, 'role' | 'strategy'>;

function paysOf(placed: readonly SweepCell[]): readonly Pay[] {
  const pays = new Map<string, Pay>();
  for (const { scenario } of placed.map(({ cell }) => cell)) {
    for (const [role, counts] of [
      ['miner', scenario.miners],
      ['validator', scenario.validators],
    ] as const) {
      for (const [strategy, count] of Object.entries(counts)) {
        if (count > 0) pays.set(`${role}.${strategy}`, { role, strategy });
      }
    }
  }
  return [...pays.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const nameOf = ({ role, strategy }: Pay): string => `${role}.${strategy}.mean_tao`;

/** Figures that every run has. */
const FIGURES = [
  'epochs',
  'queries',
  'answered',
  'leads_delivered',
  'leads_rejected',
  'batches',
  'batches_approved',
  'messages',
  'lost',
  'penalties',
] as const;

const headOf = (keys: readonly string[], pays: readonly Pay[]): readonly string[] => [
  ...keys,
  'seed',
  'key',
  'digest',
  'violation',
  'events',
  'virtual_s',
  ...FIGURES,
  ...pays.map(nameOf),
];

function rowOf(
  { cell: { key, seed }, parameters }: SweepCell,
  keys: readonly string[],
  pays: readonly Pay[],
  { digest, violation, events, virtual_s, summary }: CellResult,
): readonly (string | number | null)[] {
  const paid = pays.map((pay) => {
    const own = summary.earnings.find(
      ({ role, strategy }) => role === pay.role && strategy === pay.strategy,
    );
    return own === undefined ? null : own.mean_tao;
  });
  return [
    ...keys.map((name) => {
      const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      return typeof value === 'boolean' ? String(value) : (value ?? null);
    }),
    seed,
    key,
    digest,
    violation,
    events,
    virtual_s,
    ...FIGURES.map((name) => summary[name]),
    ...paid,
  ];
}
