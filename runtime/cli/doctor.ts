/**
 * `leadpoet doctor`: whether everything is there that a node needs, one line each, and what to do
 * where it is not.
 *
 *     ok    dns     example.com, example.org resolve, by 10.0.0.2
 *     fix   egress  no control host answers on port 443: open the way out, or name other hosts …
 *
 * It looks by the same parts as the node does, so that what it finds is what the node will find. No
 * key is ever shown, nor any part of one.
 */
import { disposableListDigest, disposableListSize } from '../../protocols/rules/disposable.ts';
import { later } from '../../protocols/units.ts';
import type { Clock } from '../host.ts';
import { CLEARBIT_KEY, HUNTER_KEY } from '../providers/keys.ts';
import type { Controls, Names } from '../verifiers/looking.ts';
import { CONTROL_HOSTS_VARIABLE, type ControlHosts } from './control-hosts.ts';
import { nodeLines, type NodeLooks } from './doctor-node.ts';
import { PATIENCE, within, type Line } from './doctor-part.ts';
import type { Machine } from './machine.ts';
import { table } from './table.ts';
import { EXIT, type Console } from './trouble.ts';

export interface DoctorOptions {
  readonly json?: true;
}

/** What it looks by. */
export interface DoctorParts {
  readonly clock: Clock;
  readonly machine: Machine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What looks at the Internet; absent in a release that does not look. */
  readonly looking?: Looking;
  /** What looks at where a live node is to run; absent in a release without one. */
  readonly node?: NodeLooks;
}

export interface Looking {
  readonly controlHosts: ControlHosts;
  readonly names: Names;
  readonly controls: Controls;
  /** The name servers that are asked, as the resolver has them. */
  readonly servers: readonly string[];
}

/** Exit 0 where all that this release needs is there, 1 where something is to be fixed. */
export async function doctor(
  { json }: DoctorOptions,
  { clock, machine, env, looking, node }: DoctorParts,
  io: Console,
): Promise<number> {
  const [looked, ofNode, ...tried] = await Promise.all([
    lookingLines(clock, looking),
    node === undefined ? LATER.map(([of, what]) => notYet(of, what)) : nodeLines(clock, node),
    threadLine(clock, machine),
    databaseLine(clock, machine),
  ]);
  const lines: readonly Line[] = [
    runtimeLine(machine),
    memoryLine(machine),
    ...tried,
    ...looked,
    ...KEYS.map((key) => keyLine(key, env)),
    disposableLine(),
    ...ofNode,
  ];
  const isFit = lines.every(({ state }) => state !== 'fix');
  io.out(json ? jsonOf(lines, isFit) : table(COLUMNS, rowsOf(lines)));
  return isFit ? EXIT.done : EXIT.no;
}

/** `package.json` says the same to npm, `leadpoet.cjs` to whoever starts it. */
const LEAST_NODE = [24, 12] as const;

function runtimeLine({ node, processors }: Machine): Line {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const text = `Node ${node}, ${processors} processors`;
  return isNew
    ? { of: 'runtime', state: 'ok', text }
    : { of: 'runtime', state: 'fix', text: `${text}: update Node to ${LEAST_NODE.join('.')}` };
}

/** An audit stays under 300 MB, and a full do-not-contact list takes 120 MB. */
const LEAST_MEMORY = 512_000_000;

function memoryLine({ memory }: Machine): Line {
  const text = `${inMegabytes(memory)} MB are free`;
  return memory >= LEAST_MEMORY
    ? { of: 'memory', state: 'ok', text }
    : { of: 'memory', state: 'fix', text: `${text}: free ${inMegabytes(LEAST_MEMORY)} MB` };
}
const inMegabytes = (bytes: number): number => Math.floor(bytes / 1_000_000);

async function threadLine(clock: Clock, machine: Machine): Promise<Line> {
  return (await within(clock, machine.thread(), false))
    ? { of: 'threads', state: 'ok', text: 'a worker thread answers' }
    : {
        of: 'threads',
        state: 'fix',
        text: 'no worker thread begins: raise the limit on processes',
      };
}

async function databaseLine(clock: Clock, machine: Machine): Promise<Line> {
  const version = await within(clock, machine.database(), undefined);
  return version === undefined
    ? { of: 'database', state: 'fix', text: 'node:sqlite does not work: use a Node built with it' }
    : { of: 'database', state: 'ok', text: `node:sqlite works, SQLite ${version}` };
}

async function lookingLines(clock: Clock, looking: Looking | undefined): Promise<readonly Line[]> {
  if (looking === undefined) {
    return ['dns', 'egress', 'controls'].map((of) => notYet(of, 'looking at the Internet'));
  }
  const [dns, egress] = await Promise.all([dnsLine(clock, looking), egressLine(clock, looking)]);
  return [dns, egress, controlsLine(looking)];
}

