/**
 * The looks of a node (`runtime/verifiers/names.ts`, `web.ts`) at an Internet on loopback: the policy
 * alone differs, by which the addresses and ports of this machine may be visited.
 */
import type { AddressPolicy } from '../../runtime/verifiers/addresses.ts';
import type { Names, Web } from '../../runtime/verifiers/looking.ts';
import * as names from '../../runtime/verifiers/names.ts';
import * as web from '../../runtime/verifiers/web.ts';

const LOOPBACK: AddressPolicy = {
  allowsAddress: (ip) => ip.startsWith('127.'),
  allowsPort: () => true,
};

export const openNames = ({ servers }: { readonly servers: readonly string[] }): Names =>
  names.openNames({ servers, policy: LOOPBACK });

export const openWeb = ({ names: looked }: { readonly names: Names }): Web =>
  web.openWeb({ names: looked, policy: LOOPBACK });
