/**
 * Leads that are held, by the million: in bundles of those that came together, on shelves by industry
 * and region, and found by their persons.
 *
 *     bundle 7 = [ lead 0, lead 1, … ] in one run of bytes      place = 7 and 1      shelf = places, best first
 *
 * A lead is no object here but a place in its bundle, and what is asked of it is looked up there.
 */
import { digestAt, hashAt, hashOfDigest, isDigestAt, packDigests } from '../digests.ts';
import { isErased, type Lead } from '../lead.ts';
import type { Opinions } from '../messages.ts';
import { addTo, findIn, MOST_NUMBER, newTable, takeFrom, type Table } from '../table.ts';
import { invariant, type BatchId, type TightDigest } from '../units.ts';
import type { Hotkey, Instant, Score } from '../units.ts';
import { press, unpress, type Pressed } from './pressed.ts';
import { regionKey } from './relevance.ts';
import {
  bestOf,
  newShelf,
  shelve,
  unshelve,
  type Place,
  type Ranked,
  type Shelf,
} from './shelf.ts';

/** Where leads come from: one for all of a batch. */
export interface Origin {
  readonly batch: BatchId;
  readonly miner: Hotkey;
  readonly finalScore: Score;
  /** When the miner made the batch. */
  readonly signedAt: Instant;
  readonly admittedAt: Instant;
  /** What each validator gave the batch. */
  readonly reports: Opinions;
}

/** The leads of a batch that came together. */
export interface Bundle extends Origin {
  readonly leads: Pressed;
  /** The hashes of their e-mails. */
  readonly persons: Uint8Array;
  readonly kinds: readonly Kind[];
}

/** A lead that is held. */
export interface PooledLead extends Ranked {
  readonly of: Bundle;
}

/** What a query may want of a lead. Leads that spell it alike mostly share the object. */
export type Kind = Pick<Lead, 'Industry' | 'Region'>;

/** The leads themselves. */
export const openLeads = (pooled: readonly PooledLead[]): readonly Lead[] => pooled.map(opener());

/** A delivery comes from few bundles, and each of them is opened once. */
export function opener(): (pooled: PooledLead) => Lead {
  const open = new Map<Bundle, readonly Lead[]>();
  return ({ of, at }) => {
    const leads = open.get(of) ?? unpress(of.leads);
    open.set(of, leads);
    const lead = leads[at];
    invariant(lead !== undefined, 'a bundle has the leads that were put into it');
    return lead;
  };
}

export interface Held {
  /** By their numbers, in the order in which they came. */
  readonly bundles: Map<number, Bundle>;
  /** The number that the next bundle has, if no other has it. */
  next: number;
  /** By industry and region; a shelf that becomes empty is taken away. */
  readonly shelves: Map<string, Shelf>;
  /** The numbers of a batch's bundles. */
  readonly batches: Map<BatchId, number[]>;
}

export const nothingHeld = (): Held => ({
  bundles: new Map(),
  next: 0,
  shelves: new Map(),
  batches: new Map(),
});

/** More than a batch has. */
const MOST_IN_BUNDLE = 1_024;
const MOST_BUNDLES = Math.floor(MOST_NUMBER / MOST_IN_BUNDLE);

const placeOf = (number: number, at: number): Place => number * MOST_IN_BUNDLE + at;

function* placesOf(number: number, { kinds }: Bundle): Generator<Place> {
  for (let at = 0; at < kinds.length; at++) yield placeOf(number, at);
}

/** What is held at a place. */
export function see({ bundles }: Held, place: Place): PooledLead {
  const of = bundles.get(Math.floor(place / MOST_IN_BUNDLE));
  invariant(of !== undefined, 'what is on a shelf is held');
  return { of, at: place % MOST_IN_BUNDLE };
}

export const kindOf = ({ of, at }: PooledLead): Kind => {
  const kind = of.kinds[at];
  invariant(kind !== undefined, 'a bundle has the leads that were put into it');
  return kind;
};

/** Where each person is: made of the bundles when it is first asked for, and kept up with them. */
function tableOf(held: Held): Table {
  let table = tables.get(held);
  if (table === undefined) {
    table = newTable((place) => {
      const { of, at } = see(held, place);
      return hashAt(of.persons, at);
    });
    for (const [number, bundle] of held.bundles) {
      for (const place of placesOf(number, bundle)) addTo(table, place);
    }
    tables.set(held, table);
  }
  return table;
}
const tables = new WeakMap<Held, Table>();

/** The lead of a person that is held. */
export function heldOf(held: Held, person: TightDigest): PooledLead | undefined {
  const place = findIn(tableOf(held), hashOfDigest(person), (one) => {
    const { of, at } = see(held, one);
    return isDigestAt(of.persons, at, person);
  });
  return place === undefined ? undefined : see(held, place);
}

