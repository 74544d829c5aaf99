import fc from 'fast-check';
import { EMPTY, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ask, nothing, send } from '../actors/actor.ts';
import type { Actor, Context, Effect, Fault, Reply } from '../actors/actor.ts';
import type { Lead } from '../protocols/lead.ts';
import type { Address, Envelope, Sealed, Query } from '../protocols/messages.ts';
import type { ChainView } from '../protocols/metagraph.ts';
import { later, minutes, type Duration, type Instant, type QueryId } from '../protocols/units.ts';
import { ServiceFault, type Clock, type Happening, type Host, type ServicePort } from './host.ts';
import { Observer } from './observe.ts';
import { randomFrom } from './random.ts';
import type { Input, Notice, Running } from './running.ts';
import { spawn, systemOf } from './spawn.ts';
import { InProcessBus } from './transport/in-process.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('a running actor', () => {
  it('begins in its first turn, then handles its messages one after the other', async () => {
    const { run, miner } = world();
    const running = miner();
    running.tell(message('a'));
    running.tell(message('b'));
    expect([running.status, running.state, running.waiting]).toEqual(['beginning', undefined, 2]);
    await run();
    expect([running.status, running.state?.handled, running.waiting]).toEqual([
      'live',
      ['a', 'b'],
      0,
    ]);
  });

  it('is told who and when it is, and what the chain says', async () => {
    const { clock, run, miner } = world();
    const seen: unknown[] = [];
    const running = miner({
      query: (_, { self, now, chain }) => {
        seen.push([self, now, chain]);
        return nothing;
      },
    });
    clock.at(ms(7), () => running.tell(message('a')));
    await run();
    expect(seen).toEqual([[MINER, ms(7), CHAIN]]);
  });

  it('can keep nothing of the moment beyond its handler', async () => {
    const { run, miner } = world();
    const kept: Context[] = [];
    miner({ query: (_, context) => (kept.push(context), nothing) }).tell(message('a'));
    await run();
    expect(() => kept[0]?.self).toThrow('within its handler');
    expect(() => kept[0]?.random).toThrow('within its handler');
  });

  it('draws the same, however many others draw beside it', async () => {
    const drawn = async (others: number): Promise<number[]> => {
      const { host, clock, run } = world();
      const draws: number[] = [];
      const drawing = (into: number[]): Partial<Behaviour> => ({
        query: (_, { random }) => (into.push(random.next()), nothing),
      });
      const running = spawn(host, minerActor(drawing(draws)), MINER);
      for (let at = 0; at < others; at++) {
        spawn(host, minerActor(drawing([])), `miner/5${at}` as Address<'miner'>).tell(message('x'));
      }
      for (const id of ['a', 'b', 'c']) clock.at(ms(1), () => running.tell(message(id)));
      await run();
      return draws;
    };
    expect(new Set(await drawn(0)).size).toBe(3);
    expect(await drawn(5)).toEqual(await drawn(0));
  });

  it('takes no message for one that it has no handler for, whatever its kind is called', async () => {
    const { host, run, miner } = world();
    const running = miner();
    const labels: unknown[] = [];
    host.observer.listen((happening) => {
      if (happening.is === 'lost') labels.push(happening.loss.kind);
    });
    const kinds = ['constructor', '__proto__', 'toString', 'sourceReply', 'batch', '', 'Query'];
    for (const kind of kinds) running.tell({ ...message('x'), kind } as Envelope);
    running.tell(message('a'));
    await run();
    expect(running.state?.handled).toEqual(['a']);
    expect(host.observer.counts().lost).toEqual(new Map([['malformed', kinds.length]]));
    // A peer's text is no kind, and no label.
    expect(labels).toEqual(kinds.map(() => undefined));
    expect(host.observer.counts().crashes.size).toBe(0);
  });

  it('loses what does not fit into its mailbox, and nobody else is harmed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(8), async (count) => {
        const { host, run, miner } = world({ mailbox: 4 });
        const losses = lossesOf(host);
        const running = miner();
        for (let at = 0; at < count; at++) running.tell(message(`${at}`));
        expect(running.waiting).toBe(Math.min(count, 4));
        await run();
        expect(running.state?.handled).toHaveLength(Math.min(count, 4));
        expect(losses).toEqual(Array.from({ length: Math.max(0, count - 4) }, () => 'overflow'));
      }),
    );
  });

  it('is one of many: a busy one does not keep the others waiting', async () => {
    const { host, run, miner } = world();
    const order: string[] = [];
    const noting = (name: string): Partial<Behaviour> => ({
      query: () => (order.push(name), nothing),
    });
    const busy = miner(noting('busy'));
    const other = spawn(host, minerActor(noting('other')), OTHER);
    for (let at = 0; at < 3_000; at++) busy.tell(message(`${at}`));
    other.tell(message('a'));
    await run();
    expect(order).toHaveLength(3_001);
    expect(order.indexOf('other')).toBeLessThan(100);
  });

  it('is one of many slow ones: the network has its turn before all of them had theirs', () => {
    // A clock on which looking at it takes a millisecond, as slow handlers would.
    let time: number = START;
    const tasks: (() => void)[] = [];
    const clock: Clock = {
      now: () => time++ as Instant,
      at: (_instant, task) => (tasks.push(task), () => {}),
    };
    const slow: Host = { ...world().host, clock };
    const all = Array.from({ length: 30 }, (_, at) =>
      spawn(slow, minerActor(), `miner/5${at}` as Address<'miner'>),
    );
    const live = (): number => all.filter(({ status }) => status === 'live').length;
    tasks.shift()?.();
    expect(live()).toBeGreaterThan(0);
    expect(live()).toBeLessThan(30);
    while (tasks.length > 0) tasks.shift()?.();
    expect(live()).toBe(30);
  });

  it('hands its messages to the transport, and hears what comes for it there', async () => {
    const { host, run, miner } = world();
    const pool = spawn(host, poolActor(), POOL);
    miner({ query: (id) => [send('missing', POOL, missing(id))] }).tell(message('a'));
    await run();
    expect(pool.state?.map(({ from, sentAt }) => [from, sentAt])).toEqual([[MINER, START]]);
  });

  it('is heard of at its address no more than the transport allows: losses are counted once', async () => {
    const { host, run, miner } = world();
    miner({ query: () => [send('missing', POOL, missing('a'))] }).tell(message('a'));
    await run();
    expect(host.observer.counts().lost).toEqual(new Map([['unknown_address', 1]]));
  });

  it('is missed where the host speaks as an address that no actor has', async () => {
    const { host, run, miner } = world();
    host.transport.open(POOL);
    miner({ query: () => [send('missing', POOL, missing('a'))] }).tell(message('a'));
    await run();
    expect(host.observer.counts().lost).toEqual(new Map([['unknown_address', 1]]));
  });

  it('has its address alone, until it has stopped', async () => {
    const { run, miner } = world();
    const first = miner();
    expect(() => miner()).toThrow('one actor at a time');
    first.stop();
    const second = miner();
    second.tell(message('a'));
    await run();
    expect(second.state?.handled).toEqual(['a']);
  });
});

