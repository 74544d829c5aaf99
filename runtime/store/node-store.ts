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
import type { QueryAnswer } from '../../actors/actor.ts';
import type { QueryId } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import type { Recorder } from '../recording.ts';

/** What a buyer's people were answered: written in the change that ends the query, once a query. */
export interface Answers {
  /** Undefined where the query has no answer yet. */
  of(query: QueryId): QueryAnswer | undefined;
  /** The queries that were answered, the latest first, at most `most`. */
  latest(most: number): readonly QueryId[];
}

export interface NodeStore {
  /** Goes into the `Host`. One store serves all the actors of one node. */
  readonly recorder: Recorder;
  readonly answers: Answers;
  close(): void;
}

export interface NodeStoreOptions {
  readonly clock: Clock;
  /** Told, a line each, what was mended or thrown away at the start. */
  readonly say?: (line: string) => void;
}

/**
 * Opens the store in a directory, or makes it (0700, its files 0600). Throws a `WorldError` that
 * names the file where it is damaged, of another version, or in use by another process.
 */
export type OpenNodeStore = (dir: string, options: NodeStoreOptions) => NodeStore;
