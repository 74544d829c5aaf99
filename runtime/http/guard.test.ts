import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeNode } from '../dashboard/node-view.ts';
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
  statusFor,
  want,
  type Ask,
  type Said,
  type Serving,
} from './testing/stand.ts';

describe('whom a server lets in', () => {
  const stand = new Stand();
  let buyer: LiveNode;
  let open: Serving;
  /** The same desk, for callers with tokens. */
  let named: Serving;
  const at = (path: string, asked?: Ask): Promise<Said> => ask(`${open.url}${path}`, asked);
  const atNamed = (path: string, asked?: Ask): Promise<Said> => ask(`${named.url}${path}`, asked);

  beforeAll(async () => {
    buyer = await stand.start('buyer', 'b1');
    open = await stand.serve(buyer, { rates: FREELY });
    const callers = new Callers([
      { name: 'ann', token: ANN },
      { name: 'bob', token: BOB },
    ]);
    const cors = 'https://app.example';
    named = await stand.serve(buyer, { desk: open.desk, callers, rates: FREELY, cors });
  }, LONG);
  afterAll(() => stand.close(), LONG);

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
});
