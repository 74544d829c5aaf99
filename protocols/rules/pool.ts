/**
 * What a pool holds: leads of approved batches that passed the checks themselves, for 30 days, each
 * person once.
 *
 *     admit ──▶ shelf of its industry and region, best first ──▶ take ──▶ delivered, by buyer
 *
 * Better is a higher F, then a later admission. A buyer never gets the same person twice.
 *
 * A pool of some 100 000 leads is asked some times a minute, by each query and by each delivery, for
 * its best and for its counts. So the shelves are kept in order, and neither walks them all. A large
 * one holds two million: so a lead is no object here, but a place in the bundle it came with.
 */
import {
  addDigest,
  digestAt,
  hashAt,
  hashOfDigest,
  hasDigestAt,
  isDigestAt,
  newDigestSet,
  packDigests,
  type DigestSet,
} from '../digests.ts';
import { tightDigest } from '../hash.ts';
import { emailKey, isErased, mailboxKey, type Lead } from '../lead.ts';
import type { DeliveredBatch, DeliveredLead, Opinions, Stock } from '../messages.ts';
import type { Want } from '../query.ts';
import { addTo, findIn, MOST_NUMBER, newTable, takeFrom, type Table } from '../table.ts';
import {
  hours,
  invariant,
  later,
  type BatchId,
  type Duration,
  type TightDigest,
} from '../units.ts';
import type { Hotkey, Instant, Score } from '../units.ts';
import { PASS } from '../verdict.ts';
import { isApproved } from './audit.ts';
import { press, unpress, type Pressed } from './pressed.ts';
import { regionKey, relevanceVerdict } from './relevance.ts';
import {
  bestOf,
  better,
  newShelf,
  shelve,
  unshelve,
  type Place,
  type Ranked,
  type Shelf,
} from './shelf.ts';

/** A lead is too old to sell after this. */
export const POOL_LIFE: Duration = hours(30 * 24);

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

