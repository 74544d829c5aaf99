/**
 * How long a message is worth sending again. After that its receiver could do nothing with it, and
 * its sender forgets it.
 *
 *     kind                       until                              why
 *     query                      30 s after its attempt was asked   then it is stale
 *     batch                      its query's deadline               then it is a miss
 *     commit, commits, report,
 *     proposal, countersign      4 min after it was sent            then the query is settled
 *     refusal                    10 min                             an attempt's longest life
 *     delivery                   1 h                                a buyer that was away still gets it
 *     settlement                 1 h                                after that it is asked for by `missing`
 *     feedback, appeal, vote     24 h                               they are made once
 *     missing                    1 min                              it is asked again
 */
import type { Address, Kind, Messages } from '../../protocols/messages.ts';
import {
  batchDue,
  QUERY_FRESH,
  SETTLE_TIME,
  SOURCE_TIME,
  SOURCE_TIME_A_LEAD,
} from '../../protocols/rules/deadlines.ts';
import { MAX_LEADS } from '../../protocols/query.ts';
import { hours, later, minutes, type Duration, type Instant } from '../../protocols/units.ts';

/** From the question to its settling, of an attempt at as many leads as there may be: 560 s. */
const ATTEMPT_LIFE = (SOURCE_TIME + SOURCE_TIME_A_LEAD * MAX_LEADS + SETTLE_TIME) as Duration;

/** From `sentAt`, where the body has no deadline of its own. */
const USEFUL: { readonly [K in Kind]: Duration } = {
  // These two never travel.
  want: ATTEMPT_LIFE,
  rating: ATTEMPT_LIFE,
  query: QUERY_FRESH,
  refusal: ATTEMPT_LIFE,
  batch: ATTEMPT_LIFE,
  commit: SETTLE_TIME,
  commits: SETTLE_TIME,
  report: SETTLE_TIME,
  delivery: hours(1),
  proposal: SETTLE_TIME,
  countersign: SETTLE_TIME,
  settlement: hours(1),
  feedback: hours(24),
  missing: minutes(1),
  appeal: hours(24),
  vote: hours(24),
};

/** A message on its way, as far as its usefulness goes. */
type Sent = {
  readonly [K in Kind]: {
    readonly kind: K;
    readonly to: Address;
    readonly sentAt: Instant;
    readonly body: Messages[K]['body'];
  };
}[Kind];

/** The last instant at which a message is of use to who gets it. */
export function usefulUntil(sent: Sent): Instant {
  if (sent.kind === 'batch') return batchDue(sent.body.query);
  if (sent.kind !== 'query') return later(sent.sentAt, USEFUL[sent.kind]);
  const { rounds, openedAt } = sent.body;
  return later(rounds.at(-1)?.askedAt ?? openedAt, USEFUL.query);
}
