/**
 * Who asked not to be contacted: addresses and domains, held as hashes, so that who holds the list
 * does not hold the names. (Who already has a name can still ask whether it is there.)
 *
 *     ann+x@eu.acme.com ──▶ ann+x@eu.acme.com, ann@eu.acme.com, eu.acme.com, acme.com ──▶ any listed?
 *
 * An address stands for its sub-addresses too: they reach the same person. A domain stands for every
 * host below it.
 */
import { getDomain } from 'tldts';
import { tightDigest } from '../hash.ts';
import { emailKey, mailboxKey, MAX_EMAIL_LENGTH, type Lead } from '../lead.ts';
import { show, type FieldError } from '../query.ts';
import type { TightDigest } from '../units.ts';
import { fieldOf } from './format.ts';

/** Whether the person of a lead is not to be contacted. */
export type IsSuppressed = (lead: Lead) => boolean;

/** The hashes of what is listed. */
export type SuppressionList = ReadonlySet<TightDigest>;

/** How a listed address or domain is known; of the key that `readSuppressed` gives. */
export const suppressedDigest = (key: string): TightDigest =>
  tightDigest('leadpoet.suppressed/1', key);

/** False of a lead without an address that could be written to: its format is what is wrong with it. */
export function isSuppressed(list: SuppressionList, lead: unknown): boolean {
  if (list.size === 0) return false;
  return keysOf(lead).some((key) => list.has(suppressedDigest(key)));
}

/** Under whatever keys a lead may be listed: at most 130, since an address is short. */
function keysOf(lead: unknown): readonly string[] {
  const email = emailKey(fieldOf(lead, 'Owner(s) Email') ?? '');
  return email.includes('@') && email.length <= MAX_EMAIL_LENGTH ? suppressionKeys(email) : [];
}

/** All keys under which an address or a domain may be listed: its own first, then what it is part of. */
export function suppressionKeys(key: string): readonly string[] {
  const at = key.lastIndexOf('@');
  const own = at < 0 ? [] : [key, mailboxKey(key)];
  return [...new Set([...own, ...domainsOver(key.slice(at + 1))])];
}

/** The host, and every domain that it is below; no name of one label, for none such is listed. */
function domainsOver(host: string): readonly string[] {
  const labels = host.split('.');
  return labels.slice(0, -1).map((_, from) => labels.slice(from).join('.'));
}

/** As in a lead's format: what a lead could not have is not worth listing. */
const ADDRESS = /^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$/;
/** Labels of letters, digits and hyphens, at least two; the last no number, so no IP address. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
const MAX_DOMAIN_LENGTH = 253;

/**
 * The key of an address, `ann@acme.com`, or of a domain, `acme.com` or `@acme.com`. A public suffix
 * is refused: whoever lists `co.uk` by mistake would never be sold a British lead again.
 */
export function readSuppressed(text: string): string | FieldError {
  const key = emailKey(text).replace(/^@/, '');
  // The length comes first: the patterns take quadratic time on what nearly matches.
  const isShort = key.length <= MAX_EMAIL_LENGTH;
  if (isShort && ADDRESS.test(key)) return key;
  if (!isShort || key.length > MAX_DOMAIN_LENGTH || !DOMAIN.test(key)) {
    return refused(text, 'an address like ann@acme.com, or a domain like acme.com');
  }
  if (getDomain(key) === null) {
    return refused(text, 'a domain below a public suffix, for nobody owns the suffix itself');
  }
  return key;
}

const refused = (text: string, allowed: string): FieldError => ({
  field: 'the entry',
  came: show(text),
  allowed,
});
