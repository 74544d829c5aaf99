/**
 * What a message, a question and an idle actor cost, through the same `spawn` as everywhere: with
 * supervision, a bounded mailbox, counters and a clock.
 *
 * - *tell*: bursts of 1 000 to one actor that counts, against one `Subject` with one subscriber, and
 *   against nact's `dispatch`.
 * - *ask*: one question at a time, each with a deadline two minutes off, answered by a port; against
 *   nact's `query` with the same deadline, answered by an actor.
 * - *idle*: actors that have begun and have nothing to do, each with its address and its state.
 */
import { dispatch, query, spawn as spawnPeer, start } from 'nact';
import { NEVER, of, Subject } from 'rxjs';
import { ask, nothing, type Actor } from '../actors/actor.ts';
import type { ChainView } from '../protocols/metagraph.ts';
import type { Address, Envelope } from '../protocols/messages.ts';
import { later, minutes, type Instant, type QueryId } from '../protocols/units.ts';
import { WallClock } from '../runtime/clock.ts';
import type { Host } from '../runtime/host.ts';
import { Observer } from '../runtime/observe.ts';
import { randomFrom } from '../runtime/random.ts';
import { spawn, systemOf } from '../runtime/spawn.ts';
import type { Report, Sides } from './report.ts';

export const name = 'actors';

export async function run(report: Report): Promise<void> {
  await report.compare({
    title: 'tell, against a Subject with one subscriber',
    unit: 'ns',
    ours: 'tell',
    peer: 'subject',
    goal: { atMost: 1.5 },
  });
  await report.compare({
    title: 'tell, against nact',
    unit: 'ns',
    ours: 'tell',
    peer: 'nactTell',
    goal: { atLeast: 40 },
  });
  await report.compare({
    title: 'ask with a deadline, against nact',
    unit: 'ns',
    ours: 'ask',
    peer: 'nactAsk',
    goal: { atLeast: 8 },
  });
  await report.compare({
    title: 'an idle actor, on the heap',
    unit: 'B',
    ours: 'idle',
    goal: { atMost: 256 },
    rounds: 3,
  });
  await report.compare({
    title: 'a million idle actors, resident',
    unit: 'MB',
    ours: 'million',
    goal: { atMost: 300 },
    rounds: 3,
    // V8's nursery grows to 130 MB while a million of anything are made, and is there without actors
    // as well: it is kept small, so that what is left is theirs.
    flags: ['--max-semi-space-size=2'],
  });
}

export const sides: Sides = {
  tell: () => perMessage(tellBursts()),
  subject: () => perMessage(subjectBursts()),
  nactTell: () => perMessage(nactBursts(), 50),
  ask: () => perQuestion(askOurs()),
  nactAsk: () => perQuestion(askNact(), 2_000),
  idle: async () => (await idle(200_000)).heap / 200_000,
  million: async () => (await idle(MILLION)).resident / 1e6,
};

const BURST = 1_000;
const MILLION = 1_000_000;
const MINER = 'miner/5M' as Address<'miner'>;
const MESSAGE = { kind: 'query', from: 'buyer/5B', to: MINER, sentAt: 0, body: {} } as unknown;
const ENVELOPE = MESSAGE as Envelope<'query'>;

/** Nanoseconds a message, once the code is warm. */
async function perMessage(burst: () => Promise<void> | void, bursts = 2_000): Promise<number> {
  for (let warm = 0; warm < bursts; warm++) await burst();
  const began = performance.now();
  for (let at = 0; at < bursts; at++) await burst();
  return ((performance.now() - began) * 1e6) / (bursts * BURST);
}

async function perQuestion(
  askMany: (count: number) => Promise<void>,
  count = 100_000,
): Promise<number> {
  await askMany(count);
  const began = performance.now();
  await askMany(count);
  return ((performance.now() - began) * 1e6) / count;
}

interface Counting {
  count: number;
  until: number;
}

