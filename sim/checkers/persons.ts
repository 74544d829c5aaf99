/**
 * In one batch a person passes the checks once, however its address is spelt.
 *
 * Worked out here from the bytes of the batch, and not by the function that the subnet calls: where
 * that finds no duplicates, everyone agrees that there are none.
 */
import { decodeLeads } from '../../protocols/batch.ts';
import type { Batch, Case } from '../../protocols/messages.ts';
import { CODES } from '../../protocols/rules/checks.ts';
import type { BatchId, Instant } from '../../protocols/units.ts';
import type { Checker } from './checker.ts';

/** Above what any attempt takes from its batches to its case. */
const KEPT = 900_000;

export function persons(): Checker {
  /** Those that no case has named yet. */
  const open = new Map<BatchId, { readonly leads: Uint8Array; readonly since: Instant }>();

  function judge({ answers }: Case): string | undefined {
    for (const answer of answers) {
      if (answer.kind !== 'answered' || answer.checks === undefined) continue;
      const { batch, checks } = answer;
      const leads = open.get(batch)?.leads;
      open.delete(batch);
      if (leads !== undefined && hasOneTwice(leads, checks.leads)) {
        return `one person passes the checks of ${batch} twice`;
      }
    }
    return undefined;
  }

  return {
    name: 'persons',
    see(happening) {
      if (happening.is !== 'sent') return undefined;
      const { at, envelope } = happening;
      if (envelope.kind === 'batch') {
        const { id, leads } = envelope.body as Batch;
        for (const [old, { since }] of open) {
          if (since + KEPT >= at) break;
          open.delete(old);
        }
        open.set(id, { leads, since: at });
      }
      return envelope.kind === 'proposal' ? judge(envelope.body as Case) : undefined;
    },
  };
}

function hasOneTwice(bytes: Uint8Array, codes: Uint8Array): boolean {
  const seen = new Set<string>();
  for (const [index, lead] of decodeLeads(bytes).entries()) {
    if (codes[index] !== CODES.pass && codes[index] !== CODES.known) continue;
    const email = (lead as Readonly<Record<string, unknown>>)['Owner(s) Email'];
    const person = String(email).trim().toLowerCase();
    if (seen.has(person)) return true;
    seen.add(person);
  }
  return false;
}
