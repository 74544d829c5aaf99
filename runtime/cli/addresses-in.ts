/**
 * E-mail addresses as a person names them to a command: as arguments, or a line each on stdin.
 */
import { emailKey } from '../../protocols/lead.ts';
import { show } from '../../protocols/query.ts';
import { bytesIn, linesOf, suppressionKey } from '../suppression.ts';
import { UsageError } from './trouble.ts';

/** More at once are more than anybody is asked to erase in a day. */
const MOST = 10_000;

/** Each once, as the rules compare them. Throws a `UsageError` that names the one that is none. */
export async function emailsIn(
  entries: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<readonly string[]> {
  const emails = new Set<string>();
  const add = (text: string, field: string): void => {
    emails.add(emailIn(text, field));
    if (emails.size <= MOST) return;
    throw new UsageError({ field, came: 'one too many', allowed: `at most ${MOST} at once` });
  };
  for (const [index, entry] of entries.entries()) {
    if (entry !== '-') {
      add(entry, `argument ${index + 1}`);
      continue;
    }
    let number = 0;
    for (const line of linesOf(await bytesIn(stdin, 'stdin'), 'stdin')) {
      number++;
      if (line !== '' && !line.startsWith('#')) add(line, `line ${number} of stdin`);
    }
  }
  if (emails.size > 0) return [...emails];
  const allowed = 'an address like ann@acme.com, or - and one a line on stdin';
  throw new UsageError({ field: 'the address', came: 'missing', allowed });
}

/** Of one address; `field` names it to people. */
export function emailIn(text: string, field: string): string {
  const key = suppressionKey(text);
  if (typeof key !== 'string') throw new UsageError({ ...key, field });
  if (text.includes('@') && !text.trim().startsWith('@')) return emailKey(key);
  throw new UsageError({ field, came: show(text), allowed: 'an address like ann@acme.com' });
}
