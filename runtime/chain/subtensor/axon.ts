/**
 * What a hotkey announces of its node on the chain, and how it is read back.
 *
 *     axon          ip (an integer), its version, port, protocol 17, placeholder1 = the roles
 *     certificate   [1] and the 32 bytes of the node's ed25519 key
 *
 * The chain checks address and port; the rest are bytes that it keeps for us. Protocol 4 is that of
 * other subnets' HTTP servers: who says that is no peer of ours, whatever else it says.
 */
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import type { Role } from '../../../protocols/messages.ts';
import { UsageError } from '../../cli/trouble.ts';
import type { Axon, Endpoint } from '../../live.ts';
import type { ChainCall } from './calls.ts';

/** libp2p over TCP: a number that nobody else on the subnet's chain uses. */
const PROTOCOL = 17;
/** The certificate's first byte: the key is ed25519. */
const ED25519 = 1;
const KEY_BYTES = 32;

type Served = Exclude<Role, 'buyer'>;
const ROLE_BITS: readonly (readonly [Served, number])[] = [
  ['miner', 1],
  ['validator', 2],
  ['pool', 4],
];

/** What the chain has of a hotkey's axon. All zero where it never announced any. */
export interface ChainAxon {
  /** When it was announced. */
  readonly block: number;
  readonly ip: bigint;
  readonly ipType: number;
  readonly port: number;
  readonly protocol: number;
  readonly placeholder1: number;
}

/** The call that announces it. `version` is that of the release: a 32-bit number. */
export function serveAxonTls(netuid: number, version: number, axon: Axon): ChainCall {
  const { ip, port, roles, peerKey } = axon;
  const family = isIP(ip);
  if (family === 0 || ip.includes('%')) {
    throw new UsageError({
      field: '--axon.ip',
      came: JSON.stringify(ip.slice(0, 100)),
      allowed: 'an IPv4 or IPv6 address, as peers reach it',
    });
  }
  const bits = ROLE_BITS.reduce((sum, [role, bit]) => sum + (roles.includes(role) ? bit : 0), 0);
  // As hex: @polkadot/api would take bytes for an encoding, with its length in front.
  const certificate = `0x${Buffer.of(ED25519, ...peerKey).toString('hex')}`;
  const args = [netuid, version, numberOf(ip), port, family, PROTOCOL, bits, 0, certificate];
  return { name: 'serveAxonTls', args };
}

/** Empty where it serves nothing of ours. */
export const rolesOf = ({ protocol, placeholder1, port }: ChainAxon): readonly Served[] =>
  protocol === PROTOCOL && port > 0
    ? ROLE_BITS.filter(([, bit]) => (placeholder1 & bit) !== 0).map(([role]) => role)
    : [];

/** The key in a certificate; undefined where it is none of an ed25519 node. */
export function peerKeyOf(certificate: {
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}): Uint8Array | undefined {
  const { algorithm, publicKey } = certificate;
  return algorithm === ED25519 && publicKey.length === KEY_BYTES ? publicKey : undefined;
}

/** Undefined where the axon is of no peer of ours. */
export function endpointFrom(axon: ChainAxon, peerKey: Uint8Array): Endpoint | undefined {
  if (rolesOf(axon).length === 0) return undefined;
  const ip = writtenIp(axon.ip, axon.ipType);
  return ip === undefined ? undefined : { peerKey, ip, port: axon.port };
}

const BYTES: Readonly<Record<number, number>> = { 4: 4, 6: 16 };

function writtenIp(ip: bigint, family: number): string | undefined {
  const length = BYTES[family];
  if (length === undefined || ip < 0n || ip >> BigInt(8 * length) !== 0n) return undefined;
  const bytes = Array.from({ length }, (_, at) =>
    Number((ip >> BigInt(8 * (length - 1 - at))) & 255n),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

/** ipaddr.js takes `::1.2.3.4` for the mapped `::ffff:1.2.3.4`: a URL writes both without dots. */
const plainForm = (ip: string): string =>
  isIP(ip) === 6 ? new URL(`http://[${ip}]/`).hostname.slice(1, -1) : ip;

const numberOf = (ip: string): bigint =>
  ipaddr
    .parse(plainForm(ip))
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
