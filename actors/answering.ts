/**
 * What comes of a query, for the person who asked: what each attempt brought, and the leads that this
 * buyer does not have yet.
 */
import { addDigest, hasDigest, type DigestSet } from '../protocols/digests.ts';
import { tightDigest } from '../protocols/hash.ts';
import { emailKey, isErased } from '../protocols/lead.ts';
import type { Address, Delivery, Query, Round } from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import type { Draw } from '../protocols/rules/draw.ts';
import { relevanceVerdict } from '../protocols/rules/relevance.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import {
  later,
  seconds,
  type Block,
  type Hotkey,
  type Instant,
  type QueryId,
} from '../protocols/units.ts';
import { PASS } from '../protocols/verdict.ts';
import {
  ask,
  type Attempt,
  type AttemptFailure,
  type Context,
  type Effect,
  type QueryAnswer,
} from './actor.ts';
import { keep, type Open, type Seen } from './once.ts';
import { MOST_RATEABLE, RATING_TIME } from './rating.ts';

/** The person's host has to take an answer; it does nothing but hand it on. */
const HAND_OVER = seconds(10);

/** A query under way. */
export interface Asking {
  readonly want: Want;
  readonly nonce: number;
  readonly openedAt: Instant;
  readonly rounds: Round[];
  readonly attempts: Attempt[];
  readonly poolsTried: Set<Hotkey>;
  /** The drawn miners that refused the attempt under way. */
  readonly refusing: Set<Address>;
  /** When the attempt under way began. */
  askedAt: Instant;
  pool?: Hotkey;
  query?: Query;
  draw?: Draw;
}

export interface BuyerState {
  readonly open: Open<QueryId, Asking>;
  /** Digests of the addresses this buyer has: pools do not share, so it looks itself. */
  readonly has: DigestSet;
  readonly delivered: Open<QueryId, Hotkey>;
  readonly rated: Seen<QueryId>;
  /** Whom this buyer is not to contact; nobody where absent. */
  readonly isSuppressed?: IsSuppressed;
  epoch: Block;
  epochs: number;
}

/** How an attempt ended; without a failure it brought leads. */
export interface Ended {
  readonly failure?: AttemptFailure;
  readonly delivery?: Delivery;
  readonly refusal?: Attempt['refusal'];
}

export const attemptSoFar = (asking: Asking, now: Instant, ended: Ended): Attempt => ({
  askedAt: asking.askedAt,
  endedAt: now,
  ...(asking.draw === undefined
    ? { miners: [], panel: [] }
    : { miners: asking.draw.miners, panel: asking.draw.panel }),
  ...(asking.rounds.at(-1)?.askedAt === asking.askedAt
    ? { block: asking.rounds.at(-1)?.block as Block }
    : {}),
  road: ended.delivery?.road ?? [],
  ...(ended.failure === undefined ? {} : { failure: ended.failure }),
  ...(ended.refusal === undefined ? {} : { refusal: ended.refusal }),
});

/** Hands the person what came of the query, without what this buyer has already. */
export function answer(
  state: BuyerState,
  id: QueryId,
  asking: Asking,
  delivery: Delivery | undefined,
  { now }: Context<'buyer'>,
): readonly Effect[] {
  state.open.delete(id);
  const { leads, suppressed } = newTo(state, asking.want, delivery?.leads ?? []);
  const { pool } = asking;
  // A rating speaks of the query's own batch, not of what the pool had.
  if (pool !== undefined && delivery?.chosen !== undefined && leads.length > 0) {
    const until = later(now, RATING_TIME);
    keep(state.delivered, id, pool, { until, now, limit: MOST_RATEABLE });
  }
  const said: QueryAnswer = {
    query: id,
    nonce: asking.nonce,
    want: asking.want,
    openedAt: asking.openedAt,
    answeredAt: now,
    ...(pool === undefined ? {} : { pool }),
    leads,
    partial: leads.length < asking.want.leads || delivery?.status === 'partial',
    ...(delivery?.chosen === undefined ? {} : { chosen: delivery.chosen }),
    attempts: asking.attempts,
    batches: delivery?.batches ?? [],
    stock: delivery?.stock ?? [],
    suppressed: { byPool: delivery?.suppressed ?? 0, byBuyer: suppressed },
  };
  return [
    {
      note: 'step',
      query: id,
      attempt: asking.attempts.length,
      step: { is: 'answered', leads: leads.length },
    },
    ask('answer', said, later(now, HAND_OVER)),
  ];
}

/**
 * What was asked for and this buyer does not have, which from now on it has; and how many of such it
 * is not to contact.
 */
function newTo(
  { has, isSuppressed }: BuyerState,
  want: Want,
  delivered: Delivery['leads'],
): { readonly leads: Delivery['leads']; readonly suppressed: number } {
  const found: Delivery['leads'][number][] = [];
  let suppressed = 0;
  for (const one of delivered) {
    if (found.length === want.leads) break;
    // Its person was erased while it was on its way.
    if (isErased(one.lead)) continue;
    const key = tightDigest('leadpoet.has/1', emailKey(one.lead['Owner(s) Email']));
    if (hasDigest(has, key) || relevanceVerdict(one.lead, want) !== PASS) continue;
    if (isSuppressed?.(one.lead) === true) {
      suppressed++;
      continue;
    }
    addDigest(has, key);
    found.push(one);
  }
  return { leads: found, suppressed };
}
