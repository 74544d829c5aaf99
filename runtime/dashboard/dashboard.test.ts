import { connect } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { dashboard } from './dashboard.ts';
import { Picture } from './picture.ts';
import type { Controls, DashboardSource } from './source.ts';

describe('the dashboard over HTTP', () => {
  it('serves a page that loads nothing from elsewhere', async () => {
    const { url } = await open(pictured(new Picture()));
    const page = await fetch(url);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
    const again = await fetch(url, {
      headers: { 'if-none-match': page.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect((await fetch(`${url}/dashboard/nothing.js`)).status).toBe(404);
  });

  it('tells who begins to look all there is, and then what changes', async () => {
    const picture = new Picture();
    picture.put('pool', () => ({ region: '<b>\n\u2028' }));
    const { url } = await open(pictured(picture));
    const events = await eventsOf(url);
    expect(await events.next()).toMatchObject({
      event: 'state',
      data: { parts: { pool: { region: '<b>\n\u2028' } }, gone: [] },
    });
    picture.put('time', () => 7);
    expect(await events.next()).toMatchObject({ event: 'change', data: { parts: { time: 7 } } });
    picture.drop('pool');
    expect(await events.next()).toMatchObject({ data: { parts: {}, gone: ['pool'] } });
    await events.close();
  });

  it('ends the feed where the source has ended, and all feeds when it is closed', async () => {
    const ended = await open({ look: () => Promise.reject(new Error('ended')) });
    expect(await (await eventsOf(ended.url)).next()).toBeUndefined();

    const { url, app } = await open(pictured(new Picture()));
    const events = await eventsOf(url);
    await events.next();
    await app.close();
    expect(await events.next()).toBeUndefined();
  });

  it('lets sixteen look on, and refuses the next', async () => {
    const { url } = await open(pictured(new Picture()));
    const all = await Promise.all(Array.from({ length: 16 }, () => eventsOf(url)));
    const refused = await fetch(`${url}/events`);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ title: 'Too many look on' });
    await Promise.all(all.map((events) => events.close()));
  });

  it('sends one that does not read nothing more, and looks no longer for it', async () => {
    const counted = { looks: 0 };
    const large = JSON.stringify('x'.repeat(1_000_000));
    const { url } = await open({
      look: () => ({
        version: ++counted.looks,
        isWhole: false,
        gone: [],
        parts: [['large', large]],
      }),
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.pause();
    socket.write('GET /events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    // What a socket takes in by itself is some megabytes; then it stands still.
    const isStill = async (): Promise<boolean> => {
      const before = counted.looks;
      await ticks(20);
      return counted.looks === before && before > 0;
    };
    while (counted.looks < 1_000 && !(await isStill()));
    expect(counted.looks).toBeLessThan(100);
    socket.destroy();
  });
});

describe('steering over HTTP', () => {
  it('takes the four commands', async () => {
    const { url, told } = await steered();
    for (const [command, body] of [
      ['play', {}],
      ['pause', {}],
      ['step', { ms: 60_000 }],
      ['speed', { of: 60 }],
      ['speed', { of: null }],
    ] as const) {
      expect((await post(`${url}/control/${command}`, body)).status).toBe(204);
    }
    expect(told).toEqual(['play', 'pause', 'step 60000', 'speed 60', 'speed undefined']);
  });

  it.each([
    ['fly', {}, 'command is "fly"; allowed: play, pause, step, speed'],
    ['constructor', {}, 'command is "constructor"; allowed: play, pause, step, speed'],
    ['step', {}, 'ms is missing; allowed: a whole number, 1 to 86400000'],
    ['step', { ms: 1.5 }, 'ms is 1.5; allowed: a whole number, 1 to 86400000'],
    ['speed', { of: 0 }, 'of is 0; allowed: 0.1 to 1000000'],
    ['play', [], 'body is a list; allowed: an object'],
  ])('refuses %s %j, and says what is allowed', async (command, body, detail) => {
    const { url, told } = await steered();
    const answer = await post(`${url}/control/${command}`, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail });
    expect(told).toEqual([]);
  });

  it("is not for another site's page, which sends text or says whence it is", async () => {
    const { url, told } = await steered();
    const text = await fetch(`${url}/control/play`, { method: 'POST', body: '{}' });
    expect(text.status).toBe(415);
    const other = await post(`${url}/control/play`, {}, { 'sec-fetch-site': 'cross-site' });
    expect(other.status).toBe(403);
    expect((await post(`${url}/control/step`, { ms: 'x'.repeat(2_000) })).status).toBe(413);
    expect(told).toEqual([]);
  });

  it('is not there for a live node', async () => {
    const { url } = await open(pictured(new Picture()));
    expect((await post(`${url}/control/play`, {})).status).toBe(404);
  });
});

const opened: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

async function open(source: DashboardSource) {
  const app = fastify({ forceCloseConnections: true });
  opened.push(app);
  await app.register(dashboard, { source, everyMs: 5 });
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

const pictured = (picture: Picture): DashboardSource => ({
  look: (since) => picture.since(since),
});

async function steered() {
  const told: string[] = [];
  const tell = (what: string): Promise<void> => Promise.resolve(void told.push(what));
  const controls: Controls = {
    play: () => tell('play'),
    pause: () => tell('pause'),
    step: (by) => tell(`step ${by}`),
    speed: (of) => tell(`speed ${of}`),
  };
  return { ...(await open({ ...pictured(new Picture()), controls })), told };
}

const post = (url: string, body: unknown, headers = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Turns of the event loop, with what comes in from sockets. */
async function ticks(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Reads events as a browser does; undefined once the feed has ended. */
async function eventsOf(url: string) {
  const leave = new AbortController();
  const { body } = await fetch(`${url}/events`, { signal: leave.signal });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next(): Promise<{ event: string; data: unknown } | undefined> {
      for (;;) {
        const [, event, data] = /event: (\w+)\nid: \d+\ndata: ([^\n]*)\n\n/.exec(text) ?? [];
        if (event !== undefined && data !== undefined) {
          text = text.slice(text.indexOf('\n\n', text.indexOf('event: ')) + 2);
          return { event, data: JSON.parse(data) as unknown };
        }
        const more = await reader?.read();
        if (more === undefined || more.done) return undefined;
        text += more.value;
      }
    },
    close: async () => {
      leave.abort();
      await reader?.cancel().catch(() => undefined);
    },
  };
}
