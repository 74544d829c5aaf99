import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import { later, minutes, seconds, type Duration } from '../../protocols/units.ts';
import { answerJson } from '../cli/lead-output.ts';
import { WallClock } from '../clock.ts';
import { Addresses } from '../erasure/addresses.ts';
import { randomFrom } from '../random.ts';
import { readAnswers, withoutErased, type ReadAnswers } from '../store/answers.ts';
import { NODE_FILE, openNodeStore } from '../store/node-store.ts';
import { answerOf, leadOf, putAnswers } from '../store/testing/answered.ts';
import { until } from '../until.ts';
import { eventIdOf, WEBHOOK_FILE } from './queue.ts';
import { verifySignature } from './signature.ts';
import { openReceiver, type Manner } from './testing/receiver.ts';
import { openWebhook, type Webhook, type WebhookParts } from './webhook.ts';

describe('the webhook', () => {
  it('posts each delivery once where it is taken, signed, as its caller was answered', async () => {
    const { deliver, receiver, waiting } = await opened([204]);
    const answer = deliver('q1', [leadOf({ Business: 'Acme' })]);
    deliver('nothing', []);
    await waiting(0);
    expect(receiver.taken).toHaveLength(1);
    const [post] = receiver.taken;
    expect(post).toMatchObject({ id: eventIdOf(answer.query), path: '/hook' });
    expect(JSON.parse(String(post?.body))).toEqual(JSON.parse(JSON.stringify(answerJson(answer))));
    const signature = post?.signature ?? '';
    const now = clock.now();
    expect(
      verifySignature(signature, post?.body ?? new Uint8Array(), { secret: SECRET, now }),
    ).toBe('holds');
  });

  it.each<[Manner]>([
    [500],
    [404],
    ['hang'],
    ['drip'],
    ['redirect'],
    ['hang up'],
    ['endless headers'],
  ])('posts again, under the same id, where a receiver answers: %s', async (manner) => {
    const { deliver, receiver, waiting } = await opened([manner, manner, 200], SHORT);
    deliver('q1', [leadOf({})]);
    await waiting(0);
    expect(receiver.taken.length).toBeGreaterThanOrEqual(3);
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(1);
    // What was posted to one place is for that place.
    expect(receiver.taken.every(({ path }) => path === '/hook')).toBe(true);
  });

  it('takes a status for an answer, and lets the body go that is poured out behind it', async () => {
    const { deliver, receiver, waiting } = await opened(['pour']);
    deliver('q1', [leadOf({})]);
    await waiting(0);
    expect(receiver.taken).toHaveLength(1);
  });

  it('holds up no delivery for another, however many hang', async () => {
    const { deliver, receiver, waiting } = await opened(['hang', 'hang', 200], SHORT);
    for (const query of ['q1', 'q2', 'q3', 'q4', 'q5', 'q6']) deliver(query, [leadOf({})]);
    await waiting(0);
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(6);
  });

  it('sends no more to who says 410, before the next start', async () => {
    const { deliver, receiver, said, reopen, waiting } = await opened([410, 200]);
    deliver('q1', [leadOf({})]);
    await until(clock, PATIENCE, () => said.some((text) => text.includes('answers 410')));
    const second = eventIdOf(deliver('q2', [leadOf({})]).query);
    // Whatever was posted now would come before these.
    for (const body of ['one', 'two']) await fetch(receiver.url, { method: 'POST', body });
    expect(receiver.taken.map(({ id }) => id)).not.toContain(second);
    await reopen();
    await waiting(0);
    expect(receiver.taken.at(-1)?.id).toBe(second);
  });

  it('gives up after its time, and says so', async () => {
    const { deliver, said, waiting } = await opened([500], { triedFor: 30 as Duration });
    deliver('q1', [leadOf({})]);
    await waiting(0);
    expect(said.at(-1)).toContain('a webhook was given up');
  });

  it('arrives though the process ends between the answer and its post', async () => {
    const { deliver, receiver, reopen, waiting } = await opened([200]);
    // Nobody listens: the node ends right after the change that answers the query.
    const { query } = deliver('q1', [leadOf({})], 'unheard');
    expect(receiver.taken).toHaveLength(0);
    await reopen();
    await waiting(0);
    await reopen();
    await waiting(0);
    expect(receiver.taken.map(({ id }) => id)).toEqual([eventIdOf(query)]);
  });

  it('waits for what is not settled yet', async () => {
    let isSettled = false;
    const { deliver, receiver, waiting } = await opened([200], {}, (parts) => ({
      bodyOf: (query) => (isSettled ? parts.bodyOf(query) : ((isSettled = true), 'later')),
    }));
    deliver('q1', [leadOf({})]);
    await waiting(0);
    expect(receiver.taken).toHaveLength(1);
  });

  it('keeps no lead, and posts none of who was erased meanwhile', async () => {
    const { deliver, dir, receiver, waiting } = await opened([500, 200], {
      waits: { first: seconds(1), longest: seconds(1) },
    });
    const emails = ['ann@acme.example', 'ben@acme.example'];
    deliver(
      'q1',
      emails.map((email) => leadOf({ 'Owner(s) Email': email })),
    );
    await until(clock, PATIENCE, () => receiver.taken.length > 0);
    const store = openNodeStore(dir, { clock });
    store.erase(new Addresses(['ann@acme.example']));
    store.close();
    await waiting(0);
    expect(String(receiver.taken.at(-1)?.body)).not.toContain('ann@acme');
    expect(String(receiver.taken.at(-1)?.body)).toContain('ben@acme');
    for (const end of ['', '-wal']) {
      expect(readFileSync(join(dir, WEBHOOK_FILE + end), 'latin1')).not.toContain('acme');
    }
  });
});

