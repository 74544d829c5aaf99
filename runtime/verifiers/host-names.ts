/**
 * Names of hosts as the name system knows them: lower case, `xn--` where they were not ASCII, no dot
 * at the end, at most 253 characters in labels of at most 63 (RFC 1035).
 */
import { domainToASCII } from 'node:url';

const LONGEST_NAME = 253;
/** Longer than anything that could shrink to 253: no more of it is looked at. */
const LONGEST_WRITTEN = 1_000;
/** The parts of a URL around a host, which `domainToASCII` would cut off or decode silently. */
const NOT_OF_A_HOST = /[/?#\\:@%[\]\s]/;
/** Underscores are no letters of host names, yet names with them are in use and resolve. */
const LABEL = /^[a-z0-9_-]{1,63}$/;

/** The name to ask for; undefined where it can be no host's of the public name system. */
export function toHostName(written: string): string | undefined {
  if (written.length > LONGEST_WRITTEN || NOT_OF_A_HOST.test(written)) return undefined;

  const name = withoutEndDot(domainToASCII(written));
  if (name.length > LONGEST_NAME || isLocalName(name)) return undefined;

  const labels = name.split('.');
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  // Names that end in a number are addresses, in one of many old forms.
  return /^\d/.test(labels.at(-1) ?? '') ? undefined : name;
}

/** Without a dot, or in `.localhost`: names that each machine answers for itself. */
export function isLocalName(name: string): boolean {
  const bare = withoutEndDot(name);
  return !bare.includes('.') || bare.endsWith('.localhost');
}

function withoutEndDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
