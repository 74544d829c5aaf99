/**
 * The protocol, top to bottom: who says what to whom.
 *
 *     buyer ──query──▶ miners ──batch──▶ panel ──report──▶ pool ──delivery──▶ buyer
 *        └────query──▶ pool ◀──batch──┘                     │
 *                                   panel ◀──proposal───────┤
 *                                   panel ──countersign──▶ pool ──settlement──▶ everyone
 *
 *     where a query asks for it:  panel ──commit──▶ pool ──commits──▶ panel, before any report
 *
 * A body that others will have to believe later is signed by who made it: a query travels inside each
 * batch, a report inside the settlement. Signing and checking are the host's; a handler sees none
 * but bodies whose every signature was found good.
 */
import type { Lead } from './lead.ts';
import type { Want } from './query.ts';
import type {
  BatchId,
  Block,
  Digest,
  Hotkey,
  Instant,
  QueryId,
  Rao,
  Reputation,
  Score,
  Unit,
} from './units.ts';
import type { Reason } from './verdict.ts';

export type Role = 'buyer' | 'miner' | 'validator' | 'pool';

/** A role and the hotkey that plays it. */
export type Address<R extends Role = Role> = Unit<`${R}/${string}`, 'Address'>;

/** A body and its maker's signature over everything else in it. */
export type Sealed<T> = T & { readonly signature: Uint8Array };

/** Every message, with who receives it. */
export interface Messages {
  /** From the buyer's own host alone: a person wants leads. */
  want: { to: 'buyer'; body: PersonalWant };
  /** From the buyer's own host alone: a person rates what was delivered. */
  rating: { to: 'buyer'; body: Rating };
  query: { to: 'miner' | 'pool'; body: Sealed<Query> };
  /** A query that will not be served, and why. To miners by the query's pool: they need not source. */
  refusal: { to: 'buyer' | 'miner'; body: Refusal };
  batch: { to: 'validator' | 'pool'; body: Sealed<Batch> };
  commit: { to: 'pool'; body: Sealed<Commit> };
  commits: { to: 'validator'; body: Commits };
  report: { to: 'pool'; body: Sealed<Report> };
  delivery: { to: 'buyer'; body: Delivery };
  proposal: { to: 'validator'; body: Case };
  countersign: { to: 'pool'; body: Sealed<Countersign> };
  settlement: { to: 'validator' | 'pool'; body: Sealed<Entry> };
  feedback: { to: 'validator' | 'pool'; body: Sealed<Feedback> };
  missing: { to: 'validator' | 'pool'; body: Missing };
  /** Against one's own flag for collusion. */
  appeal: { to: 'validator' | 'pool'; body: Sealed<Appeal> };
  /** On another's. */
  vote: { to: 'validator' | 'pool'; body: Sealed<Vote> };
}
export type Kind = keyof Messages;
/** The kinds that a role receives. */
export type SentTo<R extends Role> = {
  [K in Kind]: R extends Messages[K]['to'] ? K : never;
}[Kind];
/** What an actor hands to its host: the body, not yet signed. */
export type Draft<K extends Kind> =
  Messages[K]['body'] extends Sealed<infer T> ? T : Messages[K]['body'];

export interface Envelope<K extends Kind = Kind> {
  readonly kind: K;
  /** Proven by the transport. */
  readonly from: Address;
  readonly to: Address<Messages[K]['to']>;
  readonly sentAt: Instant;
  readonly body: Messages[K]['body'];
}

/** A want and the name by which its answer will be known. */
export interface PersonalWant {
  readonly want: Want;
  readonly nonce: number;
}

export interface Rating {
  readonly query: QueryId;
  /** 1 to 10. */
  readonly rating: number;
}

/** One attempt at a query. */
export interface Round {
  readonly askedAt: Instant;
  /** The first block after `askedAt`: its hash draws the miners and the panel. */
  readonly block: Block;
}

export interface Query {
  readonly id: QueryId;
  readonly buyer: Hotkey;
  /** `validator`: no buyer is behind it; its leads go to the pool alone and it is never rated. */
  readonly account: 'buyer' | 'validator';
  readonly openedAt: Instant;
  /** Tells two queries of one instant apart. */
  readonly nonce: number;
  readonly want: Want;
  /** The attempts so far, this one last: 1 to 3. With them everyone can repeat each draw. */
  readonly rounds: readonly Round[];
  /** Whom the buyer wants served by. */
  readonly pool: Hotkey;
}

