/**
 * One call to a provider's API: JSON there, JSON back, within bounds. It never throws, and nothing
 * that it says holds a word of the request or of what went wrong within: a key might be in there.
 *
 *     send ──▶ status ──▶ at most 256 kB ──▶ JSON            all of it within ten seconds
 */
import { later, seconds, type Duration } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';

/** The part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface JsonCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Posted as JSON; without one the call is a GET. */
  readonly body?: object;
}

export type CallTrouble = 'unreachable' | 'too_slow' | 'too_large' | 'garbage' | 'given_up';

/** `value` is undefined where the status is none of success: what came along was not read. */
export type Called =
  | { readonly is: 'answered'; readonly status: number; readonly value: unknown }
  | { readonly is: 'trouble'; readonly why: CallTrouble };

/** A hundred addresses of a domain with their sources are 100 kB. */
export const MAX_ANSWER_BYTES = 262_144;
/** Providers ask mail servers while we wait, and say so after some seconds themselves. */
export const CALL_TIME: Duration = seconds(10);

export async function callJson(
  { url, headers, body }: JsonCall,
  { fetch, clock, signal }: { fetch: Fetch; clock: Clock; signal: AbortSignal },
): Promise<Called> {
  if (signal.aborted) return trouble('given_up');
  const control = new AbortController();
  const abort = (): void => control.abort();
  let isLate = false;
  const cancel = clock.at(later(clock.now(), CALL_TIME), () => {
    isLate = true;
    abort();
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        // Nothing to inflate: a small answer can't become a large one.
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      // A provider doesn't redirect, and a key is sent to nobody else.
      redirect: 'manual',
      signal: control.signal,
    });
    return await read(response, control.signal);
  } catch {
    return trouble(signal.aborted ? 'given_up' : isLate ? 'too_slow' : 'unreachable');
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
    // Whatever is left of an answer is not waited for.
    abort();
  }
}

async function read(response: Response, signal: AbortSignal): Promise<Called> {
  const { status, headers, body } = response;
  if (status < 200 || status > 299) return { is: 'answered', status, value: undefined };
  if (!/^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '')) {
    return trouble('garbage');
  }
  const bytes: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return trouble('too_large');
    bytes.push(chunk);
  }
  signal.throwIfAborted();
  const value = parsed(Buffer.concat(bytes).toString());
  return value === undefined ? trouble('garbage') : { is: 'answered', status, value };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const trouble = (why: CallTrouble): Called => ({ is: 'trouble', why });