describe('the inputs of an actor', () => {
  it('are shown just before each is handled, and end with it', async () => {
    const { clock, run, miner } = world({ source: () => of([]) });
    const running = miner({ query: () => [ask('source', wanted('a'), ms(50))] });
    const seen: (string | number)[] = [];
    running.inputs.subscribe({
      next: (input: Input) =>
        seen.push(input.is, input.at - START, running.state?.handled.length ?? -1),
      complete: () => seen.push('end'),
    });
    clock.at(ms(5), () => running.tell(message('a')));
    await run();
    running.stop();
    expect(seen).toEqual(['begin', 0, -1, 'message', 5, 0, 'reply', 5, 1, 'end']);
    running.inputs.subscribe({ complete: () => seen.push('ended before') });
    expect(seen.at(-1)).toBe('ended before');
  });
});

describe('a question', () => {
  it('is answered once, by its deadline, whatever its port does', async () => {
    await fc.assert(
      fc.asyncProperty(behaviours, fc.integer({ min: -1, max: 10 }), async (does, byOffset) => {
        const heard: Heard[] = [];
        const { clock, run, miner } = world({ source: portThat(does, () => clock) });
        const running = miner({
          query: (id) => [ask('source', wanted(id), ms(byOffset))],
          reply: (reply, { now }) => {
            heard.push([now - START, reply.outcome.ok ? 'ok' : reply.outcome.fault]);
            return nothing;
          },
        });
        running.tell(message('a'));
        await run();
        const [at, outcome] = expectedAnswer(does, byOffset);
        expect(heard).toEqual([[at, outcome]]);
        // Nothing is left behind, at the deadline neither.
        expect(clock.now()).toBe(ms(at));
      }),
    );
  });

  it('is left by its deadline: nobody listens to the port any more', async () => {
    let listening = 0;
    const endless = new Observable<never>(() => {
      listening++;
      return () => listening--;
    });
    const { clock, run, miner } = world({ source: () => endless });
    const running = miner({ query: (id) => [ask('source', wanted(id), ms(10))] });
    running.tell(message('a'));
    await run(ms(9));
    expect([listening, running.open]).toEqual([1, 1]);
    await run();
    expect([listening, running.open, clock.now()]).toEqual([0, 0, ms(10)]);
  });

  it('takes the first of answers without end, at once', async () => {
    const { run, miner } = world({
      source: () =>
        new Observable((subscriber) => {
          while (!subscriber.closed) subscriber.next([]);
        }),
    });
    const running = miner({ query: (id) => [ask('source', wanted(id), ms(10))] });
    running.tell(message('a'));
    await run();
    expect(running.state?.replies).toHaveLength(1);
  });

  it('that is answered at once is heard after the handler that asked is done', async () => {
    const order: string[] = [];
    const { run, miner } = world({ source: () => (order.push('port'), of([])) });
    const running = miner({
      query: (id) => {
        order.push(`query ${id}`);
        return [ask('source', wanted(id), ms(10)), ask('source', wanted(id), ms(10))];
      },
      reply: () => (order.push('reply'), nothing),
    });
    running.tell(message('a'));
    running.tell(message('b'));
    await run();
    const each = (id: string): string[] => [`query ${id}`, 'port', 'port', 'reply', 'reply'];
    expect(order).toEqual([...each('a'), ...each('b')]);
  });

  it('is heard of also where a turn is too short for all the answers', async () => {
    const { run, miner } = world({ source: () => of([]) });
    const running = miner({
      query: () => Array.from({ length: 200 }, (_, at) => ask('source', wanted(`${at}`), ms(10))),
    });
    running.tell(message('a'));
    await run();
    expect(running.state?.replies).toHaveLength(200);
    expect(running.open).toBe(0);
  });

  it('has its answer whatever its port throws while it tidies up', async () => {
    const { run, miner } = world({
      source: () =>
        new Observable((subscriber) => {
          subscriber.add(() => {
            throw new Error('port');
          });
          subscriber.next([]);
        }),
    });
    const running = miner({ query: (id) => [ask('source', wanted(id), ms(10))] });
    running.tell(message('a'));
    await run();
    expect(running.state?.replies).toMatchObject([{ outcome: { ok: true } }]);
  });

  it('brings itself along', async () => {
    const { run, miner } = world({ source: () => of([]) });
    const running = miner({ query: (id) => [ask('source', wanted(id), ms(10))] });
    running.tell(message('a'));
    await run();
    expect(running.state?.replies).toEqual([
      { service: 'source', input: wanted('a'), outcome: { ok: true, value: [] } },
    ]);
  });

  it('that nobody can answer has no answer: unavailable', async () => {
    const { run, miner } = world();
    const running = miner({ query: (id) => [ask('source', wanted(id), ms(10))] });
    running.tell(message('a'));
    await run();
    expect(running.state?.replies).toMatchObject([{ outcome: { fault: 'unavailable' } }]);
  });

  it('of an alarm is answered by the host at its instant, with nothing but the time', async () => {
    const { clock, run, miner } = world();
    const rang: number[] = [];
    const running = miner({
      query: () => [ask('alarm', { about: 'x' }, ms(30)), ask('alarm', { about: 'y' }, ms(-5))],
      alarm: (reply, { now }) => {
        if (!reply.outcome.ok) rang.push(now - START);
        return nothing;
      },
    });
    running.tell(message('a'));
    await run();
    expect(rang).toEqual([0, 30]);
    expect(clock.pending).toBe(0);
  });

  it('gives its port a stream of chance that goes on from question to question', async () => {
    const draws: number[] = [];
    const { run, miner } = world({
      source: (_, { random }) => (draws.push(random.next()), of([])),
    });
    const running = miner({ query: (id) => [ask('source', wanted(id), ms(10))] });
    for (const id of ['a', 'b', 'c']) running.tell(message(id));
    await run();
    expect(new Set(draws).size).toBe(3);
  });

  it('gives who is spawned again other chance than its former life had, the same in each run', async () => {
    const lives = async (): Promise<readonly number[]> => {
      const { run, miner } = world();
      const draws: number[] = [];
      for (let life = 0; life < 3; life++) {
        const running = miner({ query: (_, { random }) => (draws.push(random.next()), nothing) });
        running.tell(message('a'));
        await run();
        running.stop();
      }
      return draws;
    };
    const first = await lives();
    expect(new Set(first).size).toBe(3);
    expect(await lives()).toEqual(first);
  });

  it('leaves no answer behind for the life after a crash', async () => {
    const answers = new Subject<readonly Lead[]>();
    const { clock, run, miner } = world({ source: () => answers });
    const running = miner({
      query: (id) => {
        if (id === 'crash') throw new Error('a bug');
        return [ask('source', wanted(id), ms(10_000))];
      },
    });
    running.tell(message('a'));
    running.tell(message('crash'));
    clock.at(ms(500), () => answers.next([]));
    await run();
    expect(running.state?.replies).toEqual([]);
    expect(answers.observed).toBe(false);
    expect(clock.now()).toBe(ms(500));
  });

  it('already answered when its asker crashes is not heard in the next life', async () => {
    const { run, miner } = world({ source: () => of([]) });
    let begun = 0;
    const running = miner({
      begin: () => {
        begun++;
        return [
          ask('source', wanted(`${begun}, first`), ms(9_000)),
          ask('source', wanted(`${begun}, second`), ms(9_000)),
        ];
      },
      reply: () => {
        if (begun === 1) throw new Error('a bug');
        return nothing;
      },
      query: () => nothing,
    });
    await run();
    expect(begun).toBe(2);
    expect(running.state?.replies.map(({ input }) => input)).toEqual([
      wanted('2, first'),
      wanted('2, second'),
    ]);
  });
});

