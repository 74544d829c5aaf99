/**
 * Who may knock. A socket is refused by its address alone, before anything is made of it: what libp2p
 * makes of one takes a millisecond and 100 KB, and whoever floods us with sockets says nothing on them.
 *
 * It is a `BlockList` to Node, which asks it of each connection.
 */
import { BlockList, isIPv4, type SocketAddress } from 'node:net';
import type { LineLimits } from './limits.ts';
import { Purse } from './purse.ts';
import type { Instant } from '../../protocols/units.ts';

/** Addresses whose pace is remembered: 1 MB. Beyond, who was longest away is forgotten. */
const MAX_HOSTS = 4_096;

export class Doorstep extends BlockList {
  readonly #limits: Pick<LineLimits, 'perHost' | 'pending'>;
  readonly #now: () => Instant;
  readonly #hosts = new Map<string, Purse>();
  readonly #refused: () => void;
  #pending = 0;

  constructor(
    limits: Pick<LineLimits, 'perHost' | 'pending'>,
    now: () => Instant,
    refused: () => void,
  ) {
    super();
    this.#limits = limits;
    this.#now = now;
    this.#refused = refused;
  }

  /** One was let in; the function that is given back says that it is encrypted, or gone. */
  enter(): () => void {
    this.#pending += 1;
    let isIn = true;
    return () => {
      if (isIn) this.#pending -= 1;
      isIn = false;
    };
  }

  /** True where it is refused. */
  override check(address: SocketAddress | string): boolean {
    const host = hostOf(typeof address === 'string' ? address : address.address);
    const isRefused = this.#pending >= this.#limits.pending || !this.#mayCome(host);
    if (isRefused) this.#refused();
    return isRefused;
  }

  #mayCome(host: string): boolean {
    const now = this.#now();
    const { perHost } = this.#limits;
    const purse = this.#hosts.get(host) ?? new Purse({ perSecond: perHost, most: perHost }, now);
    this.#hosts.delete(host);
    this.#hosts.set(host, purse);
    const [oldest] = this.#hosts.keys();
    if (this.#hosts.size > MAX_HOSTS && oldest !== undefined) this.#hosts.delete(oldest);
    return purse.take(1, now);
  }
}

/** An IPv4 address, also where it is written as IPv6; the first half of another, as one customer has it. */
function hostOf(address: string): string {
  const mapped = address.slice(address.lastIndexOf(':') + 1);
  if (isIPv4(mapped)) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const after = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - groups.length - after.length }, () => '0');
  return [...groups, ...zeros, ...after].slice(0, 4).join(':');
}
