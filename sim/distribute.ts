/**
 * The same cells over many machines, through a queue in Redis.
 *
 *     sim sweep --redis ──cell──▶ queue ──▶ sim work, anywhere ──record──▶ queue ──▶ cells/<key>.json
 *
 * A job's name is its cell's key, so a cell that waits or has run is not asked for twice. The queue
 * bears the name of the code: workers of another version never see its cells. What comes back is
 * checked as a file of a cell is, and kept by who asked, not by Redis.
 */
import { Job, Queue, QueueEvents, Worker, type RedisOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { digest } from '../protocols/hash.ts';
import type { Digest } from '../protocols/units.ts';
import { objectIn, wholeFrom, wrong } from '../runtime/fields.ts';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { recordOf, resultOf, type CellResult } from './cell-record.ts';
import { cellsOf, type Cell } from './cells.ts';
import type { CellRunner } from './cell-threads.ts';
import { readScenario, showScenario } from './scenario-file.ts';

/** What a worker is told of a cell: all that its run depends on. */
interface CellJob {
  readonly name: string;
  readonly text: string;
  readonly seed: number;
}

/** Cells in the queue at once, from one sweep: enough for as many cores. */
const IN_FLIGHT = 512;
/** A record that nobody fetched is gone after a day. */
const KEPT_S = 86_400;
/** Times that a cell may lose its worker before it is given up. */
const MOST_STALLS = 5;
/** A worker that is silent for so long is gone: cells run in threads, and never keep it from a word. */
const LOST_MS = 10_000;
/** A word that was missed on the line is asked for again. */
const ASK_AGAIN_MS = 10_000;
/** A scenario is a page of text. */
const MOST_TEXT = 65_536;
/** Between two attempts to reach a Redis that went away. */
const RETRY_MS = 1_000;
/** To answer for the first time. */
const REACH_MS = 5_000;

export interface Distributed extends CellRunner {
  /** Workers that listen for this code's cells at the moment. */
  workers(): Promise<number>;
}

/** Asks for cells in a queue. Fails with a `WorldError` where there is no Redis. */
export async function distributed(url: string, code: Digest): Promise<Distributed> {
  const name = queueOf(code);
  const connection = connectionOf(url);
  await reached(url, connection);
  const queue = new Queue<CellJob, string>(name, { connection });
  const events = new QueueEvents(name, { connection });
  queue.on('error', waitedOut);
  events.on('error', waitedOut);
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);

  return {
    lanes: IN_FLIGHT,
    workers: () => queue.getWorkersCount(),
    async run(cell) {
      const { key, scenario, seed } = cell;
      const before = await Job.fromId<CellJob, string>(queue, key);
      // One that failed once may not fail on another machine.
      if (before !== undefined && (await before.isFailed())) await before.remove();
      const data = { name: scenario.name, text: showScenario(scenario), seed };
      const job = await queue.add('cell', data, {
        jobId: key,
        removeOnComplete: { age: KEPT_S },
        removeOnFail: { age: KEPT_S },
      });
      return resultOf(await ended(job, events), cell, `the record of ${key}`);
    },
    async close() {
      await Promise.allSettled([events.close(), queue.close()]);
    },
  };
}

/** What a worker made of a job, whenever that is. */
async function ended(job: Job<CellJob, string>, events: QueueEvents): Promise<string> {
  for (;;) {
    try {
      // One after the other is the point: it is asked again until it is there.
      // oxlint-disable-next-line no-await-in-loop
      return await job.waitUntilFinished(events, ASK_AGAIN_MS);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // oxlint-disable-next-line no-await-in-loop
      if (await job.isFailed()) {
        throw new WorldError(
          `the cell ${job.id ?? ''} failed on its worker: ${why}; look at what that worker has said`,
        );
      }
    }
  }
}

export interface Serving {
  /** Finishes what it is at, and takes no more. */
  close(): Promise<void>;
}

/** Takes cells of this code from a queue, as many at once as the runner has lanes. */
export async function serveCells(
  url: string,
  code: Digest,
  runner: CellRunner,
  tell: (line: string) => void,
): Promise<Serving> {
  const connection = connectionOf(url);
  await reached(url, connection);
  const worker = new Worker<CellJob, string>(
    queueOf(code),
    async (job) => {
      const cell = cellIn(job.id, job.data, code);
      tell(`${cell.key.slice(0, 16)}: ${cell.scenario.name}, seed ${cell.seed}`);
      const result: CellResult = await runner.run(cell);
      return recordOf(cell, result);
    },
    {
      connection: { ...connection, maxRetriesPerRequest: null },
      concurrency: runner.lanes,
      maxStalledCount: MOST_STALLS,
      lockDuration: LOST_MS,
      stalledInterval: LOST_MS / 2,
    },
  );
  worker.on('error', waitedOut);
  worker.on('failed', (job, error) =>
    tell(`${job?.id?.slice(0, 16) ?? 'a cell'}: ${error.message}`),
  );
  await worker.waitUntilReady();
  return { close: () => worker.close() };
}

/** A job as a stranger may have made it. */
function cellIn(key: string | undefined, data: unknown, code: Digest): Cell {
  const { name, text, seed } = objectIn(data, 'the job');
  if (typeof name !== 'string' || name.length > 256) throw wrong('name', name, 'a short text');
  if (typeof text !== 'string' || text.length > MOST_TEXT) throw wrong('text', text, 'a scenario');
  const scenario = readScenario(text, name);
  const [cell] = cellsOf([scenario], [wholeFrom(0)(seed, 'seed')], code);
  if (cell === undefined || cell.key !== key) throw wrong('key', key, `${cell?.key}`);
  return cell;
}

/** BullMQ takes no colon in a name. */
const queueOf = (code: Digest): string =>
  `leadpoet-cells-${digest('leadpoet.queue/1', code).slice(0, 16)}`;

/** What a person may be shown of a URL: not its password. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? 'no URL' : `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

function connectionOf(url: string): RedisOptions {
  const parsed = URL.parse(url);
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    const allowed = 'a URL such as redis://127.0.0.1:6379';
    throw new UsageError({ field: '--redis', came: shownUrl(url), allowed });
  }
  const number = parsed.pathname.slice(1);
  if (!/^\d{0,4}$/.test(number)) {
    throw new UsageError({
      field: '--redis',
      came: shownUrl(url),
      allowed: 'a number after the /',
    });
  }
  return {
    host: parsed.hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(parsed.port || 6_379),
    db: Number(number || 0),
    connectTimeout: REACH_MS,
    retryStrategy: () => RETRY_MS,
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** A Redis that has answered once may go away for a while: the line is taken up again. */
const waitedOut = (): void => undefined;

/** Fails with a word that says which Redis did not answer, before a queue is made of it. */
async function reached(url: string, connection: RedisOptions): Promise<void> {
  const redis = new Redis({
    ...connection,
    lazyConnect: true,
    retryStrategy: () => null,
    commandTimeout: REACH_MS,
  });
  // The first is the cause; what comes after it says only that the connection is closed.
  let first: Error | undefined;
  redis.on('error', (error: Error) => void (first ??= error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const cause = first ?? error;
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'start one, or name another with --redis';
    throw new WorldError(`no Redis at ${shownUrl(url)}: ${why}; ${remedy}`, { cause });
  } finally {
    redis.disconnect();
  }
}
