/**
 * A box in a node's own directory where a person leaves errands while it runs: only one process may be
 * the node of a hotkey, and whoever may write there may speak for it.
 *
 *     NAME.errand ──▶ (the node) ──▶ NAME.outcome ──▶ (the person, who takes both away)
 */
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isRating } from '../protocols/rules/reputation.ts';
import {
  later,
  minutes,
  seconds,
  type Duration,
  type Hotkey,
  type QueryId,
} from '../protocols/units.ts';
import { run, type Erasing, type Errand, type ErrandNode, type ErrandOutcome } from './errands.ts';
import { objectIn, wrong } from './fields.ts';
import type { Cancel, Clock } from './host.ts';

/** How often a node looks into its box: a person waits no longer than that, and a look costs 20 µs. */
const LOOK_EVERY = 500 as Duration;
/** Errands of one look; more of them wait for the next. */
const MOST_A_LOOK = 8;
/** Persons that one errand erases: the node writes its file anew once for all of them. */
export const MOST_PERSONS = 100;
/** Of an errand or its outcome: that many addresses of the longest kind, and their hashes. */
const MOST_BYTES = 65_536;
/** The node acts and hears within twenty seconds; after that it is no longer there. */
const PATIENCE: Duration = seconds(30);
/** To write a file of some gigabytes anew takes a node minutes, on a disk that has much else to do. */
const ERASING_PATIENCE: Duration = minutes(10);

const boxOf = (dir: string): string => join(dir, 'errands');

/** Does the errands that are left in the box until cancelled. */
export function openErrandBox(dir: string, node: ErrandNode): Cancel {
  const { clock } = node.host;
  const box = boxOf(dir);
  mkdirSync(box, { recursive: true, mode: 0o700 });
  // What was left for a node before this one, its person no longer waits for.
  for (const name of readdirSync(box)) rmSync(join(box, name), { force: true });
  const underWay = new Set<string>();

  async function take(name: string): Promise<void> {
    underWay.add(name);
    const errand = read(join(box, `${name}.errand`));
    rmSync(join(box, `${name}.errand`), { force: true });
    if (errand !== undefined) putIn(box, `${name}.outcome`, await run(node, errand));
    underWay.delete(name);
  }

  let cancel: Cancel = () => undefined;
  const look = (): void => {
    for (const file of readdirSync(box).slice(0, 4 * MOST_A_LOOK)) {
      const [, name] = /^([0-9a-f]{32})\.errand$/.exec(file) ?? [];
      if (name === undefined || underWay.has(name) || underWay.size >= MOST_A_LOOK) continue;
      // Where the disk is full the person hears nothing, and is told to look at the node.
      take(name).catch(() => underWay.delete(name));
    }
    cancel = clock.at(later(clock.now(), LOOK_EVERY), look);
  };
  look();
  return () => cancel();
}

/** Leaves an errand for the node that runs there; undefined where it does not act on it in time. */
export function leaveErrand(
  dir: string,
  errand: Errand,
  clock: Clock,
): Promise<ErrandOutcome | undefined> {
  const box = boxOf(dir);
  const name = randomBytes(16).toString('hex');
  mkdirSync(box, { recursive: true, mode: 0o700 });
  putIn(box, `${name}.errand`, errand);
  const end = later(clock.now(), errand.is === 'erase' ? ERASING_PATIENCE : PATIENCE);
  const found = join(box, `${name}.outcome`);
  return new Promise((resolve) => {
    const look = (): void => {
      const outcome = textIn(found);
      if (outcome !== undefined || clock.now() >= end) {
        for (const file of [found, join(box, `${name}.errand`)]) rmSync(file, { force: true });
        // Written by our own node, in our own directory.
        resolve(outcome === undefined ? undefined : (JSON.parse(outcome) as ErrandOutcome));
      } else clock.at(later(clock.now(), LOOK_EVERY), look);
    };
    look();
  });
}

/** Whole, or not at all. */
function putIn(box: string, name: string, what: Errand | ErrandOutcome): void {
  const part = join(box, `${name}.part`);
  writeFileSync(part, JSON.stringify(what), { mode: 0o600 });
  renameSync(part, join(box, name));
}

function textIn(file: string): string | undefined {
  try {
    return statSync(file).size > MOST_BYTES ? undefined : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Undefined where a file is no errand. */
function read(file: string): Errand | undefined {
  try {
    const fields = objectIn(JSON.parse(textIn(file) ?? ''), 'errand');
    const { is, query, rating, accused, lifts, persons } = fields;
    if (is === 'appeal') return { is };
    if (is === 'vote' && typeof accused === 'string' && typeof lifts === 'boolean') {
      return { is, accused: accused as Hotkey, lifts };
    }
    if (is === 'rating' && typeof query === 'string' && isRating(rating)) {
      return { is, query: query as QueryId, rating };
    }
    if (is === 'erase' && Array.isArray(persons) && persons.length <= MOST_PERSONS) {
      return { is, persons: persons.map(readPerson) };
    }
    throw wrong('is', is, 'an errand');
  } catch {
    return undefined;
  }
}

function readPerson(value: unknown): Erasing['persons'][number] {
  const { email, hash } = objectIn(value, 'person');
  if (typeof email !== 'string' || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) {
    throw wrong('person', value, 'an address and a hash');
  }
  return { email, hash };
}
