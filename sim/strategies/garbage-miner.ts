/**
 * A garbage miner sends what costs nothing: lines that look like leads.
 *
 *     of ten   two are good, one is not even well-formed, seven are bad in ways that only the
 *              network shows: no such domain, no such website, no such mailbox
 *
 * Lists of this kind are sold by the million. The rules look at a fifth of each batch, ask the
 * network, and approve from 90 %: such a batch scores a third at the best, and earns nothing.
 */
import type { Random } from '../../actors/actor.ts';
import type { Lead } from '../../protocols/lead.ts';
import { formatVerdict } from '../../protocols/rules/format.ts';
import { PASS } from '../../protocols/verdict.ts';
import { below } from '../../runtime/random.ts';
import type { LeadSource } from '../../runtime/services/source.ts';
import { spoil, WOES } from '../truth.ts';

export const garbage =
  (find: LeadSource): LeadSource =>
  (random, want) =>
    find(random, want).map((lead) => spoilt(lead, below(random, 10), random));

/** `lot` is one of ten. */
function spoilt(lead: Lead, lot: number, random: Random): Lead {
  if (lot < 2 || formatVerdict(lead) !== PASS) return lead;
  if (lot === 2) {
    return { ...lead, 'Owner(s) Email': lead['Owner(s) Email'].replace('@', ' at ') };
  }
  return spoil(lead, WOES[below(random, WOES.length)] ?? 'gone');
}
