/**
 * An honest buyer says what the leads were worth to it.
 *
 *     rating = 10 · useful / got, rounded down; a point more or less by taste; 1 to 10
 *
 * It uses them, and so it knows what no check can. Of leads filled in from the pool it says nothing:
 * the rating speaks of the query's own batch.
 */
import type { QueryAnswer, Random } from '../../actors/actor.ts';
import type { Lead } from '../../protocols/lead.ts';
import { below } from '../../runtime/random.ts';
import { usefulOf } from './usefulness.ts';

/** Two in four say what it was, one says more, one less. */
const TASTE = [-1, 0, 0, 1] as const;

export function honestRating(answer: QueryAnswer, random: Random): number {
  const own = ownLeads(answer);
  const share = Math.floor((10 * usefulOf(own).length) / Math.max(1, own.length));
  const taste = TASTE[below(random, TASTE.length)] ?? 0;
  return Math.min(10, Math.max(1, share + taste));
}

/** The leads of the batch that answered the query. */
const ownLeads = ({ leads, chosen }: QueryAnswer): readonly Lead[] =>
  leads.filter(({ batch }) => batch === chosen).map(({ lead }) => lead);
