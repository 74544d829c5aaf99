/**
 * One request to a host that a stranger chose, of whose answer only the status and the next place
 * count. No body is read.
 *
 * Whatever the other side does, it costs 16 kB of headers and what of a body was under way. TLS names
 * are verified, though the address is pinned.
 */
import { Client, errors } from 'undici';
import type { Duration } from '../../protocols/units.ts';
import { NEXT_ADDRESS_AFTER_MS, pinnedTo } from './judged.ts';
import { within } from './within.ts';

export interface Answer {
  readonly status: number;
  readonly location?: string;
}

export interface CallTimes {
  /** Until a connection stands, TLS included. */
  readonly connectTime: Duration;
  /** From the request to the end of the headers. */
  readonly headersTime: Duration;
}

/** As much as Node's own server and most proxies accept. */
const MOST_HEADER_BYTES = 16_384;
/** What may come of a body before the connection is closed. */
const MOST_BODY_BYTES = 65_536;
/** Interim answers (100 to 199) have no bound of their own. Nobody needs more than two. */
const MOST_INTERIM = 8;
const HEADERS = {
  'user-agent': 'leadpoet-validator',
  accept: '*/*',
  // Nothing that unfolds: a bomb of 50 MB would come as 48 kB.
  'accept-encoding': 'identity',
};

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** How undici and the system call it when the other side hangs up. */
const DROPPED: readonly string[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

/**
 * One host's connection, for one visit: a shared pool would keep something of every host that anybody
 * ever named, and would use again what was judged for another visit.
 */
export function clientOf(url: URL, addresses: readonly string[], times: CallTimes): Client {
  return new Client(url.origin, {
    connect: {
      lookup: pinnedTo(addresses),
      timeout: times.connectTime,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    },
    allowH2: false,
    pipelining: 1,
    headersTimeout: times.headersTime,
    bodyTimeout: times.headersTime,
    maxHeaderSize: MOST_HEADER_BYTES,
    maxResponseSize: MOST_BODY_BYTES,
  });
}

/** `dropped` where a connection was closed or ended in nonsense; throws where none came about. */
export async function ask(
  client: Client,
  method: 'HEAD' | 'GET',
  { pathname, search }: URL,
  signal: AbortSignal,
): Promise<Answer | 'dropped'> {
  const time = within([signal]);
  let interim = 0;
  const onInfo = (): void => {
    interim++;
    if (interim > MOST_INTERIM) time.end();
  };
  try {
    const path = `${pathname}${search}`;
    const request = { method, path, headers: HEADERS, signal: time.signal, onInfo };
    const { statusCode: status, headers, body } = await client.request(request);
    // Its end, whichever way it comes, is of no interest.
    body.on('error', () => {});
    body.destroy();

    const { location } = headers;
    const isRedirect = REDIRECTS.includes(status) && typeof location === 'string';
    return isRedirect ? { status, location: inUtf8(location) } : { status };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (DROPPED.includes(code) || cause instanceof errors.HTTPParserError) return 'dropped';
    throw cause;
  } finally {
    time.end();
  }
}

/** Headers come as a character a byte; browsers take a place that is not ASCII for UTF-8. */
const inUtf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
