/**
 * Each line of the contract's table of HTTP, against a server on a subnet that is put together as the
 * tests go: while it waits for an epoch to give somebody a permit, what needs no subnet is asked.
 */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { PoolState } from '../../actors/pool.ts';
import { found, suspect } from '../../protocols/rules/penalty-arbitraries.ts';
import { enterPenalty } from '../../protocols/rules/penalty-fold.ts';
import type { Owner } from '../../protocols/rules/penalty-events.ts';
import { observeNode } from '../dashboard/node-view.ts';
import type { LiveNode } from '../node.ts';
import { Callers } from './callers.ts';
import { ask, Stand, type Ask, type Said, type Serving } from './testing/stand.ts';

/** Nodes start on a machine that may have much else to do. */
const LONG = 180_000;
const FREELY = { queries: 100_000, requests: 100_000 };
const ANN = 'token-of-ann-0123456789';
const BOB = 'token-of-bob-0123456789';
const as = (token: string) => ({ authorization: `Bearer ${token}` });
const want = (body: object, headers = {}): Ask => ({ body, headers });
const problem = (status: number, more: object = {}) => ({
  status,
  type: expect.stringContaining('application/problem+json'),
  json: {
    type: 'about:blank',
    status,
    title: expect.any(String),
    detail: expect.any(String),
    ...more,
  },
});

