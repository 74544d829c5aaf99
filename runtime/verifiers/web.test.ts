import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hours, type Duration } from '../../protocols/units.ts';
import { openEgress } from './egress.ts';
import type { Names, Web } from './looking.ts';
import { openNames } from './names.ts';
import { certificateFor, type Certificate } from './testing/certificate.ts';
import { SLOW_MS, startWebServer, type WebServer } from './testing/hostile-web.ts';
import { loopbackPolicy } from './testing/loopback-policy.ts';
import { startNameServer, type NameServer } from './testing/name-server.ts';
import { openWeb, type WebOptions } from './web.ts';

const always = new AbortController().signal;
/**
 * For what ends by itself: nothing is missed that comes late, however long the machine stands still. A
 * visit that ought to have ended and has not is what the test's own time is for.
 */
const LONG = hours(1);
/** For what never ends: it is over all the same, sooner or later. */
const SHORT = 300 as Duration;
const PATIENT = { connectTime: LONG, headersTime: LONG, visitTime: LONG };
const CLOSED_PORT = 1;

let nameServer: NameServer;
let open: WebServer;
/** Stands where nobody may be sent. */
let secret: WebServer;
/** Patient with all but `silent.test`. */
let names: Names;
let web: Web;

beforeAll(async () => {
  nameServer = await startNameServer({
    'good.test': { A: ['127.0.0.1'] },
    'second.test': { A: ['127.0.0.7', '127.0.0.1'] },
    'private.test': { A: ['127.0.0.77'] },
    'mixed.test': { A: ['127.0.0.1', '127.0.0.77'] },
    'mixed-six.test': { A: ['127.0.0.1'], AAAA: ['::1'] },
    'metadata.test': { A: ['169.254.169.254'] },
    'mapped.test': { AAAA: ['::ffff:127.0.0.77'] },
    'rebind.test': (before) => ({ A: [before === 0 ? '127.0.0.1' : '127.0.0.77'] }),
    'rebind-soon.test': (before) => ({ A: [before === 0 ? '127.0.0.1' : '127.0.0.77'] }),
    'slow.test': { A: ['127.0.0.1'], after: 200 as Duration },
    'long.test': { A: ['127.0.0.1'], isTruncated: true },
    'empty.test': {},
    'silent.test': 'silent',
    'silent-for-long.test': 'silent',
    'servfail.test': 'servfail',
    'many.test': {
      A: [...Array.from({ length: 200 }, () => '127.0.0.1'), '127.0.0.77'],
      isTruncated: true,
    },
  });
  open = await startWebServer();
  secret = await startWebServer({ address: '127.0.0.77' });
  const policy = loopbackPolicy([open.port, secret.port, CLOSED_PORT]);
  const namesIn = (timeout: Duration): Names =>
    openNames({ servers: [nameServer.at], timeout, policy });
  const [patient, hasty] = [namesIn(LONG), namesIn(SHORT)];
  names = {
    ...patient,
    addresses: (host, signal) => (host === 'silent.test' ? hasty : patient).addresses(host, signal),
  };
  web = openWeb({ names, policy, ...PATIENT });
});
afterAll(async () => {
  await web.close();
  for (const server of [nameServer, open, secret]) server.close();
});

const at = (path: string, host = 'good.test', port = open.port): string =>
  `http://${host}:${port}${path}`;
const visit = (url: string): ReturnType<Web['visit']> => web.visit(url, always);
const sendTo = (url: string): string => at(`/to?${encodeURIComponent(url)}`);

describe('a website', () => {
  it.each([
    '/ok',
    '/status/200',
    '/status/204',
    '/no-head',
    '/garbled-head',
    '/by/405/200',
    '/by/503/200',
  ])('is there: %s', async (path) => expect(await visit(at(path))).toBe('there'));
  it.each([401, 403, 405, 429, 500, 501, 503, 599])('is there with %d', async (status) => {
    expect(await visit(at(`/status/${status}`))).toBe('there');
  });
  it.each([400, 402, 404, 406, 410, 418, 451, 304])('is gone with %d', async (status) => {
    expect(await visit(at(`/status/${status}`))).toBe('gone');
  });
  it('is gone where GET says so, whatever HEAD said', async () => {
    expect(await visit(at('/by/403/404'))).toBe('gone');
    expect(await visit(at('/by/405/410'))).toBe('gone');
  });
  it('is asked with GET only where HEAD tells little', async () => {
    const before = open.requests.length;
    await visit(at('/status/200'));
    await visit(at('/status/404'));
    await visit(at('/by/403/200'));
    expect(open.requests.slice(before)).toEqual([
      'HEAD /status/200',
      'HEAD /status/404',
      'HEAD /by/403/200',
      'GET /by/403/200',
    ]);
  });
  it('is there behind a name with one address that answers, or a slow or long answer', async () => {
    for (const host of ['second.test', 'slow.test', 'long.test', 'GOOD.test.']) {
      expect([host, await visit(at('/ok', host))]).toEqual([host, 'there']);
    }
    expect(await visit(at('/ok', '127.0.0.1'))).toBe('there');
  });
  it('is gone where nobody listens, or there is no such name', async () => {
    expect(await visit(at('/', 'good.test', CLOSED_PORT))).toBe('gone');
    expect(await visit(at('/', 'nowhere.test'))).toBe('gone');
    expect(await visit(at('/', 'empty.test'))).toBe('gone');
    expect(await visit('nonsense')).toBe('gone');
  });
  it.each(['silent.test', 'servfail.test'])('is silent where its name is: %s', async (host) => {
    expect(await visit(at('/', host))).toBe('silent');
  });
});

