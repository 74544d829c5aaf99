/**
 * What this machine offers a node, tried out rather than looked up: a thread that answers, a
 * database that counts.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

export interface Machine {
  /** `24.12.0`. */
  readonly node: string;
  readonly processors: number;
  /** What this process may still take, in bytes, also where a container has less than the machine. */
  readonly memory: number;
  /** Whether a worker thread begins and answers. */
  thread(): Promise<boolean>;
  /** The version of SQLite; undefined where there is none that works. */
  database(): Promise<string | undefined>;
}

/** A thread begins within some 50 ms; one that takes so long audits nothing in time. */
const THREAD_TIME_OUT = 5_000;

export const thisMachine = (): Machine => ({
  node: process.versions.node,
  processors: availableParallelism(),
  memory: process.availableMemory(),
  thread: threadAnswers,
  database: databaseVersion,
});

async function threadAnswers(): Promise<boolean> {
  let worker: Worker;
  try {
    worker = new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", {
      eval: true,
    });
  } catch {
    return false;
  }
  const answer = await new Promise<unknown>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), THREAD_TIME_OUT);
    const end = (value: unknown): void => {
      clearTimeout(timer);
      resolve(value);
    };
    worker
      .once('message', end)
      .once('error', () => end(undefined))
      .once('exit', () => end(undefined));
  });
  await worker.terminate();
  return answer === 42;
}

async function databaseVersion(): Promise<string | undefined> {
  try {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(':memory:');
    const row = database.prepare('SELECT sqlite_version() AS version').get();
    database.close();
    return typeof row?.['version'] === 'string' ? row['version'] : undefined;
  } catch {
    return undefined;
  }
}
