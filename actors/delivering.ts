/**
 * What a pool delivers of an attempt: the best leads that its buyer has not had, or why there are none.
 */
import type { Lead } from '../protocols/lead.ts';
import { attemptOf, type Delivery } from '../protocols/messages.ts';
import { ATTEMPTS } from '../protocols/rules/draw.ts';
import { batchesOf, counts, take, type PoolStock } from '../protocols/rules/pool.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import type { Instant } from '../protocols/units.ts';
import { mayRate, type Rateables } from './rating.ts';
import type { Attempting } from './settling.ts';

/** Lines of stock in a delivery, the largest first: a longer list serves nobody and fits no message. */
const MOST_STOCK = 500;

/** What a pool delivers from. */
export interface Delivering {
  readonly stock: PoolStock;
  readonly rateable: Rateables;
  /** Whom this pool neither keeps nor delivers; nobody where absent. */
  readonly isSuppressed?: IsSuppressed;
}

/** What the buyer gets of this attempt: the best leads it has not had, or the reasons for none. */
export function deliver(
  state: Delivering,
  { query }: Attempting,
  {
    chosen,
    road,
    suppressed,
  }: {
    readonly chosen: Delivery['chosen'];
    readonly road: Delivery['road'];
    /** Leads of this attempt that were not admitted. */
    readonly suppressed: number;
  },
  now: Instant,
): Delivery {
  const { isSuppressed } = state;
  const attempt = attemptOf(query);
  const isLast = attempt === ATTEMPTS;
  const isOurs = query.account === 'validator';
  let left = suppressed;
  // Somebody may have asked not to be contacted after their lead was admitted.
  const passOver =
    isSuppressed &&
    ((lead: Lead): boolean => {
      const isLeft = isSuppressed(lead);
      if (isLeft) left++;
      return isLeft;
    });
  const leads =
    isOurs || (chosen === undefined && !isLast)
      ? []
      : take(state.stock, {
          want: query.want,
          buyer: query.buyer,
          now,
          ...(chosen && { first: chosen }),
          ...(passOver && { passOver }),
        });
  if (leads.length > 0 && chosen !== undefined) mayRate(state.rateable, query.id, query, now);
  return {
    query: query.id,
    attempt,
    status: statusOf({ isOurs, chosen, found: leads.length, wanted: query.want.leads }),
    leads,
    batches: batchesOf(state.stock, leads),
    ...(chosen === undefined ? {} : { chosen }),
    road,
    stock: counts(state.stock, now).slice(0, MOST_STOCK),
    ...(left === 0 ? {} : { suppressed: left }),
  };
}

function statusOf({
  isOurs,
  chosen,
  found,
  wanted,
}: {
  readonly isOurs: boolean;
  readonly chosen: Delivery['chosen'];
  readonly found: number;
  readonly wanted: number;
}): Delivery['status'] {
  if (isOurs) return chosen === undefined ? 'none' : 'pooled';
  if (found === 0) return 'none';
  return chosen !== undefined && found === wanted ? 'complete' : 'partial';
}
