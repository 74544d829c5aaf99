import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../../protocols/arbitraries.ts';
import { later } from '../../protocols/units.ts';
import type { AddressesFound } from '../verifiers/looking.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { PATIENCE } from './doctor-part.ts';
import { doctor, type DoctorParts, type Looking } from './doctor.ts';
import { thisMachine, type Machine } from './machine.ts';

describe('leadpoet doctor', () => {
  it('finds a sound node sound, one line a part', async () => {
    const { code, lines } = await run({});
    expect(code).toBe(0);
    expect(lines.slice(1).map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
      'ok  runtime  Node 24.12.0, 2 processors',
      'ok  memory  4000 MB are free',
      'ok  threads  a worker thread answers',
      'ok  database  node:sqlite works, SQLite 3.50.0',
      'ok  dns  one.example, two.example resolve, by 10.0.0.2',
      'ok  egress  a control host answers on port 443',
      'ok  controls  one.example, two.example, by default',
      expect.stringMatching(/^none  keys  HUNTER_API_KEY is not set: .*MX/),
      expect.stringMatching(/^none  keys  CLEARBIT_API_KEY is not set: .*ended in 2025/),
      expect.stringMatching(/^ok  disposable  \d+ domains of throw-away mail, list [0-9a-f]{16}$/),
      'later  wallet  not in this release: a wallet',
      'later  chain  not in this release: a chain',
      'later  ports  not in this release: listening to peers',
    ]);
  });

  it.each<[string, Changes, string]>([
    ['an old Node', { machine: { node: '24.11.9' } }, 'Node 24.11.9, 2 processors: update Node'],
    ['an older Node', { machine: { node: '22.20.0' } }, 'Node 22.20.0, 2 processors: update Node'],
    ['little memory', { machine: { memory: 511_999_999 } }, '511 MB are free: free 512 MB'],
    ['no threads', { machine: { thread: () => no(false) } }, 'no worker thread begins'],
    ['no database', { machine: { database: () => no(undefined) } }, 'node:sqlite does not work'],
    [
      'no names',
      { looking: { controls: { names: () => no(false), web: () => no(true) }, names: finding() } },
      'one.example, two.example do not resolve, by 10.0.0.2: look at /etc/resolv.conf, or name other',
    ],
    [
      'no way out',
      { looking: { controls: { names: () => no(true), web: () => no(false) } } },
      'no control host answers on port 443: open the way out, or name other hosts with --control-hosts',
    ],
    ['a broken key', { env: { HUNTER_API_KEY: 'abc\n' } }, 'HUNTER_API_KEY holds blanks'],
  ])('says what to do about %s, exit 1', async (_, changes, text) => {
    const { code, lines } = await run(changes);
    expect(code).toBe(1);
    const fix = lines.filter((line) => line.startsWith('fix'));
    expect(fix).toEqual([expect.stringContaining(text)]);
  });

  it('names a control host that does not resolve where others do', async () => {
    const { code, out } = await run({ looking: { names: finding('two.example') } });
    expect(code).toBe(0);
    expect(out).toContain('names resolve, by 10.0.0.2; not one.example');
  });

  it('gives up on whatever hangs or fails, and tells it to stop', async () => {
    const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
    let signal: AbortSignal | undefined;
    const clock = new VirtualClock(START);
    const hanging = run({
      clock,
      machine: { thread: never, database: () => Promise.reject(new Error('broken')) },
      looking: {
        controls: { names: never, web: never },
        names: {
          ...finding(),
          addresses: (_, given) => {
            signal = given;
            return never();
          },
        },
      },
    });
    await clock.run(later(START, PATIENCE));
    const { code, lines } = await hanging;
    expect(code).toBe(1);
    expect(
      lines.filter((line) => line.startsWith('fix')).map((line) => line.split(/ +/)[1]),
    ).toEqual(['threads', 'database', 'dns', 'egress']);
    expect(signal?.aborted).toBe(true);
  });

  it('shows no key, nor any part of one, in either form', async () => {
    const anyKey = fc.string({ minLength: 6, unit: fc.constantFrom('Q', 'X', 'Z', '~', '\n') });
    await fc.assert(
      fc.asyncProperty(anyKey, anyKey, fc.boolean(), async (hunter, clearbit, json) => {
        const env = { HUNTER_API_KEY: hunter, CLEARBIT_API_KEY: clearbit };
        const { out } = await run({ env, ...(json ? { json } : {}) });
        expect(out).not.toMatch(/[QXZ~]{2}/);
        expect(out).not.toContain('is not set');
      }),
      { numRuns: 100 }, // Each one makes the whole report.
    );
  });

  it('prints one document for scripts, with the same verdict', async () => {
    const sound = await run({ json: true });
    expect(JSON.parse(sound.out)).toMatchObject({ format: 'leadpoet.doctor/1', ok: true });
    const { code, out } = await run({ json: true, machine: { node: '20.0.0' } });
    const { ok, parts } = JSON.parse(out) as { ok: boolean; parts: readonly { state: string }[] };
    expect([code, ok, parts.length]).toEqual([1, false, 13]);
    expect(parts[0]).toMatchObject({ part: 'runtime', state: 'fix' });
  });

  it('says of what a release without eyes does not look at that it does not', async () => {
    const { code, lines } = await run({ looking: 'none' });
    expect(code).toBe(0);
    expect(lines.filter((line) => line.startsWith('later')).length).toBe(6);
  });
});

describe('this machine', () => {
  it('has threads that answer and a database that works', async () => {
    const machine = thisMachine();
    expect(await machine.thread()).toBe(true);
    expect(await machine.database()).toMatch(/^3\.\d+\.\d+$/);
    expect(machine.node).toBe(process.versions.node);
    expect(machine.memory).toBeGreaterThan(0);
  });
});

interface Changes {
  readonly clock?: VirtualClock;
  readonly machine?: Partial<Machine>;
  readonly env?: DoctorParts['env'];
  readonly looking?: Partial<Looking> | 'none';
  readonly json?: true;
}

const no = <T>(value: T): Promise<T> => Promise.resolve(value);

/** Only these hosts are found. */
const finding = (...hosts: readonly string[]): Looking['names'] => ({
  addresses: (host) =>
    no<AddressesFound>(
      hosts.includes(host) ? { is: 'found', addresses: ['93.184.215.14'] } : { is: 'absent' },
    ),
  mail: () => no('absent' as const),
});

const LOOKING: Looking = {
  controlHosts: { hosts: ['one.example', 'two.example'], from: 'default' },
  names: finding('one.example', 'two.example'),
  controls: { names: () => no(true), web: () => no(true) },
  servers: ['10.0.0.2'],
};
const MACHINE: Machine = {
  node: '24.12.0',
  processors: 2,
  memory: 4_000_000_000,
  thread: () => no(true),
  database: () => no('3.50.0'),
};

async function run({ clock, machine, env = {}, looking, json }: Changes) {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined };
  const parts: DoctorParts = {
    clock: clock ?? new VirtualClock(START),
    machine: { ...MACHINE, ...machine },
    env,
    ...(looking === 'none' ? {} : { looking: { ...LOOKING, ...looking } }),
  };
  const code = await doctor(json === undefined ? {} : { json }, parts, io);
  return { code, out, lines: out.trimEnd().split('\n') };
}
