import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../../protocols/arbitraries.ts';
import { later, type Instant } from '../../protocols/units.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { plannedNode, type NodeOptions } from './doctor-flags.ts';
import { nodeLines } from './doctor-node.ts';
import { PATIENCE, type Line } from './doctor-part.ts';
import type { FileSeen, Site } from './site.ts';

const NAMED: NodeOptions = {
  'wallet.name': 'main',
  'wallet.path': '/wallets',
  'subtensor.network': 'test',
  'axon.port': '8091',
  dataDir: '/data',
};

describe('a doctor that looks at a node', () => {
  it('finds a sound one sound', async () => {
    expect(shown(await look({}, NAMED))).toEqual([
      'ok wallet: hotkey default of wallet main is there, mode 600',
      'ok wallet: coldkeypub.txt of wallet main is there, mode 644',
      'ok chain: test.finney.opentensor.ai:443 takes a connection',
      'ok ports: port 8091 is free; whether peers reach it from outside cannot be seen from here',
      'ok disk: /data has 5000 MB free',
      'ok clock: within 10 s of that of one.example',
      'ok files: 20000 files and sockets may be open',
    ]);
  });

  it('finds no fault with a machine that was to have none of it', async () => {
    const bare = { file: () => no<FileSeen | undefined>(undefined), timeAt: () => no(undefined) };
    const lines = await look(
      { ...bare, room: () => no(undefined), descriptors: () => undefined },
      {},
    );
    expect(lines.map(({ of, state }) => `${state} ${of}`)).toEqual(
      ['wallet', 'chain', 'ports', 'disk', 'clock', 'files'].map((of) => `none ${of}`),
    );
  });

  it.each<[string, Partial<Site>, string]>([
    [
      'no wallet',
      { file: () => no(undefined) },
      'no wallet at /wallets/main: a live node needs one',
    ],
    ['no hotkey', files({ default: undefined }), 'no hotkey default of wallet main: name one'],
    [
      'no coldkeypub',
      files({ 'coldkeypub.txt': undefined }),
      'no coldkeypub.txt of wallet main: copy',
    ],
    [
      'a hotkey that others read',
      files({ default: 0o640 }),
      'mode 640: chmod 600 /wallets/main/hotkeys/default',
    ],
    [
      'a coldkey that others read',
      files({ coldkey: 0o604 }),
      'mode 604: chmod 600 /wallets/main/coldkey',
    ],
    [
      'a hotkey of another user',
      { file: (path) => no({ ...seen(0o600), isReadable: !path.endsWith('default') }) },
      'hotkeys/default cannot be read: chown it',
    ],
    [
      'a directory in its place',
      {
        file: (path) =>
          no(
            path.endsWith('coldkey')
              ? undefined
              : { ...seen(0o700), isFile: path.endsWith('.txt') },
          ),
      },
      'hotkeys/default is no file',
    ],
    [
      'a dead chain',
      { connect: () => no('ECONNREFUSED') },
      'takes no connection (ECONNREFUSED): open',
    ],
    [
      'a taken port',
      { listen: () => no('EADDRINUSE') },
      'port 8091 is in use: end what listens there, or',
    ],
    [
      'a low port',
      { listen: () => no('EACCES') },
      'port 8091 is for root alone: take one from 1024 on',
    ],
    [
      'an odd address',
      { listen: () => no('EADDRNOTAVAIL') },
      'cannot be listened on (EADDRNOTAVAIL)',
    ],
    [
      'a full disk',
      { room: (at) => no({ at, bytes: 999_999_999, isWritable: true }) },
      '/data has 999 MB free: free 1000 MB, or',
    ],
    [
      'another’s disk',
      { room: (at) => no({ at, bytes: 1e12, isWritable: false }) },
      '/data cannot be written: chown',
    ],
    ['no disk', { room: () => no(undefined) }, '/data cannot be looked at: make it, or name'],
    [
      'few descriptors',
      { descriptors: () => 256 },
      '256 files and sockets may be open: raise it to 1024',
    ],
    [
      'a clock ten minutes ahead',
      timed(-600_000),
      '600 s ahead of that of one.example: set it by NTP',
    ],
    [
      'a clock ten minutes behind',
      timed(600_000),
      '600 s behind that of one.example: set it by NTP',
    ],
  ])('says what to do about %s, and of nothing else', async (_, changes, text) => {
    const fix = (await look(changes, NAMED)).filter(({ state }) => state === 'fix');
    expect(fix.map((line) => line.text)).toEqual([expect.stringContaining(text)]);
  });

  it('takes a clock for right up to ten seconds, either way', async () => {
    const anyOffset = fc.oneof(
      fc.integer({ min: -20_000, max: 20_000 }),
      fc.constantFrom(-10_001, -10_000, 10_000, 10_001),
    );
    await fc.assert(
      fc.asyncProperty(anyOffset, async (off) => {
        const line = (await look(timed(off), NAMED)).find(({ of }) => of === 'clock');
        expect(line?.state).toBe(Math.abs(off) <= 10_000 ? 'ok' : 'fix');
      }),
    );
  });

  it('asks another host for the time where the first says nothing, and knows an age that cannot be', async () => {
    const timeAt: Site['timeAt'] = (host) => no(host === 'two.example' ? START : undefined);
    expect(shown(await look({ timeAt }, NAMED))).toContain(
      'ok clock: within 10 s of that of two.example',
    );
    const old = await look({}, NAMED, new VirtualClock(0 as Instant));
    expect(shown(old)).toContain(
      'fix clock: it is not 1970-01-01: set it by NTP (timedatectl set-ntp true)',
    );
  });

  it('tells whose coldkey is there that no node needs it', async () => {
    const lines = shown(await look(files({ coldkey: 0o600 }), NAMED));
    expect(lines).toContainEqual(expect.stringMatching(/^none wallet: the coldkey is not needed/));
  });

  it('looks for no chain where it is the mock one', async () => {
    const connect = (): never => {
      throw new Error('nothing is to be connected');
    };
    const lines = await look({ connect }, { ...NAMED, 'subtensor.network': 'mock' });
    expect(shown(lines)).toContain('ok chain: the mock one, a file of the data directory');
  });

  it('gives up on whatever hangs', async () => {
    const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
    const clock = new VirtualClock(START);
    const hanging = { file: never, connect: never, listen: never, room: never, timeAt: never };
    const looking = look(hanging, NAMED, clock);
    await clock.run(later(START, PATIENCE));
    await clock.run(later(clock.now(), PATIENCE)); // Another host is asked for the time.
    const states = (await looking).map(({ of, state }) => `${state} ${of}`);
    expect(states).toContain('fix chain');
    expect(states).toContain('fix ports');
    expect(states).toContain('fix disk');
    expect(states).toContain('none clock');
  });
});