describe('an actor that crashes', () => {
  it('begins again without its state, after a rest that grows, and all can see it', async () => {
    const { host, clock, run, miner } = world();
    const happenings: Happening[] = [];
    host.observer.listen((happening) => happenings.push(happening));
    const running = miner(crashing);
    const notices = noticesOf(running);
    running.tell(message('a'));
    running.tell(message('crash'));
    await run();
    expect(running.state?.handled).toEqual([]);
    running.tell(message('crash'));
    await run();

    expect(clock.now()).toBe(ms(300));
    expect(notices).toMatchObject([
      { is: 'crashed', cause: BUG, times: 1, restartsAt: ms(100) },
      { is: 'restarted' },
      { is: 'crashed', cause: BUG, times: 2, restartsAt: ms(300) },
      { is: 'restarted' },
    ]);
    expect(happenings.filter(({ is }) => is === 'crashed')).toMatchObject([
      { at: START, actor: MINER, cause: BUG, times: 1, restartsAt: ms(100) },
      { at: ms(100), actor: MINER, cause: BUG, times: 2, restartsAt: ms(300) },
    ]);
    expect(host.observer.counts().crashes).toEqual(new Map([[MINER, 2]]));
    expect(host.observer.counts().lost).toEqual(new Map([['crashed', 2]]));
  });

  it('finds what waited for it, and what came while it rested', async () => {
    const { clock, run, miner } = world();
    const running = miner(crashing);
    for (const id of ['crash', 'a', 'b']) running.tell(message(id));
    clock.at(ms(50), () => running.tell(message('c')));
    await run(ms(99));
    expect([running.status, running.state, running.waiting]).toEqual(['resting', undefined, 3]);
    await run();
    expect(running.state?.handled).toEqual(['a', 'b', 'c']);
  });

  it('stays down where nothing helps, and says so', async () => {
    const { host, clock, run, miner } = world();
    const losses = lossesOf(host);
    const running = miner(crashing);
    const notices = noticesOf(running);
    for (let at = 0; at < 12; at++) running.tell(message('crash'));
    await run();
    expect(notices.filter(({ is }) => is === 'crashed')).toHaveLength(10);
    expect(notices.slice(-2)).toEqual([
      { is: 'crashed', cause: BUG, times: 10 },
      { is: 'stopped', why: 'crashed' },
    ]);
    expect(running.status).toBe('stopped');
    expect(losses).toEqual([...Array.from({ length: 10 }, () => 'crashed'), 'stopped', 'stopped']);
    expect(clock.pending).toBe(0);
  });

  it('is forgiven after a quiet while', async () => {
    const { clock, run, miner } = world();
    const running = miner(crashing);
    const notices = noticesOf(running);
    for (let at = 0; at < 20; at++) {
      clock.at(later(START, minutes(2 * at)), () => running.tell(message('crash')));
    }
    await run();
    expect(running.status).toBe('live');
    expect(notices.filter((notice) => notice.is === 'crashed' && notice.times === 1)).toHaveLength(
      20,
    );
  });

  it('spends nobody else’s patience: fifty that fail once each all live', async () => {
    const { host, run } = world();
    const all = Array.from({ length: 50 }, (_, at) =>
      spawn(host, minerActor(crashing), `miner/5${at}` as Address<'miner'>),
    );
    for (const running of all) {
      running.tell(message('crash'));
      running.tell(message('a'));
    }
    await run();
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 'live'));
    expect(all.map(({ state }) => state?.handled)).toEqual(all.map(() => ['a']));
  });

  it('where it began is heard of too, and begins again', async () => {
    const { host, run, miner } = world();
    let begun = 0;
    const running = miner({
      begin: () => {
        if (++begun <= 2) throw BUG;
        return [];
      },
    });
    const notices = noticesOf(running);
    running.tell(message('a'));
    await run();
    expect(notices.map(({ is }) => is)).toEqual(['crashed', 'crashed', 'restarted']);
    expect(running.state?.handled).toEqual(['a']);
    expect(host.observer.counts().lost.size).toBe(0);
  });

  it('has asked for nothing by the message that it crashed at', async () => {
    const { host, run, miner } = world({
      source: () => {
        throw new Error('was asked');
      },
    });
    const running = miner(crashing);
    running.tell(message('crash'));
    await run();
    expect(host.observer.counts().replied.size).toBe(0);
  });

  it('goes on drawing where it was, not again from the start', async () => {
    const { run, miner } = world();
    const draws: number[] = [];
    const running = miner({
      query: (id, { random }) => {
        draws.push(random.next());
        if (id === 'crash') throw BUG;
        return nothing;
      },
    });
    for (const id of ['a', 'crash', 'b']) running.tell(message(id));
    await run();
    expect(new Set(draws).size).toBe(3);
  });
});