export interface Batch {
  readonly id: BatchId;
  readonly query: Sealed<Query>;
  readonly miner: Hotkey;
  readonly madeAt: Instant;
  /** How many leads there are in `leads`. */
  readonly count: number;
  /** Salted leads as one byte string, carried undecoded: see `batch.ts`. */
  readonly leads: Uint8Array;
}

/** What one validator found of one batch. */
export interface Report {
  readonly query: QueryId;
  readonly attempt: number;
  readonly miner: Hotkey;
  readonly batch: BatchId;
  readonly validator: Hotkey;
  /** The block whose hash picked the sample. */
  readonly block: Block;
  readonly sampled: number;
  readonly valid: number;
  readonly unknown: number;
  /** Absent where the validator abstains. */
  readonly score?: Score;
  /** How often each reason was found in the sample. */
  readonly reasons: readonly (readonly [Reason, number])[];
  /** Only of a query that asks for sealed reports: with it the report opens its commit. */
  readonly nonce?: Digest;
}
/** A report that was committed to. */
export type Revealed = Report & { readonly nonce: Digest };

/** A panel member's word that it has a report on a batch, which says nothing of what is in it. */
export interface Commit {
  readonly query: QueryId;
  readonly attempt: number;
  readonly miner: Hotkey;
  readonly batch: BatchId;
  readonly validator: Hotkey;
  /** The hash that the report and its nonce open: see `rules/sealed.ts`. */
  readonly seal: Digest;
}

/** All that the panel has committed to of one miner's answer; from now on there are no others. */
export interface Commits {
  readonly query: QueryId;
  readonly attempt: number;
  readonly miner: Hotkey;
  /** One a member that has committed. */
  readonly commits: readonly Sealed<Commit>[];
}

/** How the automated checks ended. Undecided: more than half of the leads could not be told. */
export type CheckOutcome = 'passed' | 'failed' | 'undecided';

/** What became of one drawn miner's answer. */
export type Answer = Missed | Answered;

/** No answer in time. Reports may exist: then the panel was sent a batch that the pool was not. */
export interface Missed {
  readonly kind: 'missed';
  readonly miner: Hotkey;
  readonly reports: readonly Sealed<Report>[];
  /** Only of a query that asks for sealed reports: the panel's commits, as the panel was shown them. */
  readonly commits?: readonly Sealed<Commit>[];
}

export interface Answered {
  readonly kind: 'answered';
  readonly miner: Hotkey;
  readonly batch: BatchId;
  readonly madeAt: Instant;
  readonly count: number;
  readonly reports: readonly Sealed<Report>[];
  /** As of a missed one. */
  readonly commits?: readonly Sealed<Commit>[];
  /** F as the reports make it; absent where nobody with a say scored. */
  readonly finalScore?: Score;
  /** Trusted validators denied it, whatever F says. */
  readonly denied: boolean;
  /** F ≥ 0.90 and not denied: before the automated checks. */
  readonly approved: boolean;
  /** Only of an approved batch. One byte a lead: 0 pass, 1 fail, 2 unknown, 3 pass but already in the pool. */
  readonly checks?: { readonly outcome: CheckOutcome; readonly leads: Uint8Array };
}

/** One attempt at a query, as its pool proposes to settle it. */
export interface Case {
  readonly pool: Hotkey;
  readonly query: Sealed<Query>;
  /** The block of the proposal: where the record stands in the fold. */
  readonly block: Block;
  /** R_v of each panel member, in the panel's order, as F used it. */
  readonly reputations: readonly { readonly validator: Hotkey; readonly reputation: Reputation }[];
  /** One a drawn miner, in the draw's order. */
  readonly answers: readonly Answer[];
}

/** A panel member's word that a case is as it saw it. */
export interface Countersign {
  readonly query: QueryId;
  readonly attempt: number;
  readonly digest: Digest;
  readonly validator: Hotkey;
}

export interface Feedback {
  readonly query: QueryId;
  readonly buyer: Hotkey;
  /** Who settled the query. */
  readonly pool: Hotkey;
  /** 1 to 10. */
  readonly rating: number;
  readonly block: Block;
}

/** A flagged validator's appeal: `rules/appeals.ts`. */
export interface Appeal {
  readonly validator: Hotkey;
  readonly block: Block;
}

/** A validator's vote on another's appeal. */
export interface Vote {
  readonly validator: Hotkey;
  readonly accused: Hotkey;
  /** Whether the flag is to be lifted. */
  readonly lifts: boolean;
  readonly block: Block;
}

