/**
 * Tells a place of the operator's of every delivery: a signed post each, at least once.
 *
 *     answered ──▶ on the disk ──▶ posted ──▶ 2xx: done
 *                                    ├──▶ anything else: again in 5 s, 10 s … 1 h, for three days
 *                                    └──▶ 410: the receiver wants no more; none is sent before the next start
 *
 * A crash between the answer and the disk loses nothing: at a start the answers of the last days are
 * looked through. So a receiver may be told twice, under the same id.
 */
import type { Observable } from 'rxjs';
import type { QueryAnswer } from '../../actors/actor.ts';
import {
  hours,
  later,
  seconds,
  type Duration,
  type Instant,
  type QueryId,
} from '../../protocols/units.ts';
import type { Random } from '../../actors/actor.ts';
import type { Cancel, Clock } from '../host.ts';
import type { Say } from '../logs.ts';
import type { Answers } from '../store/answers.ts';
import { waitAfter, type Waits } from '../transport/back-off.ts';
import { post, type Posted } from './post.ts';
import { TRIED_FOR, WebhookQueue, type WebhookEvent } from './queue.ts';
import { SIGNATURE_HEADER, signatureOf } from './signature.ts';

export interface WebhookParts {
  /** Where it is posted: the operator's own place, which may well be on this machine. */
  readonly url: string;
  readonly secret: string;
  /** The queue's, in the node's directory. */
  readonly file: string;
  readonly answers: Answers;
  readonly answered: Observable<QueryAnswer>;
  /**
   * What is posted of a query: what its caller is shown. `later` where that is not settled yet, and
   * undefined where nothing is kept of it any more.
   */
  readonly bodyOf: (query: QueryId) => object | 'later' | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly say: Say;
  readonly times?: Partial<WebhookTimes>;
}

export interface WebhookTimes {
  /** How long a receiver has for one post: one that has more to do says so at once, and does it then. */
  readonly post: Duration;
  /** When a try is made again; up to half of it is chance, so that who is back is not overrun. */
  readonly waits: Waits;
  /** How long an event is tried. */
  readonly triedFor: Duration;
}
const TIMES: WebhookTimes = {
  post: seconds(10),
  waits: { first: seconds(5), longest: hours(1) },
  triedFor: TRIED_FOR,
};

export interface Webhook {
  /** How many wait to be posted. */
  readonly waiting: number;
  /** What is under way is left, and posted again at the next start. */
  close(): Promise<void>;
}

/** A receiver that answers slowly holds up no more than a few. */
const AT_ONCE = 4;
/** What is not settled yet is in a moment. */
const LATER: Duration = seconds(1);
/** Answers that are looked through at a start: more come in three days of no node's life. */
const MOST_ANSWERS = 4_096;

