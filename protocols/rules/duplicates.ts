/**
 * One lead among the others. Leads with the same e-mail, trimmed and in lower case, are one person:
 * one of them stays, and every other is a duplicate. They are looked for in the whole batch, also
 * where only a sample is audited.
 *
 * The first is the one that stays. But where something else was found wrong with the first, the
 * first of the better ones stays in its place, so that the score of a batch never depends on the
 * order that its leads happen to be in.
 */
import { emailKey } from '../lead.ts';
import { because, both, outcomeOf, PASS, type Outcome3, type Verdict } from '../verdict.ts';
import { fieldOf } from './format.ts';

/** Of each lead whether it is a duplicate; `own` is what else was found of it, if it was looked at. */
export function duplicateVerdicts(
  leads: readonly unknown[],
  own: readonly Verdict[] = [],
): readonly Verdict[] {
  const keys = leads.map((lead) => keyOf(lead));
  const staying = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    if (key === undefined) continue;
    const rival = staying.get(key);
    if (rival === undefined || rank(own[index]) < rank(own[rival])) staying.set(key, index);
  }

  return keys.map((key, index) =>
    key === undefined || staying.get(key) === index ? PASS : because('duplicate_email'),
  );
}

/** What was found of each lead, and whether it is a duplicate: the last thing to be looked at. */
export function withDuplicates(
  leads: readonly unknown[],
  own: readonly Verdict[],
): readonly Verdict[] {
  const duplicates = duplicateVerdicts(leads, own);
  return duplicates.map((verdict, index) => both(own[index] ?? PASS, verdict));
}

/** A lead without an e-mail in text is nobody's duplicate. */
function keyOf(lead: unknown): string | undefined {
  const email = fieldOf(lead, 'Owner(s) Email');
  return email === undefined ? undefined : emailKey(email);
}

const RANKS: Readonly<Record<Outcome3, number>> = { pass: 0, unknown: 1, fail: 2 };
const rank = (verdict: Verdict = PASS): number => RANKS[outcomeOf(verdict)];