describe('a redirect', () => {
  it('is followed three times and no further', async () => {
    expect(await visit(at('/chain/3'))).toBe('there');
    expect(await visit(at('/chain/4'))).toBe('gone');
    expect(await visit(at('/loop'))).toBe('gone');
  });
  it('goes to another host', async () => {
    expect(await visit(sendTo(at('/ok', 'second.test')))).toBe('there');
    expect(await visit(sendTo(at('/', 'nowhere.test')))).toBe('gone');
    expect(await visit(sendTo(at('/', 'silent.test')))).toBe('silent');
  });
  it('gets no more time than the visit has, though each step has enough', async () => {
    expect(await visit(at('/slow/3'))).toBe('there');
    const brief = openHere({ visitTime: (2 * SLOW_MS) as Duration });
    expect(await brief.visit(at('/slow/3'), always)).toBe('gone');
    await brief.close();
  });
  it('goes to a place that is not ASCII', async () => {
    expect(await visit(sendTo(at('/ok?für=①', 'ｇｏｏｄ.test')))).toBe('there');
    expect(open.requests.at(-1)).toBe('HEAD /ok?f%C3%BCr=%E2%91%A0');
  });
  it('that says nowhere is no website', async () => {
    expect(await visit(at('/nowhere'))).toBe('gone');
    expect(await visit(sendTo('http://['))).toBe('gone');
  });
});

describe('where nobody may be sent', () => {
  const blocked = (): string[] =>
    `private.test mixed.test mixed-six.test metadata.test mapped.test many.test 127.0.0.77 [::1]
     [::ffff:127.0.0.77] 2130706509 0x7f.77 localhost a.localhost`
      .split(/\s+/)
      .map((host) => at('/', host, secret.port));

  it('is blocked, by name and by address', async () => {
    for (const url of blocked()) expect([url, await visit(url)]).toEqual([url, 'blocked']);
    expect(secret.hits()).toBe(0);
  });
  it('is blocked behind a redirect', async () => {
    for (const url of [
      ...blocked(),
      'file:///etc/passwd',
      'http://u:p@good.test/',
      at('/', 'good.test', 22),
    ]) {
      expect([url, await visit(sendTo(url))]).toEqual([url, 'blocked']);
    }
    expect(secret.hits()).toBe(0);
  });
  it('is blocked when a name moves there between two redirects', async () => {
    expect(
      await visit(
        at(`/to?${encodeURIComponent(at('/', 'rebind.test', secret.port))}`, 'rebind.test'),
      ),
    ).toBe('blocked');
    expect(secret.hits()).toBe(0);
  });
  it('is not where a name moves to within a visit: it is asked for once', async () => {
    expect(await visit(at('/by/403/200', 'rebind-soon.test'))).toBe('there');
    expect(nameServer.asked.filter((asked) => asked === 'A rebind-soon.test')).toHaveLength(1);
    expect(secret.hits()).toBe(0);
  });
});

describe('a host that does harm', () => {
  it.each(['/hang', '/drip'])('is gone when its time is over: %s', async (path) => {
    const hasty = openHere({ headersTime: SHORT });
    expect(await hasty.visit(at(path), always)).toBe('gone');
    await hasty.close();
  });
  it.each(['/headers', '/header', '/interim', '/reset', '/garbage'])(
    'is gone when it has said too much or nonsense, however much time there is: %s',
    async (path) => expect(await visit(at(path))).toBe('gone'),
  );
  // Their status has come before the harm does; the body is nobody's business.
  it.each(['/drip-body', '/short', '/cut', '/bomb', '/flood', '/head-body'])(
    'is there, and its body is left: %s',
    async (path) => expect(await visit(at(path))).toBe('there'),
  );

  it('gets no more than some bytes through', async () => {
    await allClosed();
    const before = open.sent();
    for (const path of ['/flood', '/bomb', '/headers', '/interim']) await visit(at(path));
    await allClosed();
    // What the system's own buffers take of a connection on loopback is a few megabytes.
    expect(open.sent() - before).toBeLessThan(40_000_000);
  });

  it('keeps no connection once the visit is over', async () => {
    for (const path of ['/ok', '/status/403', '/drip-body', '/header']) {
      await visit(at(path));
      await allClosed();
    }
  });
});

