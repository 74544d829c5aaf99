/**
 * Our own way out: whether a connection to a host stands. It is judged and pinned like a visit to a
 * stranger's, so that a resolver that lies about the control hosts sends us nowhere either.
 */
import { connect } from 'node:net';
import { seconds, type Duration } from '../../protocols/units.ts';
import { publicOnly, type AddressPolicy } from './addresses.ts';
import { judge, NEXT_ADDRESS_AFTER_MS, pinnedTo } from './judged.ts';
import type { Names } from './looking.ts';
import { within } from './within.ts';

export interface EgressOptions {
  readonly names: Names;
  readonly policy?: AddressPolicy;
  /** 443 where absent. */
  readonly port?: number;
  /** For the connection, name included; 4 s where absent. */
  readonly timeout?: Duration;
}

/** Never rejects; false when the signal aborts. */
export type Reachable = (host: string, signal: AbortSignal) => Promise<boolean>;

export function openEgress(options: EgressOptions): Reachable {
  const { names, policy = publicOnly, port = 443, timeout = seconds(4) } = options;
  return async (host, signal) => {
    if (!policy.allowsPort(port)) return false;
    const time = within([signal], timeout);
    try {
      const judged = await judge(host, { names, policy }, time.signal);
      if (judged.is !== 'open' || time.signal.aborted) return false;
      return await connects(host, port, judged.addresses, time.signal);
    } finally {
      time.end();
    }
  };
}

function connects(
  host: string,
  port: number,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      lookup: pinnedTo(addresses),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    });
    const tell = (isUp: boolean): void => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(isUp);
    };
    const giveUp = (): void => tell(false);
    // Errors after the first word are of no interest, yet must be heard.
    socket.on('connect', () => tell(true)).on('error', giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
