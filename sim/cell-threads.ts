/**
 * Threads that run cells, in a process of their own.
 *
 *     runCells ──▶ cell ──▶ that process ──▶ a thread, whole ──▶ result
 *
 * V8 has four threads of its own for a whole process, to compile and to collect garbage, however many
 * threads there are. Beside as many runs as there are cores they only take turns with them, and beside
 * fewer a worker would be more than a core. So the process has none: each thread does all of its work
 * itself. Two come to 1.95 times what one does, where two threads that only burn come to 1.96
 * (`bench/sweep.ts`); with V8's own it was a tenth less.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WorldError } from '../runtime/cli/trouble.ts';
import type { CellResult } from './cell-record.ts';
import type { ProcessReply } from './cell-threads.process.ts';
import type { Cell } from './cells.ts';
import type { CellTask } from './experiment.worker.ts';

/** Who runs cells: one may be asked for in each of its lanes at a time. */
export interface CellRunner {
  readonly lanes: number;
  /** Fails with a `WorldError` where the world is at fault. */
  run(cell: Cell): Promise<CellResult>;
  close(): Promise<void>;
}

/**
 * The young generation of each thread, in MB. A cell makes most of a gigabyte a second, of which little is
 * in use for long: in more room than V8's own it is collected less often, and a cell is some 3 % sooner.
 */
const YOUNG_MB = 64;
const FLAGS = [
  '--single-threaded',
  `--min-semi-space-size=${YOUNG_MB}`,
  `--max-semi-space-size=${YOUNG_MB}`,
];

/** So many at once; what a cell needs while it runs goes into the directory. */
export function cellThreads(count: number, directory: string): CellRunner {
  const child = fork(processFile(), [String(count)], { execArgv: FLAGS });
  const waiting = new Map<number, Waiting>();
  let last = 0;

  child.on('message', ({ number, reply, failure }: ProcessReply) => {
    const asked = waiting.get(number);
    waiting.delete(number);
    if (reply === undefined) asked?.fail(new Error(failure));
    else if (reply.ok) asked?.give(reply.result);
    else asked?.fail(new WorldError(reply.trouble));
  });
  const end = (why: string): void => {
    for (const { fail } of waiting.values()) fail(new Error(why));
    waiting.clear();
  };
  child.once('error', (cause) => end(cause.message));
  child.once('exit', (code, signal) =>
    end(`the process of the cells ended with ${code ?? signal}`),
  );

  return {
    lanes: count,
    run: ({ scenario, seed, key }) =>
      new Promise((give, fail) => {
        const number = ++last;
        waiting.set(number, { give, fail });
        const task: CellTask = { scenario, seed, folder: join(directory, 'running', key) };
        // Where it has ended, that is why, and is told.
        child.send({ number, task }, (cause) => {
          if (cause === null) return;
          waiting.delete(number);
          fail(cause);
        });
      }),
    async close() {
      await ended(child);
      rmSync(join(directory, 'running'), { recursive: true, force: true });
    },
  };
}

interface Waiting {
  readonly give: (result: CellResult) => void;
  readonly fail: (cause: Error) => void;
}

/** Told that nobody asks any more, it ends. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.disconnect();
  await exit;
}

/** The sources run as they are in a checkout, and as JavaScript where they were built. */
const processFile = (): URL =>
  new URL(
    `./cell-threads.process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
    import.meta.url,
  );
