/**
 * A network of one's own for a script: a namespace in which `lo` has whatever addresses the script
 * wants, public-looking ones too, and from which no packet finds a way out.
 *
 * It takes Linux, `ip`, and root or the right to make a user namespace.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Duration } from '../../../protocols/units.ts';

export interface Namespace {
  /** The command that runs what follows in a new namespace, with `lo` up. */
  readonly enter: readonly [string, ...string[]];
}

/** As root first: a user namespace may be forbidden, and needs more of the kernel. */
const WAYS = [
  ['unshare', '-n'],
  ['unshare', '-Urn'],
] as const;

/** For one `true` in a namespace. */
const TRYING_MS = 10_000;

/** A way in, or the reason why there is none here. */
export function namespaceHere(): Namespace | string {
  const reasons: string[] = [];
  for (const way of WAYS) {
    const [command, ...options] = [...way, 'ip', 'link', 'set', 'lo', 'up'];
    try {
      execFileSync(command ?? '', options, { stdio: 'pipe', timeout: TRYING_MS });
      return { enter: way };
    } catch (cause) {
      reasons.push(`${way.join(' ')}: ${(cause as Error).message.trim()}`);
    }
  }
  return `no network namespace can be made here (${reasons.join('; ')})`;
}

export interface Inside {
  /** What `lo` has besides 127.0.0.1 and ::1. */
  readonly addresses: readonly string[];
  /** IPv4 addresses from which nothing ever comes back. */
  readonly blackHoles: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** After so long it is ended. */
  readonly time: Duration;
}

/** What a script of ours prints, run in a namespace. Rejects where it fails. */
export async function runInNamespace(
  { enter }: Namespace,
  script: string,
  { addresses, blackHoles, environment, time }: Inside,
): Promise<string> {
  const lines = [
    'ip link set lo up',
    ...addresses.map(addressLine),
    // What `lo` is sent for an address that it has not, it drops.
    ...blackHoles.map((ip) => `ip route add ${ip} dev lo`),
    'exec "$0" "$1"',
  ];
  const [command, ...options] = [
    ...enter,
    'sh',
    '-c',
    lines.join(' && '),
    process.execPath,
    script,
  ];
  const child = spawn(command ?? '', options, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    timeout: time,
    killSignal: 'SIGKILL',
  });
  const [printed, complained, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${complained}`);
  return printed;
}

/** `nodad`: nobody else could have the address, so there is no need to wait and see. */
function addressLine(address: string): string {
  return address.includes(':')
    ? `ip addr add ${address}/128 dev lo nodad`
    : `ip addr add ${address}/32 dev lo`;
}
