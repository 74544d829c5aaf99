/**
 * Where a host is, judged before anything is sent there.
 *
 *     host ──▶ look-up, once ──▶ every address judged ──▶ the socket gets these and no others
 *
 * There is no second look-up between the judging and the connecting, so a name whose next answer is
 * another address gains nothing by it.
 */
import { isIP, type LookupFunction } from 'node:net';
import type { AddressPolicy } from './addresses.ts';
import type { Names } from './looking.ts';

export type Judged =
  | { readonly is: 'open'; readonly addresses: readonly string[] }
  | { readonly is: 'blocked' | 'absent' | 'silent' };

export interface Judges {
  readonly names: Names;
  readonly policy: AddressPolicy;
}

/** How many addresses of a host are tried, a second each: as long as a connection may take. */
const TRIED = 3;

/** The next address is tried after so long. Node's quarter of a second is too short across an ocean. */
export const NEXT_ADDRESS_AFTER_MS = 1_000;

/** `blocked` where any address is not allowed: a host with one private address is up to something. */
export async function judge(
  host: string,
  { names, policy }: Judges,
  signal: AbortSignal,
): Promise<Judged> {
  // A socket never looks up what is an address already, so the look-up below would not see it.
  if (isIP(host) !== 0) {
    return policy.allowsAddress(host) ? { is: 'open', addresses: [host] } : { is: 'blocked' };
  }
  const found = await names.addresses(host, signal);
  if (found.is !== 'found') return { is: found.is };
  if (!found.addresses.every((ip) => policy.allowsAddress(ip))) return { is: 'blocked' };

  // IPv4 first: not every validator has a way out by IPv6.
  const inOrder = found.addresses.toSorted((a, b) => isIP(a) - isIP(b));
  return { is: 'open', addresses: inOrder.slice(0, TRIED) };
}

/** A look-up for a socket that finds the judged addresses whatever it is asked. */
export function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all = false }, answer) => {
    const [first] = found;
    if (all) answer(null, found);
    else answer(null, first?.address ?? '', first?.family ?? 0);
  };
}
