/**
 * No lead is delivered unapproved, unchecked or unasked for, and none twice to one buyer.
 */
import type { QueryAnswer } from '../../actors/actor.ts';
import { tightDigest } from '../../protocols/hash.ts';
import { emailKey } from '../../protocols/lead.ts';
import type { Address, Case } from '../../protocols/messages.ts';
import { PASS } from '../../protocols/verdict.ts';
import { relevanceVerdict } from '../../protocols/rules/relevance.ts';
import type { BatchId, TightDigest } from '../../protocols/units.ts';
import type { Checker } from './checker.ts';

export function deliveries(): Checker {
  const good = new Set<BatchId>();
  /** By digest: of a long run these are a million. */
  const has = new Map<Address, Set<TightDigest>>();

  function learn({ answers }: Case): void {
    for (const answer of answers) {
      if (answer.kind === 'answered' && answer.approved && answer.checks?.outcome === 'passed') {
        good.add(answer.batch);
      }
    }
  }

  function judge(buyer: Address, { query, want, leads }: QueryAnswer): string | undefined {
    if (leads.length > want.leads) return `${leads.length} leads for a query of ${want.leads}`;
    const own = has.get(buyer) ?? new Set();
    has.set(buyer, own);
    for (const { lead, batch } of leads) {
      const email = tightDigest('leadpoet.delivered/1', emailKey(lead['Owner(s) Email']));
      if (!good.has(batch))
        return `query ${query}: a lead of the batch ${batch} that was not approved`;
      if (own.has(email)) return `query ${query}: a lead that ${buyer} has already`;
      if (relevanceVerdict(lead, want) !== PASS)
        return `query ${query}: a lead that was not asked for`;
      own.add(email);
    }
    return undefined;
  }

  return {
    name: 'deliveries',
    see(happening) {
      if (happening.is === 'sent' && happening.envelope.kind === 'proposal') {
        learn(happening.envelope.body as Case);
      }
      if (happening.is !== 'asked' || happening.ask.ask !== 'answer') return undefined;
      return judge(happening.actor, happening.ask.input);
    },
  };
}
