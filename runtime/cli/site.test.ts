import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { seconds, type Duration } from '../../protocols/units.ts';
import { OWN_LOOPBACK } from '../testing/own-loopback.ts';
import { thisSite, timeIn } from './site.ts';

const DIRECTORY = mkdtempSync(join(tmpdir(), 'leadpoet-site-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));
const site = thisSite();
const LONG: Duration = seconds(30);

describe('this site', () => {
  it('sees a file by its mode, a link by its target, and nothing where there is nothing', async () => {
    const file = join(DIRECTORY, 'hotkey');
    writeFileSync(file, 'x');
    for (const mode of [0o600, 0o644, 0o660]) {
      chmodSync(file, mode);
      expect(await site.file(file)).toEqual({ mode, isFile: true, isReadable: true });
    }
    symlinkSync(file, join(DIRECTORY, 'link'));
    expect(await site.file(join(DIRECTORY, 'link'))).toMatchObject({ mode: 0o660, isFile: true });
    mkdirSync(join(DIRECTORY, 'directory'));
    expect(await site.file(join(DIRECTORY, 'directory'))).toMatchObject({ isFile: false });
    expect(await site.file(join(DIRECTORY, 'absent'))).toBeUndefined();
    expect(await site.file(join(file, 'below a file'))).toBeUndefined();
  });

  it('connects where something listens, says why where nothing does, and gives up in time', async () => {
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    expect(await site.connect(OWN_LOOPBACK, port, LONG)).toBeUndefined();
    // The clock jumps before the loop has looked at the socket: which of two that are both ready
    // comes first is not ours to say.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = site.connect(OWN_LOOPBACK, port, LONG);
    vi.advanceTimersByTime(LONG);
    vi.useRealTimers();
    expect(await late).toBe('ETIMEDOUT');
    await closed(server);
    expect(await site.connect(OWN_LOOPBACK, port, LONG)).toBe('ECONNREFUSED');
  });

  it('knows a taken port from a free one, and gives a free one back', async () => {
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    expect(await site.listen(OWN_LOOPBACK, port)).toBe('EADDRINUSE');
    await closed(server);
    expect(await site.listen(OWN_LOOPBACK, port)).toBeUndefined();
    expect(await site.listen(OWN_LOOPBACK, port)).toBeUndefined();
    expect(await site.listen('203.0.113.7', 0)).toBe('EADDRNOTAVAIL');
  });

  it('finds room in a directory, or in the nearest above one that is to be made', async () => {
    const there = await site.room(DIRECTORY);
    expect(there).toMatchObject({ at: DIRECTORY, isWritable: true });
    expect(there?.bytes).toBeGreaterThan(0);
    expect(await site.room(join(DIRECTORY, 'a', 'b', 'c'))).toMatchObject({ at: DIRECTORY });
    const file = join(DIRECTORY, 'no directory');
    writeFileSync(file, '');
    expect(await site.room(join(file, 'below'))).toBeUndefined();
  });

  it('counts descriptors where the system says how many there are', () => {
    const count = site.descriptors();
    if (process.platform === 'linux') expect(count).toBeGreaterThan(0);
    else expect(count).toBeUndefined();
  });

  it('has no time of a host that does not say it', async () => {
    expect(await site.timeAt('127.0.0.1', 0 as Duration)).toBeUndefined();
    // Nobody listens there who could say it.
    expect(await site.timeAt('127.255.255.254', LONG)).toBeUndefined();
  });
});

describe('the time in an answer', () => {
  it('is when it was made and how long it has lain in a cache', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), fc.nat(100_000), (made, age) => {
        const date = new Date(made * 1_000).toUTCString();
        expect(timeIn({ date, age: String(age) })).toBe((made + age) * 1_000);
        expect(timeIn({ date })).toBe(made * 1_000);
      }),
    );
  });

  it('is none where the answer is without sense', () => {
    const wrong = [{}, { date: 'yesterday' }, { date: new Date(0).toUTCString(), age: '-1' }];
    for (const headers of wrong) expect(timeIn(headers)).toBeUndefined();
    expect(timeIn({ date: new Date(0).toUTCString(), age: 'x' })).toBeUndefined();
  });
});

function listening(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => server.listen(0, OWN_LOOPBACK, () => resolve(server)));
}
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => server.close(() => resolve()));
