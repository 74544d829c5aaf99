/**
 * The worker threads of this process: one pool, of a thread a core, for what is pure computing and
 * much of it. Bytes go in, moved and not copied; numbers come back.
 *
 * A thread that dies, or does not end in time, takes its one task with it and nothing else. Threads
 * without work end after a while, and never keep the process from ending.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { Want } from '../../protocols/query.ts';
import type { CollusionEvents } from '../../protocols/rules/collusion/events.ts';
import type { Finding } from '../../protocols/rules/collusion/finding.ts';
import { seconds, type Duration } from '../../protocols/units.ts';
import { joined } from '../joined.ts';
import {
  KEY_BYTES,
  SIGNATURE_BYTES,
  type AuditResult,
  type AuditTask,
  type Lot,
  type SignatureTask,
} from './audit.worker.ts';

/** A batch to audit. */
export interface Audited {
  readonly leads: Uint8Array;
  readonly want: Want;
  readonly sample: readonly number[];
}

/** An ed25519 signature to check: 32 bytes of key, 64 of signature. */
export interface Signed {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly statement: Uint8Array;
}

export interface Workers {
  readonly threads: number;
  /** Whether a thread is up: the first task of a pool that has none waits a third of a second. */
  isWarm(): boolean;
  /** Has the threads begin, ahead of any work. */
  warm(): Promise<void>;
  /** How many more tasks may be handed over before `audit` and `signatures` are refused. */
  room(): number;
  audit(batches: readonly Audited[]): Promise<AuditResult>;
  /** 1 for each good signature, 0 for each other one. */
  signatures(checks: readonly Signed[]): Promise<Uint8Array>;
  /** Who colluded, by these events. */
  collusion(events: CollusionEvents): Promise<Finding>;
  /** Ends all threads; what is under way is refused. Nothing may be asked for after this. */
  close(): Promise<void>;
}

export interface WorkersOptions {
  /** One a core where absent. */
  readonly threads?: number;
  /** Another file of the same functions, for tests. */
  readonly worker?: URL;
  /** The same for those that look for collusion. */
  readonly collusionWorker?: URL;
  /** After so long a task is given up, waiting and a thread's beginning counted; 30 s where absent. */
  readonly taskTime?: Duration;
}

/** Tasks that wait, a thread: each holds its bytes, of some 16 batches. */
const QUEUE_PER_THREAD = 32;
/** Idle for so long a thread ends: it takes a third of a second to begin and 40 MB to keep. */
const IDLE_MS = 10_000;
/** The rules are linear, and the largest task takes some 30 ms: what takes this long never ends. */
const TASK_TIME = seconds(30);
/** Room for a thousand times the largest task, and far below what would hurt the node. */
const MEMORY_MB = 256;

export function openWorkers({
  threads = availableParallelism(),
  worker = workerFile('audit'),
  collusionWorker = COLLUSION_WORKER,
  taskTime = TASK_TIME,
}: WorkersOptions = {}): Workers {
  let pool: Piscina | undefined;
  let isOpen = true;
  let isWarm = false;
  let underWay = 0;
  let idle: NodeJS.Timeout | undefined;

  function begin(): Piscina {
    // As many threads as there may be, from the start: behind a thread that dies, Piscina leaves
    // tasks waiting for ever unless it has to make up for it. It ends when all are idle.
    const fresh = new Piscina({
      filename: worker.href,
      minThreads: threads,
      maxThreads: threads,
      maxQueue: threads * QUEUE_PER_THREAD,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    // A thread's death is told to whoever waits for its task, too; nobody else needs to know.
    fresh.on('error', () => undefined);
    return fresh;
  }

  async function end(): Promise<void> {
    const old = pool;
    pool = undefined;
    isWarm = false;
    await old?.destroy();
  }

  async function run<T>(
    name: string,
    task: object,
    {
      moved = [],
      file = worker,
    }: { readonly moved?: readonly Uint8Array[]; readonly file?: URL } = {},
  ): Promise<T> {
    // A closed pool would start new threads without a word.
    if (!isOpen) throw new Error('the workers are closed');
    clearTimeout(idle);
    underWay++;
    pool ??= begin();
    try {
      const transferList = moved.map(({ buffer }) => buffer as ArrayBuffer);
      const signal = AbortSignal.timeout(taskTime);
      const options = { name, filename: file.href, transferList, signal };
      const found = (await pool.run(task, options)) as T;
      isWarm = true;
      return found;
    } finally {
      underWay--;
      if (underWay === 0) idle = setTimeout(() => void end(), IDLE_MS).unref();
    }
  }

  return {
    threads,
    isWarm: () => isWarm,
    room: () => (isOpen ? threads * QUEUE_PER_THREAD - underWay : 0),
    async warm() {
      if (!isOpen) return;
      await Promise.all(Array.from({ length: threads }, () => run('warm', {})));
    },
    audit(batches) {
      const bytes = joined(batches.map(({ leads }) => leads));
      const lots = batches.map(({ leads, want, sample }): Lot => ({
        bytes: leads.length,
        want,
        sample,
      }));
      const task: AuditTask = { bytes, lots };
      return run('audit', task, { moved: [bytes] });
    },
    signatures(checks) {
      const bytes = joined(checks.flatMap(packed));
      const lengths = Uint32Array.from(checks, ({ statement }) => statement.length);
      const task: SignatureTask = { bytes, lengths };
      return run('signatures', task, { moved: [bytes] });
    },
    collusion: (events) => run('collusion', events, { file: collusionWorker }),
    async close() {
      isOpen = false;
      clearTimeout(idle);
      await end();
    },
  };
}

/** The sources run as they are in a checkout, and as JavaScript where they were built. */
function workerFile(name: 'audit' | 'collusion'): URL {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${name}.worker${extension}`, import.meta.url);
}

/** Of another length than it should have nothing is good, and nobody else's check is moved by it. */
const packed = ({ key, signature, statement }: Signed): readonly Uint8Array[] =>
  key.length === KEY_BYTES && signature.length === SIGNATURE_BYTES
    ? [key, signature, statement]
    : [new Uint8Array(KEY_BYTES), NO_SIGNATURE, statement];

/** The file of the function `collusion`, for who has a pool of its own. */
export const COLLUSION_WORKER: URL = workerFile('collusion');

/** Its number is above the order of the curve, which no verifier lets pass. */
const NO_SIGNATURE = new Uint8Array(SIGNATURE_BYTES).fill(0xff);
