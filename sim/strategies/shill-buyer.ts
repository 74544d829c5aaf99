/**
 * A shill rates for its ring, whatever it got.
 *
 *     10   where a validator of the ring approved the batch
 *      1   where none did, and so strangers alone gain or lose
 *
 * It lifts the precision of those who pay it, and costs their rivals theirs: a 1 is − 25. The rules
 * answer with a stake of 50 TAO a buyer, one rating a buyer and day for each validator, a cap on
 * what a day's ratings move, and a look at who always agrees with whom (V_c). A 10 lifts the honest
 * that approved the same batch as well.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import { isApproved } from '../../protocols/rules/audit.ts';
import type { Ring } from './ring.ts';

export function shillRating({ batches, chosen }: QueryAnswer, ring: Ring): number {
  const reports = batches.find(({ batch }) => batch === chosen)?.reports ?? [];
  const isOurs = reports.some(
    ({ validator, score }) =>
      ring.validators.has(validator) && score !== undefined && isApproved(score),
  );
  return isOurs ? 10 : 1;
}
