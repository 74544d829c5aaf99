/**
 * What leads are worth to who bought them, which is not what the rules can see: a person who can be
 * reached at a business that one has not just been given.
 */
import type { Lead } from '../../protocols/lead.ts';
import { PASS } from '../../protocols/verdict.ts';
import { checksOf } from '../truth.ts';

/** A desk of a business: mail to it is read by whoever is there, if by anyone. */
export const DESKS = ['info', 'sales', 'office', 'contact', 'support', 'hello'] as const;

/** Those of use, in their order. */
export function usefulOf(leads: readonly Lead[]): readonly Lead[] {
  const businesses = new Set<string>();
  return leads.filter((lead) => {
    const business = lead.Business.trim().toLowerCase();
    if (isDesk(lead) || businesses.has(business) || checksOf(lead) !== PASS) return false;
    businesses.add(business);
    return true;
  });
}

const isDesk = (lead: Lead): boolean => {
  const [first = ''] = lead['Owner(s) Email'].toLowerCase().split(/[.@+_-]/);
  return (DESKS as readonly string[]).includes(first);
};
