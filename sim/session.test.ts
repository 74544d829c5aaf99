import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { minutes, type Duration } from '../protocols/units.ts';
import { nodeEndpoint } from './endpoint.ts';
import { change, scenario, type Scenario } from './scenario.ts';
import { openSession, type Session } from './session.ts';
import { simulate } from './simulate.ts';
import type { Told, ToldBatch } from './telling.ts';

describe('a session', () => {
  it('is the run that simulate makes, played, paused and stepped', async () => {
    const session = await open(1);
    expect(await session.at()).toEqual({ virtual: 0, of: TINY.duration, events: 0, is: 'paused' });
    // So slow that it cannot be at its end by the time it hears of the pause.
    await session.play(10);
    await session.pause();
    await session.step(minutes(2));
    const { virtual, is } = await session.at();
    expect(is).toBe('paused');
    expect(virtual).toBeGreaterThanOrEqual(minutes(2));
    await session.play();
    const result = await session.result();
    expect(result).toEqual(await simulate({ scenario: TINY, seed: 1 }));
    expect(await session.at()).toMatchObject({ is: 'ended', virtual: TINY.duration });
  });

  it('shows who takes part and what they know, and refuses what makes no sense', async () => {
    const session = await open(2);
    await expect(session.play(-1)).rejects.toThrow('the speed is -1; it is above 0');
    await expect(session.step(-5 as Duration)).rejects.toThrow('the step is -5 ms');
    await session.step(minutes(3));
    expect(await session.at()).toMatchObject({ virtual: minutes(3), is: 'paused' });
    const [name = ''] = await session.names();
    expect(await session.look(name)).toMatchObject({ name, actors: [{ status: 'live' }] });
    expect(await session.look('nobody')).toBeUndefined();
    expect(await session.look('__proto__')).toBeUndefined();
  });

  it('tells each listener what happens, until it has heard enough', async () => {
    const session = await open(3);
    const [told, other]: [Told[], Told[]] = [[], []];
    const silence = await session.subscribe((batch) => void told.push(...batch.told));
    await session.subscribe((batch) => void other.push(...batch.told));
    await session.step(minutes(5));
    const { events } = await session.at();
    // What is told comes by another way than the end of the step, and may come after it.
    await expect.poll(() => told.length).toBeGreaterThan(0);
    silence();
    await session.step(minutes(5));
    await expect.poll(() => other.length).toBeGreaterThan(told.length);
    expect(other.slice(0, told.length)).toEqual(told);
    expect(told.length).toBeLessThanOrEqual(events);
    expect(told.length).toBeGreaterThan(0);
  });

  it('goes on without a listener that is slow or fails', async () => {
    const session = await open(4);
    const batches: ToldBatch[] = [];
    await session.subscribe((batch) => {
      batches.push(batch);
      return new Promise(() => undefined);
    });
    const warned = new Promise<Error>((resolve) => {
      process.on('warning', (warning) => {
        if (warning.cause !== undefined) resolve(warning);
      });
    });
    await session.subscribe(() => {
      throw new Error('a mistake of the listener');
    });
    await session.play();
    expect(await session.result()).toHaveProperty('digest');
    await expect.poll(() => batches.length).toBe(1);
    expect(await warned).toMatchObject({ cause: { message: 'a mistake of the listener' } });
  });

  it('lets no call hang when it is closed while it plays, in flight or after', async () => {
    const session = await open(5, change(TINY, { duration: minutes(100_000) }));
    await session.play();
    const waiting = session.result().catch((error: unknown) => error);
    await session.close();
    expect(await waiting).toMatchObject({ message: 'the session is closed' });
    await expect(session.at()).rejects.toThrow('the session is closed');
    await expect(session.subscribe(() => undefined)).rejects.toThrow('the session is closed');
    await session.close();
  });

  it('does not open where the run can’t begin, and says why', async () => {
    const broken = { ...TINY, demand: undefined } as unknown as Scenario;
    await expect(openSession({ scenario: broken, seed: 1 })).rejects.toMatchObject({
      message: 'the run failed',
      cause: { message: expect.any(String) },
    });
  });
});

describe('an endpoint', () => {
  it('hears what is sent until it listens no more, as a function or as an object', async () => {
    const { port1, port2 } = new MessageChannel();
    const [one, two] = [nodeEndpoint(port1), nodeEndpoint(port2)];
    const heard: unknown[] = [];
    const listener = { handleEvent: ({ data }: { data: unknown }) => void heard.push(data) };
    const next = (): Promise<unknown> =>
      new Promise((resolve) => {
        port2.once('message', resolve);
      });
    two.addEventListener('message', listener);
    one.postMessage('a', []);
    await next();
    two.removeEventListener('message', listener);
    two.removeEventListener('message', listener);
    const bytes = new Uint8Array(4);
    one.postMessage(bytes, [bytes.buffer]);
    await next();
    expect(heard).toEqual(['a']);
    expect(bytes).toHaveLength(0);
    port1.close();
  });
});

const TINY: Scenario = scenario({
  name: 'tiny',
  duration: minutes(20),
  miners: { honest: 3 },
  validators: { honest: 3 },
  buyers: { honest: 1 },
  demand: { queriesPerDay: 300, leads: 10 },
  chain: { tempo: 99 },
});

const opened: Session[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.close()));
});

async function open(seed: number, run: Scenario = TINY): Promise<Session> {
  const session = await openSession({ scenario: run, seed });
  opened.push(session);
  return session;
}
