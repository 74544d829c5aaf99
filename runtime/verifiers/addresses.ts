/**
 * Which addresses strangers may send us to: those handed out on the public Internet, and no others.
 *
 *     IPv4: all but the special ranges       IPv6: 2000::/3 but the special ranges
 *
 * A validator opens what miners name. Whoever could name an address of its own network, its own machine
 * or its cloud's metadata would read or write there with the validator's rights.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What may be connected to. Tests hand in one of their own; what is shipped uses `publicOnly`. */
export interface AddressPolicy {
  allowsAddress(ip: string): boolean;
  allowsPort(port: number): boolean;
}

/**
 * Azure's metadata and DNS service: it looks public, and only machines in that cloud reach it. The
 * other clouds' (169.254.169.254, fd00:ec2::254, 100.100.100.200, 192.0.0.192) lie in special ranges.
 */
const AZURE_METADATA = '168.63.129.16';

/**
 * All that is handed out to hosts in IPv6. Outside of it lie the forms that carry an IPv4 address
 * (mapped, compatible, NAT64), some of which ipaddr.js takes for ordinary ones.
 */
const HANDED_OUT = ipaddr.IPv6.parseCIDR('2000::/3');

/** True for an address written as digits, in whatever form is standard, that anyone can route to. */
export function isPublicAddress(ip: string): boolean {
  const family = isIP(ip);
  // A zone picks an interface of this machine. It has no meaning to anybody else.
  if (family === 0 || ip.includes('%')) return false;

  if (family === 4) return ip !== AZURE_METADATA && ipaddr.IPv4.parse(ip).range() === 'unicast';
  const address = ipaddr.IPv6.parse(ip);
  return address.match(HANDED_OUT) && address.range() === 'unicast';
}

/** Websites live on these; every other port is some other service that a visit might upset. */
const WEB_PORTS: readonly number[] = [80, 443];

export const publicOnly: AddressPolicy = {
  allowsAddress: isPublicAddress,
  allowsPort: (port) => WEB_PORTS.includes(port),
};
