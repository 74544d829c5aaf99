import { request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { minutes } from '../protocols/units.ts';
import { openHealth, type Health, type HealthOptions } from './health.ts';

describe('health over HTTP', () => {
  it('says that it is alive, that it is ready, and what it counts', async () => {
    const told: unknown[] = [];
    const health = await open({ say: (...line) => told.push(line) });
    expect(told).toEqual([['info', 'metrics and health are served', { url: health.url }]]);
    expect(await get(health, '/healthz')).toMatchObject({ status: 200, body: { alive: true } });
    expect(await get(health, '/readyz')).toMatchObject({
      status: 200,
      body: { ready: true, checks: { chain: 'ok', transport: 'ok', store: 'ok' } },
    });
    const metrics = await get(health, '/metrics');
    expect(metrics).toMatchObject({ status: 200, type: METRICS.contentType, text: 'up 1\n' });
  });

  it('says what it lacks, each by its name, and is alive all the same', async () => {
    const health = await open({
      ready: {
        chain: () => 'the newest block is 90 s old',
        transport: () => undefined,
        store: () => {
          throw new Error('closed by ann@acme.com');
        },
      },
    });
    expect(await get(health, '/readyz')).toMatchObject({
      status: 503,
      type: 'application/problem+json; charset=utf-8',
      body: {
        title: 'Not ready',
        status: 503,
        detail: 'chain: the newest block is 90 s old; store: could not be looked at',
      },
    });
    expect((await get(health, '/healthz')).status).toBe(200);
  });

  it('is looked at anew each time', async () => {
    let wrong: string | undefined = 'not yet';
    const health = await open({ alive: { actors: () => wrong } });
    expect((await get(health, '/healthz')).status).toBe(503);
    wrong = undefined;
    expect((await get(health, '/healthz')).status).toBe(200);
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/%ff', 400],
    ['GET', '/readyz?x=1', 200],
    ['GET', `/${'x'.repeat(3_000)}`, 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/healthz', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    const found = await get(await open({}), path, { method });
    expect(found.status).toBe(status);
    if (status !== 200) expect(found.type).toContain('application/problem+json');
  });

  it('takes no body and no long header, and closes on either', async () => {
    const health = await open({});
    expect(
      (await get(health, '/metrics', { method: 'POST', body: 'x'.repeat(10_000) })).status,
    ).toBe(405);
    expect((await get(health, '/healthz', { headers: { x: 'x'.repeat(20_000) } })).status).toBe(
      431,
    );
    expect((await get(health, '/healthz')).status).toBe(200);
  });

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.', '[::2]', '10.0.0.1:80'])(
    'tells nothing to who asks for %j: a page in a browser, by a name of its own',
    async (host) => {
      const found = await get(await open({}), '/metrics', { headers: { host } });
      expect([400, 403]).toContain(found.status);
      expect(found.text).not.toContain('up 1');
    },
  );

  it('listens on the loopback address alone', async () => {
    const { url, port } = await open({});
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(port).toBeGreaterThan(0);
  });

  it('holds so many connections and not one more, and answers again when they are gone', async () => {
    const health = await open({});
    const sockets = Array.from({ length: 90 }, () => connect(health.port, '127.0.0.1'));
    const ends = sockets.map(
      (socket) =>
        new Promise<string>((resolve) => {
          socket.on('error', () => resolve('refused')).on('close', () => resolve('refused'));
          socket.on('data', () => resolve('answered'));
          socket.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
        }),
    );
    const found = await Promise.all(ends);
    expect(found.filter((end) => end === 'answered').length).toBe(64);
    const closed = sockets.map(
      (socket) =>
        new Promise<void>((resolve) =>
          socket.closed ? resolve() : socket.once('close', () => resolve()),
        ),
    );
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await expect
      .poll(() =>
        get(health, '/healthz').then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  it('says which port is taken, and what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(openHealth({ ...SOUND, port })).rejects.toThrow(
      `port ${port} of 127.0.0.1 is in use: name another with --metrics.port`,
    );
    await new Promise((resolve) => taken.close(resolve));
    await expect(openHealth({ ...SOUND, port: 70_000 })).rejects.toThrow('--metrics.port is 70000');
  });

  it('ends at once, whoever still holds a connection', async () => {
    const health = await open({});
    const socket = connect(health.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await health.close();
    await closed;
    await expect(get(health, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});

const METRICS = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  text: () => Promise.resolve('up 1\n'),
};
const sound = (): undefined => undefined;
const SOUND: HealthOptions = {
  port: 0,
  metrics: METRICS,
  ready: { chain: sound, transport: sound, store: sound },
  // No connection is closed because the machine stood still.
  patience: minutes(4),
};

const opened: Health[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((health) => health.close()));
});

async function open(options: Partial<HealthOptions>): Promise<Health> {
  const health = await openHealth({ ...SOUND, ...options });
  opened.push(health);
  return health;
}

interface Found {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: unknown;
}
interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function get({ port }: Health, path: string, asked: Asked = {}): Promise<Found> {
  const { method = 'GET', headers = {}, body } = asked;
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false } as const;
    const request = httpRequest(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('end', () => {
        const type = response.headers['content-type'] ?? '';
        const parsed: unknown = type.includes('json') && text !== '' ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, type, text, body: parsed });
      });
    });
    request.on('error', reject).end(body);
  });
}
