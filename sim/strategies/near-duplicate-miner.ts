/**
 * A near-duplicate miner finds leads once and then sends the same people under other addresses.
 *
 *     maria.keller@harbor-cedar.example.com ──▶ maria.keller+5c3e@harbor-cedar.example.com
 *
 * Most mail hosts deliver both to the same person, and so both pass the checks. Two leads are
 * duplicates where their addresses are equal, and these are not: what the rules leave to gain here is
 * what the simulation is asked.
 */
import type { Random } from '../../actors/actor.ts';
import type { Lead } from '../../protocols/lead.ts';
import { below } from '../../runtime/random.ts';
import type { LeadSource } from '../../runtime/services/source.ts';
import { fromShelf } from './shelf.ts';

/** A source with a shelf of its own. */
export const nearDuplicating = (find: LeadSource): LeadSource => fromShelf(find, readdressed);

/** Another address of the same person: sub-addresses are there for the taking. */
function readdressed(lead: Lead, random: Random): Lead {
  const [local = '', host = ''] = lead['Owner(s) Email'].split('@');
  const tag = below(random, 2 ** 16)
    .toString(16)
    .padStart(4, '0');
  return { ...lead, 'Owner(s) Email': `${local}+${tag}@${host}` };
}