describe('the node that a doctor is asked about', () => {
  it('is known by flag, then environment, then default', () => {
    const env = {
      LEADPOET_WALLET_NAME: 'of-env',
      LEADPOET_AXON_PORT: '1',
      LEADPOET_DATA_DIR: '/env',
    };
    expect(plannedNode({ 'wallet.name': 'of-flag' }, env)).toMatchObject({
      wallet: { name: 'of-flag', hotkey: 'default', isNamed: true },
      axon: { ip: '0.0.0.0', port: 1 },
      dataDir: { path: '/env', isNamed: true },
    });
    const untold = plannedNode({}, {});
    expect(untold.wallet).toMatchObject({ name: 'default', isNamed: false });
    expect(untold.wallet.path).toMatch(/\.bittensor\/wallets$/);
    expect(untold).not.toHaveProperty('chain');
  });

  it.each([
    ['wss://chain.example', 'chain.example', 443],
    ['ws://chain.example', 'chain.example', 80],
    ['ws://[::1]:9944/x', '::1', 9944],
  ])('takes %s for its chain', (url, host, port) => {
    expect(plannedNode({ 'subtensor.chain_endpoint': url }, {}).chain).toEqual({ host, port });
  });

  it.each<[NodeOptions, string]>([
    [{ 'wallet.name': '../etc' }, '--wallet.name is "../etc"; allowed: a name'],
    [{ 'wallet.hotkey': '..' }, '--wallet.hotkey is ".."; allowed: a name'],
    [
      { 'subtensor.network': 'main' },
      '--subtensor.network is "main"; allowed: test, finney, local or mock',
    ],
    [{ 'subtensor.network': '__proto__' }, '--subtensor.network is "__proto__"; allowed'],
    [{ 'subtensor.chain_endpoint': 'http://x' }, 'allowed: an address that begins with ws://'],
    [{ 'subtensor.chain_endpoint': 'ws://a:b@x' }, 'without user or password'],
    [
      { 'subtensor.network': 'mock', 'subtensor.chain_endpoint': 'ws://x' },
      'allowed: absent with the network mock',
    ],
    [{ 'axon.port': '0' }, '--axon.port is "0"; allowed: a whole number, 1 to 65535'],
    [{ 'axon.port': '65536' }, '--axon.port is "65536"'],
    [{ 'axon.port': '1e3' }, '--axon.port is "1e3"'],
    [{ 'axon.ip': 'here' }, '--axon.ip is "here"; allowed: an address of version 4 or 6'],
  ])('refuses %j', (options, text) => {
    expect(() => plannedNode(options, {})).toThrow(text);
  });

  it('names the variable where it was told by one', () => {
    expect(() => plannedNode({}, { LEADPOET_AXON_PORT: 'x' })).toThrow('LEADPOET_AXON_PORT is "x"');
  });
});

const no = <T>(value: T): Promise<T> => Promise.resolve(value);
const seen = (mode: number): FileSeen => ({ mode, isFile: true, isReadable: true });

/** A wallet whose files have these modes; undefined: not there. */
function files(modes: Readonly<Record<string, number | undefined>>): Pick<Site, 'file'> {
  const all = { default: 0o600, 'coldkeypub.txt': 0o644, ...modes } as Record<
    string,
    number | undefined
  >;
  return {
    file: (path) => {
      const mode = all[path.slice(path.lastIndexOf('/') + 1)];
      return no(mode === undefined ? undefined : seen(mode));
    },
  };
}

/** Everybody else's clock is so many ms ahead of ours. */
function timed(off: number): Pick<Site, 'timeAt'> {
  return { timeAt: () => no((START + off) as Instant) };
}

const SITE: Site = {
  ...files({}),
  connect: () => no(undefined),
  listen: () => no(undefined),
  room: (at) => no({ at, bytes: 5_000_000_000, isWritable: true }),
  descriptors: () => 20_000,
  timeAt: () => no(START),
};

const look = (
  changes: Partial<Site>,
  options: NodeOptions,
  clock: VirtualClock = new VirtualClock(START),
): Promise<readonly Line[]> =>
  nodeLines(clock, {
    site: { ...SITE, ...changes },
    node: plannedNode(options, {}),
    timeHosts: ['one.example', 'two.example', 'three.example'],
  });

const shown = (lines: readonly Line[]): readonly string[] =>
  lines.map(({ state, of, text }) => `${state} ${of}: ${text}`);
