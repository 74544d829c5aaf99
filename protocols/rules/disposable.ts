/**
 * An address at a provider of throw-away mail is nobody's. Whether it is one says a public list,
 * asked for the host and for its registrable domain. The list decides scores, so its digest is
 * part of what two nodes must agree on.
 */
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';
import { getDomain } from 'tldts';
import { digest } from '../hash.ts';
import { emailKey, MAX_EMAIL_LENGTH } from '../lead.ts';
import type { Digest } from '../units.ts';
import { because, PASS, type Verdict } from '../verdict.ts';
import { fieldOf } from './format.ts';

/** Passes where there is no address to speak of: what is wrong then is a matter of format. */
export function disposableVerdict(lead: unknown): Verdict {
  const email = emailKey(fieldOf(lead, 'Owner(s) Email') ?? '');
  const at = email.lastIndexOf('@');
  if (at < 0 || email.length > MAX_EMAIL_LENGTH) return PASS;
  const host = email.slice(at + 1);
  const domain = getDomain(host, { allowPrivateDomains: true }) ?? host;
  const listed = list().has(host) || list().has(domain);
  return listed ? because('disposable_domain') : PASS;
}

/** Names the list, whatever order it came in. Two nodes that say the same judge by the same list. */
export const disposableListDigest = (): Digest =>
  (named ??= digest('leadpoet.disposable/1', ...[...list()].toSorted()));
let named: Digest | undefined;

/** How many names are on it. */
export const disposableListSize = (): number => list().size;

/** Some 9 000 names. The package builds them anew at each call, so it is called once, when needed. */
const list = (): ReadonlySet<string> => (known ??= disposableEmailBlocklistSet());
let known: ReadonlySet<string> | undefined;
