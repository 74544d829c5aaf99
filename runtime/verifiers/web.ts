/**
 * Visits to websites that strangers chose: is anybody there?
 *
 *     URL ──▶ judge and pin ──▶ HEAD ──▶ GET where HEAD tells little ──▶ there | gone
 *      ▲                          │
 *      └── redirect, at most 3 ◀──┘
 *
 * Each host on the way is judged anew, before anything is sent to it. Whatever the other side does, a
 * visit takes at most 8 s and what `http-call.ts` bounds.
 */
import { seconds, type Duration } from '../../protocols/units.ts';
import { publicOnly, type AddressPolicy } from './addresses.ts';
import { Gates, type Leave } from './gates.ts';
import { ask, clientOf, type Answer } from './http-call.ts';
import { judge } from './judged.ts';
import type { Names, Web, WebFound } from './looking.ts';
import { targetOf, type Target } from './targets.ts';
import { Turns } from './turns.ts';
import { within } from './within.ts';

export interface WebOptions {
  readonly names: Names;
  readonly policy?: AddressPolicy;
  /** Until a connection stands, TLS included; 3 s where absent. */
  readonly connectTime?: Duration;
  /** From the request to the end of the headers; 3 s where absent. */
  readonly headersTime?: Duration;
  /** For a visit with all its redirects, waiting for its turn not counted; 8 s where absent. */
  readonly visitTime?: Duration;
  /** Connections to one host at once; 2 where absent, so that nobody takes us for an attack. */
  readonly perHost?: number;
  /** Connections in all at once; 64 where absent. */
  readonly inAll?: number;
}

/** From http to https, from there to www, and on to a language: what front pages need. */
const MOST_REDIRECTS = 3;
/** More than one process can have under way: a bound against our own mistakes. */
const MOST_WAITING = 4_096;
/** Names are often answered many at once. To connect takes 0.2 ms, more while the code is cold. */
const CONNECTED_A_TURN = 8;

/** A website that exists but does not want us, or is ill. Where HEAD says so, GET may do better. */
const isUnwilling = (status: number): boolean =>
  [401, 403, 405, 429].includes(status) || (status >= 500 && status <= 599);

const isThere = (status: number): boolean =>
  (status >= 200 && status <= 299) || isUnwilling(status);

export function openWeb(options: WebOptions): Web {
  const { names, policy = publicOnly, visitTime = seconds(8), perHost = 2, inAll = 64 } = options;
  const { connectTime = seconds(3), headersTime = seconds(3) } = options;
  const times = { connectTime, headersTime };
  const ofHost = new Gates({ inside: perHost, waiting: MOST_WAITING });
  const ofAll = new Gates({ inside: inAll, waiting: MOST_WAITING });
  const turns = new Turns(CONNECTED_A_TURN);
  const closing = new AbortController();
  const visits = new Set<Promise<WebFound>>();

  async function visit(url: string, signal: AbortSignal): Promise<WebFound> {
    let target = targetOf(url, policy);
    let left = visitTime;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      if (target === undefined) return 'gone';
      if (target === 'blocked') return 'blocked';

      const leave = await enter(target.host, signal);
      if (leave === undefined) return 'gone';
      const began = performance.now();
      const time = within([signal], left);
      const found = await call(target, time.signal).finally(() => {
        time.end();
        leave();
      });
      left = (left - (performance.now() - began)) as Duration;

      if (signal.aborted) return 'gone';
      if (typeof found === 'string') return found;
      if (found.location === undefined) return isThere(found.status) ? 'there' : 'gone';
      target = targetOf(found.location, policy, target.url);
    }
    return 'gone';
  }

  /** First at the host's gate, so that whoever waits there keeps no place from the others. */
  async function enter(host: string, signal: AbortSignal): Promise<Leave | undefined> {
    const leaveHost = await ofHost.enter(host, signal);
    if (leaveHost === undefined) return undefined;
    const leaveAll = await ofAll.enter('', signal);
    if (leaveAll === undefined) {
      leaveHost();
      return undefined;
    }
    return () => {
      leaveAll();
      leaveHost();
    };
  }

  /** One host asked: its last answer, or why there is none. */
  async function call({ url, host }: Target, signal: AbortSignal): Promise<Answer | WebFound> {
    const judged = await judge(host, { names, policy }, signal);
    if (judged.is === 'absent') return 'gone';
    if (judged.is !== 'open') return judged.is;
    await turns.next();

    const client = clientOf(url, judged.addresses, times);
    try {
      const head = await ask(client, 'HEAD', url, signal);
      if (head !== 'dropped' && !isUnwilling(head.status)) return head;
      const got = await ask(client, 'GET', url, signal);
      return got === 'dropped' ? 'gone' : got;
    } catch {
      return 'gone';
    } finally {
      await client.destroy();
    }
  }

  return {
    async visit(url, signal) {
      const time = within([signal, closing.signal]);
      const found = visit(url, time.signal);
      visits.add(found);
      try {
        return await found;
      } finally {
        visits.delete(found);
        time.end();
      }
    },

    async close() {
      closing.abort();
      await Promise.allSettled(visits);
    },
  };
}
