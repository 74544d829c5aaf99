/**
 * What the looks at the Internet must find in the hostile network, for the script that builds it
 * (`hostile-network.ts`) and the test that asks. Hosts are of `example.org`.
 */
import type { MailFound, WebFound } from '../looking.ts';

export const NAME_SERVER = '93.184.216.34';
export const HERE = '93.184.216.35';
export const OTHER = '93.184.216.36';
export const OTHER_SIX = '2606:2800:220:1::36';
export const CONTROL = '93.184.216.37';
export const PUBLIC: readonly string[] = [NAME_SERVER, HERE, OTHER, OTHER_SIX, CONTROL];

/** Packets to here are lost. */
export const BLACK_HOLE = '93.184.216.99';
/** From here comes at once that there is no way. */
export const NO_WAY = '93.184.217.1';

/** One of each kind that a stranger might try to have us call. */
export const PRIVATE: readonly string[] = [
  '10.0.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '::1',
  'fd00:ec2::254',
];

export interface Report {
  /** By the case's URL or domain, what was found and in how long. */
  readonly found: Readonly<Record<string, Found>>;
  /** Connections to private servers. */
  readonly hits: number;
  readonly peakMegabytes: number;
}
export interface Found {
  readonly is: string;
  readonly ms: number;
}

const good = (path: string): string => `http://good.example.org${path}`;
const to = (url: string): string => good(`/to?${encodeURIComponent(url)}`);
const each = <Is extends string>(is: Is, cases: readonly string[]): readonly [string, Is][] =>
  cases.map((of) => [of, is]);
const words = (text: string): readonly string[] => text.split(/\s+/);
const hosts = (text: string): readonly string[] =>
  words(text).map((host) => `http://${host}.example.org/ok`);

const NOWHERE_TO_BE_SENT: readonly string[] = [
  ...PRIVATE.map((ip) => (ip.includes(':') ? `http://[${ip}]/` : `http://${ip}/`)),
  ...PRIVATE.map((_, index) => `http://private-${index}.example.org/`),
  ...words(`http://127.1/ http://2130706433/ http://0x7f.1/ http://0/ http://①②⑦.0.0.1/ http://[::]/
    http://[::ffff:127.0.0.1]/ http://[::127.0.0.1]/ http://[64:ff9b::a00:1]/ http://[2002:a00:1::]/
    https://169.254.169.254/latest/meta-data/ http://localhost/ http://localhost./ http://a.localhost/
    http://intranet/ http://10.0.0.1:22/ http://good.example.org:22/ http://u:p@good.example.org/
    ftp://10.0.0.1/ file:///etc/passwd http://mixed.example.org/ http://mixed-six.example.org/
    http://mapped.example.org/ http://carried.example.org/ http://many.example.org/`),
];

export const VISITS: readonly (readonly [url: string, is: WebFound])[] = [
  ...each('blocked', NOWHERE_TO_BE_SENT),
  ...each('blocked', NOWHERE_TO_BE_SENT.map(to)),
  ['http://rebind.example.org/to?http://rebind.example.org/', 'blocked'],
  ...each(
    'there',
    words(`/ok /status/403 /status/503 /by/405/200 /no-head /chain/3 /head-body /drip-body /short /cut
      /bomb /flood`).map(good),
  ),
  ...each(
    'gone',
    words(`/status/404 /status/410 /by/403/404 /chain/4 /loop /nowhere /hang /reset /garbage /drip
      /headers /header /interim`).map(good),
  ),
  ...each('there', [`http://${HERE}/ok`, `http://[${OTHER_SIX}]/ok`]),
  ...each('there', hosts('other six two-doors long slow null')),
  ...each('gone', hosts('black-hole no-way empty absent')),
  ...each('silent', hosts('silent servfail refused garbage forged')),
];

/** These need a certificate for `good.example.org`. */
export const TLS_VISITS: readonly (readonly [url: string, is: WebFound])[] = [
  ...each('there', ['https://good.example.org/ok', 'https://good.example.org/flood']),
  ...each('gone', ['https://good.example.org/hang', 'https://good.example.org/status/404']),
  // Another name, and no name, with the certificate of the first.
  ...each('gone', ['https://other.example.org/ok', `https://${HERE}/ok`]),
  ['https://good.example.org/to?http://127.0.0.1/', 'blocked'],
];

export const MAILS: readonly (readonly [domain: string, is: MailFound])[] = (
  [
    ['accepts', 'good other six long slow mixed'],
    ['refuses', 'null'],
    ['absent', 'absent empty private-0 private-6 mapped carried'],
    ['silent', 'silent servfail refused garbage forged'],
  ] as const
).flatMap(([is, names]) =>
  each(
    is,
    words(names).map((name) => `${name}.example.org`),
  ),
);