const SECRET = 'a secret of sixteen letters';
/** What ends by itself has as long as a machine may stand still. */
const PATIENCE = minutes(50 / 60);
/** For those who never answer: who does may come too late for it once, and is told again. */
const SHORT = { post: 200 as Duration };
const clock = new WallClock();
const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-webhook-'));
let count = 0;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(() => {
  clock.stop();
  rmSync(DIRECTORY, { recursive: true });
});

/** A node's directory with a webhook that is tried again soon, and its receiver. */
async function opened(
  manners: readonly Manner[],
  times: WebhookParts['times'] = {},
  other: (parts: WebhookParts) => Partial<WebhookParts> = () => ({}),
) {
  const dir = join(DIRECTORY, String(count++));
  putAnswers(dir, []);
  const receiver = await openReceiver(manners);
  const said: string[] = [];
  let [answered, answers] = [new Subject<QueryAnswer>(), readAnswers(join(dir, NODE_FILE))];
  const open = (): Webhook => {
    const parts: WebhookParts = {
      url: receiver.url,
      secret: SECRET,
      file: join(dir, WEBHOOK_FILE),
      answers,
      answered,
      bodyOf: (query) => bodyIn(answers, query),
      clock,
      random: randomFrom('webhook'),
      say: (_, text) => said.push(text),
      times: {
        waits: { first: 10 as Duration, longest: 20 as Duration },
        ...times,
      },
    };
    return openWebhook({ ...parts, ...other(parts) });
  };
  let webhook = open();
  const close = async (): Promise<void> => {
    await webhook.close();
    answers.close();
  };
  closing.push(async () => {
    await close();
    await receiver.close();
  });
  return {
    dir,
    receiver,
    said,
    deliver: (query: string, leads: Parameters<typeof answerOf>[1], heard?: 'unheard') => {
      const answer = answerOf(query, leads, { at: later(clock.now(), 0 as Duration) });
      putAnswers(dir, [answer]);
      if (heard !== 'unheard') answered.next(answer);
      return answer;
    },
    /** As the next process of the node would. */
    reopen: async () => {
      await close();
      answered = new Subject();
      answers = readAnswers(join(dir, NODE_FILE));
      webhook = open();
    },
    waiting: async (many: number) => {
      expect(await until(clock, PATIENCE, () => webhook.waiting === many)).toBe(true);
    },
  };
}

function bodyIn(answers: ReadAnswers, query: QueryAnswer['query']): object | undefined {
  const answer = answers.of(query);
  return answer && answerJson(withoutErased(answer).answer);
}
