import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveNode } from '../node.ts';
import { Callers } from './callers.ts';
import {
  ANN,
  as,
  ask,
  BOB,
  FREELY,
  LONG,
  problem,
  Stand,
  want,
  type Ask,
  type Said,
  type Serving,
} from './testing/stand.ts';

describe('what a server refuses', () => {
  const stand = new Stand();
  let buyer: LiveNode;
  let open: Serving;
  const at = (path: string, asked?: Ask): Promise<Said> => ask(`${open.url}${path}`, asked);

  beforeAll(async () => {
    buyer = await stand.start('buyer', 'b1');
    open = await stand.serve(buyer, { rates: FREELY });
  }, LONG);
  afterAll(() => stand.close(), LONG);

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
});

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
