/**
 * The automated checks that need no network: format, duplicates, and that the e-mail is not at a
 * throw-away provider.
 */
import { disposableVerdict } from '../../protocols/rules/disposable.ts';
import { withDuplicates } from '../../protocols/rules/duplicates.ts';
import { formatsOf } from '../../protocols/rules/format.ts';
import { both, PASS, type Verdict } from '../../protocols/verdict.ts';

/**
 * A verdict for each lead, or for each of those at `only`, in the order of `only`. Duplicates are
 * looked for among all leads in either case, and so whatever is wrong with a lead is too: of two
 * with the same e-mail the better one stays.
 */
export function offlineChecks(
  leads: readonly unknown[],
  only?: readonly number[],
): readonly Verdict[] {
  const format = formatsOf(leads);
  const own = leads.map((lead, index) => both(format(index), disposableVerdict(lead)));
  const verdicts = withDuplicates(leads, own);
  return only === undefined ? verdicts : only.map((index) => verdicts[index] ?? PASS);
}
