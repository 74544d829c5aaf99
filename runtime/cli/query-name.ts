/**
 * A query of a buyer, by its id or the first digits of that.
 */
import { show } from '../../protocols/query.ts';
import type { QueryId } from '../../protocols/units.ts';
import type { Answers } from '../store/answers.ts';
import { UsageError } from './trouble.ts';

/** As many digits as the demo shows of a query: fewer are of too many. */
const FEWEST_DIGITS = 6;

/** The one query whose id begins so. Throws a `UsageError` that names them where it is not one. */
export function queryNamed(text: string, answers: Answers): QueryId {
  checkName(text);
  const [found, ...others] = answers.named(text, 4);
  if (found === undefined) throw unknownQuery(text);
  if (others.length === 0) return found;
  const which = [found, ...others].map((id) => id.slice(0, text.length + 8)).join(', ');
  throw new UsageError({ field: 'QUERY_ID', came: show(text), allowed: `one alone of ${which}` });
}

export const unknownQuery = (query: string): UsageError =>
  new UsageError({
    field: 'QUERY_ID',
    came: show(query),
    allowed: 'a query of this buyer that was answered',
  });

/** Throws a `UsageError` where no query could have such a name. */
export function checkName(text: string): void {
  if (/^[0-9a-f]{6,64}$/.test(text)) return;
  const allowed = `the 64 hex digits that \`leadpoet buy\` has shown, or the first ${FEWEST_DIGITS} or more`;
  throw new UsageError({ field: 'QUERY_ID', came: show(text), allowed });
}
