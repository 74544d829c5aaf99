/**
 * What an operator installs, read as the tools would read it. No container is built here: that the
 * image's own steps run is tried by hand, and what can be read is read.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { START } from '../../protocols/arbitraries.ts';
import {
  CHECKS_TIME,
  SETTLE_TIME,
  SOURCE_TIME,
  SOURCE_TIME_A_LEAD,
} from '../../protocols/rules/deadlines.ts';
import { openMetrics } from '../metrics.ts';
import { Observer } from '../observe.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const read = (file: string): string => readFileSync(join(HERE, file), 'utf8');

/** Until the latest that a query of 100 leads is settled, in seconds. */
const SETTLED_BY_S = (SOURCE_TIME + 100 * SOURCE_TIME_A_LEAD + SETTLE_TIME) / 1_000;

describe('the systemd unit', () => {
  it('is a unit to systemd itself, without a word of complaint', ({ skip }) => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) skip('no systemd-analyze here');
    const directory = mkdtempSync(join(tmpdir(), 'leadpoet-unit-'));
    const verified = (text: string): string => {
      const file = join(directory, 'leadpoet@validator.service');
      writeFileSync(file, text);
      const { status, stdout, stderr } = spawnSync(
        'systemd-analyze',
        ['verify', '--man=no', '--recursive-errors=no', file],
        { encoding: 'utf8', timeout: 60_000 },
      );
      return `${status} ${stdout}${stderr}`;
    };
    // It looks whether the program is there.
    const here = UNIT_TEXT.replace('/usr/local/bin/leadpoet', process.execPath);
    const found = [verified(here), verified(here.replace('ProtectSystem=', 'ProtectSytem='))];
    rmSync(directory, { recursive: true });
    expect(found[0]).toBe('0 ');
    expect(found[1]).toContain("Unknown key 'ProtectSytem'");
  });

  it('lets the node do what it has to, and nothing else', () => {
    expect(Object.fromEntries(unit('Service'))).toMatchObject({
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      StateDirectory: 'leadpoet',
      StateDirectoryMode: '0700',
      UMask: '0077',
      CapabilityBoundingSet: '',
      User: 'leadpoet',
      LimitCORE: '0',
    });
    // V8 writes the code that it runs: with this no node begins.
    expect(unit('Service').map(([name]) => name)).not.toContain('MemoryDenyWriteExecute');
  });

  it('has secrets in a file of their own, and none in itself', () => {
    expect(one('EnvironmentFile')).toBe('-/etc/leadpoet/%i.env');
    for (const [, value] of unit('Service')) expect(value).not.toMatch(/API_KEY|BT_PW|password/i);
  });

  it('starts it again after a failure, but not after bad usage or a clean end', () => {
    expect(one('Restart')).toBe('on-failure');
    expect(one('RestartPreventExitStatus')).toBe('2');
    expect(one('SuccessExitStatus')).toBe('130 143');
  });

  it('gives a stop the time in which the longest query is settled', () => {
    expect(one('KillSignal')).toBe('SIGTERM');
    expect(Number(one('TimeoutStopSec'))).toBeGreaterThanOrEqual(SETTLED_BY_S);
    expect(SETTLED_BY_S).toBeGreaterThan(CHECKS_TIME / 1_000);
  });

  it('keeps all that it writes where it may write', () => {
    const [program = '', role, ...rest] = one('ExecStart').split(' ');
    expect([program, role]).toEqual(['/usr/local/bin/leadpoet', '%i']);
    const flags = Object.fromEntries(
      rest.flatMap((word, at) => (word.startsWith('--') ? [[word, rest[at + 1]]] : [])),
    );
    expect(flags).toEqual({
      '--config': '/etc/leadpoet/%i.toml',
      '--data-dir': '/var/lib/leadpoet',
      '--wallet.path': '/var/lib/leadpoet/wallets',
    });
  });
});

