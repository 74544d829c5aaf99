/**
 * May this rating be taken? A query may be rated by the buyer that its leads went to, as long as they
 * are fresh: once, and once more, for two different ratings void both.
 *
 * A rating moves standing only as an entry of its pool's chain. What a buyer says to some and not to
 * others would leave them with different standings, and no case could be countersigned any more.
 */
import type { Feedback, SettledRecord } from '../protocols/messages.ts';
import { chosenOf } from '../protocols/records.ts';
import { isRating } from '../protocols/rules/reputation.ts';
import { feedbackDigest } from '../protocols/seals.ts';
import {
  hours,
  later,
  type Digest,
  type Duration,
  type Hotkey,
  type Instant,
  type QueryId,
} from '../protocols/units.ts';
import type { Context, Refused } from './actor.ts';
import { isPresent } from './asking.ts';
import { keep, type Open } from './once.ts';

/** A rating may come as long as the leads are fresh. */
export const RATING_TIME: Duration = hours(30 * 24);
/** Two of one query void both; a third says nothing new. */
const MOST_RATINGS = 2;
/** Queries of 30 days that a rating may come for: 2 000 a day. */
export const MOST_RATEABLE = 65_536;

/** Whom a query was delivered to by which pool, and the ratings that came of it. */
export interface Rateable {
  readonly buyer: Hotkey;
  readonly pool: Hotkey;
  /**
   * Two at the most. A node holds some thousand of these, so a longer list is another one: what
   * grows in place makes room for 17.
   */
  ratings: readonly Digest[];
}

export type Rateables = Open<QueryId, Rateable>;

/** From now on the buyer may rate the query. */
export function mayRate(
  rateable: Rateables,
  query: QueryId,
  { buyer, pool }: Pick<Rateable, 'buyer' | 'pool'>,
  now: Instant,
): void {
  if (rateable.has(query)) return;
  const until = later(now, RATING_TIME);
  keep(rateable, query, { buyer, pool, ratings: [] }, { until, now, limit: MOST_RATEABLE });
}

/** What a pool's chain says of who may rate what, and of who did. */
export function noteRecord(rateable: Rateables, record: SettledRecord, now: Instant): void {
  if (record.kind === 'rated') {
    const { query, buyer, pool } = record.feedback;
    const work = rateable.get(query)?.work;
    // Another's word on the query must not use up what its buyer has to say.
    if (work?.buyer !== buyer || work.pool !== pool) return;
    const digest = feedbackDigest(record.feedback);
    if (!work.ratings.includes(digest)) work.ratings = work.ratings.concat(digest);
    return;
  }
  if (record.kind !== 'settled') return;
  const { query, pool, answers } = record.case;
  if (query.account === 'validator' || chosenOf(answers) === undefined) return;
  mayRate(rateable, query.id, { buyer: query.buyer, pool }, now);
}

/** Why a rating is not taken; undefined where it is, and from then on counts as given. */
export function takeRating(
  rateable: Rateables,
  feedback: Feedback,
  { now, chain }: Context,
): Refused | undefined {
  const open = rateable.get(feedback.query);
  if (open === undefined || open.until < now) return 'unknown_query';
  const { work } = open;
  const { buyer, pool, ratings } = work;
  if (feedback.buyer !== buyer || feedback.pool !== pool) return 'unknown_query';
  if (!isRating(feedback.rating)) return 'out_of_range';
  if (!isPresent(feedback.block, chain)) return 'late';

  const digest = feedbackDigest(feedback);
  if (ratings.includes(digest) || ratings.length >= MOST_RATINGS) return 'repeated';
  work.ratings = ratings.concat(digest);
  return undefined;
}
