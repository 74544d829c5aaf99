/**
 * Following the pools' chains of records, so that standing is the same everywhere.
 *
 *     entry n ──▶ next of its pool's chain? ──▶ does its record bind? ──▶ ledger
 *                   └─ there is a gap ──▶ missing ──▶ (the pool, or a validator that has it)
 *
 * An entry that its pool signed but that does not bind moves nobody's standing and still takes its
 * place in the chain: everyone who follows passes over it in the same way.
 */
import { enter, newLedger } from '../protocols/ledger.ts';
import { appealEvent, recordOfFeedback, recordsOfCase, voteEvent } from '../protocols/records.ts';
import { addLink, countOf, linksBetween, newLinks, type Links } from '../protocols/links.ts';
import { neuronOf, type ChainView, type Metagraph } from '../protocols/metagraph.ts';
import {
  addressOf,
  hotkeyOf,
  roleOf,
  type Address,
  type Case,
  type Entry,
  type Envelope,
  type Role,
  type Sealed,
  type SettledRecord,
} from '../protocols/messages.ts';
import { drawOf } from '../protocols/rules/draw.ts';
import { standingOf, withStanding } from '../protocols/rules/eligibility.ts';
import { enterPenalty } from '../protocols/rules/penalty-fold.ts';
import type { PenaltyEvent } from '../protocols/rules/penalty-events.ts';
import { isRating } from '../protocols/rules/reputation.ts';
import { caseFault, isBinding } from '../protocols/rules/settlement.ts';
import { caseDigest, entryDigest, NO_ENTRY } from '../protocols/seals.ts';
import {
  BLOCKS_PER_DAY,
  later,
  type Digest,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { nothing, refuse, send, type Context, type Effect } from './actor.ts';
import { PAGE_PAUSE, takeUnsent, type Paged } from './paging.ts';
import { noteRecord, type Rateables } from './rating.ts';
import {
  COLLUSION_RULES,
  lookLater,
  newWatching,
  noteRecordAt,
  ownersAt,
  type CollusionRules,
  type Watching,
} from './watching.ts';

/** Entries answered at once: some 20 kB each, and the asker checks every signature in them. */
const PAGE = 32;
/** Entries held while a gap before them is filled. */
const MOST_WAITING = 256;
/** Pools followed; a registered hotkey with 20 TAO each, so this many are never strangers. */
const MOST_POOLS = 256;

interface PoolChain {
  /** All of it, from entry 0. Bounded by what its pool has settled. */
  readonly links: Links;
  last: Digest;
  /** The latest block that an entry is of. */
  newest: number;
  readonly waiting: Map<number, Sealed<Entry>>;
  /** The highest number asked for: where it is reached, there may be more. */
  askedTo: number;
  /** A question may be lost like any message: it is asked again from then on. */
  askAgainAt: Instant;
}

/** Its ledger is what the settled batches say of everyone. */
export interface Following extends Watching {
  readonly chains: Map<Hotkey, PoolChain>;
  readonly paged: Paged;
  /** Settled queries that a buyer may rate. */
  readonly rateable: Rateables;
}

/** Without a chain to tell epochs by, nobody looks for collusion. */
export const newFollowing = (
  chain?: ChainView,
  rules: CollusionRules = COLLUSION_RULES,
): Following => ({
  ...(chain === undefined
    ? { ledger: newLedger({ day: BLOCKS_PER_DAY }) }
    : newWatching(chain, rules)),
  chains: new Map(),
  paged: new Map(),
  rateable: new Map(),
});

/** One's own chain is asked of so many: each has all of it, and one of them may be away. */
const WITNESSES = 2;

/** Told of each settled case that binds, once it is in the ledger. */
export type OnSettled = (theCase: Case) => void;
const toNobody: OnSettled = () => undefined;

/** Asks for what comes after the entries one has: each pool for its own, validators for one's own. */
export function catchUp(
  following: Following,
  context: Context,
  onSettled: OnSettled = toNobody,
): readonly Effect[] {
  const { self, now, chain } = context;
  for (const followed of following.chains.values()) {
    takeWaiting(following, followed, context, onSettled);
  }
  const witnesses = withStanding(chain.latest, 'validator')
    // By name: who they are must not depend on who registered first.
    .toSorted((a, b) => (a.hotkey < b.hotkey ? -1 : 1))
    .slice(0, WITNESSES);
  const asked = withStanding(chain.latest, 'pool').flatMap(({ hotkey: pool }) =>
    addressOf('pool', pool) === self
      ? witnesses.flatMap(({ hotkey }) =>
          askFor(following, pool, addressOf('validator', hotkey), now),
        )
      : askFor(following, pool, addressOf('pool', pool), now),
  );
  return [...asked, ...lookLater(following, context)];
}

/** Takes an entry to its place, and asks for what lies between. */
export function follow(
  following: Following,
  envelope: Envelope<'settlement'>,
  context: Context,
  onSettled: OnSettled = toNobody,
): readonly Effect[] {
  const { now, chain: view } = context;
  const { body: entry } = envelope;
  const { latest } = view;
  if (standingOf('pool', neuronOf(latest, entry.pool), latest) !== undefined) {
    return refuse(envelope, 'no_standing');
  }
  const { from } = envelope;
  if (!isFollower(from)) return refuse(envelope, 'not_yours');
  const chain = chainOf(following, entry.pool);
  if (chain === undefined) return refuse(envelope, 'busy');
  const next = countOf(chain.links);
  if (entry.number < next || chain.waiting.has(entry.number)) return refuse(envelope, 'repeated');
  if (entry.number === next && entry.previous !== chain.last) return refuse(envelope, 'mismatch');

  if (entry.number < next + MOST_WAITING) chain.waiting.set(entry.number, entry);
  takeWaiting(following, chain, context, onSettled);
  const isGap = entry.number > next && now >= chain.askAgainAt;
  const mayBeMore = countOf(chain.links) - 1 === chain.askedTo;
  const more = isGap || mayBeMore ? askFor(following, entry.pool, from, now) : nothing;
  const again = lookLater(following, context);
  return again.length === 0 ? more : [...more, ...again];
}

/** Sends a page of the entries that a follower lacks. */
export function page(
  following: Following,
  envelope: Envelope<'missing'>,
  { now, chain: { latest } }: Context,
): readonly Effect[] {
  const { pool, from, to } = envelope.body;
  const asker = envelope.from;
  if (!isFollower(asker)) return refuse(envelope, 'not_yours');
  // A page is ten thousand times the question for it: none for strangers.
  if (standingOf(asRole(asker), neuronOf(latest, hotkeyOf(asker)), latest) !== undefined) {
    return refuse(envelope, 'no_standing');
  }
  const chain = following.chains.get(pool);
  if (chain === undefined || from >= countOf(chain.links)) return nothing;
  if (from < 0 || to < from) return refuse(envelope, 'out_of_range');
  const end = Math.min(to + 1, from + PAGE, countOf(chain.links));
  const unsent = takeUnsent(following.paged, { asker, pool, from, to: end }, now);
  const [first, last] = [unsent[0], unsent.at(-1)];
  if (first === undefined || last === undefined) return refuse(envelope, 'repeated');
  const wanted = new Set(unsent);
  return linksBetween(chain.links, first, last + 1)
    .filter(({ number }) => wanted.has(number))
    .map((entry) => send('settlement', asker, entry));
}

/** Puts one's own next entry into one's own chain, as others will see it. */
export function append(
  following: Following,
  pool: Hotkey,
  record: SettledRecord,
  { chain: view }: Context,
): Entry {
  const chain = chainOf(following, pool) ?? newChain();
  const entry: Entry = { pool, number: countOf(chain.links), previous: chain.last, record };
  addLink(chain.links, entry as Sealed<Entry>);
  chain.last = entryDigest(entry);
  chain.askedTo = Math.max(chain.askedTo, entry.number);
  chain.newest = Math.max(chain.newest, blockOf(record));
  fold(following, record, view);
  return entry;
}

type Follower = Envelope<'settlement'>['to'];

const asRole = (follower: Follower): 'validator' | 'pool' =>
  roleOf(follower) === 'pool' ? 'pool' : 'validator';
const isFollower = (address: Address): address is Follower =>
  roleOf(address) === 'validator' || roleOf(address) === 'pool';

/** Everyone who keeps a ledger, but for oneself. */
export const followers = (metagraph: Metagraph, self: string): readonly Follower[] =>
  (['validator', 'pool'] as const satisfies readonly Role[]).flatMap((role) =>
    withStanding(metagraph, role)
      .map(({ hotkey }) => addressOf(role, hotkey))
      .filter((address) => address !== self),
  );

function takeWaiting(
  following: Following,
  chain: PoolChain,
  { now, chain: view }: Context,
  onSettled: OnSettled,
): void {
  for (;;) {
    const entry = chain.waiting.get(countOf(chain.links));
    if (entry === undefined || isAhead(entry, view)) return;
    chain.waiting.delete(entry.number);
    // A pool that signed two chains: the one seen first is followed.
    if (entry.previous !== chain.last) return;

    addLink(chain.links, entry);
    chain.last = entryDigest(entry);
    const isBackdated = blockOf(entry.record) < chain.newest - MOST_BACK;
    chain.newest = Math.max(chain.newest, blockOf(entry.record));
    if (!binds(entry, view) || (isPlea(entry.record) && isBackdated)) continue;
    fold(following, entry.record, view);
    noteRecord(following.rateable, entry.record, now);
    if (entry.record.kind === 'settled') onSettled(entry.record.case);
  }
}

/** It speaks of a block that is still to come here: whether it binds can be told only then. */
const isAhead = ({ record }: Entry, { latest }: ChainView): boolean =>
  record.kind === 'settled' &&
  record.case.query.rounds.some(({ block }) => block > latest.head.number);

/** Entries of one time come in any order; an appeal or vote of long before was not heard then. */
const MOST_BACK = 50;

const isPlea = ({ kind }: SettledRecord): boolean => kind === 'appealed' || kind === 'voted';

function blockOf(record: SettledRecord): number {
  switch (record.kind) {
    case 'settled':
      return record.case.block;
    case 'rated':
      return record.feedback.block;
    case 'appealed':
      return record.appeal.block;
    case 'voted':
      return record.vote.block;
  }
}

function binds({ pool, record }: Entry, chain: ChainView): boolean {
  switch (record.kind) {
    case 'settled':
      return record.case.pool === pool && isSettled(record.case, record.countersigns, chain);
    case 'rated':
      return record.feedback.pool === pool && isRating(record.feedback.rating);
    case 'appealed':
    case 'voted':
      return true;
  }
}

function isSettled(
  theCase: Case,
  countersigns: Parameters<typeof isBinding>[0],
  chain: ChainView,
): boolean {
  const draw = drawOf(theCase.query, chain);
  const round = theCase.query.rounds.at(-1);
  const drawnAt = round && chain.at(round.block);
  if (typeof draw === 'string' || drawnAt === undefined) return false;
  return (
    caseFault(theCase, draw, drawnAt) === undefined &&
    isBinding(countersigns, theCase, caseDigest(theCase), draw)
  );
}

function fold(following: Following, record: SettledRecord, chain: ChainView): void {
  const { ledger } = following;
  switch (record.kind) {
    case 'settled':
      for (const one of recordsOfCase(record.case)) {
        if (enter(ledger, one)) noteRecordAt(following, one.at);
      }
      return;
    case 'rated': {
      const rating = recordOfFeedback(record.feedback);
      if (enter(ledger, rating)) noteRecordAt(following, rating.at);
      return;
    }
    case 'appealed': {
      const { appeal } = record;
      return foldPlea(following, appealEvent(appeal, ownersAt(appeal.block, chain)));
    }
    case 'voted': {
      const { vote } = record;
      return foldPlea(following, voteEvent(vote, ownersAt(vote.block, chain)));
    }
  }
}

function foldPlea(following: Following, event: PenaltyEvent): void {
  if (enterPenalty(following.ledger.penalties, event)) noteRecordAt(following, event.at);
}

function chainOf({ chains }: Following, pool: Hotkey): PoolChain | undefined {
  let chain = chains.get(pool);
  if (chain === undefined) {
    if (chains.size >= MOST_POOLS) return undefined;
    chain = newChain();
    chains.set(pool, chain);
  }
  return chain;
}

const newChain = (): PoolChain => ({
  links: newLinks(),
  last: NO_ENTRY,
  newest: 0,
  waiting: new Map(),
  askedTo: -1,
  askAgainAt: 0 as Instant,
});

/** The next page of a pool's chain, from whoever has it. */
function askFor(following: Following, pool: Hotkey, of: Follower, now: Instant): readonly Effect[] {
  const chain = chainOf(following, pool);
  if (chain === undefined) return nothing;
  const from = countOf(chain.links);
  chain.askedTo = from + PAGE - 1;
  chain.askAgainAt = later(now, PAGE_PAUSE);
  return [send('missing', of, { pool, from, to: chain.askedTo })];
}
