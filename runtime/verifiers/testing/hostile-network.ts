/**
 * Run in a namespace (`namespace.test.ts`): a small Internet that means harm, and what the shipped
 * looks at it find, with the shipped policy and ports, and the shipped times where something is to end.
 *
 *     93.184.216.34 :53    the name server
 *     93.184.216.35 :80    does what the path says        :443  the same, with a certificate
 *     93.184.216.36, 2606:2800:220:1::36 :80              another such
 *     PRIVATE :80 :443     must never be called, and count who does
 *
 * Prints JSON: what was found in each case, in how long; how often a private server was called; and the
 * most memory that was held.
 */
import { minutes, seconds, type Duration, type Instant } from '../../../protocols/units.ts';
import type { Clock } from '../../host.ts';
import { openControls } from '../controls.ts';
import { openEgress } from '../egress.ts';
import { WallClock } from '../../clock.ts';
import type { MailFound, WebFound } from '../looking.ts';
import { openNames } from '../names.ts';
import { openWeb } from '../web.ts';
import {
  BLACK_HOLE,
  CONTROL,
  HERE,
  MAILS,
  NAME_SERVER,
  NO_WAY,
  OTHER,
  OTHER_SIX,
  PRIVATE,
  TLS_VISITS,
  VISITS,
  type Found,
  type Report,
} from './hostile-cases.ts';
import { startWebServer } from './hostile-web.ts';
import { startNameServer, type Zone } from './name-server.ts';

const tls = { key: process.env['TEST_KEY'] ?? '', cert: process.env['TEST_CERT'] ?? '' };
const hasTls = tls.key !== '';

const byPrivate = PRIVATE.map((ip, index): [string, Zone[string]] => [
  `private-${index}.example.org`,
  ip.includes(':') ? { AAAA: [ip] } : { A: [ip] },
]);
const zone: Zone = {
  ...Object.fromEntries(byPrivate),
  'good.example.org': { A: [HERE], MX: [[10, 'mx.good.example.org']] },
  'other.example.org': { A: [OTHER], AAAA: [OTHER_SIX] },
  'six.example.org': { AAAA: [OTHER_SIX] },
  'control.example.org': { A: [CONTROL] },
  'mixed.example.org': { A: [HERE, '10.0.0.1'] },
  'mixed-six.example.org': { A: [HERE], AAAA: ['::1'] },
  'mapped.example.org': { AAAA: ['::ffff:10.0.0.1'] },
  'carried.example.org': { AAAA: ['2002:a00:1::1', '64:ff9b::a00:1'] },
  'rebind.example.org': (before) => ({ A: [before === 0 ? HERE : '127.0.0.1'] }),
  'many.example.org': {
    A: [...Array.from({ length: 300 }, () => HERE), '192.168.0.1'],
    isTruncated: true,
  },
  'long.example.org': { A: Array.from({ length: 300 }, () => HERE), isTruncated: true },
  'slow.example.org': { A: [HERE], after: 900 as Duration },
  'black-hole.example.org': { A: [BLACK_HOLE] },
  'no-way.example.org': { A: [NO_WAY] },
  'two-doors.example.org': { A: [BLACK_HOLE, HERE] },
  'empty.example.org': {},
  'null.example.org': { MX: [[0, '.']], A: [HERE] },
  'silent.example.org': 'silent',
  'servfail.example.org': 'servfail',
  'refused.example.org': 'refused',
  'garbage.example.org': 'garbage',
  'forged.example.org': 'wrong_id',
};

await startNameServer(zone, NAME_SERVER, 53);
const ports = [{ port: 80 }, { port: 443, ...(hasTls && { tls }) }];
const start = (places: readonly string[]) =>
  Promise.all(
    places.flatMap((address) => ports.map((port) => startWebServer({ address, ...port }))),
  );
await start([HERE, OTHER, OTHER_SIX, CONTROL]);
const privates = await start(PRIVATE);

/**
 * With the times that are shipped: for what must be over by then. What comes to an end by itself is looked
 * at with patience, so that a machine that stands still for a while is not taken for a host that does.
 */
const shipped = looksOf({});
const patient = looksOf({ timeout: minutes(10) });
const always = new AbortController().signal;
const found: Record<string, Found> = {};

function looksOf({ timeout }: { readonly timeout?: Duration }) {
  const names = openNames({ servers: [NAME_SERVER], ...(timeout && { timeout }) });
  const times = timeout && { connectTime: timeout, headersTime: timeout, visitTime: timeout };
  const reachable = openEgress({ names, ...(timeout && { timeout }) });
  return { names, reachable, web: openWeb({ names, ...times }) };
}

function looksFor(is: WebFound | MailFound): typeof shipped {
  return is === 'gone' || is === 'silent' ? shipped : patient;
}

async function look(of: string, what: () => Promise<string>): Promise<void> {
  const began = performance.now();
  const is = await what();
  found[of] = { is, ms: Math.round(performance.now() - began) };
}

// All at once, as in a batch: the most memory is what all of them together hold.
await Promise.all([
  ...[...VISITS, ...(hasTls ? TLS_VISITS : [])].map(([url, is]) =>
    look(url, () => looksFor(is).web.visit(url, always)),
  ),
  ...MAILS.map(([domain, is]) => look(domain, () => looksFor(is).names.mail(domain, always))),
]);

/** Its alarms never ring: who is up says so. */
const standing: Clock = { now: () => 0 as Instant, at: () => () => undefined };
const controlsOf = ({ names, reachable }: typeof shipped, clock: Clock, ...hosts: string[]) =>
  openControls({ names, reachable, clock, hosts });
const up = controlsOf(patient, standing, 'silent.example.org', 'control.example.org');
const down = controlsOf(shipped, new WallClock(), 'silent.example.org', 'private-0.example.org');
await look('names work', async () => String(await up.names()));
await look('the way out works', async () => String(await up.web()));
await look('no way out works', async () => String(await down.web()));

// A late packet would be one too many: long enough for whatever was still under way to end.
await new Promise((resolve) => setTimeout(resolve, seconds(4)));
const report: Report = {
  found,
  hits: privates.reduce((sum, server) => sum + server.hits(), 0),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