/** A burst, and the wait until its last message was handled. */
function tellBursts(): () => Promise<void> {
  let done = (): void => {};
  const counting: Actor<'miner', Counting> = {
    role: 'miner',
    begin: () => [{ count: 0, until: 0 }],
    on: {
      query(state) {
        state.count++;
        if (state.count % BURST === 0) done();
        return nothing;
      },
      refusal: () => nothing,
    },
  };
  const running = spawn(hostOf(), counting, MINER);
  return () =>
    new Promise<void>((resolve) => {
      done = resolve;
      for (let at = 0; at < BURST; at++) running.tell(ENVELOPE);
    });
}

function subjectBursts(): () => void {
  const subject = new Subject<Envelope>();
  const state: Counting = { count: 0, until: 0 };
  subject.subscribe(() => {
    state.count++;
    if (state.count % BURST === 0) state.until = state.count;
  });
  return () => {
    for (let at = 0; at < BURST; at++) subject.next(ENVELOPE);
  };
}

function nactBursts(): () => Promise<void> {
  let done = (): void => {};
  const counting = spawnPeer(start(), (state: Counting | undefined, _message: Envelope) => {
    const counted = state ?? { count: 0, until: 0 };
    counted.count++;
    if (counted.count % BURST === 0) done();
    return counted;
  });
  return () =>
    new Promise<void>((resolve) => {
      done = resolve;
      for (let at = 0; at < BURST; at++) dispatch(counting, ENVELOPE);
    });
}

/** Asks, and on each answer asks again, until there were enough. */
function askOurs(): (count: number) => Promise<void> {
  let done = (): void => {};
  const question = { query: 'q' as QueryId, attempt: 1, want: { leads: 1 } };
  const due = (now: Instant): Instant => later(now, minutes(2));
  const asking: Actor<'miner', Counting, 'source'> = {
    role: 'miner',
    begin: () => [{ count: 0, until: 0 }],
    on: {
      query: (_state, _envelope, { now }) => [ask('source', question, due(now))],
      refusal: () => nothing,
      sourceReply(state, _reply, { now }) {
        state.count++;
        if (state.count < state.until) return [ask('source', question, due(now))];
        done();
        return nothing;
      },
    },
  };
  const running = spawn(hostOf({ source: () => of([]) }), asking, MINER);
  return async (count) => {
    await systemBegun(() => running.state !== undefined);
    const state = running.state ?? { count: 0, until: 0 };
    state.until = state.count + count;
    await new Promise<void>((resolve) => {
      done = resolve;
      running.tell(ENVELOPE);
    });
  };
}

/** Of nact's reference nothing is known but where it came from. */
type ReplyTo = Parameters<Parameters<typeof query>[1]>[0];

interface Question {
  readonly replyTo: ReplyTo;
}

function askNact(): (count: number) => Promise<void> {
  const answering = spawnPeer(start(), (_state: undefined, { replyTo }: Question) => {
    dispatch(replyTo, 1);
    return undefined;
  });
  return async (count) => {
    for (let at = 0; at < count; at++) {
      await query(answering, (replyTo: ReplyTo): Question => ({ replyTo }), minutes(2));
    }
  };
}

/** What `count` actors take that have begun and wait. */
async function idle(count: number): Promise<{ heap: number; resident: number }> {
  const host = hostOf();
  const waiting: Actor<'miner', { count: number }> = {
    role: 'miner',
    begin: () => [{ count: 0 }],
    on: { query: () => nothing, refusal: () => nothing },
  };
  const last = `miner/${count - 1}` as Address;
  globalThis.gc?.();
  const before = process.memoryUsage();
  for (let at = 0; at < count; at++) spawn(host, waiting, `miner/${at}` as Address<'miner'>);
  await systemBegun(() => systemOf(host).at(last)?.status === 'live');
  globalThis.gc?.();
  const after = process.memoryUsage();
  return { heap: after.heapUsed - before.heapUsed, resident: after.rss - before.rss };
}

async function systemBegun(hasBegun: () => boolean): Promise<void> {
  while (!hasBegun()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

function hostOf(services: Host['services'] = {}): Host {
  return {
    clock: new WallClock(),
    random: randomFrom('bench'),
    transport: { open: () => {}, close: () => {}, send: () => {}, inbox: NEVER, lost: NEVER },
    chain: { view: {} as ChainView },
    services,
    observer: new Observer(),
  };
}
