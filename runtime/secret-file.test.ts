import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MOST_SECRET_BYTES, readSecretFile, writeSecretFile } from './secret-file.ts';

describe('a secret file', () => {
  it('is read as it was written, and by its owner alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), async (bytes) => {
        const file = place('new', 'folder', 'key');
        expect(await writeSecretFile(file, bytes)).toBe(true);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
        const warned: string[] = [];
        expect(
          new Uint8Array(await readSecretFile(file, KIND, (text) => warned.push(text))),
        ).toEqual(bytes);
        expect(warned).toEqual([]);
        expect(readdirSync(join(file, '..'))).toEqual(['key']);
        rmSync(file);
      }),
      { numRuns: 50 },
    );
  });

  it('is never overwritten unasked, also where two write at once', async () => {
    const file = place('kept');
    const ended = await Promise.allSettled(
      Array.from({ length: 8 }, (_, at) => writeSecretFile(file, Buffer.from(`${at}`))),
    );
    const written = ended.flatMap((end, at) =>
      end.status === 'fulfilled' && end.value ? [`${at}`] : [],
    );
    expect(written).toEqual([readFileSync(file, 'utf8')]);
    expect(await writeSecretFile(file, Buffer.from('late'))).toBe(false);
    expect([readFileSync(file, 'utf8')]).toEqual(written);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it('is overwritten where asked, through a link, and is 0600 then', async () => {
    const file = place('old');
    writeFileSync(file, 'old');
    chmodSync(file, 0o644);
    symlinkSync(file, place('link'));
    expect(await writeSecretFile(place('link'), Buffer.from('new'), { overwrite: true })).toBe(
      true,
    );
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(lstatSync(place('link')).isSymbolicLink()).toBe(true);
    expect(await writeSecretFile(place('fresh'), Buffer.from('1'), { overwrite: true })).toBe(true);
  });

  it('is not written beside what somebody else is writing', async () => {
    writeFileSync(place('busy.part'), 'theirs');
    await expect(writeSecretFile(place('busy'), Buffer.from('x'))).rejects.toThrow(
      'busy.part is there: somebody is writing it',
    );
    expect(readFileSync(place('busy.part'), 'utf8')).toBe('theirs');
    writeFileSync(place('file'), '');
    await expect(writeSecretFile(place('file', 'below'), Buffer.from('x'))).rejects.toThrow(
      'cannot write',
    );
  });

  it.each([0o640, 0o604, 0o666, 0o610])('is warned of by name in mode %o', async (mode) => {
    const file = place('wide');
    writeFileSync(file, 'x');
    chmodSync(file, mode);
    const warned: string[] = [];
    await readSecretFile(file, KIND, (text) => warned.push(text));
    expect(warned).toEqual([
      `others than its owner have access to ${file} (mode ${mode.toString(8)}): chmod 600 ${file}`,
    ]);
  });

  it('is refused by name where it is not there, no file, or too large', async () => {
    const read = (file: string) => readSecretFile(file, KIND, () => undefined);
    const gone = place('gone');
    await expect(read(gone)).rejects.toThrow(`${gone} is not there; make one`);
    await expect(read(join(place('file'), 'below'))).rejects.toThrow('is not there');
    mkdirSync(place('dir'));
    await expect(read(place('dir'))).rejects.toThrow('dir is no file; make one');
    await expect(read('/dev/zero')).rejects.toThrow('/dev/zero is no file');
    expect(spawnSync('mkfifo', [place('pipe')]).status).toBe(0);
    await expect(read(place('pipe'))).rejects.toThrow('pipe is no file');

    writeFileSync(place('large'), Buffer.alloc(MOST_SECRET_BYTES + 1));
    await expect(read(place('large'))).rejects.toThrow('larger than 64 KiB, which a key never is');
    writeFileSync(place('full'), Buffer.alloc(MOST_SECRET_BYTES));
    chmodSync(place('full'), 0o600);
    expect(await read(place('full'))).toHaveLength(MOST_SECRET_BYTES);
  });

  it.skipIf(process.getuid?.() === 0)('is refused by name where it may not be read', async () => {
    writeFileSync(place('closed'), 'x');
    chmodSync(place('closed'), 0);
    await expect(readSecretFile(place('closed'), KIND, () => undefined)).rejects.toThrow(
      'closed may not be read by this user; run this as the user that owns it',
    );
  });
});

const KIND = { what: 'a key', remedy: 'make one' };
const folder = mkdtempSync(join(tmpdir(), 'leadpoet-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (...names: readonly string[]): string => join(folder, ...names);