describe('a buyer’s node over HTTP', () => {
  const stand = new Stand();
  let buyer: LiveNode;
  let open: Serving;
  /** The same desk, for callers with tokens. */
  let named: Serving;
  let validator: Promise<LiveNode>;
  let pool: Promise<LiveNode>;
  const at = (path: string, asked?: Ask): Promise<Said> => ask(`${open.url}${path}`, asked);
  const atNamed = (path: string, asked?: Ask): Promise<Said> => ask(`${named.url}${path}`, asked);

  beforeAll(async () => {
    buyer = await stand.start('buyer', 'b1');
    open = await stand.serve(buyer, { rates: FREELY });
    const callers = new Callers([
      { name: 'ann', token: ANN },
      { name: 'bob', token: BOB },
    ]);
    named = await stand.serve(buyer, {
      desk: open.desk,
      callers,
      rates: FREELY,
      cors: 'https://app.example',
    });
  }, LONG);
  afterAll(() => stand.close(), LONG);

  describe('while there is nobody to ask', () => {
    it(
      'says that there is no miner, then no validator: 503',
      async () => {
        const first = await at('/generate_leads', want({ num_leads: 1 }));
        expect(first).toMatchObject(problem(503, { title: 'No miner', retry_after: 30 }));
        expect(first.headers.get('retry-after')).toBe('30');
        await stand.start('miner', 'm1');
        await stand.hasStanding(buyer, 'miner');
        const second = await at('/generate_leads', want({ num_leads: 1 }));
        expect(second).toMatchObject(problem(503, { title: 'No validator' }));
        validator = stand.start('validator', 'v1');
      },
      LONG,
    );
  });

  describe('a request that is not as it must be', () => {
    it.each([
      [{ num_leads: 101 }, 'num_leads', '101', 'a whole number, 1 to 100'],
      [{ num_leads: 0 }, 'num_leads', '0', 'a whole number, 1 to 100'],
      [{ num_leads: '5' }, 'num_leads', '"5"', 'a whole number, 1 to 100'],
      [{ num_leads: 1.5 }, 'num_leads', '1.5', 'a whole number, 1 to 100'],
      [{}, 'num_leads', 'missing', 'a whole number, 1 to 100'],
      [{ num_leads: 1, industry: 'Mining' }, 'industry', '"Mining"', 'one of Tech & AI, '],
      [{ num_leads: 1, region: '' }, 'region', '""', '1 to 64 characters'],
      [{ num_leads: 1, region: '  ' }, 'region', '"  "', '1 to 64 characters'],
      [{ num_leads: 1, region: 'x'.repeat(65) }, 'region', '"xxx', '1 to 64 characters'],
      [{ num_leads: 1, region: ['DE'] }, 'region', 'a list', '1 to 64 characters'],
      [{ num_leads: 1, leads: 2 }, '"leads"', 'no field', 'num_leads, industry, region'],
      [[1], 'body', 'a list', 'a JSON object of num_leads'],
      [null, 'body', 'null', 'a JSON object of num_leads'],
    ])(
      'is told which field, what came and what is allowed: %j',
      async (body, field, came, allowed) => {
        const { json, ...said } = await at('/generate_leads', {
          method: 'POST',
          ...want(body as object),
        });
        expect({ json, ...said }).toMatchObject(problem(400, { field }));
        expect(json['detail']).toContain(`${field} is ${came}`);
        expect(json['allowed']).toContain(allowed);
      },
    );

    it('is refused where its body is no JSON, or hides a prototype: 400', async () => {
      for (const body of [
        '{"num_leads":1',
        'nonsense',
        '',
        '{"num_leads":1,"__proto__":{"a":1}}',
      ]) {
        const headers = { 'content-type': 'application/json' };
        const said = await at('/generate_leads', { method: 'POST', body, headers });
        expect([body, said]).toMatchObject([body, problem(400, { field: 'body' })]);
      }
    });

    it('is refused where its Idempotency-Key is none: 400', async () => {
      for (const key of ['', 'a b', 'x'.repeat(256), 'é']) {
        const said = await at(
          '/generate_leads',
          want({ num_leads: 1 }, { 'idempotency-key': key }),
        );
        expect([key, said]).toMatchObject([key, problem(400, { field: 'Idempotency-Key' })]);
      }
    });

    it('is told that there is nothing, or nothing by that method: 404, 405', async () => {
      for (const path of ['/nowhere', '/generate_leads/', '/pool/x', '/..%2f..%2fetc/passwd']) {
        expect([path, await at(path)]).toMatchObject([path, problem(404)]);
      }
      const get = await at('/generate_leads');
      expect(get).toMatchObject(problem(405, { allowed: 'POST' }));
      expect(get.headers.get('allow')).toBe('POST');
      expect(await at('/pool', { method: 'DELETE' })).toMatchObject(problem(405));
      expect(await at('/%ff')).toMatchObject(problem(400));
    });

    it('is refused above 64 KiB, and hears of it also where it sends ten megabytes: 413', async () => {
      const fits = { num_leads: 1, region: 'x'.repeat(65_000) };
      expect(await at('/generate_leads', want(fits))).toMatchObject(problem(400));
      const headers = { 'content-type': 'application/json' };
      for (const size of [65_537, 10_000_000]) {
        const body = `"${'x'.repeat(size)}"`;
        const said = await at('/generate_leads', { body, headers });
        expect(said).toMatchObject(problem(413, { field: 'body', allowed: '65536 bytes at most' }));
      }
      // Nor where nobody says beforehand how large it will be.
      const chunked = await chunks(`${open.url}/generate_leads`, 160, 'x'.repeat(65_536));
      expect(chunked).toBe(413);
    });

    it('is refused where its body is of another type, as pages of other sites can send: 415', async () => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/xml',
        '',
      ]) {
        const headers = { 'content-type': type };
        const said = await at('/generate_leads', { body: '{"num_leads":1}', headers });
        expect([type, said]).toMatchObject([
          type,
          problem(415, { field: 'Content-Type', allowed: 'application/json' }),
        ]);
      }
    });
  });

  describe('a server whose callers have tokens', () => {
    it('answers nobody else, and says how to be somebody: 401', async () => {
      const wrong = [
        undefined,
        `Bearer ${ANN}x`,
        `Bearer ${ANN.slice(1)}`,
        `Basic ${ANN}`,
        'Bearer',
        ANN,
      ];
      for (const authorization of wrong) {
        const headers = authorization === undefined ? {} : { authorization };
        for (const path of ['/pool', '/metrics']) {
          const said = await atNamed(path, { headers });
          expect([authorization, said]).toMatchObject([authorization, problem(401)]);
          expect(said.headers.get('www-authenticate')).toContain('Bearer');
          expect(said.text).not.toContain(ANN.slice(1));
        }
        const asked = await atNamed('/generate_leads', want({ num_leads: 1 }, headers));
        expect(asked).toMatchObject(problem(401));
      }
      expect((await atNamed('/pool', { headers: as(BOB) })).status).toBe(200);
    });

    it('shows its documents, health and first page to everybody', async () => {
      for (const path of ['/', '/docs/', '/openapi.json', '/healthz', '/readyz']) {
        expect([path, (await atNamed(path)).status]).toEqual([path, 200]);
      }
    });

    it('gives a page a cookie for its token, which no script and no other site can use', async () => {
      expect(await atNamed('/session', { body: { token: 'wrong' } })).toMatchObject(problem(401));
      const entered = await atNamed('/session', { body: { token: ANN } });
      expect(entered.status).toBe(204);
      const [cookie = ''] = entered.headers.getSetCookie();
      expect(cookie).toMatch(
        /^leadpoet_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
      );
      expect(cookie).not.toContain(ANN);
      const headers = { cookie: cookie.split(';')[0] ?? '' };
      expect((await atNamed('/pool', { headers })).status).toBe(200);

      // With it a page of the same origin may ask, one of another may not, whatever it says.
      const sites = [
        [{ 'sec-fetch-site': 'same-origin' }, 409],
        [{ origin: named.url }, 409],
        [{ 'sec-fetch-site': 'cross-site' }, 403],
        [{ 'sec-fetch-site': 'same-site' }, 403],
        [{ origin: 'https://evil.example' }, 403],
        [{ origin: 'null' }, 403],
      ] as const;
      await atNamed(
        '/generate_leads',
        want({ num_leads: 1 }, { ...headers, 'idempotency-key': 'k' }),
      );
      for (const [site, status] of sites) {
        const said = await atNamed('/generate_leads', {
          body: { num_leads: 2 },
          headers: { ...headers, 'idempotency-key': 'k', ...site },
        });
        expect([site, said]).toMatchObject([site, problem(status)]);
      }
      const left = await atNamed('/session', { method: 'DELETE', headers });
      expect(left.headers.getSetCookie()[0]).toMatch(
        /^leadpoet_session=; .*Expires=Thu, 01 Jan 1970/,
      );
      expect(await atNamed('/pool', { headers: { cookie: 'leadpoet_session=x' } })).toMatchObject(
        problem(401),
      );
    });

    it('lets the pages of one named origin ask, with a token, and no others', async () => {
      const preflight = (origin: string) =>
        atNamed('/generate_leads', {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
      const named1 = await preflight('https://app.example');
      expect(named1.status).toBe(204);
      expect(named1.headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(named1.headers.get('access-control-allow-credentials')).toBeNull();
      const other = await preflight('https://evil.example');
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
      const answered = await atNamed('/pool', {
        headers: { ...as(ANN), origin: 'https://app.example' },
      });
      expect(answered.headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect((await at('/pool')).headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  describe('a server of this machine without tokens', () => {
    it('answers to names of this machine alone: a name of another’s could lead here', async () => {
      const port = String(open.server.port);
      for (const [host, status] of [
        ['evil.example', 403],
        [`evil.example:${port}`, 403],
        ['127.0.0.1.evil.example', 403],
        [`localhost:${port}`, 200],
        [`[::1]:${port}`, 200],
      ] as const) {
        expect([host, await statusFor(open.url, '/pool', { host })]).toEqual([host, status]);
      }
    });

    it('does nothing for a page of another site', async () => {
      for (const site of ['cross-site', 'same-site']) {
        const headers = { 'sec-fetch-site': site };
        expect(await at('/generate_leads', want({ num_leads: 1 }, headers))).toMatchObject(
          problem(403),
        );
        expect(await at('/pool', { headers })).toMatchObject(problem(403));
        const followed = { ...headers, 'sec-fetch-mode': 'navigate' };
        expect(await statusFor(open.url, '/', followed)).toBe(200);
        expect(await statusFor(open.url, '/', headers)).toBe(403);
      }
    });
  });

  describe('when there is a validator and no pool', () => {
    it(
      'says so: 503',
      async () => {
        await validator;
        await stand.hasStanding(buyer, 'validator');
        const said = await at('/generate_leads', want({ num_leads: 1 }));
        expect(said).toMatchObject(problem(503, { title: 'No pool' }));
        pool = stand.start('pool', 'p1');
      },
      LONG,
    );
  });

  describe('whoever is slow, or too much', () => {
    it('is cut off where its head or body does not come in time: 408', async () => {
      const bounds = { headMs: 300, requestMs: 400, lookEveryMs: 50 };
      const { url } = await stand.serve(buyer, { desk: open.desk, bounds });
      const head =
        'POST /generate_leads HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n';
      for (const begun of [
        '',
        'POST / HT',
        `${head}content-length: 20\r\n\r\n{"num_`,
        `${head}x: `,
      ]) {
        const text = await sayRaw(url, begun);
        expect([begun, text]).toEqual([begun, expect.stringContaining('HTTP/1.1 408 ')]);
        expect(text).toContain('application/problem+json');
      }
    });

    it('is refused where its headers are too large or make no sense: 431, 400', async () => {
      const text = await sayRaw(
        open.url,
        `GET /pool HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      );
      expect(text).toContain('HTTP/1.1 431 ');
      expect(text).toContain('"title":"Headers too large"');
      expect(await sayRaw(open.url, 'nonsense\r\n\r\n')).toContain('HTTP/1.1 400 ');
    });

    it('is told when to come again, each caller by itself: 429', async () => {
      const callers = new Callers([
        { name: 'ann', token: ANN },
        { name: 'bob', token: BOB },
      ]);
      const rates = { queries: 2, requests: 3 };
      const { url } = await stand.serve(buyer, { desk: open.desk, callers, rates });
      const asked = async (path: string, token: string, body?: object): Promise<Said> =>
        ask(`${url}${path}`, { headers: as(token), ...(body && { body }) });
      for (const [path, body, most] of [
        ['/pool', undefined, 3],
        ['/generate_leads', { num_leads: 0 }, 2],
      ] as const) {
        for (let left = most; left > 0; left--)
          expect((await asked(path, ANN, body)).status).toBeLessThan(429);
        const said = await asked(path, ANN, body);
        expect(said).toMatchObject(problem(429, { allowed: `${most} a minute` }));
        expect(Number(said.headers.get('retry-after'))).toBeGreaterThan(0);
        expect((await asked(path, BOB, body)).status).toBeLessThan(429);
      }
      // Who watches it is not counted.
      for (let left = 10; left > 0; left--) expect((await ask(`${url}/healthz`)).status).toBe(200);
    });
  });

  describe('its documents', () => {
    it('are one of OpenAPI 3.1, with every endpoint and every problem', async () => {
      const { json } = await at('/openapi.json');
      const validator1 = new Validator();
      expect(await validator1.validate(structuredClone(json) as Record<string, unknown>)).toEqual({
        valid: true,
      });
      expect(validator1.version).toBe('3.1');
      const paths = json['paths'] as Readonly<
        Record<string, Readonly<Record<string, { responses: object }>>>
      >;
      expect(Object.keys(paths).toSorted()).toEqual([
        '/feedback',
        '/generate_leads',
        '/pool',
        '/session',
      ]);
      expect(Object.keys(paths['/generate_leads']?.['post']?.responses ?? {})).toEqual([
        '200',
        '400',
        '401',
        '402',
        '403',
        '409',
        '413',
        '415',
        '429',
        '503',
        '504',
      ]);
      expect(Object.keys(paths['/feedback']?.['post']?.responses ?? {})).toContain('422');
      expect((await atNamed('/openapi.json')).json).toMatchObject({
        security: [{ bearer: [] }, { session: [] }],
      });
    });

    it('are shown by a page that loads nothing from elsewhere', async () => {
      const page = await at('/docs/');
      expect(page.type).toContain('text/html');
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';/,
      );
      const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
      expect(links.length).toBeGreaterThan(3);
      for (const link of links) {
        const { origin, pathname } = new URL(link, `${open.url}/docs/`);
        expect([link, origin]).toEqual([link, open.url]);
        expect([link, (await at(pathname)).status]).toEqual([link, 200]);
      }
    });

    it('say of every answer that it is nobody else’s', async () => {
      for (const path of ['/', '/pool', '/nowhere', '/healthz', '/openapi.json']) {
        const { headers } = await at(path);
        expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
        expect([path, headers.get('content-security-policy')]).toEqual([
          path,
          expect.stringContaining("default-src 'none'"),
        ]);
        expect(headers.get('server')).toBeNull();
        expect(headers.get('x-powered-by')).toBeNull();
      }
    });
  });

  describe('its dashboard', () => {
    it('is a page for everybody, whose data are for who runs the node', async () => {
      const observed = observeNode(buyer, {
        network: { is: 'mock' },
        wallet: { name: 'default', hotkey: 'b1', path: '' },
      });
      const callers = new Callers([
        { name: 'default', token: ANN },
        { name: 'bob', token: BOB },
      ]);
      const options = { desk: open.desk, dashboard: observed, callers };
      const { url } = await stand.serve(buyer, options);
      const page = await ask(url);
      expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
      expect(await ask(`${url}/events`)).toMatchObject(problem(401));
      expect(await ask(`${url}/events`, { headers: as(BOB) })).toMatchObject(problem(403));
      const gone = new AbortController();
      const events = await fetch(`${url}/events`, { headers: as(ANN), signal: gone.signal });
      const first = await events.body?.getReader().read();
      gone.abort();
      expect(events.headers.get('content-type')).toContain('text/event-stream');
      expect(new TextDecoder().decode(first?.value)).toContain('event: state\n');
      observed.close();
    });
  });

  describe('with a subnet behind it', () => {
    beforeAll(async () => {
      await pool;
      await stand.hasStanding(buyer, 'pool');
    }, LONG);

    it(
      'brings leads, and repeats the answer for the same key, never the query',
      async () => {
        const asked = want(
          { num_leads: 3, industry: 'Tech & AI', region: 'DE' },
          { ...as(ANN), 'idempotency-key': 'first' },
        );
        // Two at once are one query, too.
        const [said, twin] = await Promise.all([
          atNamed('/generate_leads', asked),
          atNamed('/generate_leads', asked),
        ]);
        expect(said).toMatchObject({
          status: 200,
          json: { format: 'leadpoet.answer/1', partial: false },
        });
        expect(Object.keys(said.json).toSorted()).toEqual([
          'attempts',
          'batches',
          'compliance',
          'format',
          'leads',
          'partial',
          'query_id',
        ]);
        const { leads, query_id: query, batches } = said.json as unknown as Answer;
        expect(leads).toHaveLength(3);
        expect(leads[0]).toMatchObject({ Industry: 'Tech & AI', Region: 'DE' });
        expect(batches).toMatchObject([{ final_score: 1, reports: [{ score: 1 }] }]);
        expect(twin.json).toEqual(said.json);
        const before = buyer.store.answers.latest(100).length;
        expect((await atNamed('/generate_leads', asked)).json).toEqual(said.json);
        expect(buyer.store.answers.latest(100)).toHaveLength(before);
        expect(buyer.store.answers.latest(1)).toEqual([query]);

        const other = want({ num_leads: 4 }, { ...as(ANN), 'idempotency-key': 'first' });
        expect(await atNamed('/generate_leads', other)).toMatchObject(
          problem(409, { field: 'Idempotency-Key' }),
        );
      },
      LONG,
    );

    it(
      'takes a rating once, of whose query it is',
      async () => {
        const asked = want({ num_leads: 1 }, { ...as(ANN), 'idempotency-key': 'rated' });
        const { query_id: query } = (await atNamed('/generate_leads', asked))
          .json as unknown as Answer;
        const rate = (token: string, body: object) =>
          atNamed('/feedback', { body, headers: as(token) });
        expect(await rate(BOB, { query_id: query, rating: 1 })).toMatchObject(
          problem(422, { field: 'query_id' }),
        );
        expect(await rate(ANN, { query_id: 'f'.repeat(64), rating: 1 })).toMatchObject(
          problem(422),
        );
        expect(await rate(ANN, { query_id: 'abc', rating: 1 })).toMatchObject(
          problem(400, { field: 'query_id' }),
        );
        for (const rating of [0, 11, 5.5, '9', null]) {
          const said = await rate(ANN, { query_id: query, rating });
          expect([rating, said]).toMatchObject([rating, problem(400, { field: 'rating' })]);
        }
        const both = await Promise.all([
          rate(ANN, { query_id: query, rating: 9 }),
          rate(ANN, { query_id: query, rating: 9 }),
        ]);
        expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
        expect(await rate(ANN, { query_id: query, rating: 2 })).toMatchObject(problem(409));
      },
      LONG,
    );

    it(
      'streams progress, then the result',
      async () => {
        const headers = { ...as(ANN), accept: 'text/event-stream', 'idempotency-key': 'streamed' };
        const { type, text } = await atNamed('/generate_leads', want({ num_leads: 2 }, headers));
        expect(type).toContain('text/event-stream');
        const events = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(
          ([, name, data = '']) => [name, JSON.parse(data) as object],
        );
        expect(events.map(([name]) => name)).toEqual(['opened', 'step', 'result']);
        expect(events[1]).toMatchObject([
          'step',
          { attempt: 1, step: { is: 'drawn', miners: 1, panel: 1 } },
        ]);
        const again = await atNamed(
          '/generate_leads',
          want({ num_leads: 2 }, { ...headers, accept: '*/*' }),
        );
        expect(events[2]).toEqual(['result', again.json]);
      },
      LONG,
    );

    it(
      'goes on with the query of who hangs up, and keeps the answer',
      async () => {
        const headers = { ...as(BOB), accept: 'text/event-stream', 'idempotency-key': 'gone' };
        const asked = {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
        };
        const gone = new AbortController();
        const response = await fetch(`${named.url}/generate_leads`, {
          ...asked,
          body: '{"num_leads":1}',
          signal: gone.signal,
        });
        const reader = response.body?.getReader();
        const first = new TextDecoder().decode((await reader?.read())?.value);
        gone.abort();
        const query = /"query_id":"(\w+)"/.exec(first)?.[1];
        expect(query).toHaveLength(64);
        const kept = await atNamed(
          '/generate_leads',
          want({ num_leads: 1 }, { ...headers, accept: '*/*' }),
        );
        expect(kept).toMatchObject({ status: 200, json: { query_id: query } });
      },
      LONG,
    );

    it('tells what the pool held when it delivered, and no lead', async () => {
      const { status, json, text } = await at('/pool');
      expect({ status, json }).toMatchObject({
        status: 200,
        json: { pools: [{ counts: expect.any(Array) }] },
      });
      const [counts] = json['pools'] as readonly {
        leads: number;
        at: string;
        counts: { leads: number }[];
      }[];
      expect(counts?.leads).toBe(counts?.counts.reduce((sum, { leads }) => sum + leads, 0));
      expect(Date.parse(counts?.at ?? '')).toBeGreaterThan(0);
      expect(text).not.toContain('@');
    });

    it(
      'says why three attempts brought nothing: 504',
      async () => {
        const said = await at('/generate_leads', want({ num_leads: 1, region: 'NOWHERE' }));
        const reason = 'no batch was good: rejected';
        expect(said).toMatchObject(
          problem(504, { reasons: [1, 2, 3].map((attempt) => ({ attempt, reason })) }),
        );
      },
      LONG,
    );

    it(
      'says by how much a stake is too small: 402',
      async () => {
        const poor = await stand.start('buyer', 'b2', { 'mock.stake': '12.5' });
        const { url } = await stand.serve(poor);
        await stand.hasStanding(poor, 'pool');
        expect(await ask(`${url}/generate_leads`, want({ num_leads: 1 }))).toMatchObject(
          problem(402, { title: 'Stake too small', need: '50', has: '12.5', short: '37.5' }),
        );
      },
      LONG,
    );

    it(
      'says until when its buyer is restricted: 403',
      async () => {
        const { running, chain } = await pool;
        const { number } = chain.view.latest.head;
        const owner = buyer.hotkey as string as Owner;
        const buyers = [{ ...suspect('u', 90), owner, hotkeys: [buyer.hotkey] }];
        // As if the evidence of some epochs ago had named it.
        const finding = found(number - 100, { from: number - 200, buyers });
        enterPenalty((running.state as PoolState).ledger.penalties, finding);
        const said = await at('/generate_leads', want({ num_leads: 1 }));
        expect(said).toMatchObject(
          problem(403, {
            title: 'Restricted',
            until: expect.any(String),
            until_block: expect.any(Number),
          }),
        );
        expect(Date.parse(String(said.json['until']))).toBeGreaterThan(Date.now());
      },
      LONG,
    );

    it('counts answers by route and status', async () => {
      await atNamed('/nowhere');
      const { text } = await atNamed('/metrics', { headers: as(ANN) });
      expect(text).toMatch(
        /leadpoet_http_request_seconds_count\{route="\/generate_leads",status="200"\} \d/,
      );
      expect(text).toMatch(/leadpoet_http_request_seconds_count\{route="none",status="404"\} \d/);
      expect(text).toMatch(/leadpoet_messages_received_total\{kind="want"\} \d/);
    });
  });
});

interface Answer {
  readonly query_id: string;
  readonly leads: readonly Readonly<Record<string, string>>[];
  readonly batches: readonly object[];
}

/** What a server says to raw bytes, until it closes. */
async function sayRaw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (part: string) => (said += part));
  socket.on('error', () => undefined);
  if (text !== '') socket.write(text);
  await once(socket, 'close');
  return said;
}

/** Sends so many chunks without a word of how many there will be. */
async function chunks(url: string, count: number, chunk: string): Promise<number | undefined> {
  const sending = httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  sending.on('error', () => undefined);
  const answered = once(sending, 'response');
  for (let left = count; left > 0; left--) sending.write(chunk);
  sending.end();
  const [response] = await answered;
  const { statusCode } = response as { readonly statusCode?: number };
  sending.destroy();
  return statusCode;
}

/** As `fetch` would, which sets the name of the host itself. */
async function statusFor(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const sending = httpRequest(`${url}${path}`, { headers });
  sending.end();
  const [response] = await once(sending, 'response');
  const { statusCode } = response as { readonly statusCode?: number };
  sending.destroy();
  return statusCode;
}
