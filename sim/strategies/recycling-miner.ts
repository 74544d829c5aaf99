/**
 * A recycler finds leads once and then sends them word for word, to whoever asks.
 *
 * A lead that was good yesterday passes every audit today, at no cost. The rules answer at the pool:
 * an address that it holds is not admitted again and is no good lead for the miner, as long as the
 * lead is fresh there, 30 days. A subnet with several pools has as many first times.
 */
import type { LeadSource } from '../../runtime/services/source.ts';
import { fromShelf } from './shelf.ts';

/** A source with a shelf of its own. */
export const recycling = (find: LeadSource): LeadSource => fromShelf(find, (lead) => lead);
