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
import { addDigest, digestAt, hasDigestAt, newDigestSet, type DigestSet } from '../digests.ts';
import { tightDigest } from '../hash.ts';
import { emailKey, mailboxKey, type Lead } from '../lead.ts';
import type { DeliveredBatch, DeliveredLead, Stock } from '../messages.ts';
import type { Want } from '../query.ts';
import { hours, later, type BatchId, type Duration, type TightDigest } from '../units.ts';
import type { Hotkey, Instant } from '../units.ts';
import { PASS } from '../verdict.ts';
import { isApproved } from './audit.ts';
import {
  exampleOf,
  heldIn,
  heldOf,
  hold,
  kindOf,
  letGo,
  nothingHeld,
  opener,
  openLeads,
  see,
  type Held,
  type Kind,
  type Origin,
  type PooledLead,
} from './held.ts';
import { relevanceVerdict } from './relevance.ts';
import { bestOf, better } from './shelf.ts';

/** A lead is too old to sell after this. */
export const POOL_LIFE: Duration = hours(30 * 24);

/** When two leads are one person to a pool: of the same address; or of the same mailbox. */
export type SamePerson = 'address' | 'mailbox';

export interface PoolStock extends Held {
  readonly same: SamePerson;
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
  ...nothingHeld(),
  same,
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
  const { finalScore, admittedAt } = origin;
  if (!isApproved(finalScore)) return 0;
  expire(stock, admittedAt);
  const fresh = new Map<TightDigest, Lead>();
  for (const { lead, person } of offered) {
    if (heldOf(stock, person) === undefined && !fresh.has(person)) fresh.set(person, lead);
  }
  if (fresh.size === 0) return 0;

  beginFresh(stock, origin);
  hold(stock, origin, fresh);
  return fresh.size;
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
    letGo(stock, number, bundle);
  }
}

const isPast = ({ admittedAt }: Origin, now: Instant): boolean =>
  now > later(admittedAt, POOL_LIFE);
