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
import { WorldError, type Console } from './trouble.ts';
import { hashLine, readSuppressionFile, SUPPRESSION_FORMAT } from '../suppression.ts';
import { suppressAdd, suppressCheck, suppressImport, suppressRemove } from './suppress.ts';

describe('leadpoet suppress remove', () => {
  it('takes out what is listed and leaves every other line as it is', async () => {
    const list = place('remove');
    const lines = [
      SUPPRESSION_FORMAT,
      '# by letter',
      ...['a@x.com', 'b@x.com'].map((key) => lineFor(key).trim()),
      '',
    ];
    writeFileSync(list, lines.join('\n'));
    const removed = await ran((io) => suppressRemove(['A@x.com', 'c@x.com'], { list }, io));
    expect(removed).toEqual({ code: 0, said: `1 removed, 1 were not listed; ${list} has 1\n` });
    expect(readFileSync(list, 'utf8')).toBe(lines.filter((_, at) => at !== 2).join('\n'));
    expect((await ran((io) => suppressRemove(['a@x.com'], { list }, io))).code).toBe(1);
    const none = place('none');
    await expect(ran((io) => suppressRemove(['a@x.com'], { list: none }, io))).rejects.toThrow(
      WorldError,
    );
    expect(existsSync(none)).toBe(false);
  });
});

describe('leadpoet suppress check', () => {
  it('finds an address by itself, by its mailbox and by each domain that it is below', async () => {
    const list = place('check');
    await run(list, ['ann@acme.com', 'bad.com']);
    const check = (...entries: readonly string[]) =>
      ran((io) => suppressCheck(entries, { list }, io));
    expect(await check('Ann+news@acme.com')).toEqual({
      code: 0,
      said: 'ann+news@acme.com: listed, by ann@acme.com\n',
    });
    expect(await check('bob@eu.bad.com', 'ann@acme.com')).toEqual({
      code: 0,
      said: 'bob@eu.bad.com: listed, by bad.com\nann@acme.com: listed\n',
    });
    expect(await check('ann@acme.com', 'acme.com')).toEqual({
      code: 1,
      said: 'ann@acme.com: listed\nacme.com: not listed\n',
    });
    const { said } = await ran((io) => suppressCheck(['x@bad.com'], { list, json: true }, io));
    expect(JSON.parse(said)).toEqual({
      format: 'leadpoet.suppress/1',
      listed: true,
      entries: [{ entry: 'x@bad.com', by: 'bad.com' }],
    });
  });
});

describe('leadpoet suppress import', () => {
  it.each([
    ['lines', '# who wrote\r\na@x.com\nb.com\n'],
    ['CSV', 'Name,Email,Domain\r\n"Ann, A",A@x.com,\nBob,,b.com\n'],
    ['a list of texts', '["a@x.com", "b.com"]'],
    ['objects', '[{ "E-Mail": "a@x.com" }, { "domain": "B.com", "email": null }]'],
    ['JSON lines', '{ "email": "a@x.com" }\n{ "domain": "b.com" }\n'],
  ])('reads %s', async (name, text) => {
    const [list, file] = [place(`list of ${name}`), place(name)];
    writeFileSync(file, text);
    const { code, said } = await ran((io) => suppressImport(file, { list }, io));
    expect({ code, said }).toEqual({ code: 0, said: `2 added, 0 listed before; ${list} has 2\n` });
    const listed = await readSuppressionFile(list);
    expect(['a@x.com', 'b.com'].every((key) => listed.has(suppressedDigest(key)))).toBe(true);
    const again = await ran((io) => suppressImport('-', { list }, io, input(text)));
    expect(again.said).toContain('0 added, 2 listed before');
  });

  it.each([
    ['Name,Email\nAnn,a@x.com\nBob,no address\n', 'row 2, Email is "no address"'],
    ['Name,Phone\nAnn,123\n', 'row 1 is without one; allowed: an address or domain'],
    ['a@x.com\nno address\n', 'line 2 is "no address"'],
    ['[{ "email": 7 }]', 'row 1, email is 7; allowed: a text'],
    ['[17]', 'row 1 is 17'],
    ['[]', 'the file is without any'],
    ['', 'the file is without any'],
  ])('takes none of a file of which it cannot read all: %j', async (text, message) => {
    const list = place('all or none');
    const importing = ran((io) => suppressImport('-', { list }, io, input(text)));
    await expect(importing).rejects.toThrow(message);
    expect(existsSync(list)).toBe(false);
  });
});

describe('leadpoet suppress add', () => {
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

async function run(list: string, entries: readonly string[], stdin = ''): Promise<string> {
  const { code, said } = await ran((io) => suppressAdd(entries, { list }, io, input(stdin)));
  expect(code).toBe(0);
  return said;
}

async function ran(
  command: (io: Console) => Promise<number>,
): Promise<{ readonly code: number; readonly said: string }> {
  let said = '';
  const io = { out: (text: string) => (said += text), err: (text: string) => (said += text) };
  return { code: await command(io), said };
}

async function* input(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