describe('a visit', () => {
  it('ends with the signal, as gone', async () => {
    for (const url of [at('/hang'), at('/', 'silent-for-long.test')]) {
      const impatient = new AbortController();
      const found = web.visit(url, impatient.signal);
      setImmediate(() => impatient.abort());
      expect(await found).toBe('gone');
    }
    expect(await web.visit(at('/ok'), AbortSignal.abort())).toBe('gone');
  });

  it('waits while two others are at the same host', async () => {
    const before = open.hits();
    const leaving = new AbortController();
    const hanging = [1, 2].map(() => web.visit(at('/hang'), leaving.signal));
    const third = web.visit(at('/ok'), always);
    const other = await web.visit(at('/ok', 'second.test'), always);
    expect(other).toBe('there');
    expect(open.hits() - before).toBe(3);
    leaving.abort();
    expect(await third).toBe('there');
    expect(await Promise.all(hanging)).toEqual(['gone', 'gone']);
  });

  it('ends when the visiting is closed, and none begins after', async () => {
    const closing = openHere({});
    const found = closing.visit(at('/hang'), always);
    await closing.close();
    expect(await found).toBe('gone');
    expect(await closing.visit(at('/ok'), always)).toBe('gone');
  });
});

describe('TLS', () => {
  const trusted = getCACertificates('default');
  let certificate: Certificate | undefined;
  beforeAll(() => {
    certificate = certificateFor('good.test');
    if (certificate !== undefined) setDefaultCACertificates([...trusted, certificate.cert]);
  });
  afterAll(() => setDefaultCACertificates(trusted));

  it('is believed under the name that it is for, and no other', async (ctx) => {
    if (certificate === undefined) return ctx.skip('openssl is not here');
    const server = await startWebServer({ tls: certificate });
    const secure = openHere({ policy: loopbackPolicy([server.port]) });
    const visitAt = (host: string) => secure.visit(`https://${host}:${server.port}/ok`, always);
    expect(await visitAt('good.test')).toBe('there');
    expect(await visitAt('second.test')).toBe('gone');
    expect(await visitAt('127.0.0.1')).toBe('gone');
    expect(server.requests).toEqual(['HEAD /ok']);
    await secure.close();
    server.close();
  });
});

describe('many visits at once', () => {
  it('connect a few in a turn of the loop, so that others have theirs', async () => {
    const perTurn: number[] = [0];
    const count = (): void => void perTurn.push((perTurn.pop() ?? 0) + 1);
    const turn = (): void => {
      perTurn.push(0);
      loop = setImmediate(turn);
    };
    let loop = setImmediate(turn);
    subscribe('undici:client:beforeConnect', count);
    const policy = { allowsAddress: () => true, allowsPort: () => true };
    const many = openWeb({ names, policy });
    const found = await Promise.all(
      Array.from({ length: 50 }, (_, host) =>
        many.visit(`http://127.0.1.${host}:${CLOSED_PORT}/`, always),
      ),
    );
    unsubscribe('undici:client:beforeConnect', count);
    clearImmediate(loop);
    await many.close();
    expect(new Set(found)).toEqual(new Set(['gone']));
    expect(perTurn.reduce((sum, connected) => sum + connected)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(8);
  });
});

describe('our way out', () => {
  it('is there where a connection stands, and is judged like any other', async () => {
    const policy = loopbackPolicy([open.port, secret.port, CLOSED_PORT]);
    const nobodys = await startWebServer();
    const reachable = (host: string, port: number, signal = always): Promise<boolean> =>
      openEgress({ names, policy, port, timeout: LONG })(host, signal);
    expect(await reachable('good.test', open.port)).toBe(true);
    expect(await reachable('second.test', open.port)).toBe(true);
    expect(await reachable('good.test', CLOSED_PORT)).toBe(false);
    expect(await openEgress({ names, policy, port: nobodys.port })('good.test', always)).toBe(
      false,
    );
    expect(nobodys.hits()).toBe(0);
    expect(await reachable('nowhere.test', open.port)).toBe(false);
    expect(await reachable('silent.test', open.port)).toBe(false);
    expect(await reachable('private.test', secret.port)).toBe(false);
    expect(await reachable('mixed.test', secret.port)).toBe(false);
    expect(await reachable('good.test', open.port, AbortSignal.abort())).toBe(false);
    expect(secret.hits()).toBe(0);
    nobodys.close();
  });
});

/** Patient, where nothing else is said. */
const openHere = (options: Partial<WebOptions>): Web =>
  openWeb({ names, policy: loopbackPolicy([open.port]), ...PATIENT, ...options });

/** No connection closes by itself: the server keeps an idle one for longer than the test lasts. */
async function allClosed(): Promise<void> {
  while (open.open() > 0) await new Promise(setImmediate);
}
