/**
 * What a URL that a stranger chose points at, by its text alone: http or https, a port that is allowed,
 * no credentials, a host that is not this machine by name. Addresses are judged later (`judged.ts`).
 */
import type { AddressPolicy } from './addresses.ts';
import { isLocalName } from './host-names.ts';

export interface Target {
  readonly url: URL;
  /** The host's name, or its address without the brackets of a URL. */
  readonly host: string;
}

/** What browsers and proxies take at the least; nobody's front page needs more. */
const LONGEST_URL = 2_048;

/** Undefined where it is no URL. */
export function targetOf(
  text: string,
  policy: AddressPolicy,
  base?: URL,
): Target | 'blocked' | undefined {
  if (text.length > LONGEST_URL) return undefined;
  const url = URL.parse(text, base?.href);
  if (url === null) return undefined;

  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'blocked';
  if (url.username !== '' || url.password !== '') return 'blocked';
  if (!policy.allowsPort(portOf(url))) return 'blocked';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // The parser has made dotted digits of every form of an IPv4 address; IPv6 has colons.
  if (!host.includes(':') && isLocalName(host)) return 'blocked';
  return { url, host };
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
