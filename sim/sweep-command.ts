/**
 * What `leadpoet sim sweep` does: every cell of a grid, and what came of each in one table.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../protocols/units.ts';
import { EXIT, UsageError, type Console } from '../runtime/cli/trouble.ts';
import { codeVersion } from './cells.ts';
import type { CellRunner } from './cell-threads.ts';
import type { CellsProgress } from './experiment.ts';
import { sweepInto, type SweepCell } from './sweep-directory.ts';
import { loadSweep } from './sweep-file.ts';

/** Exit 1 where a checker found something in any cell: its parameters, seed and what are printed. */
export async function sweepCommand(
  file: string,
  options: {
    readonly out: string;
    readonly workers?: number;
    /** A queue whose workers run the cells, in place of threads of this process. */
    readonly redis?: string;
    readonly json?: true;
  },
  io: Console,
): Promise<number> {
  const sweep = loadSweep(file);
  const { out: directory, workers = availableParallelism(), redis } = options;
  if (redis !== undefined && options.workers !== undefined) {
    const allowed = 'either of the two: with --redis the threads are those of leadpoet sim work';
    throw new UsageError({ field: '--workers', came: String(options.workers), allowed });
  }
  const code = codeVersion();
  const progress = progressTo(io);
  const runner = redis === undefined ? undefined : await throughRedis(redis, code, io);
  const { cells, violated } = await sweepInto({
    sweep,
    code,
    directory,
    workers,
    ...(runner === undefined ? {} : { runner }),
    tell: progress.tell,
  });
  io.err('\r\u001B[K');
  const results = join(directory, 'results.csv');
  const report = join(directory, 'report.html');
  const { ran, before } = progress.counts();
  if (options.json) {
    const document = { cells, ran, before, violated: violated.map(violationOf), results, report };
    io.out(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    const again = before === 0 ? '' : `, ${before} had run before`;
    io.out(`${cells} cells: ${ran} ran${again}\nresults ${results}\nreport ${report}\n`);
  }
  for (const { at, violation } of violated.slice(0, MOST_TOLD)) {
    io.err(`violated: ${violation}, with ${showCell(at)}\n`);
  }
  const more = violated.length - MOST_TOLD;
  if (more > 0) io.err(`and in ${more} more cells; results.csv has them all\n`);
  return violated.length === 0 ? EXIT.done : EXIT.no;
}

/** BullMQ is loaded only where it is asked for. */
async function throughRedis(redis: string, code: Digest, io: Console): Promise<CellRunner> {
  const { distributed, shownUrl } = await import('./distribute.ts');
  const runner = await distributed(redis, code);
  if ((await runner.workers()) === 0) {
    const start = 'start leadpoet sim work --redis URL on as many machines as you have';
    io.err(`no worker of this code listens at ${shownUrl(redis)} yet; ${start}\n`);
  }
  return runner;
}

/** Violations shown one by one. */
const MOST_TOLD = 10;

const showCell = ({ cell: { seed }, parameters }: SweepCell): string =>
  [...Object.entries(parameters).map(([key, value]) => `${key} = ${value}`), `seed ${seed}`].join(
    ', ',
  );

const violationOf = ({
  at: { cell, parameters },
  violation,
}: {
  readonly at: SweepCell;
  readonly violation: string;
}): object => ({ key: cell.key, seed: cell.seed, parameters, violation });

/** One line that is written over: how many cells are done, and how long still. */
function progressTo(io: Console): {
  readonly tell: (progress: CellsProgress) => void;
  readonly counts: () => { readonly ran: number; readonly before: number };
} {
  const began = performance.now();
  let last: CellsProgress = { done: 0, of: 0, before: 0 };
  return {
    tell(progress) {
      last = progress;
      const { done, of, before } = progress;
      const wall = (performance.now() - began) / 1_000;
      const ran = done - before;
      const left = ran > 0 ? `, ${((wall / ran) * (of - done)).toFixed(0)} s to go` : '';
      io.err(`\r${done} of ${of} cells, ${wall.toFixed(0)} s so far${left}\u001B[K`);
    },
    counts: () => ({ ran: last.done - last.before, before: last.before }),
  };
}