describe('the container file', () => {
  it('copies what the repository has, and what earlier stages have', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const stages = new Set<string>();
    const copied: string[] = [];
    for (const [instruction, rest] of CONTAINER) {
      if (instruction === 'FROM')
        for (const [, name = ''] of rest.matchAll(/ AS (\S+)/g)) stages.add(name);
      if (instruction !== 'COPY') continue;
      const words = rest.split(/\s+/);
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      if (from !== undefined) expect(stages).toContain(from);
      else copied.push(...words.slice(0, -1));
    }
    expect(copied).toEqual(['package.json', 'package-lock.json', '.']);
    for (const path of copied) {
      expect(existsSync(join(ROOT, path))).toBe(true);
      expect(ignored).not.toContain(path);
    }
    // What is made elsewhere must not come in: another machine's packages, a build of other sources.
    for (const path of ['node_modules', 'dist', '.git']) expect(ignored).toContain(path);
  });

  it('builds by scripts that there are, from the lock', () => {
    const { scripts, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
      readonly bin: Readonly<Record<string, string>>;
    };
    const runs = CONTAINER.filter(([is]) => is === 'RUN').map(([, rest]) => rest);
    const named = runs.flatMap((run) =>
      [...run.matchAll(/npm run (\S+)/g)].map(([, name]) => name),
    );
    expect(named).toEqual(['build']);
    expect(Object.keys(scripts)).toContain('build');
    expect(runs.filter((run) => run.includes('npm ci')).length).toBe(2);
    expect(runs.join('\n')).not.toMatch(/npm (install|i) /);
    expect(runs.join('\n')).toContain(`/app/${bin['leadpoet']} /usr/local/bin/leadpoet`);
  });

  it('runs as nobody in particular, with a root that it need not write to', () => {
    const last = CONTAINER.slice(CONTAINER.findLastIndex(([is]) => is === 'FROM'));
    expect(last.find(([is]) => is === 'USER')?.[1]).toMatch(/^[1-9]\d+:[1-9]\d+$/);
    expect(last.find(([is]) => is === 'VOLUME')?.[1]).toBe('/var/lib/leadpoet');
    const env = last.find(([is]) => is === 'ENV')?.[1] ?? '';
    expect(env).toContain('LEADPOET_DATA_DIR=/var/lib/leadpoet ');
    expect(env).toContain('LEADPOET_WALLET_PATH=/var/lib/leadpoet/wallets');
    expect(last.find(([is]) => is === 'STOPSIGNAL')?.[1]).toBe('SIGTERM');
    expect(last.find(([is]) => is === 'HEALTHCHECK')?.[1]).toContain('/healthz');
    expect(last.find(([is]) => is === 'ENTRYPOINT')?.[1]).toBe('["leadpoet"]');
    expect(read('Containerfile')).toContain(`--stop-timeout ${one('TimeoutStopSec')}`);
  });

  it('asks after its health by a line that node reads', () => {
    const [, rest] = CONTAINER.find(([is]) => is === 'HEALTHCHECK') ?? ['', ''];
    const [program, flag, script = ''] = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
    expect([program, flag]).toEqual(['node', '-e']);
    // Nobody listens on a port that is none: it says so by its exit code.
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
      env: { LEADPOET_METRICS_PORT: '1' },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });
});

describe('what an operator reads', () => {
  it('names no figure that a node does not have', async () => {
    const metrics = openMetrics({
      observer: new Observer(),
      version: '0.1.0',
      now: () => START,
      actors: () => [],
      head: () => undefined,
      transport: () => ({}),
      journalBytes: () => 0,
      logs: () => ({ written: 0, leftOut: 0, failed: 0 }),
    });
    const text = await metrics.text();
    const named = [...read('README.md').matchAll(/\b(?:leadpoet|nodejs|process)_[a-z0-9_]+/g)];
    expect(named.length).toBeGreaterThan(10);
    for (const [name] of named) expect(text).toContain(`# TYPE ${name} `);
  });

  it('has settings that are TOML, and a stop as long as the unit’s', () => {
    const [, settings = ''] = /```toml\n(.*?)```/s.exec(read('README.md')) ?? [];
    expect(parse(settings.replaceAll(/^ {3}/gm, ''))).toEqual({
      netuid: 343,
      subtensor: { network: 'finney' },
      wallet: { name: 'main', hotkey: 'default' },
      axon: { ip: '203.0.113.7', port: 8091 },
      metrics: { port: 9101 },
    });
    expect(read('README.md')).toContain(`the unit waits ${one('TimeoutStopSec')} s`);
    expect(read('README.md')).toContain(`most ${SETTLED_BY_S} s after it was asked`);
  });
});

const UNIT_TEXT = read('leadpoet@.service');

/** The settings of a section, in order. */
function unit(section: string): readonly (readonly [string, string])[] {
  const lines = UNIT_TEXT.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const from = lines.indexOf(`[${section}]`) + 1;
  const to = lines.findIndex((line, at) => at >= from && line.startsWith('['));
  return lines.slice(from, to === -1 ? undefined : to).map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
}

/** A setting that stands there once. */
function one(name: string): string {
  const found = unit('Service').filter(([key]) => key === name);
  expect(found.length).toBe(1);
  return found[0]?.[1] ?? '';
}

/** The instructions, each with the rest of its lines as one. */
const CONTAINER: readonly (readonly [string, string])[] = read('Containerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
