/**
 * A shelf of leads that a miner has sent before: who sends from it has nothing left to find.
 */
import type { Random } from '../../actors/actor.ts';
import { emailKey, type Lead } from '../../protocols/lead.ts';
import { formatVerdict } from '../../protocols/rules/format.ts';
import { relevanceVerdict } from '../../protocols/rules/relevance.ts';
import { PASS } from '../../protocols/verdict.ts';
import { below } from '../../runtime/random.ts';
import type { LeadSource } from '../../runtime/services/source.ts';

/** Ten full answers: a miner that has this many sees no need to find more. */
export const MOST_SHELVED = 1_000;

/**
 * Finds leads where the shelf has none that fit, and keeps them; else sends such as it has, however
 * few, beginning anywhere among them.
 */
export function fromShelf(
  find: LeadSource,
  resend: (lead: Lead, random: Random) => Lead,
): LeadSource {
  const shelf = new Map<string, Lead>();
  return (random, want) => {
    const fitting = [...shelf.values()].filter((lead) => relevanceVerdict(lead, want) === PASS);
    if (fitting.length === 0) {
      const found = find(random, want);
      for (const lead of found) if (shelf.size < MOST_SHELVED) shelve(shelf, lead);
      return found;
    }
    const from = below(random, fitting.length);
    return [...fitting.slice(from), ...fitting.slice(0, from)]
      .slice(0, want.leads)
      .map((lead) => resend(lead, random));
  };
}

/** Each person once, and none whose lead is broken: to send that again would cost accuracy. */
function shelve(shelf: Map<string, Lead>, lead: Lead): void {
  if (formatVerdict(lead) !== PASS) return;
  const key = emailKey(lead['Owner(s) Email']);
  if (!shelf.has(key)) shelf.set(key, lead);
}