/** The leads of a batch that were admitted together. */
interface Bundle extends Origin {
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
type Kind = Pick<Lead, 'Industry' | 'Region'>;

/** The leads themselves. */
export const openLeads = (pooled: readonly PooledLead[]): readonly Lead[] => pooled.map(opener());

/** A delivery comes from few bundles, and each of them is opened once. */
function opener(): (pooled: PooledLead) => Lead {
  const open = new Map<Bundle, readonly Lead[]>();
  return ({ of, at }) => {
    const leads = open.get(of) ?? unpress(of.leads);
    open.set(of, leads);
    const lead = leads[at];
    invariant(lead !== undefined, 'a bundle has the leads that were put into it');
    return lead;
  };
}

/** When two leads are one person to a pool: of the same address; or of the same mailbox. */
export type SamePerson = 'address' | 'mailbox';

export interface PoolStock {
  readonly same: SamePerson;
  /** All that is held, by the bundles' numbers, in the order in which they were admitted. */
  readonly bundles: Map<number, Bundle>;
  /** The number that the next bundle has, if no other has it. */
  next: number;
  /** All that is held, by industry and region; a shelf that becomes empty is taken away. */
  readonly shelves: Map<string, Shelf>;
  /** The numbers of a batch's bundles. */
  readonly batches: Map<BatchId, number[]>;
  /**
   * Persons whose leads passed and stay out, as they are not to be contacted, in that order. Their
   * claim is kept as if they were held, so that nobody is paid for sending them again.
   */
  readonly withheld: Map<TightDigest, Origin>;
  /**
   * The persons that each buyer has, as hashes. It grows with what is delivered and is bounded by
   * nothing else: the promise never to sell a buyer the same person twice has no end.
   */
  readonly delivered: Map<Hotkey, DigestSet>;
  /** Until then nothing that is held is too old, and nobody need look. */
  freshUntil: Instant;
}

/** By the rules two leads are one person where their addresses are the same. */
export const newStock = (same: SamePerson = 'address'): PoolStock => ({
  same,
  bundles: new Map(),
  next: 0,
  shelves: new Map(),
  batches: new Map(),
  withheld: new Map(),
  delivered: new Map(),
  freshUntil: Infinity as Instant,
});

/** More than a batch has. */
const MOST_IN_BUNDLE = 1_024;
const MOST_BUNDLES = Math.floor(MOST_NUMBER / MOST_IN_BUNDLE);

const placeOf = (number: number, at: number): Place => number * MOST_IN_BUNDLE + at;

function* placesOf(number: number, { kinds }: Bundle): Generator<Place> {
  for (let at = 0; at < kinds.length; at++) yield placeOf(number, at);
}

/** What is held at a place. */
function see({ bundles }: PoolStock, place: Place): PooledLead {
  const of = bundles.get(Math.floor(place / MOST_IN_BUNDLE));
  invariant(of !== undefined, 'what is on a shelf is held');
  return { of, at: place % MOST_IN_BUNDLE };
}

const kindOf = ({ of, at }: PooledLead): Kind => {
  const kind = of.kinds[at];
  invariant(kind !== undefined, 'a bundle has the leads that were put into it');
  return kind;
};

/** Where each person is: made of the bundles when it is first asked for, and kept up with them. */
function tableOf(stock: PoolStock): Table {
  let table = tables.get(stock);
  if (table === undefined) {
    table = newTable((place) => {
      const { of, at } = see(stock, place);
      return hashAt(of.persons, at);
    });
    for (const [number, bundle] of stock.bundles) {
      for (const place of placesOf(number, bundle)) addTo(table, place);
    }
    tables.set(stock, table);
  }
  return table;
}
const tables = new WeakMap<PoolStock, Table>();

/** The lead of a person that is held. */
function heldOf(stock: PoolStock, person: TightDigest): PooledLead | undefined {
  const place = findIn(tableOf(stock), hashOfDigest(person), (one) => {
    const { of, at } = see(stock, one);
    return isDigestAt(of.persons, at, person);
  });
  return place === undefined ? undefined : see(stock, place);
}

/** All that is held, in the order in which it was admitted; of one batch where it is named. */
export function heldIn(stock: PoolStock, batch?: BatchId): readonly PooledLead[] {
  const numbers = batch === undefined ? stock.bundles.keys() : (stock.batches.get(batch) ?? []);
  return [...numbers].flatMap((number) => {
    const of = stock.bundles.get(number);
    return of === undefined ? [] : of.kinds.map((_, at) => ({ of, at }));
  });
}

/** A lead that passed, and whose it is to a pool. */
export interface Offered {
  readonly lead: Lead;
  readonly person: TightDigest;
}

/**
 * Takes in leads of one batch, and says how many. All stay out where it is not approved, and one
 * whose person is there already.
 */
export function admit(stock: PoolStock, offered: readonly Offered[], origin: Origin): number {
  const { batch, finalScore, admittedAt } = origin;
  if (!isApproved(finalScore)) return 0;
  expire(stock, admittedAt);
  const fresh = new Map<TightDigest, Lead>();
  for (const { lead, person } of offered) {
    if (heldOf(stock, person) === undefined && !fresh.has(person)) fresh.set(person, lead);
  }
  if (fresh.size === 0) return 0;

  beginFresh(stock, origin);
  const number = freeNumber(stock);
  putUp(stock, number, origin, fresh);
  stock.batches.set(batch, [...(stock.batches.get(batch) ?? []), number]);
  return fresh.size;
}

function freeNumber(stock: PoolStock): number {
  invariant(stock.bundles.size < MOST_BUNDLES, 'nobody holds four million batches');
  while (stock.bundles.has(stock.next)) stock.next = (stock.next + 1) % MOST_BUNDLES;
  return stock.next;
}

/** Puts leads on their shelves, as the bundle of a number. */
function putUp(
  stock: PoolStock,
  number: number,
  origin: Origin,
  leads: ReadonlyMap<TightDigest, Lead>,
): void {
  invariant(leads.size <= MOST_IN_BUNDLE, 'a bundle has no more leads than places');
  const bundle = {
    ...origin,
    persons: packDigests([...leads.keys()]),
    kinds: kindsOf(stock, [...leads.values()]),
    // The last, as it is where a snapshot is read: then both are the same bytes.
    leads: press([...leads.values()]),
  };
  stock.bundles.set(number, bundle);
  for (const place of placesOf(number, bundle)) {
    addTo(tableOf(stock), place);
    const key = shelfKey(kindOf(see(stock, place)));
    const shelf = stock.shelves.get(key) ?? newShelf();
    stock.shelves.set(key, shelf);
    shelve(shelf, place, (one) => see(stock, one));
  }
}

/** Of each that of the best on its shelf, where it is spelt alike; else one for all that are. */
function kindsOf(stock: PoolStock, leads: readonly Lead[]): readonly Kind[] {
  const known = new Map<string, Kind>();
  return leads.map(({ Industry, Region }) => {
    const kind = { Industry, Region };
    const shelf = stock.shelves.get(shelfKey(kind));
    const best = shelf && exampleOf(stock, shelf);
    if (best?.Region === Region && best.Industry === Industry) return best;
    const spelt = JSON.stringify(kind);
    known.set(spelt, known.get(spelt) ?? kind);
    return known.get(spelt) ?? kind;
  });
}

/** A lead that passed, of a person who is not to be contacted: nothing of it stays but the claim. */
export function withhold(stock: PoolStock, { person }: Offered, origin: Origin): void {
  if (!isApproved(origin.finalScore)) return;
  expire(stock, origin.admittedAt);
  if (heldOf(stock, person) !== undefined || stock.withheld.has(person)) return;

  beginFresh(stock, origin);
  stock.withheld.set(person, origin);
}

function beginFresh(stock: PoolStock, { admittedAt }: Origin): void {
  if (stock.bundles.size + stock.withheld.size > 0) return;
  stock.freshUntil = later(admittedAt, POOL_LIFE);
}

/** What a buyer may get. */
export interface Demand {
  readonly want: Want;
  readonly buyer: Hotkey;
  readonly now: Instant;
  /** The batch that won the query: its leads come before all others. */
  readonly first?: BatchId;
  /** Whom to pass over, asked once of each lead that would be next; nobody where absent. */
  readonly passOver?: (lead: Lead) => boolean;
}

/** The best leads for a buyer, who from now on has them. */
export function take(stock: PoolStock, demand: Demand): readonly DeliveredLead[] {
  const leads = bestFor(stock, demand);
  if (leads.length > 0) {
    const has = stock.delivered.get(demand.buyer) ?? newDigestSet();
    stock.delivered.set(demand.buyer, has);
    for (const { of, at } of leads) addDigest(has, digestAt(of.persons, at));
  }
  const opened = openLeads(leads);
  return leads.flatMap(({ of: { batch, miner, finalScore } }, index) => {
    const lead = opened[index];
    return lead === undefined ? [] : [{ lead, batch, miner, finalScore }];
  });
}

/** At most as many as wanted, best first, of the industry and region wanted, new to the buyer. */
export function bestFor(
  stock: PoolStock,
  { want, buyer, now, first, passOver }: Demand,
): readonly PooledLead[] {
  const has = stock.delivered.get(buyer);
  const isFree = (pooled: PooledLead): boolean =>
    !(has !== undefined && hasDigestAt(has, pooled.of.persons, pooled.at)) &&
    !isPast(pooled.of, now);
  const open = opener();
  const isGiven = (pooled: PooledLead): boolean => passOver?.(open(pooled)) !== true;
  const ofFirst = (first === undefined ? [] : heldIn(stock, first))
    .filter((pooled) => isFree(pooled) && isWanted(kindOf(pooled), want) && isGiven(pooled))
    .toSorted(better);

  const others = [...stock.shelves.values()]
    .filter((shelf) => isWanted(exampleOf(stock, shelf), want))
    .flatMap((shelf) => [
      ...bestOf(shelf)
        .map((place) => see(stock, place))
        .filter((one) => one.of.batch !== first && isFree(one) && isGiven(one))
        .take(want.leads),
    ])
    .toSorted(better);
  return [...ofFirst, ...others].slice(0, want.leads);
}

/** The batches that leads come from which are held, each once, in the order of the leads. */
export function batchesOf(
  { batches, bundles }: PoolStock,
  leads: readonly DeliveredLead[],
): readonly DeliveredBatch[] {
  return [...new Set(leads.map(({ batch }) => batch))].flatMap((batch) => {
    const [number] = batches.get(batch) ?? [];
    const one = number === undefined ? undefined : bundles.get(number);
    if (one === undefined) return [];
    const { miner, finalScore, admittedAt: settledAt, reports } = one;
    return [{ batch, miner, finalScore, settledAt, reports }];
  });
}

/** How many there are by industry and region, spelt as the best has it; the largest first. */
export function counts(stock: PoolStock, now: Instant): readonly Stock[] {
  expire(stock, now);
  return [...stock.shelves]
    .toSorted(([a, as], [b, bs]) => bs.size - as.size || byText(a, b))
    .map(([, shelf]) => {
      const { Industry: industry, Region: region } = exampleOf(stock, shelf);
      return { industry, region: region.trim(), leads: shelf.size };
    });
}

/** The best of a shelf: what it is of, all on it are of. */
function exampleOf(stock: PoolStock, shelf: Shelf): Kind {
  const [best] = bestOf(shelf);
  invariant(best !== undefined, 'an empty shelf is taken away');
  return kindOf(see(stock, best));
}

/** What orders batches by their claim to a person. */
export interface Signed {
  readonly id: BatchId;
  readonly madeAt: Instant;
}

/** Below 0 where `a` has the better claim: signed earlier, or of the smaller digest. */
export const earlierSigned = (a: Signed, b: Signed): number =>
  a.madeAt - b.madeAt || byText(a.id, b.id);

/** The claim by which a person is held or withheld; undefined where they are not. */
export function signedWhen(stock: PoolStock, person: TightDigest): Signed | undefined {
  const origin = heldOf(stock, person)?.of ?? stock.withheld.get(person);
  return origin && { id: origin.batch, madeAt: origin.signedAt };
}

/** Whose a lead is. */
export const personOf = ({ same }: PoolStock, lead: Lead): TightDigest =>
  tightDigest('leadpoet.person/1', KEYS[same](lead['Owner(s) Email']));

const KEYS = { address: emailKey, mailbox: mailboxKey };

const isWanted = (lead: Kind, want: Want): boolean => relevanceVerdict(lead, want) === PASS;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Drops what is too old. What was admitted first is the first to go, so this stops at the first left. */
function expire(stock: PoolStock, now: Instant): void {
  // Where many have gone, a map takes long to come to the first that is left.
  if (now <= stock.freshUntil) return;
  stock.freshUntil = Infinity as Instant;
  const { bundles, withheld } = stock;
  for (const [person, origin] of withheld) {
    if (!isPast(origin, now)) {
      stock.freshUntil = later(origin.admittedAt, POOL_LIFE);
      break;
    }
    withheld.delete(person);
  }
  for (const [number, bundle] of bundles) {
    if (!isPast(bundle, now)) {
      const freshUntil = later(bundle.admittedAt, POOL_LIFE);
      stock.freshUntil = Math.min(stock.freshUntil, freshUntil) as Instant;
      break;
    }
    takeDown(stock, number, bundle);
    remove(stock, number, bundle);
  }
}

/** Takes all leads of a bundle off their shelves; it is still there. */
function takeDown(stock: PoolStock, number: number, bundle: Bundle): void {
  const { shelves } = stock;
  for (const place of placesOf(number, bundle)) {
    takeFrom(tableOf(stock), place);
    const key = shelfKey(kindOf(see(stock, place)));
    const shelf = shelves.get(key) ?? newShelf();
    unshelve(shelf, place, (one) => see(stock, one));
    if (shelf.size === 0) shelves.delete(key);
  }
}

/** Removes a bundle of which nothing is on a shelf. */
function remove({ bundles, batches }: PoolStock, number: number, { batch }: Bundle): void {
  bundles.delete(number);
  const left = (batches.get(batch) ?? []).filter((other) => other !== number);
  if (left.length === 0) batches.delete(batch);
  else batches.set(batch, left);
}

/**
 * Takes down what stands in the place of leads that were erased. The others of their bundles are put
 * into new ones, so that nothing names the erased any more.
 */
export function takeDownErased(stock: PoolStock): void {
  for (const [number, bundle] of stock.bundles) {
    if (!isHoled(bundle)) continue;
    takeDown(stock, number, bundle);
    const staying = new Map(
      unpress(bundle.leads).flatMap((lead, at) =>
        isErased(lead) ? [] : [[digestAt(bundle.persons, at), lead]],
      ),
    );
    if (staying.size === 0) remove(stock, number, bundle);
    else putUp(stock, number, bundle, staying);
  }
}

/** What has more than the nine fields is kept beside the bytes, and so is what stands for the erased. */
const isHoled = ({ leads: { others } }: Bundle): boolean =>
  others.size > 0 && [...others.values()].some(isErased);

const isPast = ({ admittedAt }: Origin, now: Instant): boolean =>
  now > later(admittedAt, POOL_LIFE);

const shelfKey = (lead: Kind): string => `${lead.Industry}\n${regionKey(lead.Region)}`;
