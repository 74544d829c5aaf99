import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { OWN_LOOPBACK } from '../runtime/testing/own-loopback.ts';
import { shownUrl } from './distribute.ts';
import { sweepCommand } from './sweep-command.ts';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

describe('a sweep without its Redis', () => {
  it('says which does not answer, never with the password, and leaves nothing running', async () => {
    const free = await freePort();
    const url = `redis://me:secret@${OWN_LOOPBACK}:${free}/3`;
    const trouble = await sweep(join(folder, 'none'), url).catch((error: unknown) => error);
    expect(trouble).toBeInstanceOf(WorldError);
    expect(String(trouble)).toContain(`no Redis at redis://${OWN_LOOPBACK}:${free}/3`);
    expect(String(trouble)).not.toContain('secret');
  });

  it.each(['http://127.0.0.1', '127.0.0.1:6379', 'redis://', 'redis://127.0.0.1/x'])(
    'refuses %s as a URL',
    async (url) => {
      await expect(sweep(join(folder, 'wrong'), url)).rejects.toThrow(UsageError);
    },
  );

  it('shows a URL without what is secret in it', () => {
    expect(shownUrl('rediss://me:secret@a.example:1/2')).toBe('rediss://a.example:1/2');
    expect(shownUrl('nothing')).toBe('no URL');
  });
});

describe.skipIf(!hasRedis)(
  'a sweep through Redis (skipped where redis-server is not there)',
  () => {
    let redis: ChildProcess;
    let url = '';
    beforeAll(async () => {
      const port = await freePort();
      url = `redis://${OWN_LOOPBACK}:${port}`;
      const flags = ['--port', String(port), '--bind', OWN_LOOPBACK, '--save', '', '--dir', folder];
      redis = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'ignore'] });
      await said(redis.stdout, 'Ready to accept connections');
    });
    afterAll(async () => {
      redis.kill();
      await once(redis, 'exit');
    });

    it('comes to what threads come to, though a worker is killed in the midst of it', async () => {
      const alone = join(folder, 'alone');
      await sweep(alone);
      const first = work(url);
      await said(first.stderr, 'waiting for cells');
      // A worker has begun a cell when it is killed: another takes it over, which is not there before,
      // as it could have had all of them.
      const begun = said(first.stderr, 'small, seed');
      const spread = join(folder, 'spread');
      const sweeping = sweep(spread, url);
      await begun;
      first.kill('SIGKILL');
      const second = work(url);
      const { code, out } = await sweeping;
      expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ cells: 8, ran: 8 })]);
      const cells = readdirSync(join(alone, 'cells'));
      expect(readdirSync(join(spread, 'cells'))).toEqual(cells);
      for (const cell of cells) expect(cellIn(spread, cell)).toBe(cellIn(alone, cell));

      const again = await sweep(spread, url);
      expect(JSON.parse(again.out)).toMatchObject({ ran: 0, before: 8 });
      second.kill('SIGTERM');
      expect(await once(second, 'exit')).toEqual([143, null]);
    }, 120_000);
  },
);

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-redis-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, 'small.toml'),
  `format = "leadpoet.scenario/1"
duration = "20m"
[miners]
honest = 3
[validators]
honest = 3
[buyers]
honest = 1
[demand]
queries_per_day = 240
num_leads = 5
[chain]
tempo = 49
`,
);
const SWEEP = join(folder, 'sweep.toml');
writeFileSync(SWEEP, 'format = "leadpoet.sweep/1"\nscenario = "./small.toml"\nseeds = 8\n');

async function sweep(directory: string, redis?: string): Promise<{ code: number; out: string }> {
  let out = '';
  const io = { out: (text: string) => void (out += text), err: () => undefined };
  const options = { out: directory, json: true as const };
  const code = await sweepCommand(
    SWEEP,
    redis === undefined ? { ...options, workers: 1 } : { ...options, redis },
    io,
  );
  return { code, out };
}

const cellIn = (directory: string, cell: string): string =>
  readFileSync(join(directory, 'cells', cell), 'utf8');

function work(redis: string) {
  const bin = fileURLToPath(new URL('../leadpoet.cjs', import.meta.url));
  return spawn(process.execPath, [bin, 'sim', 'work', '--redis', redis, '--workers', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Until a process has said something. */
async function said(stream: NodeJS.ReadableStream | null, words: string): Promise<void> {
  let all = '';
  await new Promise<void>((resolve, reject) => {
    stream?.on('data', (piece: Buffer) => {
      all += piece.toString();
      if (all.includes(words)) resolve();
    });
    stream?.once('end', () => reject(new Error(`it ended without "${words}": ${all}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, OWN_LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
