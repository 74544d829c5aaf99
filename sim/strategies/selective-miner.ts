/**
 * A selective miner is good for validators and bad for buyers: its leads pass every check there is,
 * and are of no use.
 *
 *     three businesses an answer, over and over, at desks where nobody is in charge
 *
 * It cannot know which leads will be looked at, but it knows what is looked for. One business found
 * fills thirty lines. Only the buyers' ratings see it, and these move the validators that approved
 * the batch, not the miner.
 */
import type { Lead } from '../../protocols/lead.ts';
import { offlineVerdict } from '../../protocols/rules/audit.ts';
import { PASS } from '../../protocols/verdict.ts';
import { below } from '../../runtime/random.ts';
import type { LeadSource } from '../../runtime/services/source.ts';
import { DESKS } from './usefulness.ts';

/** Businesses that it takes the trouble to find for an answer. */
const BUSINESSES = 3;

export const selective =
  (find: LeadSource): LeadSource =>
  (random, want) => {
    const few = { ...want, leads: Math.min(BUSINESSES, want.leads) };
    // It takes care that all of it passes.
    const found = find(random, few).filter((lead) => offlineVerdict(lead, want) === PASS);
    const leads: Lead[] = [];
    while (leads.length < want.leads && found.length > 0) {
      const lead = found[leads.length % found.length] as Lead;
      const tag = below(random, 2 ** 24).toString(36);
      const email = `${DESKS[below(random, DESKS.length)]}.${tag}-${leads.length}@${hostOf(lead)}`;
      leads.push({ ...lead, 'Owner(s) Email': email });
    }
    return leads;
  };

const hostOf = (lead: Lead): string => lead['Owner(s) Email'].split('@').at(-1) ?? '';