describe('an actor that is stopped', () => {
  it('leaves what waits as dead letters, drops its questions, and spins no more', async () => {
    let isListened = false;
    const { host, clock, run, miner } = world({
      source: () =>
        new Observable(() => {
          isListened = true;
          return () => (isListened = false);
        }),
    });
    const losses = lossesOf(host);
    const running = miner({ query: (id) => [ask('source', wanted(id), later(START, minutes(9)))] });
    running.tell(message('a'));
    await run(ms(1));
    expect(isListened).toBe(true);
    running.tell(message('b'));
    running.tell(message('c'));
    running.stop();
    running.tell(message('d'));
    running.stop();
    expect([running.status, running.state, running.waiting]).toEqual(['stopped', undefined, 0]);
    expect(isListened).toBe(false);
    expect(losses).toEqual(['stopped', 'stopped', 'stopped']);
    await run();
    expect(clock.now()).toBe(ms(1));
  });

  it('within its own input finishes that one', async () => {
    const sources: string[] = [];
    const { host, clock, run, miner } = world({
      source: ({ query }) => {
        sources.push(query);
        running.stop();
        return NEVER;
      },
    });
    const losses = lossesOf(host);
    const running: Running<MinerState> = miner({
      query: (id) => [
        ask('source', wanted(`${id}1`), ms(10)),
        ask('source', wanted(`${id}2`), ms(10)),
      ],
    });
    running.tell(message('a'));
    running.tell(message('b'));
    await run();
    expect(sources).toEqual(['a1', 'a2']);
    expect(host.observer.counts().received).toEqual(new Map([['query', 1]]));
    expect(losses).toEqual(['stopped']);
    // Nothing that it asked is left open.
    expect(clock.now()).toBe(START);
    expect(running.status).toBe('stopped');
  });

  it('within an input that it crashes at stays down', async () => {
    const { host, run, miner } = world();
    const running = miner(crashing);
    const notices = noticesOf(running);
    host.observer.listen(({ is }) => {
      if (is === 'received') running.stop();
    });
    running.tell(message('crash'));
    await run();
    expect(notices.map(({ is }) => is)).toEqual(['crashed', 'stopped']);
    expect(notices.at(-1)).toEqual({ is: 'stopped', why: 'told' });
  });

  it('while it rests does not begin again', async () => {
    const { clock, run, miner } = world();
    const running = miner(crashing);
    const notices = noticesOf(running);
    running.tell(message('crash'));
    await run(ms(50));
    running.stop();
    await run();
    expect(notices.map(({ is }) => is)).toEqual(['crashed', 'stopped']);
    expect(clock.now()).toBe(ms(50));
  });

  it('before it began never begins', async () => {
    let begun = 0;
    const { run, miner } = world();
    const running = miner({ begin: () => (begun++, []) });
    running.stop();
    await run();
    expect(begun).toBe(0);
  });

  it('is known to who watches, also over a full mailbox, and also too late', async () => {
    const { run, miner } = world({ mailbox: 2 });
    const running = miner();
    const before = noticesOf(running);
    for (let at = 0; at < 10; at++) running.tell(message(`${at}`));
    running.stop();
    expect(before).toEqual([{ is: 'stopped', why: 'told' }]);
    const after = noticesOf(running);
    expect(after).toEqual([]);
    await run();
    expect(after).toEqual([{ is: 'stopped', why: 'told' }]);
  });

  it('is not known to who stopped watching, and known to others whatever one of them throws', async () => {
    const { host, run, miner } = world();
    const running = miner();
    const heard: string[] = [];
    running.watch(() => heard.push('first'))();
    running.watch(() => {
      throw new Error('mine');
    });
    running.watch(() => heard.push('third'));
    running.stop();
    await run();
    expect(heard).toEqual(['third']);
    expect(host.observer.counts().listenerErrors).toBe(1);
  });

  it('with all others of its host leaves the line', async () => {
    const { host, bus, run, miner } = world();
    const running = miner();
    const pool = spawn(host, poolActor(), POOL);
    systemOf(host).stop();
    bus.transport().open(MINER);
    host.transport.send({ ...message('a'), from: POOL });
    await run();
    expect(host.observer.counts().lost.size).toBe(0);
    expect([running.status, pool.status]).toEqual(['stopped', 'stopped']);
    expect(systemOf(host).at(MINER)).toBeUndefined();
  });
});

