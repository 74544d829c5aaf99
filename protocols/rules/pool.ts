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
import { digest } from '../hash.ts';
import { emailKey, type Lead } from '../lead.ts';
import type { DeliveredBatch, DeliveredLead, Opinions, Stock } from '../messages.ts';
import type { Want } from '../query.ts';
import { hours, later, type BatchId, type Digest, type Duration } from '../units.ts';
import type { Hotkey, Instant, Score } from '../units.ts';
import { PASS } from '../verdict.ts';
import { isApproved } from './audit.ts';
import { regionKey, relevanceVerdict } from './relevance.ts';

/** A lead is too old to sell after this. */
export const POOL_LIFE: Duration = hours(30 * 24);

/** A lead that passed, and where it comes from. */
export interface Admission {
  readonly lead: Lead;
  readonly batch: BatchId;
  readonly miner: Hotkey;
  readonly finalScore: Score;
  /** When the miner made the batch. */
  readonly signedAt: Instant;
  readonly admittedAt: Instant;
  /** What each validator gave the batch. */
  readonly reports: Opinions;
}

export interface PooledLead extends Admission {
  /** The hash of its e-mail. */
  readonly person: Digest;
}

export interface PoolStock {
  /** By e-mail, in the order in which they were admitted. */
  readonly held: Map<string, PooledLead>;
  /** All that is held, by industry and region, best first; a shelf that becomes empty is taken away. */
  readonly shelves: Map<string, PooledLead[]>;
  readonly batches: Map<BatchId, Set<PooledLead>>;
  /**
   * The persons that each buyer has, as hashes. It grows with what is delivered and is bounded by
   * nothing else: the promise never to sell a buyer the same person twice has no end.
   */
  readonly delivered: Map<Hotkey, Set<Digest>>;
}

export const newStock = (): PoolStock => ({
  held: new Map(),
  shelves: new Map(),
  batches: new Map(),
  delivered: new Map(),
});

/** False where it stays out: its batch is not approved, or its person is there already. */
export function admit(stock: PoolStock, admission: Admission): boolean {
  const { lead, batch, finalScore, admittedAt } = admission;
  if (!isApproved(finalScore)) return false;
  expire(stock, admittedAt);
  const email = emailKey(lead['Owner(s) Email']);
  if (stock.held.has(email)) return false;

  const pooled = { ...admission, person: personOf(lead) };
  stock.held.set(email, pooled);
  const shelf = stock.shelves.get(shelfKey(lead)) ?? [];
  stock.shelves.set(shelfKey(lead), shelf);
  shelf.splice(placeOf(shelf, pooled), 0, pooled);
  const ofBatch = stock.batches.get(batch) ?? new Set();
  stock.batches.set(batch, ofBatch.add(pooled));
  return true;
}

/** What a buyer may get. */
export interface Demand {
  readonly want: Want;
  readonly buyer: Hotkey;
  readonly now: Instant;
  /** The batch that won the query: its leads come before all others. */
  readonly first?: BatchId;
}

/** The best leads for a buyer, who from now on has them. */
export function take(stock: PoolStock, demand: Demand): readonly DeliveredLead[] {
  const leads = bestFor(stock, demand);
  markDelivered(
    stock,
    demand.buyer,
    leads.map(({ lead }) => lead),
  );
  return leads.map(({ lead, batch, miner, finalScore }) => ({ lead, batch, miner, finalScore }));
}

/** At most as many as wanted, best first, of the industry and region wanted, new to the buyer. */
export function bestFor(
  stock: PoolStock,
  { want, buyer, now, first }: Demand,
): readonly PooledLead[] {
  const has = stock.delivered.get(buyer);
  const isFree = (pooled: PooledLead): boolean =>
    has?.has(pooled.person) !== true && !isOld(pooled, now);
  const ofFirst = [...((first && stock.batches.get(first)) ?? [])]
    .filter((pooled) => isFree(pooled) && isWanted(pooled.lead, want))
    .toSorted(better);

  const others = [...stock.shelves.values()]
    .filter(([one]) => one !== undefined && isWanted(one.lead, want))
    .flatMap((leads) => some(leads, want.leads, (one) => one.batch !== first && isFree(one)))
    .toSorted(better);
  return [...ofFirst, ...others].slice(0, want.leads);
}