/** What moves standing. */
export type SettledRecord =
  | {
      readonly kind: 'settled';
      readonly case: Case;
      readonly countersigns: readonly Sealed<Countersign>[];
    }
  | { readonly kind: 'rated'; readonly feedback: Sealed<Feedback> }
  | { readonly kind: 'appealed'; readonly appeal: Sealed<Appeal> }
  | { readonly kind: 'voted'; readonly vote: Sealed<Vote> };

/** A link of a pool's numbered chain of records. */
export interface Entry {
  readonly pool: Hotkey;
  /** From 0, without a gap. */
  readonly number: number;
  /** The digest of the entry before; of nothing for the first. */
  readonly previous: Digest;
  readonly record: SettledRecord;
}

/** Which entries of which pool's chain the sender lacks, both ends included. */
export interface Missing {
  readonly pool: Hotkey;
  readonly from: number;
  readonly to: number;
}

/** What a peer lacks, and by how much. */
export type Shortfall =
  | { readonly requirement: 'registration' }
  | { readonly requirement: 'permit' }
  | { readonly requirement: 'stake'; readonly need: Rao; readonly has: Rao };

/** Why a query is not served. */
export type RefusalReason =
  /** It came more than 30 s after it was asked. */
  | 'stale'
  /** Its id, its block or its attempts do not fit together. */
  | 'bad_query'
  /** The receiver was not drawn. */
  | 'not_drawn'
  /** Who asks lacks what it takes: see the shortfall. */
  | 'no_standing'
  /** The sender's stake could not be looked up. */
  | 'chain_unavailable'
  /** Its buyer was found in the evidence of a ring: see until when. */
  | 'restricted'
  /** The receiver serves as many queries as it can. */
  | 'busy';

export interface Refusal {
  readonly query: QueryId;
  readonly attempt: number;
  readonly reason: RefusalReason;
  readonly shortfall?: Shortfall;
  /** The last block of a restriction, and about when that will be. */
  readonly until?: { readonly block: Block; readonly instant: Instant };
}

/** A lead as it is delivered, with where it came from. */
export interface DeliveredLead {
  readonly lead: Lead;
  readonly batch: BatchId;
  readonly miner: Hotkey;
  readonly finalScore: Score;
}

/** O_v by validator; without a score where it abstained. */
export type Opinions = readonly { readonly validator: Hotkey; readonly score?: Score }[];

/** A batch that leads of a delivery come from, as it was settled. */
export interface DeliveredBatch {
  readonly batch: BatchId;
  readonly miner: Hotkey;
  readonly finalScore: Score;
  readonly settledAt: Instant;
  readonly reports: Opinions;
}

/** What became of one miner's answer, for people. */
export interface RoadStep {
  readonly miner: Hotkey;
  readonly outcome:
    | 'missed'
    | 'unreported'
    | 'rejected'
    | 'denied'
    | 'checks_failed'
    | 'undecided'
    | 'approved';
  readonly batch?: BatchId;
  readonly count: number;
  readonly finalScore?: Score;
  readonly reports: Opinions;
  /** As often as the report says that found most; of the checks, where these came so far. */
  readonly reasons: readonly (readonly [Reason, number])[];
  readonly checks?: { readonly passed: number; readonly failed: number; readonly unknown: number };
}

/** How many leads a pool holds. */
export interface Stock {
  readonly industry: string;
  readonly region: string;
  readonly leads: number;
}

/** The pool's answer to one attempt. */
export interface Delivery {
  readonly query: QueryId;
  readonly attempt: number;
  /**
   * `complete`: as many as asked. `partial`: fewer, or filled from the pool after three attempts.
   * `pooled`: a validator's own query, whose leads went to the pool. `none`: this attempt brought
   * nothing; the buyer may try again.
   */
  readonly status: 'complete' | 'partial' | 'pooled' | 'none';
  readonly leads: readonly DeliveredLead[];
  /** Each batch that a lead comes from, once. */
  readonly batches: readonly DeliveredBatch[];
  /** The batch that won the attempt; absent where none did. */
  readonly chosen?: BatchId;
  readonly road: readonly RoadStep[];
  /** What the pool holds, by industry and region, largest first. */
  readonly stock: readonly Stock[];
  /** How many leads the pool left out, as their persons are not to be contacted; absent where none. */
  readonly suppressed?: number;
}

export const addressOf = <R extends Role>(role: R, hotkey: Hotkey): Address<R> =>
  `${role}/${hotkey}` as Address<R>;

export const hotkeyOf = (address: Address): Hotkey =>
  address.slice(address.indexOf('/') + 1) as Hotkey;

export const roleOf = (address: Address): Role => address.slice(0, address.indexOf('/')) as Role;

/** 1, 2 or 3. */
export const attemptOf = (query: Query): number => query.rounds.length;