describe('messages', () => {
  it('are each handled, dead or waiting, whatever befalls their actors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const { host, clock, run } = world({ mailbox: 3 });
        const all = [MINER, OTHER].map((address) => spawn(host, minerActor(crashing), address));
        let told = 0;
        for (const { at, who, does } of events) {
          const running = all[who];
          clock.at(ms(at), () => {
            if (does === 'stop') running?.stop();
            else {
              told++;
              running?.tell(message(does));
            }
            // In between as well as in the end.
            expect(accounted(host, all)).toBe(told);
          });
        }
        await run();
        expect(accounted(host, all)).toBe(told);
        expect(clock.pending).toBe(0);
      }),
    );
  });
});

const START = 1_760_000_000_000 as Instant;
const ms = (offset: number): Instant => later(START, offset as Duration);
const MINER = 'miner/5M' as Address<'miner'>;
const OTHER = 'miner/5N' as Address<'miner'>;
const POOL = 'pool/5P' as Address<'pool'>;
const CHAIN = { at: () => undefined } as unknown as ChainView;
const BUG = new Error('a bug');

interface MinerState {
  readonly handled: string[];
  readonly replies: Reply<'source'>[];
}

/** What a test's miner does; by default nothing but remember. */
interface Behaviour {
  begin: () => readonly Effect[];
  query: (id: string, context: Context) => readonly Effect[];
  reply: (reply: Reply<'source'>, context: Context) => readonly Effect[];
  alarm: (reply: Reply<'alarm'>, context: Context) => readonly Effect[];
}

