/**
 * The process whose threads run cells, for `cell-threads.ts`: it is told of a cell, and says what it came
 * to. It ends with whoever began it.
 */
import { Piscina } from 'piscina';
import type { CellReply, CellTask } from './experiment.worker.ts';

interface ProcessTask {
  readonly number: number;
  readonly task: CellTask;
}

/** To the task of the same number: a reply, or why there is none. */
export type ProcessReply =
  | { readonly number: number; readonly reply: CellReply; readonly failure?: undefined }
  | { readonly number: number; readonly reply?: undefined; readonly failure: string };

const count = Number(process.argv[2]);
// As many threads as there may be, from the start: behind a thread that dies, Piscina leaves tasks
// waiting for ever unless it has to make up for it.
const pool = new Piscina({
  filename: workerFile().href,
  minThreads: count,
  maxThreads: count,
  concurrentTasksPerWorker: 1,
});
// A thread's death is told to whoever waits for its task, too.
pool.on('error', () => undefined);

// Who is told to stop is who began it: it may want what is in flight to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (task: ProcessTask) => void run(task));

async function run({ number, task }: ProcessTask): Promise<void> {
  let said: ProcessReply;
  try {
    said = { number, reply: (await pool.run(task, { name: 'runCell' })) as CellReply };
  } catch (cause) {
    said = { number, failure: cause instanceof Error ? cause.message : String(cause) };
  }
  process.send?.(said);
}

function workerFile(): URL {
  const kind = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./experiment.worker${kind}`, import.meta.url);
}
