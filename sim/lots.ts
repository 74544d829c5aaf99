/**
 * Looks at batches in threads beside the run's, in lots.
 *
 *     expected ──▶ lot ──a thread is free──▶ Piscina ──▶ known
 *                   └─────── the instant before it is asked for ──▶ virtual time waits
 *
 * Audits take seconds of virtual time, and threads look meanwhile. What they find is there before it
 * is asked for, at whatever speed they work: so a run is the same on any number of them.
 */
import { Piscina } from 'piscina';
import type { Batch } from '../protocols/messages.ts';
import type { Instant } from '../protocols/units.ts';
import { joined } from '../runtime/joined.ts';
import type { VirtualClock } from '../runtime/virtual-clock.ts';
import { lookFrom, looksInLine, nameOf, type Look, type Looks } from './looks.ts';
import type { LookReply, LookTask } from './looks.worker.ts';
import { contentOf } from './memo.ts';

export interface LotsOptions {
  readonly clock: VirtualClock;
  readonly threads: number;
  /** Another file of the same functions, for tests. */
  readonly worker?: URL;
}

export interface Lots extends Looks {
  /** How many batches were looked at in the threads, and in how many lots; the others were in line. */
  counts(): { readonly batches: number; readonly lots: number };
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Batches are looked at within minutes of their making. A look holds 2 kB. */
const REMEMBERED = 4_096;
/** Of a lot: some 40 ms of work, far more than the trip. */
const MOST_IN_LOT = 16;
/** Lots a thread has or has waiting: it must not idle while this one is at work. */
const LOTS_AHEAD = 2;
/** The rules are linear and a lot is some 40 ms of work: what takes so long never ends. */
const LOT_MS = 60_000;

export function openLots({ clock, threads, worker = workerFile() }: LotsOptions): Lots {
  const pool = new Piscina({ filename: worker.href, minThreads: threads, maxThreads: threads });
  // A thread's death is told to whoever waits for its lot, too.
  pool.on('error', () => undefined);
  const inLine = looksInLine();
  /** By name; null while it is under way, or where no thread could tell. */
  const known = new Map<string, Look | null>();
  const waiting: Expected[] = [];
  const counts = { batches: 0, lots: 0 };
  const underWay = new Map<string, Promise<void>>();

  function sendWhile(isRoom: () => boolean): void {
    while (waiting.length > 0 && isRoom()) {
      const lot = waiting.splice(0, MOST_IN_LOT);
      const ended = look(lot);
      for (const { name } of lot) underWay.set(name, ended);
    }
  }

  const lotsUnderWay = (): number => new Set(underWay.values()).size;

  async function look(lot: readonly Expected[]): Promise<void> {
    try {
      const task: LookTask = {
        bytes: joined(lot.map(({ batch }) => batch.leads)),
        batches: lot.map(({ batch }) => ({ bytes: batch.leads.length, want: batch.query.want })),
      };
      const options = {
        name: 'look',
        transferList: [task.bytes.buffer as ArrayBuffer],
        signal: AbortSignal.timeout(LOT_MS),
      };
      const found = (await pool.run(task, options)) as LookReply;
      counts.lots++;
      for (const [index, { name }] of lot.entries()) {
        const packed = found[index];
        if (packed === undefined) continue;
        known.set(name, lookFrom(packed));
        counts.batches++;
      }
    } catch {
      // What no thread could tell is looked at in line.
    }
    for (const { name } of lot) underWay.delete(name);
    sendWhile(hasRoom);
  }

  const hasRoom = (): boolean => lotsUnderWay() < threads * LOTS_AHEAD;

  function remember(name: string): void {
    known.set(name, null);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(oldest);
    }
  }

  /** From the instant before it is asked for, virtual time waits for it. */
  function waitFor(name: string): void {
    sendWhile(() => waiting.some((one) => one.name === name));
    const ended = underWay.get(name);
    if (ended === undefined) return;
    const release = clock.hold();
    void ended.finally(release);
  }

  return {
    expect(batch, by) {
      const name = batchName(batch);
      if (!known.has(name)) {
        remember(name);
        waiting.push({ name, batch });
        sendWhile(hasRoom);
      }
      if (known.get(name) === null) clock.at((by - 1) as Instant, () => waitFor(name), FIRST);
    },
    at: (batch) => known.get(batchName(batch)) ?? inLine.at(batch),
    counts: () => ({ ...counts }),
    async close() {
      await pool.destroy();
    },
  };
}

/** Sorts before all names. It asks for nothing, so its place is of no effect. */
const FIRST = '';

interface Expected {
  readonly name: string;
  readonly batch: Batch;
}

/** By what is looked at: the leads, and what was wanted of them. */
const batchName = ({ leads, query }: Batch): string => `${contentOf(leads)} ${nameOf(query.want)}`;

/** The sources run as they are in a checkout, and as JavaScript where they were built. */
const workerFile = (): URL =>
  new URL(`./looks.worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