const minerActor = (
  does: Partial<Behaviour> = {},
): Actor<'miner', MinerState, 'source' | 'alarm'> => ({
  role: 'miner',
  begin: () => [{ handled: [], replies: [] }, ...(does.begin?.() ?? nothing)],
  on: {
    query(state, { body: { id } }, context) {
      const effects = does.query?.(id, context) ?? nothing;
      state.handled.push(id);
      return effects;
    },
    refusal: () => nothing,
    sourceReply(state, reply, context) {
      state.replies.push(reply);
      return does.reply?.(reply, context) ?? nothing;
    },
    alarmReply: (_state, reply, context) => does.alarm?.(reply, context) ?? nothing,
  },
});

/** Remembers every `missing` that it is sent. */
const poolActor = (): Actor<'pool', Envelope<'missing'>[]> => ({
  role: 'pool',
  begin: () => [[]],
  on: {
    query: () => nothing,
    batch: () => nothing,
    commit: () => nothing,
    report: () => nothing,
    countersign: () => nothing,
    settlement: () => nothing,
    feedback: () => nothing,
    appeal: () => nothing,
    vote: () => nothing,
    missing(state, envelope) {
      state.push(envelope);
      return nothing;
    },
  },
});

const crashing: Partial<Behaviour> = {
  query(id) {
    if (id === 'crash') throw BUG;
    return nothing;
  },
};

