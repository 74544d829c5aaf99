/**
 * An actor is a table of handlers. A handler is handed one message and what the host says of the
 * moment, changes nothing but its own state, and returns the list of things it wants done.
 */
import type { Window } from '../protocols/evidence.ts';
import type { Lead } from '../protocols/lead.ts';
import type { ChainView, Head } from '../protocols/metagraph.ts';
import type {
  Address,
  Batch,
  Delivery,
  Draft,
  Envelope,
  Kind,
  Messages,
  Refusal,
  RoadStep,
  Role,
  SentTo,
} from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import type { AppealRefusal, VoteRefusal } from '../protocols/rules/appeals.ts';
import type { Finding } from '../protocols/rules/collusion/finding.ts';
import type {
  BatchId,
  Block,
  Digest,
  Hotkey,
  Instant,
  QueryId,
  Rao,
  Uid,
  Weight16,
} from '../protocols/units.ts';
import type { Reason, Verdict } from '../protocols/verdict.ts';

/** All that is asked of the world outside the protocol. */
export interface Services {
  /** Never answered: its reply is the fault `timeout`, at the instant of its deadline. */
  alarm: { input: { readonly about: string }; output: never };
  /** The first block after an instant, once it is there. */
  block: { input: { readonly after: Instant; readonly about: string }; output: Head };
  /** What backs a hotkey that need not be registered. */
  stake: { input: { readonly hotkey: Hotkey; readonly about: string }; output: Rao };
  /** A miner's leads for a query, at most as many as asked. */
  source: {
    input: { readonly query: QueryId; readonly attempt: number; readonly want: Want };
    output: readonly Lead[];
  };
  /** A validator's look: a verdict for each lead, of those outside the sample on duplicates alone. */
  audit: {
    input: { readonly batch: Batch; readonly sample: readonly number[]; readonly block: Block };
    output: readonly Verdict[];
  };
  /** The automated checks of all leads, or of those at `only`: a verdict for each one looked at. */
  verify: {
    input: { readonly batch: Batch; readonly only?: readonly number[]; readonly about: string };
    output: readonly Verdict[];
  };
  /** Who colluded, by all that was settled in a window. `narrow`: asked for some suspects alone. */
  collusion: {
    input: { readonly window: Window; readonly narrow: boolean };
    output: Finding;
  };
  setWeights: { input: readonly (readonly [Uid, Weight16])[]; output: Block };
  /** Hands a buyer's answer to the person who asked. */
  answer: { input: QueryAnswer; output: null };
}
export type Service = keyof Services;

/** Why a question had no answer. */
export type Fault = 'timeout' | 'unavailable' | 'refused';
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };
/** An answer brings its question along. */
export interface Reply<S extends Service> {
  readonly service: S;
  readonly input: Services[S]['input'];
  readonly outcome: Outcome<Services[S]['output']>;
}

/** What a person gets for a query, in the end. */
export interface QueryAnswer {
  readonly query: QueryId;
  readonly nonce: number;
  readonly want: Want;
  readonly openedAt: Instant;
  readonly answeredAt: Instant;
  readonly pool?: Hotkey;
  readonly leads: Delivery['leads'];
  readonly batches: Delivery['batches'];
  readonly partial: boolean;
  readonly chosen?: BatchId;
  readonly attempts: readonly Attempt[];
  readonly stock: Delivery['stock'];
  /** How many leads were left out, as their persons are not to be contacted: counts, never names. */
  readonly suppressed: { readonly byPool: number; readonly byBuyer: number };
}

/** What one attempt brought. */
export interface Attempt {
  readonly askedAt: Instant;
  readonly endedAt: Instant;
  readonly block?: Block;
  readonly miners: readonly Hotkey[];
  readonly panel: readonly Hotkey[];
  readonly road: readonly RoadStep[];
  /** Absent where a batch was delivered. */
  readonly failure?: AttemptFailure;
  /** The pool's, where it refused. */
  readonly refusal?: Refusal;
}
export type AttemptFailure =
  | 'no_miner'
  | 'no_validator'
  | 'no_pool'
  | 'no_block'
  /** The pool said nothing in time. */
  | 'pool_silent'
  /** The pool, or every drawn miner, refused the query. */
  | 'refused'
  /** No batch was approved and passed its checks. */
  | 'no_batch';

