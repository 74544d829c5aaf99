/**
 * What a pool holds: leads of approved batches that passed the checks themselves, for 30 days, each
 * person once.
 *
 *     admit ──▶ shelf of its industry and region, best first ──▶ take ──▶ delivered, by buyer
 *
 * Better is a higher F, then a later admission. A buyer never gets the same person twice.
 *
 * A pool of some 100 000 leads is asked some times a minute, by each query and by each delivery, for
 * its best and for its counts. So the shelves are kept in order, and neither walks them all.
 */
import { tightDigest } from '../hash.ts';
import { emailKey, isErased, mailboxKey, type Lead } from '../lead.ts';
import type { DeliveredBatch, DeliveredLead, Opinions, Stock } from '../messages.ts';
import type { Want } from '../query.ts';
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
import { bestOf, better, newShelf, shelve, unshelve, type Shelf } from './shelf.ts';

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
}

/** One of a million and a half in a large pool. */
export interface PooledLead {
  /** The hash of its e-mail. */
  readonly person: TightDigest;
  /** Another one, of the same origin, once a lead of its bundle was erased. */
  of: Bundle;
  /** Which of the bundle's leads it is. */
  at: number;
  readonly kind: Kind;
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
  /** By person, in the order in which they were admitted. */
  readonly held: Map<TightDigest, PooledLead>;
  /** All that is held, by industry and region; a shelf that becomes empty is taken away. */
  readonly shelves: Map<string, Shelf<PooledLead>>;
  readonly batches: Map<BatchId, PooledLead[]>;
  /**
   * Persons whose leads passed and stay out, as they are not to be contacted, in that order. Their
   * claim is kept as if they were held, so that nobody is paid for sending them again.
   */
  readonly withheld: Map<TightDigest, Origin>;
  /**
   * The persons that each buyer has, as hashes. It grows with what is delivered and is bounded by
   * nothing else: the promise never to sell a buyer the same person twice has no end.
   */
  readonly delivered: Map<Hotkey, Set<TightDigest>>;
  /** Until then nothing that is held is too old, and nobody need look. */
  freshUntil: Instant;
}

/** By the rules two leads are one person where their addresses are the same. */
export const newStock = (same: SamePerson = 'address'): PoolStock => ({
  same,
  held: new Map(),
  shelves: new Map(),
  batches: new Map(),
  withheld: new Map(),
  delivered: new Map(),
  freshUntil: Infinity as Instant,
});

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
    if (!stock.held.has(person) && !fresh.has(person)) fresh.set(person, lead);
  }
  if (fresh.size === 0) return 0;

  beginFresh(stock, origin);
  const of = { ...origin, leads: press([...fresh.values()]) };
  const pooled = [...fresh].map(([person, lead], at) => putUp(stock, lead, { person, of, at }));
  stock.batches.set(batch, [...(stock.batches.get(batch) ?? []), ...pooled]);
  return fresh.size;
}

function putUp(stock: PoolStock, lead: Lead, one: Omit<PooledLead, 'kind'>): PooledLead {
  const key = shelfKey(lead);
  const shelf = stock.shelves.get(key) ?? newShelf();
  const [best] = bestOf(shelf);
  const { Industry, Region } = lead;
  const isAlike = best?.kind.Region === Region && best.kind.Industry === Industry;
  const kind = isAlike ? best.kind : { Industry, Region };
  // Named one by one: a spread would lay half of the fields apart from the object, for each anew.
  const { person, of, at } = one;
  const pooled = { person, of, at, kind };
  stock.held.set(person, pooled);
  stock.shelves.set(key, shelf);
  shelve(shelf, pooled);
  return pooled;
}

/** A lead that passed, of a person who is not to be contacted: nothing of it stays but the claim. */
export function withhold(stock: PoolStock, { person }: Offered, origin: Origin): void {
  if (!isApproved(origin.finalScore)) return;
  expire(stock, origin.admittedAt);
  if (stock.held.has(person) || stock.withheld.has(person)) return;

  beginFresh(stock, origin);
  stock.withheld.set(person, origin);
}

function beginFresh(stock: PoolStock, { admittedAt }: Origin): void {
  if (stock.held.size + stock.withheld.size > 0) return;
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
  deliver(
    stock,
    demand.buyer,
    leads.map(({ person }) => person),
  );
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
    has?.has(pooled.person) !== true && !isOld(pooled, now);
  const open = opener();
  const isGiven = (pooled: PooledLead): boolean => passOver?.(open(pooled)) !== true;
  const ofFirst = [...((first && stock.batches.get(first)) ?? [])]
    .filter((pooled) => isFree(pooled) && isWanted(pooled.kind, want) && isGiven(pooled))
    .toSorted(better);

  const others = [...stock.shelves.values()]
    .filter((shelf) => isWanted(exampleOf(shelf), want))
    .flatMap((shelf) => [
      ...bestOf(shelf)
        .filter((one) => one.of.batch !== first && isFree(one) && isGiven(one))
        .take(want.leads),
    ])
    .toSorted(better);
  return [...ofFirst, ...others].slice(0, want.leads);
}