interface World {
  readonly host: Host;
  readonly clock: VirtualClock;
  readonly bus: InProcessBus;
  readonly run: (until?: Instant) => Promise<unknown>;
  readonly miner: (does?: Partial<Behaviour>) => Running<MinerState>;
}

function world(
  options: { readonly mailbox?: number; readonly source?: ServicePort<'source'> } = {},
): World {
  const clock = new VirtualClock(START);
  const notary = { sign: () => new Uint8Array(64), check: () => true };
  const bus = new InProcessBus({ clock, notary, codec: 'reference' });
  const { mailbox, source } = options;
  const host: Host = {
    clock,
    random: randomFrom('test'),
    transport: bus.transport(),
    chain: { view: CHAIN },
    services: source === undefined ? {} : { source },
    observer: new Observer(),
    ...(mailbox === undefined ? {} : { mailbox }),
  };
  return {
    host,
    clock,
    bus,
    run: (until) => clock.run(until),
    miner: (does) => spawn(host, minerActor(does), MINER),
  };
}

const message = (id: string): Envelope<'query'> => ({
  kind: 'query',
  from: 'buyer/5B' as Address,
  to: MINER,
  sentAt: START,
  body: { id } as Sealed<Query>,
});
const missing = (id: string) => ({ pool: id, from: 0, to: 1 }) as never;
const wanted = (id: string) => ({ query: id as QueryId, attempt: 1, want: { leads: 1 } });

