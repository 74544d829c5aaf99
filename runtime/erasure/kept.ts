/**
 * All places, beside a node's store, in which we keep what may be of a person, and how each of them
 * forgets. Whoever keeps something more adds it here.
 *
 *     findings.sqlite      what was found of mailboxes, under hashes of their addresses: emptied
 *     *.damaged            a store as it was found, which nobody can read: removed where it names one
 *     errands/*            what a person left for a node: removed where it names one
 *
 * What keeps answers by the names of their queries alone (orders, what is exported or told to a
 * receiver later) holds no lead, and has nothing to forget.
 */
import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { emptyFindings } from '../store/findings.ts';
import { NODE_FILE } from '../store/node-store.ts';
import { FINDINGS_FILE } from '../verifiers/internet.ts';
import type { Addresses } from './addresses.ts';
import { search } from './places.ts';

interface Kept {
  /** As a receipt calls it. */
  readonly name: string;
  readonly isOne: (file: string) => boolean;
  /** Forgets persons, and says in how many places they were. */
  readonly forget: (file: string, addresses: Addresses) => number | Promise<number>;
}

/** A file that goes as a whole where anybody of them is in it. */
async function removeIfIn(file: string, addresses: Addresses): Promise<number> {
  const { found } = await search([file], addresses);
  if (found.size === 0) return 0;
  rmSync(file, { force: true });
  return 1;
}

export const KEPT: readonly Kept[] = [
  {
    name: 'findings',
    isOne: (file) => basename(file) === FINDINGS_FILE,
    // By whose list of hosts and of which version a key was made nobody knows any more: all of it goes,
    // and is asked again.
    forget: (file) => emptyFindings(file),
  },
  {
    name: 'damaged copies',
    isOne: (file) => basename(file).startsWith(`${NODE_FILE}.damaged`),
    forget: removeIfIn,
  },
  {
    name: 'errands',
    isOne: (file) => basename(dirname(file)) === 'errands',
    forget: removeIfIn,
  },
];