/** All that is held, in the order in which it came; of one batch where it is named. */
export function heldIn(held: Held, batch?: BatchId): readonly PooledLead[] {
  const numbers = batch === undefined ? held.bundles.keys() : (held.batches.get(batch) ?? []);
  return [...numbers].flatMap((number) => {
    const of = held.bundles.get(number);
    return of === undefined ? [] : of.kinds.map((_, at) => ({ of, at }));
  });
}

/** Puts leads of one batch on their shelves, none of whom is held. */
export function hold(held: Held, origin: Origin, leads: ReadonlyMap<TightDigest, Lead>): void {
  const number = freeNumber(held);
  putUp(held, number, origin, leads);
  const { batch } = origin;
  held.batches.set(batch, [...(held.batches.get(batch) ?? []), number]);
}

function freeNumber(held: Held): number {
  invariant(held.bundles.size < MOST_BUNDLES, 'nobody holds four million batches');
  while (held.bundles.has(held.next)) held.next = (held.next + 1) % MOST_BUNDLES;
  return held.next;
}

/** Puts leads on their shelves, as the bundle of a number. */
function putUp(
  held: Held,
  number: number,
  origin: Origin,
  leads: ReadonlyMap<TightDigest, Lead>,
): void {
  invariant(leads.size <= MOST_IN_BUNDLE, 'a bundle has no more leads than places');
  const bundle = {
    ...origin,
    persons: packDigests([...leads.keys()]),
    kinds: kindsOf(held, [...leads.values()]),
    // The last, as it is where a snapshot is read: then both are the same bytes.
    leads: press([...leads.values()]),
  };
  // Made before the bundle is there, or its leads would be in it already.
  const table = tableOf(held);
  held.bundles.set(number, bundle);
  for (const place of placesOf(number, bundle)) {
    addTo(table, place);
    const key = shelfKey(kindOf(see(held, place)));
    const shelf = held.shelves.get(key) ?? newShelf();
    held.shelves.set(key, shelf);
    shelve(shelf, place, (one) => see(held, one));
  }
}

/** Of each that of the best on its shelf, where it is spelt alike; else one for all that are. */
function kindsOf(held: Held, leads: readonly Lead[]): readonly Kind[] {
  const known = new Map<string, Kind>();
  return leads.map(({ Industry, Region }) => {
    const kind = { Industry, Region };
    const shelf = held.shelves.get(shelfKey(kind));
    const best = shelf && exampleOf(held, shelf);
    if (best?.Region === Region && best.Industry === Industry) return best;
    const spelt = JSON.stringify(kind);
    const same = known.get(spelt) ?? kind;
    known.set(spelt, same);
    return same;
  });
}

/** The best of a shelf: what it is of, all on it are of. */
export function exampleOf(held: Held, shelf: Shelf): Kind {
  const [best] = bestOf(shelf);
  invariant(best !== undefined, 'an empty shelf is taken away');
  return kindOf(see(held, best));
}

/** Lets go of a bundle. */
export function letGo(held: Held, number: number, bundle: Bundle): void {
  takeDown(held, number, bundle);
  remove(held, number, bundle);
}

/** Takes all leads of a bundle off their shelves; it is still there. */
function takeDown(held: Held, number: number, bundle: Bundle): void {
  const { shelves } = held;
  const table = tableOf(held);
  for (const place of placesOf(number, bundle)) {
    takeFrom(table, place);
    const key = shelfKey(kindOf(see(held, place)));
    const shelf = shelves.get(key) ?? newShelf();
    unshelve(shelf, place, (one) => see(held, one));
    if (shelf.size === 0) shelves.delete(key);
  }
}

/** Removes a bundle of which nothing is on a shelf. */
function remove({ bundles, batches }: Held, number: number, { batch }: Bundle): void {
  bundles.delete(number);
  const left = (batches.get(batch) ?? []).filter((other) => other !== number);
  if (left.length === 0) batches.delete(batch);
  else batches.set(batch, left);
}

/**
 * Takes down what stands in the place of leads that were erased. The others of their bundles are put
 * into new ones, so that nothing names the erased any more.
 */
export function takeDownErased(held: Held): void {
  for (const [number, bundle] of held.bundles) {
    if (!isHoled(bundle)) continue;
    takeDown(held, number, bundle);
    const staying = new Map(
      unpress(bundle.leads).flatMap((lead, at) =>
        isErased(lead) ? [] : [[digestAt(bundle.persons, at), lead]],
      ),
    );
    if (staying.size === 0) remove(held, number, bundle);
    else putUp(held, number, bundle, staying);
  }
}

/** What has more than the nine fields is kept beside the bytes, and so is what stands for the erased. */
const isHoled = ({ leads: { others } }: Bundle): boolean =>
  others.size > 0 && [...others.values()].some(isErased);

const shelfKey = (lead: Kind): string => `${lead.Industry}\n${regionKey(lead.Region)}`;
