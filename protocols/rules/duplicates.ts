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
export const duplicateVerdicts = (
  leads: readonly unknown[],
  own: readonly Verdict[] = [],
): readonly Verdict[] => duplicatesAmong(personsIn(leads), own);

/** What was found of each lead, and whether it is a duplicate: the last thing to be looked at. */
export const withDuplicates = (
  leads: readonly unknown[],
  own: readonly Verdict[],
): readonly Verdict[] => withDuplicatesAmong(personsIn(leads), own);

/** Whose each lead is, by its e-mail. One without an e-mail in text is nobody's duplicate. */
export const personsIn = (leads: readonly unknown[]): readonly (string | undefined)[] =>
  leads.map((lead) => {
    const email = fieldOf(lead, 'Owner(s) Email');
    return email === undefined ? undefined : emailKey(email);
  });

/** The same as `withDuplicates`, of leads of which no more is known than whose each is. */
export const withDuplicatesAmong = (
  persons: readonly (string | number | undefined)[],
  own: readonly Verdict[],
): readonly Verdict[] =>
  duplicatesAmong(persons, own).map((verdict, index) => both(own[index] ?? PASS, verdict));

function duplicatesAmong(
  persons: readonly (string | number | undefined)[],
  own: readonly Verdict[],
): readonly Verdict[] {
  const staying = new Map<string | number, number>();
  for (const [index, person] of persons.entries()) {
    if (person === undefined) continue;
    const rival = staying.get(person);
    if (rival === undefined || rank(own[index]) < rank(own[rival])) staying.set(person, index);
  }

  return persons.map((person, index) =>
    person === undefined || staying.get(person) === index ? PASS : because('duplicate_email'),
  );
}

const RANKS: Readonly<Record<Outcome3, number>> = { pass: 0, unknown: 1, fail: 2 };
const rank = (verdict: Verdict = PASS): number => RANKS[outcomeOf(verdict)];