/** Throws a `WorldError` where the queue's file cannot be used. */
export function openWebhook(parts: WebhookParts): Webhook {
  const { clock, answers, answered, say } = parts;
  const times = { ...TIMES, ...parts.times };
  const queue = new WebhookQueue(parts.file, clock.now());
  const leaving = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  let cancel: Cancel = () => undefined;
  let isOver = false;

  const add = ({ query, answeredAt, leads }: QueryAnswer): void => {
    if (leads.length > 0) queue.add(query, answeredAt, clock.now());
  };

  const take = async (event: WebhookEvent): Promise<void> => {
    const posted = await send(event, { ...parts, times }, leaving.signal);
    // The file is closed once nothing is under way.
    if (settle(event, posted, { ...parts, times }, queue) === 'gone') isOver = true;
  };

  const look = (): void => {
    cancel();
    if (isOver || leaving.signal.aborted) return;
    const now = clock.now();
    const due = queue.due(now, AT_ONCE + underWay.size).filter(({ id }) => !underWay.has(id));
    for (const event of due.slice(0, AT_ONCE - underWay.size)) {
      const done = take(event)
        .catch((cause: unknown) => {
          // The disk is full, say: the event waits as it did, and is not posted without a pause.
          say('error', 'the webhook cannot be written down', { why: String(cause) });
          return pause(clock, leaving.signal);
        })
        .finally(() => {
          underWay.delete(event.id);
          look();
        });
      underWay.set(event.id, done);
    }
    const next = queue.nextAt();
    // Where as many are under way as may be, one that ends looks again.
    if (next !== undefined && underWay.size < AT_ONCE) {
      cancel = clock.at(next > now ? next : later(now, LATER), look);
    }
  };

  const missed = answers
    .since(Math.max(queue.since, clock.now() - TRIED_FOR) as Instant, MOST_ANSWERS)
    .filter((query) => !queue.knows(query));
  for (const query of missed) {
    const answer = answers.of(query);
    if (answer !== undefined) add(answer);
  }
  const surplus = queue.tidy(clock.now());
  if (surplus > 0) say('error', 'webhooks were given up: too many wait', { count: surplus });
  const listening = answered.subscribe((answer) => {
    try {
      add(answer);
    } catch (cause) {
      // It is found among the answers at the next start.
      say('error', 'the webhook cannot be written down', { why: String(cause) });
    }
    look();
  });
  look();

  return {
    get waiting() {
      return queue.waiting;
    },
    async close() {
      listening.unsubscribe();
      leaving.abort();
      cancel();
      await Promise.all(underWay.values());
      queue.close();
    },
  };
}

/** A moment, or until we leave. */
const pause = (clock: Clock, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    clock.at(later(clock.now(), LATER), resolve);
  });

type Timed = WebhookParts & { readonly times: WebhookTimes };
/** What came of one try. */
type Tried = Posted | 'later' | 'nothing';

async function send(
  { id, query }: WebhookEvent,
  { url, secret, bodyOf, clock, times }: Timed,
  signal: AbortSignal,
): Promise<Tried> {
  const said = bodyOf(query);
  if (said === 'later') return 'later';
  if (said === undefined) return 'nothing';
  const body = new Uint8Array(Buffer.from(JSON.stringify(said)));
  const headers = {
    'leadpoet-event': 'delivery',
    'leadpoet-event-id': id,
    [SIGNATURE_HEADER]: signatureOf(secret, body, clock.now()),
  };
  return post({ url, headers, body, within: times.post }, { clock, signal });
}

/** Writes down what came of it; `gone` where the receiver wants no more. */
function settle(
  event: WebhookEvent,
  tried: Tried,
  { clock, random, say, times }: Timed,
  queue: WebhookQueue,
): 'gone' | undefined {
  const { id, query, at, tries } = event;
  const now = clock.now();
  const end = later(at, times.triedFor);
  if (tried === 'left') return undefined;
  if (tried === 'nothing') {
    queue.giveUp(id);
    say('warn', 'a webhook has nothing to tell any more', { id, query });
    return undefined;
  }
  if (typeof tried === 'number' && tried >= 200 && tried <= 299) {
    queue.done(id);
    say('info', 'webhook posted', { id, query, tries: tries + 1 });
    return undefined;
  }
  if (tried === 410) {
    queue.giveUp(id);
    say('error', 'the webhook answers 410: no more is posted until this node starts again', { id });
    return 'gone';
  }
  const wait =
    tried === 'later' ? LATER : waitAfter(tries + 1, random.next() / 2 ** 32, times.waits);
  if (later(now, wait) > end) {
    queue.giveUp(id);
    say('error', 'a webhook was given up: it was tried for three days', {
      id,
      query,
      tried,
      tries: tries + 1,
    });
    return undefined;
  }
  queue.again(id, later(now, wait), tried === 'later' ? 'not tried' : 'tried');
  if (tried !== 'later') {
    say('warn', 'a webhook was not taken; it is posted again', { id, tried, in_s: wait / 1_000 });
  }
  return undefined;
}