/** What an actor wants known: counted and logged by the host, of no effect on anyone. */
export type Note =
  /** A message that was not acted on. */
  | { readonly note: 'refused'; readonly kind: Kind; readonly from: Address; readonly why: Refused }
  /** One a rejected batch: the counts of its reasons, never a lead's data. */
  | {
      readonly note: 'batch_rejected';
      readonly batch: BatchId;
      readonly miner: Hotkey;
      readonly reasons: readonly (readonly [Reason, number])[];
    }
  /** A step in the life of a query, for progress and the dashboard. */
  | {
      readonly note: 'step';
      readonly query: QueryId;
      readonly attempt: number;
      readonly step: Step;
    };

/** Why a message was not acted on. */
export type Refused =
  | 'late'
  | 'repeated'
  | 'malformed'
  | 'not_drawn'
  | 'not_in_panel'
  | 'no_standing'
  | 'unknown_query'
  | 'unknown_block'
  | 'not_yours'
  | 'mismatch'
  | 'out_of_range'
  | 'restricted'
  | 'busy'
  | AppealRefusal
  | VoteRefusal;

export type Step =
  | { readonly is: 'drawn'; readonly miners: number; readonly panel: number }
  | { readonly is: 'batch'; readonly miner: Hotkey; readonly count: number }
  | { readonly is: 'scored'; readonly miner: Hotkey; readonly validator: Hotkey }
  | { readonly is: 'settled'; readonly digest: Digest; readonly countersigns: number }
  | { readonly is: 'unsettled'; readonly countersigns: number }
  | { readonly is: 'answered'; readonly leads: number };

/** What a handler may wish for, and nothing else. */
export type Effect = Send | Ask | Note;
export type Send = {
  [K in Kind]: {
    readonly send: K;
    readonly to: Address<Messages[K]['to']>;
    readonly body: Draft<K>;
  };
}[Kind];
export type Ask = {
  [S in Service]: {
    readonly ask: S;
    readonly input: Services[S]['input'];
    /** After this the answer is worthless: the host replies with a fault by then. */
    readonly by: Instant;
  };
}[Service];

/** Chance, handed in. */
export interface Random {
  /** A whole number, 0 to 2³² − 1. */
  next(): number;
  /** A stream of its own by name; making one does not move this one. */
  fork(name: string): Random;
}

export interface Context<R extends Role = Role> {
  readonly self: Address<R>;
  readonly now: Instant;
  readonly random: Random;
  readonly chain: ChainView;
}

export interface Actor<R extends Role, State, Uses extends Service = never> {
  readonly role: R;
  /** What it was made with, where there is a choice: whoever replays it makes it so again. */
  readonly made?: Readonly<Record<string, string | number | boolean>>;
  readonly begin: (context: Context<R>) => readonly [State, ...Effect[]];
  /** Takes out of a state that was kept what stands in the place of leads that were erased since. */
  readonly withoutErased?: (state: State) => void;
  readonly on: {
    readonly [K in SentTo<R>]: (
      state: State,
      envelope: Envelope<K>,
      context: Context<R>,
    ) => readonly Effect[];
  } & {
    readonly [S in Uses as `${S}Reply`]: (
      state: State,
      reply: Reply<S>,
      context: Context<R>,
    ) => readonly Effect[];
  };
}

export const nothing: readonly Effect[] = [];

export const send = <K extends Kind>(
  kind: K,
  to: Address<Messages[K]['to']>,
  body: Draft<K>,
): Effect => ({ send: kind, to, body }) as unknown as Effect;

export const ask = <S extends Service>(
  service: S,
  input: Services[S]['input'],
  by: Instant,
): Effect => ({ ask: service, input, by }) as unknown as Effect;

/** The message was not acted on; it is counted, and harms nobody. */
export const refuse = (envelope: Envelope, why: Refused): readonly Effect[] => [
  { note: 'refused', kind: envelope.kind, from: envelope.from, why },
];