function lossesOf({ observer }: Host): string[] {
  const losses: string[] = [];
  observer.listen((happening) => {
    if (happening.is === 'lost') losses.push(happening.loss.why);
  });
  return losses;
}

function noticesOf(running: Running<unknown>): Notice[] {
  const notices: Notice[] = [];
  running.watch((notice) => notices.push(notice));
  return notices;
}

/** Handled, dead or waiting. */
function accounted({ observer }: Host, all: readonly Running<unknown>[]): number {
  const { received, lost } = observer.counts();
  const waiting = all.reduce((sum, running) => sum + running.waiting, 0);
  return [...received.values(), ...lost.values()].reduce((sum, count) => sum + count, waiting);
}

const event = fc.record({
  at: fc.integer({ min: 0, max: 400 }),
  who: fc.integer({ min: 0, max: 1 }),
  does: fc.constantFrom('a', 'b', 'c', 'd', 'crash', 'crash', 'stop'),
});

type Heard = [at: number, outcome: 'ok' | Fault];

type PortDoes =
  | { readonly does: 'answer' | 'fail' | 'refuse' | 'complete'; readonly after: number }
  | {
      readonly does: 'throw' | 'never' | 'answer at once' | 'nothing at once' | 'fail at once';
      readonly after?: undefined;
    };

const behaviours: fc.Arbitrary<PortDoes> = fc.oneof(
  fc.record({
    does: fc.constantFrom(
      'answer' as const,
      'fail' as const,
      'refuse' as const,
      'complete' as const,
    ),
    after: fc.integer({ min: 0, max: 12 }),
  }),
  fc.record({
    does: fc.constantFrom(
      ...(['throw', 'never', 'answer at once', 'nothing at once', 'fail at once'] as const),
    ),
  }),
);

/** Answers, and then again, and fails, and completes: only the first counts. */
const portThat =
  (what: PortDoes, clock: () => VirtualClock): ServicePort<'source'> =>
  () => {
    if (what.does === 'throw') throw new Error('port');
    if (what.does === 'never') return NEVER;
    if (what.does === 'answer at once') return of([], []);
    if (what.does === 'nothing at once') return EMPTY;
    if (what.does === 'fail at once') return throwError(() => new ServiceFault('refused', 'no'));
    const { does, after } = what;
    return new Observable((subscriber) => {
      return clock().at(later(clock().now(), after as Duration), () => {
        if (does === 'answer') subscriber.next([]);
        if (does === 'answer') subscriber.next([]);
        if (does === 'fail') subscriber.error('why');
        if (does === 'refuse') subscriber.error(new ServiceFault('refused', 'no'));
        subscriber.complete();
      });
    });
  };

/** What the port does by the deadline counts, at the deadline itself too. */
function expectedAnswer(what: PortDoes, by: number): Heard {
  if (by < 0) return [0, 'timeout'];
  if (what.after === undefined) return expectedAtOnce(what.does, by);
  const { does, after } = what;
  if (after > by) return [by, 'timeout'];
  if (does === 'answer') return [after, 'ok'];
  return [after, does === 'refuse' ? 'refused' : 'unavailable'];
}

function expectedAtOnce(does: PortDoes['does'], by: number): Heard {
  if (does === 'never') return [by, 'timeout'];
  if (does === 'answer at once') return [0, 'ok'];
  return [0, does === 'fail at once' ? 'refused' : 'unavailable'];
}
