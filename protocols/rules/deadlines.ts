/**
 * How long everyone has. All of it counts from the last round of the query, and the query is signed
 * by its buyer, so no miner can lengthen its own time.
 *
 *     asked ──30 s──▶ too old to be taken up
 *     asked ──120 s + 2 s a lead──▶ batches due ──240 s (audit, checks)──▶ settled at the latest
 *
 * Each of these instants still belongs to the time that it ends.
 */
import type { Query } from '../messages.ts';
import { later, seconds, type Duration, type Instant } from '../units.ts';

/** A query that arrives later than this after it was asked is refused. */
export const QUERY_FRESH: Duration = seconds(30);
/** What every miner has to find leads, however few. */
export const SOURCE_TIME: Duration = seconds(120);
/** What it has on top for each lead wanted. */
export const SOURCE_TIME_A_LEAD: Duration = seconds(2);
/** What a validator has from the batch's arrival. */
export const AUDIT_TIME: Duration = seconds(120);
/** What a provider's answer to an automated check may take. */
export const CHECKS_TIME: Duration = seconds(120);
/** From the miners' deadline until the query is settled, with whatever has come by then. */
export const SETTLE_TIME: Duration = seconds(240);

/** What of a query its deadlines hang on. */
export type Timed = Pick<Query, 'rounds' | 'openedAt' | 'want'>;

/** When the attempt that the query now stands at was asked. */
const askedAt = ({ rounds, openedAt }: Timed): Instant => rounds.at(-1)?.askedAt ?? openedAt;

/** Too old to be taken up: serving it would be of use to nobody, and it counts for nobody. */
export const isStale = (query: Query, now: Instant): boolean =>
  now > later(askedAt(query), QUERY_FRESH);

/** The last instant at which a batch is in time. */
export const batchDue = (query: Timed): Instant =>
  later(later(askedAt(query), SOURCE_TIME), (SOURCE_TIME_A_LEAD * query.want.leads) as Duration);

/** The last instant at which the report on a batch is in time. */
export const reportDue = (arrived: Instant): Instant => later(arrived, AUDIT_TIME);

/** The instant at which the query is settled at the latest. */
export const settleDue = (query: Timed): Instant => later(batchDue(query), SETTLE_TIME);
