/**
 * Scenarios × seeds ──▶ results, a run to a task, on as many threads as there are cores.
 *
 *     cells ──▶ one lane a thread, each takes the next ──▶ cells/<key>.json
 *
 * A cell's file is there when the cell has ended, and a cell that has its file is not run again. So
 * an experiment that was killed goes on where it was, and loses what was in flight: a cell a lane.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../runtime/cli/table.ts';
import { invariant } from '../protocols/units.ts';
import { openCells, type CellResult, type CellStore } from './cell-record.ts';
import { cellThreads, type CellRunner } from './cell-threads.ts';
import { cellsOf, codeVersion, type Cell, type Seeds } from './cells.ts';
import type { Scenario } from './scenario.ts';

/** A figure of one run. */
export type Measure = (result: CellResult) => number;

export interface ExperimentOptions<Name extends string> {
  readonly scenarios: readonly Scenario[];
  /** Of each scenario: so many of its own, or these. */
  readonly seeds: Seeds;
  readonly measure?: Readonly<Record<Name, Measure>>;
  /** Threads; one a core where absent. */
  readonly workers?: number;
  /** Keeps the cells for the next time; nothing is kept where absent. */
  readonly directory?: string;
  readonly tell?: (progress: CellsProgress) => void;
}

export interface Outcome<Name extends string> {
  readonly cell: Cell;
  readonly result: CellResult;
  readonly measured: Readonly<Record<Name, number>>;
}

export interface Results<Name extends string> {
  /** In the order of the scenarios, and of the seeds within each. */
  readonly outcomes: readonly Outcome<Name>[];
  /** A line a scenario: of each measure the mean over its seeds, the least and the most. */
  readonly table: () => string;
}

/** What is measured where nothing is named. */
const ANSWERED: Readonly<Record<string, Measure>> = {
  queries: ({ summary }) => summary.queries,
  answered: ({ summary }) => summary.answered,
  leads: ({ summary }) => summary.leads_delivered,
};

export async function experiment<Name extends string>({
  scenarios,
  seeds,
  measure = ANSWERED,
  workers,
  directory,
  tell,
}: ExperimentOptions<Name>): Promise<Results<Name>> {
  const folder = directory ?? mkdtempSync(join(tmpdir(), 'leadpoet-experiment-'));
  try {
    const cells = cellsOf(scenarios, seeds, codeVersion());
    const store = openCells(folder);
    await runCells({
      cells,
      store,
      directory: folder,
      ...(workers === undefined ? {} : { workers }),
      ...(tell === undefined ? {} : { tell }),
    });
    const outcomes: Outcome<Name>[] = [];
    for (const cell of cells) {
      const result = await finished(store, cell);
      outcomes.push({ cell, result, measured: measuredBy(measure, result) });
    }
    return { outcomes, table: () => tableOf(scenarios, outcomes, Object.keys(measure) as Name[]) };
  } finally {
    if (directory === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

const measuredBy = <Name extends string>(
  measure: Readonly<Record<Name, Measure>>,
  result: CellResult,
): Readonly<Record<Name, number>> =>
  Object.fromEntries(
    Object.entries<Measure>(measure).map(([name, of]) => [name, of(result)]),
  ) as Record<Name, number>;

export interface CellsOptions {
  readonly cells: readonly Cell[];
  readonly store: CellStore;
  /** For what cells need while they run. */
  readonly directory: string;
  readonly workers?: number;
  /** Who runs them; threads of a process of this one's where absent. */
  readonly runner?: CellRunner;
  readonly tell?: (progress: CellsProgress) => void;
}

/** How far an experiment has come, in cells. */
export interface CellsProgress {
  readonly done: number;
  readonly of: number;
  /** Those of `done` that had run before. */
  readonly before: number;
}

/** Runs each cell that has no result in the store, and puts it there. */
export async function runCells({
  cells,
  store,
  directory,
  workers = availableParallelism(),
  runner,
  tell = () => undefined,
}: CellsOptions): Promise<void> {
  // Two ways to write a time may make one cell of two.
  const all = new Map(cells.map((cell) => [cell.key, cell]));
  const left: Cell[] = [];
  for (const cell of all.values()) {
    if ((await store.read(cell)) === undefined) left.push(cell);
  }
  const before = all.size - left.length;
  let done = before;
  const told = (): void => tell({ done, of: all.size, before });
  told();
  if (left.length === 0) return;

  const running = runner ?? cellThreads(Math.min(workers, left.length), directory);
  const lanes = Math.min(running.lanes, left.length);
  const next = left.values();
  let isFailed = false;
  const lane = async (): Promise<void> => {
    // The lanes share one iterator: nothing waits in a queue, so nothing is held for it.
    for (const cell of next) {
      try {
        store.write(cell, await running.run(cell));
      } catch (error) {
        isFailed = true;
        throw error;
      }
      done++;
      told();
      if (isFailed) return;
    }
  };
  try {
    // What is in flight when a cell fails is finished and kept.
    const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await running.close();
  }
}

/** What the store has of a cell that ran. */
export async function finished(store: CellStore, cell: Cell): Promise<CellResult> {
  const result = await store.read(cell);
  invariant(result !== undefined, 'a cell that ran has a result');
  return result;
}

function tableOf<Name extends string>(
  scenarios: readonly Scenario[],
  outcomes: readonly Outcome<Name>[],
  names: readonly Name[],
): string {
  const seeds = outcomes.length / scenarios.length;
  return table(
    [
      { title: '#', align: 'right' },
      { title: 'scenario' },
      { title: 'runs', align: 'right' },
      ...names.map((title) => ({ title, align: 'right' }) as const),
    ],
    scenarios.map((scenario, at) => {
      const own = outcomes.slice(at * seeds, (at + 1) * seeds);
      const spreads = names.map((name) => spread(own.map(({ measured }) => measured[name])));
      return [String(at + 1), scenario.name, String(own.length), ...spreads];
    }),
  );
}

/** `6.5 (4 to 9)`. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return `${short(sum / values.length)} (${short(least)} to ${short(most)})`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