/** The buyer has these from now on. */
function deliver(stock: PoolStock, buyer: Hotkey, persons: readonly TightDigest[]): void {
  if (persons.length === 0) return;
  const has = stock.delivered.get(buyer) ?? new Set();
  stock.delivered.set(buyer, has);
  for (const person of persons) has.add(person);
}

/** The batches that leads come from which are held, each once, in the order of the leads. */
export function batchesOf(
  { batches }: PoolStock,
  leads: readonly DeliveredLead[],
): readonly DeliveredBatch[] {
  return [...new Set(leads.map(({ batch }) => batch))].flatMap((batch) => {
    const [one] = batches.get(batch) ?? [];
    if (one === undefined) return [];
    const { miner, finalScore, admittedAt: settledAt, reports } = one.of;
    return [{ batch, miner, finalScore, settledAt, reports }];
  });
}

/** How many there are by industry and region, spelt as the best has it; the largest first. */
export function counts(stock: PoolStock, now: Instant): readonly Stock[] {
  expire(stock, now);
  return [...stock.shelves]
    .toSorted(([a, as], [b, bs]) => bs.size - as.size || byText(a, b))
    .map(([, shelf]) => {
      const { Industry: industry, Region: region } = exampleOf(shelf);
      return { industry, region: region.trim(), leads: shelf.size };
    });
}

/** The best of a shelf: what it is of, all on it are of. */
function exampleOf(shelf: Shelf<PooledLead>): Kind {
  const [best] = bestOf(shelf);
  invariant(best !== undefined, 'an empty shelf is taken away');
  return best.kind;
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
  const origin = stock.held.get(person)?.of ?? stock.withheld.get(person);
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
  const { held, withheld } = stock;
  for (const [person, origin] of withheld) {
    if (!isPast(origin, now)) {
      stock.freshUntil = later(origin.admittedAt, POOL_LIFE);
      break;
    }
    withheld.delete(person);
  }
  for (const pooled of held.values()) {
    if (!isOld(pooled, now)) {
      const freshUntil = later(pooled.of.admittedAt, POOL_LIFE);
      stock.freshUntil = Math.min(stock.freshUntil, freshUntil) as Instant;
      break;
    }
    takeDown(stock, pooled);
  }
}

function takeDown({ held, shelves, batches }: PoolStock, pooled: PooledLead): void {
  held.delete(pooled.person);
  const key = shelfKey(pooled.kind);
  const shelf = shelves.get(key) ?? newShelf();
  unshelve(shelf, pooled);
  if (shelf.size === 0) shelves.delete(key);
  const ofBatch = batches.get(pooled.of.batch) ?? [];
  ofBatch.splice(ofBatch.indexOf(pooled), 1);
  if (ofBatch.length === 0) batches.delete(pooled.of.batch);
}

/**
 * Takes down what stands in the place of leads that were erased. The others of their bundles are put
 * into new ones, so that nothing names the erased any more.
 */
export function takeDownErased(stock: PoolStock): void {
  const holed = [...stock.held.values()].filter(({ of }) => isHoled(of));
  for (const [bundle, pooled] of Map.groupBy(holed, ({ of }) => of)) {
    const leads = unpress(bundle.leads);
    const whole: Lead[] = [];
    const staying: PooledLead[] = [];
    for (const one of pooled) {
      const lead = leads[one.at];
      if (lead === undefined || isErased(lead)) takeDown(stock, one);
      else {
        staying.push(one);
        whole.push(lead);
      }
    }
    const of = { ...bundle, leads: press(whole) };
    for (const [at, one] of staying.entries()) {
      one.of = of;
      one.at = at;
    }
  }
}

/** What has more than the nine fields is kept beside the bytes, and so is what stands for the erased. */
const isHoled = ({ leads: { others } }: Bundle): boolean =>
  others.size > 0 && [...others.values()].some(isErased);

const isOld = ({ of }: PooledLead, now: Instant): boolean => isPast(of, now);

const isPast = ({ admittedAt }: Origin, now: Instant): boolean =>
  now > later(admittedAt, POOL_LIFE);

const shelfKey = (lead: Kind): string => `${lead.Industry}\n${regionKey(lead.Region)}`;
