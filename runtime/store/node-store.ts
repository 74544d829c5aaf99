/**
 * All that a node keeps on its disk of its own: `openNodeStore` gives a host its memory.
 *
 *     const store = openNodeStore(dir, { clock, say });
 *     const host = { …, recorder: store.recorder };      spawn as ever: the actors come back as they were
 *     store.answers.of(query)                             what a buyer's person got, and gets again
 *     store.close();
 *
 * Nothing else is to be done for it: the loop (`system.ts`) subscribes to a line that brings names
 * (`DurableTransport`), sends again what may not have arrived, and asks again what was not answered.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WorldError } from '../cli/trouble.ts';
import type { Instant, QueryId } from '../../protocols/units.ts';
import type { LeadHashes } from '../audit-events.ts';
import type { Addresses } from '../erasure/addresses.ts';
import { sweep, type Erased } from '../erasing.ts';
import type { Clock } from '../host.ts';
import { NodeRecorder, type RecorderOptions } from '../recorder.ts';
import type { Recorder } from '../recording.ts';
import { expireSome, type Retention } from '../retention.ts';
import { answersIn, withoutErased, type Answers } from './answers.ts';
import { LaidAside } from './laid-aside.ts';
import { openNodeTables, type NodeTables } from './node-tables.ts';
import { FOR_EVER } from './shared-things.ts';

export interface NodeStore {
  /** Goes into the `Host`. One store serves all the actors of one node. */
  readonly recorder: Recorder;
  readonly answers: Answers;
  /** What leads and their persons are called here, in hex: by hashes with this file's own secret. */
  readonly hashes: LeadHashes;
  /**
   * Erases all leads with these e-mail addresses, wherever they are spoken of, and overwrites where they
   * lay. Their hashes stay. Whoever runs actors on this store has them go on from their logs at once
   * (`System.goOnFromLogs`). Throws a `WorldError` that says what to do where it cannot be done.
   */
  erase(addresses: Addresses): Erased;
  /** Erases some of what is kept too long, and says whether there may be more. */
  expire(retention: Retention, now: Instant): boolean;
  /** Writes where the actors stand, so that the next start has nothing to replay. */
  close(): void;
}

export interface NodeStoreOptions {
  readonly clock: Clock;
  /** When snapshots are written and how much of the past is kept; as `actor-log.ts` says where absent. */
  readonly limits?: Pick<RecorderOptions, 'snapshotBytes' | 'snapshotInputs' | 'keptBytes'>;
}

/** The file of a node's store, in its directory. */
export const NODE_FILE = 'node.sqlite';

/**
 * Opens the store in a directory, or makes it: 0700, its files 0600. Throws a `WorldError` that names
 * the file where it is damaged or of another version; what is damaged in an actor's journal is found
 * when that actor is spawned, and named in the same way.
 */
export function openNodeStore(dir: string, { clock, limits = {} }: NodeStoreOptions): NodeStore {
  makeDirectory(dir);
  const file = join(dir, NODE_FILE);
  const tables = openNodeTables(file);
  sweepAgain(tables, file);
  const recorder = new NodeRecorder({ tables, clock, file, ...limits });
  const aside = new LaidAside(recorder.leads, recorder.shared, FOR_EVER);
  const { database } = tables;
  const answers = answersIn(tables, aside);
  return {
    recorder,
    answers: {
      ...answers,
      // Whoever is answered by this node once more is told of nobody who was erased since.
      of(query) {
        const answer = answers.of(query);
        return answer && withoutErased(answer).answer;
      },
    },
    expire: (retention, now) =>
      expireSome(
        {
          tables,
          leads: recorder.leads,
          answersBefore: (after, before, most) =>
            tables
              .all(
                'SELECT query FROM answers WHERE at > ? AND at < ? ORDER BY at LIMIT ?',
                after,
                before,
                most,
              )
              .flatMap(({ query }) => answers.of(query as QueryId) ?? []),
        },
        retention,
        now,
      ),
    hashes: {
      leadOf: (lead) => Buffer.from(recorder.leads.nameOf(lead)).toString('hex'),
      personOf: (lead) =>
        Buffer.from(recorder.leads.personOf(lead['Owner(s) Email'])).toString('hex'),
    },
    erase(addresses) {
      const erased = recorder.erase(addresses);
      sweep(tables, file);
      return erased;
    },
    close() {
      if (!database.isOpen) return;
      try {
        recorder.close();
      } finally {
        database.close();
      }
    },
  };
}

/** A process may have ended before it had overwritten what it had erased. */
function sweepAgain(tables: NodeTables, file: string): void {
  try {
    sweep(tables, file);
  } catch (cause) {
    // Who erases is told; who only starts can start, and what was left is seen to the next time.
    if (!(cause instanceof WorldError)) throw cause;
  }
}

function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${dir} cannot be made: ${why}; name another --data-dir`, { cause });
  }
}
