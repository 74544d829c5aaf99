/**
 * One lead against the query: of the industry asked for, to the letter, and of the region asked
 * for, ignoring case and blanks around it. What was not asked for is not looked at.
 */
import type { Want } from '../query.ts';
import { because, both, PASS, type Verdict } from '../verdict.ts';
import { fieldOf } from './format.ts';

export function relevanceVerdict(lead: unknown, { industry, region }: Want): Verdict {
  const elsewhere =
    region !== undefined && regionKey(fieldOf(lead, 'Region') ?? '') !== regionKey(region);
  const other = industry !== undefined && fieldOf(lead, 'Industry') !== industry;
  return both(
    other ? because('industry_mismatch') : PASS,
    elsewhere ? because('region_mismatch') : PASS,
  );
}

/** The same for two spellings of a region. Lower, then upper, so that ß and SS are the same too. */
export const regionKey = (region: string): string => region.trim().toLowerCase().toUpperCase();
