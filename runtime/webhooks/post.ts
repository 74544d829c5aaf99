/**
 * One post to a receiver, of whose answer only the status counts. Whatever the other side does, it costs
 * the time that it has, its headers, and what of a body was under way; a redirect is not followed, since what is
 * posted is for the place that the operator has named.
 */
import { later, type Duration } from '../../protocols/units.ts';
import type { Cancel, Clock } from '../host.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** How long the receiver has until its status is there. */
  readonly within: Duration;
}

/** A number is the status that came. */
export type Posted = number | 'too slow' | 'unreachable' | 'left';

/** Never throws. `left` where `signal` says that we leave. */
export async function post(
  { url, headers, body, within }: Post,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Posted> {
  if (signal.aborted) return 'left';
  const control = new AbortController();
  const abort = (): void => control.abort();
  let isLate = false;
  const cancel: Cancel = clock.at(later(clock.now(), within), () => {
    isLate = true;
    abort();
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'leadpoet', ...headers },
      body,
      redirect: 'manual',
      signal: control.signal,
    });
    return response.status;
  } catch {
    return signal.aborted ? 'left' : isLate ? 'too slow' : 'unreachable';
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
    // Whatever is left of an answer is not waited for.
    abort();
  }
}
