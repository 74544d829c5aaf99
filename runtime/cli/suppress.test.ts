import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { suppressedDigest } from '../../protocols/rules/suppression.ts';
import { hashLine, readSuppressionFile, SUPPRESSION_FORMAT } from '../suppression.ts';
import { suppress } from './suppress.ts';

describe('leadpoet suppress', () => {
  it('makes a list, adds to it without doubles, and names nobody in it', async () => {
    const out = place('list');
    expect(await run(out, ['Ann@acme.com', 'acme.com', '@acme.com'])).toContain(
      '2 added, 0 listed',
    );
    expect(await run(out, ['ann@acme.com', 'bob@x.com'])).toContain('1 added, 1 listed before');
    expect(readFileSync(out, 'utf8')).toBe(
      [`${SUPPRESSION_FORMAT}\n`, ...['ann@acme.com', 'acme.com', 'bob@x.com'].map(lineFor)].join(
        '',
      ),
    );
    expect((await readSuppressionFile(out)).size).toBe(3);
    expect(existsSync(`${out}.part`)).toBe(false);
  });

  it('keeps comments, permissions and links, and ends a last line that nobody ended', async () => {
    const file = place('kept');
    writeFileSync(file, `${SUPPRESSION_FORMAT}\n# by letter\n${lineFor('a@x.com').trim()}`);
    chmodSync(file, 0o600);
    const link = place('link');
    symlinkSync(file, link);
    await run(link, ['b@x.com']);
    expect(readFileSync(file, 'utf8')).toBe(
      `${SUPPRESSION_FORMAT}\n# by letter\n${lineFor('a@x.com')}${lineFor('b@x.com')}`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('reads stdin, and names the argument or line that is bad, with nothing written', async () => {
    const out = place('stdin');
    await run(out, ['-', 'c@x.com'], '# who wrote\r\na@x.com\r\n\r\nb@x.com');
    expect((await readSuppressionFile(out)).size).toBe(3);
    const before = readFileSync(out, 'utf8');
    await expect(run(out, ['-'], 'd@x.com\nno body\n')).rejects.toThrow('line 2 of stdin is "no b');
    await expect(run(out, ['d@x.com', 'co.uk'])).rejects.toThrow('argument 2 is "co.uk"');
    expect(readFileSync(out, 'utf8')).toBe(before);
  });

  it('leaves alone what is no list, and what somebody else is writing', async () => {
    const other = place('other');
    writeFileSync(other, 'precious\n');
    await expect(run(other, ['a@x.com'])).rejects.toThrow('line 1 is "precious"');
    expect(readFileSync(other, 'utf8')).toBe('precious\n');
    expect(existsSync(`${other}.part`)).toBe(false);

    const out = place('busy');
    writeFileSync(`${out}.part`, '');
    await expect(run(out, ['a@x.com'])).rejects.toThrow('somebody is writing it');
    expect(existsSync(out)).toBe(false);
    await expect(run(join(folder, 'no', 'where'), ['a@x.com'])).rejects.toThrow('cannot write');
  });

  it('loses nothing of what several are told at once', async () => {
    const out = place('race');
    const names = Array.from({ length: 8 }, (_, at) => `p${at}@x.com`);
    const ended = await Promise.allSettled(names.map((name) => run(out, [name])));
    const listed = await readSuppressionFile(out);
    for (const [at, { status }] of ended.entries()) {
      expect(listed.has(suppressedDigest(names[at] ?? ''))).toBe(status === 'fulfilled');
    }
  });
});

const lineFor = (key: string): string => hashLine(suppressedDigest(key));

const folder = mkdtempSync(join(tmpdir(), 'leadpoet-suppress-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

async function run(out: string, entries: readonly string[], stdin = ''): Promise<string> {
  let said = '';
  const io = { out: (text: string) => (said += text), err: (text: string) => (said += text) };
  async function* input(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(stdin));
  }
  expect(await suppress(entries, { out }, io, input())).toBe(0);
  return said;
}