/** The buyer has these from now on, wherever they came from. */
export function markDelivered(stock: PoolStock, buyer: Hotkey, leads: readonly Lead[]): void {
  if (leads.length === 0) return;
  const has = stock.delivered.get(buyer) ?? new Set();
  stock.delivered.set(buyer, has);
  for (const lead of leads) has.add(personOf(lead));
}

/** The batches that leads come from which are held, each once, in the order of the leads. */
export function batchesOf(
  { batches }: PoolStock,
  leads: readonly DeliveredLead[],
): readonly DeliveredBatch[] {
  return [...new Set(leads.map(({ batch }) => batch))].flatMap((batch) => {
    const [one] = batches.get(batch) ?? [];
    if (one === undefined) return [];
    const { miner, finalScore, admittedAt: settledAt, reports } = one;
    return [{ batch, miner, finalScore, settledAt, reports }];
  });
}

/** How many there are by industry and region, spelt as the best has it; the largest first. */
export function counts(stock: PoolStock, now: Instant): readonly Stock[] {
  expire(stock, now);
  return [...stock.shelves]
    .toSorted(([a, as], [b, bs]) => bs.length - as.length || byText(a, b))
    .flatMap(([, leads]) =>
      leads.slice(0, 1).map(({ lead: { Industry: industry, Region: region } }) => ({
        industry,
        region: region.trim(),
        leads: leads.length,
      })),
    );
}

/** What orders batches by their claim to a person. */
export interface Signed {
  readonly id: BatchId;
  readonly madeAt: Instant;
}

/** Below 0 where `a` has the better claim: signed earlier, or of the smaller digest. */
export const earlierSigned = (a: Signed, b: Signed): number =>
  a.madeAt - b.madeAt || byText(a.id, b.id);

/** The claim by which a person, by the e-mail's key, is held; undefined where they are not. */
export function signedWhen(stock: PoolStock, email: string): Signed | undefined {
  const pooled = stock.held.get(email);
  return pooled && { id: pooled.batch, madeAt: pooled.signedAt };
}

const personOf = (lead: Lead): Digest =>
  digest('leadpoet.person/1', emailKey(lead['Owner(s) Email']));

const isWanted = (lead: Lead, want: Want): boolean => relevanceVerdict(lead, want) === PASS;

/** No two leads held are of one person, so no two of them are equally good. */
const better = (a: PooledLead, b: PooledLead): number =>
  b.finalScore - a.finalScore || b.admittedAt - a.admittedAt || byText(a.person, b.person);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Drops what is too old. What was admitted first is the first to go, so this stops at the first left. */
function expire({ held, shelves, batches }: PoolStock, now: Instant): void {
  for (const [email, pooled] of held) {
    if (!isOld(pooled, now)) break;
    held.delete(email);
    const key = shelfKey(pooled.lead);
    const leads = shelves.get(key) ?? [];
    leads.splice(placeOf(leads, pooled), 1);
    if (leads.length === 0) shelves.delete(key);
    const ofBatch = batches.get(pooled.batch);
    ofBatch?.delete(pooled);
    if (ofBatch?.size === 0) batches.delete(pooled.batch);
  }
}

const isOld = ({ admittedAt }: PooledLead, now: Instant): boolean =>
  now > later(admittedAt, POOL_LIFE);

const shelfKey = (lead: Lead): string => `${lead.Industry}\n${regionKey(lead.Region)}`;

/** How many of the leads on a shelf are better than this one. */
function placeOf(leads: readonly PooledLead[], pooled: PooledLead): number {
  let low = 0;
  let high = leads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = leads[middle];
    if (there !== undefined && better(there, pooled) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first `most` that will do. */
function some<T>(list: readonly T[], most: number, willDo: (item: T) => boolean): readonly T[] {
  const found: T[] = [];
  for (const item of list) {
    if (found.length === most) break;
    if (willDo(item)) found.push(item);
  }
  return found;
}