/** Whether names resolve is for the controls to say; which of them do not, helps whoever fixes it. */
async function dnsLine(
  clock: Clock,
  { names, controls, controlHosts, servers }: Looking,
): Promise<Line> {
  const { hosts } = controlHosts;
  const giveUp = new AbortController();
  const cancel = clock.at(later(clock.now(), PATIENCE), () => giveUp.abort());
  const [isFit, ...found] = await Promise.all([
    within(clock, controls.names(), false),
    ...hosts.map((host) => within(clock, names.addresses(host, giveUp.signal), SILENT)),
  ]);
  cancel();
  const missing = hosts.filter((_, at) => found[at]?.is !== 'found');
  const by = `by ${servers.length === 0 ? 'no name server' : servers.join(', ')}`;
  if (isFit) {
    const text =
      missing.length === 0
        ? `${hosts.join(', ')} resolve, ${by}`
        : `names resolve, ${by}; not ${missing.join(', ')}`;
    return { of: 'dns', state: 'ok', text };
  }
  const what =
    missing.length === 0
      ? 'control hosts do not resolve each time'
      : `${missing.join(', ')} do not resolve`;
  return {
    of: 'dns',
    state: 'fix',
    text: `${what}, ${by}: look at /etc/resolv.conf, or ${NAME_OTHERS}`,
  };
}
const SILENT = { is: 'silent' } as const;

async function egressLine(clock: Clock, { controls }: Looking): Promise<Line> {
  return (await within(clock, controls.web(), false))
    ? { of: 'egress', state: 'ok', text: 'a control host answers on port 443' }
    : {
        of: 'egress',
        state: 'fix',
        text: `no control host answers on port 443: open the way out, or ${NAME_OTHERS}`,
      };
}

const NAME_OTHERS = `name other hosts with --control-hosts or ${CONTROL_HOSTS_VARIABLE}`;

const WHO_NAMED = {
  flag: 'by --control-hosts',
  environment: `by ${CONTROL_HOSTS_VARIABLE}`,
  default: 'by default',
} as const;

const controlsLine = ({ controlHosts: { hosts, from } }: Looking): Line => ({
  of: 'controls',
  state: 'ok',
  text: `${hosts.join(', ')}, ${WHO_NAMED[from]}`,
});

interface Key {
  readonly name: string;
  /** What it is good for, and what is done without it. */
  readonly there: string;
  readonly without: string;
}
const KEYS: readonly Key[] = [
  {
    name: HUNTER_KEY,
    there: 'mailboxes are asked for',
    without:
      "an e-mail's domain is asked for its MX and the mailbox is not; a key of hunter.io changes that",
  },
  {
    name: CLEARBIT_KEY,
    there: 'an old key may still answer; the free services ended in 2025',
    without: 'nothing is missing: its free services ended in 2025',
  },
];
/** A key goes into a header: what cannot stand there is no key, but a slip in copying one. */
const SOUND_KEY = /^[\x21-\x7e]{1,512}$/;

function keyLine({ name, there, without }: Key, env: DoctorParts['env']): Line {
  const key = env[name];
  if (key === undefined || key === '') {
    return { of: 'keys', state: 'none', text: `${name} is not set: ${without}` };
  }
  return SOUND_KEY.test(key)
    ? { of: 'keys', state: 'ok', text: `${name} is set: ${there}` }
    : {
        of: 'keys',
        state: 'fix',
        text: `${name} holds blanks or is no text of a key: set it anew`,
      };
}

const disposableLine = (): Line => ({
  of: 'disposable',
  state: 'ok',
  text: `${disposableListSize()} domains of throw-away mail, list ${disposableListDigest().slice(0, 16)}`,
});

/** What a live node needs on top. */
const LATER = [
  ['wallet', 'a wallet'],
  ['chain', 'a chain'],
  ['ports', 'listening to peers'],
] as const;
const notYet = (of: string, what: string): Line => ({
  of,
  state: 'later',
  text: `not in this release: ${what}`,
});

const COLUMNS = [{ title: '' }, { title: 'part' }, { title: 'what was found, or what to do' }];
const rowsOf = (lines: readonly Line[]): readonly (readonly string[])[] =>
  lines.map(({ state, of, text }) => [state, of, text]);

const jsonOf = (lines: readonly Line[], isFit: boolean): string =>
  `${JSON.stringify({ format: 'leadpoet.doctor/1', ok: isFit, parts: lines.map(({ of, state, text }) => ({ part: of, state, text })) }, null, 2)}\n`;
