/**
 * `leadpoet serve` as a process of its own, that is killed, told to stop, started again and overrun,
 * on a subnet that goes on meanwhile.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_QUERIES } from '../../actors/buyer.ts';
import { minutes, type Instant } from '../../protocols/units.ts';
import { program } from '../cli/program.ts';
import { troubleOf } from '../cli/testing/reading.ts';
import { Fleet, type Started } from '../testing/fleet.ts';
import { until } from '../until.ts';
import { Desk } from './desk.ts';
import { keyOf, Requests } from './requests.ts';
import { ask, LONG, Stand, type Said } from './testing/stand.ts';

const run = promisify(execFile);

describe('leadpoet serve', () => {
  const stand = new Stand();
  const fleet = new Fleet(stand.dir);
  let served: Started;
  let url = '';
  const start = async (...more: readonly string[]): Promise<void> => {
    served = fleet.start('serve', 'b1', '--http.port', '0', ...more);
    url = await served.prints();
  };

  beforeAll(async () => {
    const miner = await stand.start('miner', 'm1');
    await Promise.all([stand.start('validator', 'v1'), stand.start('pool', 'p1')]);
    await stand.hasStanding(miner, 'validator');
    await stand.hasStanding(miner, 'pool');
  }, LONG);
  afterAll(async () => {
    await fleet.sweep();
    await stand.close();
  }, LONG);

  it(
    'does what its lines in README.md say',
    async () => {
      await start();
      const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
      const [, lines = ''] = /```console\n(.*?)```/s.exec(readme) ?? [];
      const [first = '', ...curls] = lines.trim().split('\n');
      expect(troubleOf(program, 'leadpoet', first.replace(/^npx | &$/g, ''))).toBeUndefined();
      expect(curls).toHaveLength(3);
      const outs = curls.map((line) => {
        expect(line).toMatch(/^curl -s .*http:\/\/127\.0\.0\.1:8080\//);
        const here = line.replace('http://127.0.0.1:8080', url);
        return run('bash', ['-c', here]).then(({ stdout }) => stdout);
      });
      const [json = '', events, counts] = await Promise.all(outs);
      expect(JSON.parse(json)).toMatchObject({ partial: false, leads: [{ Region: 'DE' }, {}, {}] });
      expect(events).toMatch(/^event: opened\n[^]*\nevent: result\n/);
      expect(counts).toMatch(/^\{"pools":\[/);
    },
    LONG,
  );

  it(
    'is killed in the midst of a query, and has its answer for the same key when it is back',
    async () => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const stream = await openStream(url, 'killed');
      served.signal('SIGKILL');
      await served.end;
      await start('--drain', '0');
      const said = await ask(`${url}/generate_leads`, asked('killed'));
      expect(said).toMatchObject({ status: 200, json: { query_id: stream.query } });
      expect(said.json['leads']).toHaveLength(1);
      // It knows whose query that was.
      const rating = { body: { query_id: stream.query, rating: 8 } };
      expect((await ask(`${url}/feedback`, rating)).status).toBe(204);
      expect((await ask(`${url}/feedback`, rating)).status).toBe(409);
    },
    LONG,
  );

  it(
    'is told to stop, tells who waits where their query goes on, and goes on with it',
    async () => {
      const stream = await openStream(url, 'stopped');
      served.signal('SIGTERM');
      expect(await stream.rest).toMatch(
        /event: problem\ndata: \{.*"title":"Stopping","status":503/,
      );
      expect(await served.end).toMatchObject({ code: 143, signal: null });
      await start('--http.query-rate', '12');
      // Who looks on again is told at once which it is.
      const again = await openStream(url, 'stopped');
      expect(again.query).toBe(stream.query);
      const said = await ask(`${url}/generate_leads`, asked('stopped'));
      expect(said).toMatchObject({ status: 200, json: { query_id: stream.query } });
      expect(
        (await ask(`${url}/feedback`, { body: { query_id: stream.query, rating: 8 } })).status,
      ).toBe(204);
    },
    LONG,
  );

  it(
    'answers a thousand requests at once, most of them with when to come again, and stays as large as it is',
    async () => {
      const round = async (): Promise<readonly Said[]> =>
        Promise.all(
          Array.from({ length: 1_000 }, (_, at) =>
            ask(`${url}/generate_leads`, asked(`many ${at % 5}`)),
          ),
        );
      const first = await round();
      const counts = Map.groupBy(first, ({ status }) => status);
      // Two of the twelve were asked above, unless that is a minute ago; then it may turn in between.
      expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([200, 429]);
      expect(counts.get(200)?.length).toBeGreaterThanOrEqual(10);
      expect(counts.get(200)?.length).toBeLessThanOrEqual(24);
      // Those of a key have the same answer.
      expect(new Set(counts.get(200)?.map(({ text }) => text)).size).toBeLessThanOrEqual(5);
      for (const { headers } of counts.get(429) ?? []) {
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      const before = await memory(url);
      await round();
      const after = await memory(url);
      // A thousand heads and bodies are some megabytes; what grows with each round grows by far more.
      expect(after - before).toBeLessThan(64_000_000);
    },
    LONG,
  );

  it(
    'takes nothing new when it is told to stop, and ends what is open',
    async () => {
      served.signal('SIGTERM');
      await served.end;
      await start();
      const stream = await openStream(url, 'drained');
      served.signal('SIGTERM');
      await served.says(STOPPING);
      const refused = await ask(`${url}/generate_leads`, asked('too late'));
      expect(refused).toMatchObject({ status: 503, json: { title: 'Stopping' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await ask(`${url}/readyz`)).status).toBe(503);
      expect((await ask(`${url}/healthz`)).status).toBe(200);
      expect(await stream.rest).toMatch(/event: result\ndata: \{"format":"leadpoet.answer\/1"/);
      expect(await served.end).toMatchObject({ code: 143 });
    },
    LONG,
  );

  it(
    'asks under the name of before what was placed and never asked, when it is asked for again',
    async () => {
      const node = await stand.start('buyer', 'b2');
      const want = { leads: 1 };
      const key = keyOf('ann', 'k');
      const requests = new Requests(node.dir);
      const at = node.host.clock.now();
      await requests.place({ nonce: 7, caller: 'ann', want, at, key });
      await requests.place({ nonce: 8, caller: 'ann', want, at });
      requests.close();

      const desk = new Desk(node);
      expect(desk.open).toBe(0);
      expect(desk.ask({ caller: 'ann', want: { leads: 2 }, key: 'k' })).toEqual({ is: 'mismatch' });
      const again = desk.ask({ caller: 'ann', want, key: 'k' });
      const end = again.is === 'open' ? await again.order.ended : again;
      expect(end).toMatchObject({ is: 'answered', answer: { nonce: 7 } });
      expect(desk.ask({ caller: 'ann', want, key: 'k' })).toMatchObject({ is: 'answered' });
      desk.close();

      // Nobody can ask again for what had no key.
      const left = new Requests(node.dir);
      expect(left.open()).toEqual([]);
      expect(left.has(7)).toBe(true);
      expect(left.has(8)).toBe(false);
      // After a day the key is free, and whose query it was is still known.
      expect(left.byKey(key, (at + 24 * 3_600_000 + 1) as Instant)).toBeUndefined();
      left.close();
    },
    LONG,
  );

  it(
    'opens no more queries than its node can have',
    async () => {
      const node = await stand.start('buyer', 'b4');
      // It takes what it is told, and does nothing.
      node.running.stop();
      const desk = new Desk(node);
      const wish = { caller: 'ann', want: { leads: 1 } };
      for (let left = MOST_QUERIES; left > 0; left--) {
        expect(desk.ask(wish)).toMatchObject({ is: 'open' });
      }
      expect(desk.ask(wish)).toEqual({ is: 'full' });
      const { url: full } = await stand.serve(node, { desk });
      const said = await ask(`${full}/generate_leads`, { body: { num_leads: 1 } });
      expect(said).toMatchObject({ status: 429, json: { title: 'Too many requests' } });
      expect(Number(said.headers.get('retry-after'))).toBeGreaterThan(0);
      // The last of them are on their way to the disk, and are there when it closes.
      desk.close();
      expect(desk.ask(wish)).toEqual({ is: 'leaving' });
      const said2 = await ask(`${full}/generate_leads`, { body: { num_leads: 1 } });
      expect(said2).toMatchObject({ status: 503, json: { title: 'Stopping' } });
    },
    LONG,
  );

  it(
    'notes at its start what was answered before it could be noted',
    async () => {
      const node = await stand.start('buyer', 'b3');
      const first = new Desk(node);
      const asked1 = first.ask({ caller: 'ann', want: { leads: 1 }, key: 'k' });
      // The desk goes as a process would that is killed after it has asked.
      await until(
        node.host.clock,
        minutes(1),
        () => (asked1.is === 'open' && asked1.order.query) !== undefined,
      );
      first.close();
      expect(asked1.is === 'open' && (await asked1.order.ended)).toEqual({ is: 'left' });
      await until(node.host.clock, minutes(1), () => node.store.answers.latest(1).length > 0);

      const second = new Desk(node);
      const [query] = node.store.answers.latest(1);
      await until(
        node.host.clock,
        minutes(1),
        () => query !== undefined && second.callerOf(query) === 'ann',
      );
      const again = second.ask({ caller: 'ann', want: { leads: 1 }, key: 'k' });
      expect(again).toMatchObject({ is: 'answered', answer: { query } });
      second.close();
    },
    LONG,
  );
});

const STOPPING = 'stopping: no new queries, open ones are ended; once more to leave at once';

const asked = (key: string) => ({
  body: { num_leads: 1 },
  headers: { 'idempotency-key': key.replace(' ', '-') },
});

/** A query that is open by now: its name, and what is still to come. */
async function openStream(
  url: string,
  key: string,
): Promise<{ readonly query: string; readonly rest: Promise<string> }> {
  const response = await fetch(`${url}/generate_leads`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'idempotency-key': key,
    },
    body: '{"num_leads":1}',
  });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const read = async (): Promise<string | undefined> => {
    const part = await reader?.read();
    return part?.done === false ? decoder.decode(part.value, { stream: true }) : undefined;
  };
  let said = '';
  while (!said.includes('event: opened')) said += (await read()) ?? ended(said);
  const [, query = ''] = /"query_id":"(\w+)"/.exec(said) ?? [];
  const rest = (async () => {
    // Of a process that is killed the rest never comes.
    for (let part = await read().catch(() => undefined); part !== undefined;) {
      said += part;
      part = await read().catch(() => undefined);
    }
    return said;
  })();
  return { query, rest };
}

function ended(said: string): never {
  throw new Error(`the stream ended: ${said}`);
}

async function memory(url: string): Promise<number> {
  const { text } = await ask(`${url}/metrics`);
  return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1]);
}
