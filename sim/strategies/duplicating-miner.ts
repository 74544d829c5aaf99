/**
 * A duplicating miner finds half of what is asked for and sends each lead twice: the second time in
 * other letters, so that no plain comparison sees it.
 *
 * Two leads are one person where their addresses are equal in lower case, and duplicates are looked
 * for in the whole batch. Where an audit's sample meets them they count as invalid; outside of it
 * they are reported and not counted, and the checks look at every lead.
 */
import type { Lead } from '../../protocols/lead.ts';
import type { LeadSource } from '../../runtime/services/source.ts';

export const duplicating =
  (find: LeadSource): LeadSource =>
  (random, want) => {
    const found = find(random, { ...want, leads: Math.ceil(want.leads / 2) });
    return found.flatMap((lead) => [lead, respelt(lead)]).slice(0, want.leads);
  };

/** What is no text was never an address. */
function respelt(lead: Lead): Lead {
  const email: unknown = lead['Owner(s) Email'];
  return typeof email === 'string' ? { ...lead, 'Owner(s) Email': email.toUpperCase() } : lead;
}
