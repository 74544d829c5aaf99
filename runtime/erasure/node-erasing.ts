/**
 * Erases persons from one node: by its errand box where it runs, else by opening its store.
 */
import { openAuditLog } from '../audit-log.ts';
import { WorldError } from '../cli/trouble.ts';
import { WallClock } from '../clock.ts';
import { leaveErrand, MOST_PERSONS } from '../errand-box.ts';
import { eraseFrom, type Erasing } from '../errands.ts';
import { lockNode, NodeRuns, type NodeLock } from '../store/node-lock.ts';
import { openNodeStore } from '../store/node-store.ts';
import type { NodePlace } from './places.ts';

type Persons = Erasing['persons'];

/** How many leads of each person there were. Throws a `WorldError` that says what to do. */
export async function eraseFromNode(
  { dir }: NodePlace,
  persons: Persons,
  say: (line: string) => void,
): Promise<readonly number[]> {
  let lock: NodeLock;
  try {
    lock = lockNode(dir);
  } catch (cause) {
    if (cause instanceof NodeRuns) return eraseByErrands(dir, persons);
    throw cause;
  }
  try {
    return eraseAtRest(dir, persons, say);
  } finally {
    lock.release();
  }
}

function eraseAtRest(
  dir: string,
  persons: Persons,
  say: (line: string) => void,
): readonly number[] {
  const clock = new WallClock();
  try {
    const audit = openAuditLog(dir, { clock, say });
    try {
      const store = openNodeStore(dir, { clock });
      try {
        return eraseFrom(store, audit, persons);
      } finally {
        store.close();
      }
    } finally {
      audit.close();
    }
  } finally {
    clock.stop();
  }
}

async function eraseByErrands(dir: string, persons: Persons): Promise<readonly number[]> {
  const clock = new WallClock();
  try {
    const leads: number[] = [];
    for (let from = 0; from < persons.length; from += MOST_PERSONS) {
      const some = persons.slice(from, from + MOST_PERSONS);
      const outcome = await leaveErrand(dir, { is: 'erase', persons: some }, clock);
      if (outcome?.is === 'erased') leads.push(...outcome.leads);
      else if (outcome?.is === 'not_erased') throw new WorldError(`${dir}: ${outcome.why}`);
      else throw new WorldError(`the node of ${dir} runs and does not answer; look at its log`);
    }
    return leads;
  } finally {
    clock.stop();
  }
}
