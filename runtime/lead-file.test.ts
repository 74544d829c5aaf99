import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEAD_KEYS } from '../protocols/lead.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import { MAX_KEYS } from './csv-rows.ts';
import { tame } from './export/spreadsheet.ts';
import { MAX_FILE_BYTES, MAX_ROWS, readLeadFile, readLeads } from './lead-file.ts';

describe('readLeads', () => {
  it('tells the three forms apart by their first byte', async () => {
    const leads = [lead({ Business: 'Räder & Söhne, "Nord"' }), lead({ Region: 'US' })];
    expect(await read(` \n${JSON.stringify(leads)}`)).toEqual(leads);
    expect(await read(`\ufeff${leads.map((one) => JSON.stringify(one)).join('\n')}`)).toEqual(
      leads,
    );
    expect(await read(csvOf(LEAD_KEYS, leads))).toEqual(leads);
  });

  it('finds no leads in an empty file, whatever blanks it has', async () => {
    for (const text of ['', '\ufeff', ' \r\n\t', '[]', ' [ ] ', csvOf(LEAD_KEYS, [])]) {
      expect(await read(text)).toEqual([]);
    }
  });

  it('takes a row of the wrong shape for a malformed lead', async () => {
    expect(await read('[5, null, "x", [1], {"Business": [[[]]]}]')).toEqual([
      5,
      null,
      'x',
      [],
      { Business: [] },
    ]);
    expect(await read('{"Business":{"a":1}}\n7')).toEqual([{ Business: {} }, 7]);
  });

  it('keeps columns beyond the nine, and the keys in any order', async () => {
    const header = ['Notes', ...LEAD_KEYS.toReversed()];
    const rows = [{ ...lead({}), Notes: '1, or 2' }];
    expect(await read(csvOf(header, rows))).toEqual(rows);
  });

  it('takes keys that mean something to the language for data', async () => {
    const [row] = await read('[{"__proto__": {"Business": "x"}, "constructor": "y"}]');
    expect(Object.keys(row as object)).toEqual(['__proto__', 'constructor']);
    expect((row as Record<string, unknown>)['Business']).toBeUndefined();

    const header = [...LEAD_KEYS, '__proto__'];
    const [cells] = await read(`${header.join(',')}\n1,2,3,4,5,6,7,8,9,evil\n`);
    expect(Object.keys(cells as object)).toEqual(header);
  });

  it.each([
    ['[{}, {"]', 'the array is cut off in row 2'],
    ['[{}, x]', 'row 2 is "x"'],
    ['[{},]', 'row 2 is ""'],
    ['[{}', 'the array is cut off in row 1'],
    ['[1] 2', 'the end is more text'],
    ['{}\n{"a": }\n', 'row 2 is "{\\"a\\": }"'],
    ['5', 'the header is without Business, Owner Full name'],
    ['"leads"', 'the header is without Business'],
    ['\0\0', 'the header is without Business'],
    ['Business,First\nx,y', 'without Owner Full name, Last'],
    [`${LEAD_KEYS.join(',')},First\n`, 'the header is with First twice'],
    [`${LEAD_KEYS.join(',')}\n1,2,3,4,5,6,7,8,9\n1,2,3\n`, 'row 2 is of another width'],
    [`${LEAD_KEYS.join(',')}\n"1,2,3`, 'row 1 is not CSV'],
    [`${LEAD_KEYS.join(',')}\n1,2,3,4,5,6,7,8"9,9\n`, 'row 1 is not CSV'],
    [`${LEAD_KEYS.join(',')}\n"${'x\n'.repeat(524_289)}`, 'row 1 is longer'],
    [`${LEAD_KEYS.join(',')},${','.repeat(MAX_KEYS)}\n`, 'columns wide'],
    [`x${'x'.repeat(1_048_576)}`, 'a line is longer'],
    [
      `[${JSON.stringify(Object.fromEntries(keys(MAX_KEYS + 1)))}]`,
      'row 1 is an object of 101 keys',
    ],
  ])('refuses what it cannot cut and names the place (%#)', async (text, complaint) => {
    await expect(read(text)).rejects.toThrow(UsageError);
    await expect(read(text)).rejects.toThrow(`leads.csv: `);
    await expect(read(text)).rejects.toThrow(complaint);
  });

  it('says where a file is not UTF-8', async () => {
    const header = Buffer.from(`${LEAD_KEYS.join(',')}\nGrün`);
    await expect(read(Buffer.concat([header, Buffer.of(0xfc)]))).rejects.toThrow(
      `byte ${header.length} is not UTF-8`,
    );
    await expect(read(Buffer.from('[1,"\xff"]', 'latin1'))).rejects.toThrow('row 2 is not UTF-8');
    await expect(read(Buffer.from('{}\n"\xff"', 'latin1'))).rejects.toThrow('row 2 is not UTF-8');
  });

  it('finds the very byte, wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(0x80, 0xff),
        async (text, byte) => {
          const good = Buffer.from(`${LEAD_KEYS.join(',')},${text.replaceAll('"', '')}`);
          await expect(read(Buffer.concat([good, Buffer.of(byte, 0x61)]))).rejects.toThrow(
            `byte ${good.length} is not UTF-8`,
          );
        },
      ),
    );
  });

  it('takes as many leads as it may and not one more', async () => {
    const rows = '5,'.repeat(MAX_ROWS - 1);
    expect(await read(`[${rows}5]`)).toHaveLength(MAX_ROWS);
    await expect(read(`[${rows}5,5]`)).rejects.toThrow(`more than ${MAX_ROWS} leads`);
  });

  it('stops a stream that does not end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1_048_576, '\n');
    }
    await expect(readLeads(endless(), 'x')).rejects.toThrow(`at most ${MAX_FILE_BYTES} bytes`);
  });

  it('reads what was written, in each form and in whatever pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLead), chunkSize, async (leads, size) => {
        const lines = leads.map((one) => JSON.stringify(one));
        expect(await read(JSON.stringify(leads, null, 1), size)).toEqual(leads);
        expect(await read(lines.join('\r\n'), size)).toEqual(leads);
        expect(await read(csvOf(LEAD_KEYS.toReversed(), leads), size)).toEqual(leads);
      }),
      { numRuns: 300 }, // A stream of single bytes is slow.
    );
  });

  it('takes off the mark that makes a formula a text, and no other', async () => {
    const rows = ["'=1+1", "''=1+1", '=1+1', "'s-Hertogenbosch", "'"].map((one) => [one]);
    const text = [LEAD_KEYS, ...rows.map(([one]) => LEAD_KEYS.map(() => one))].join('\n');
    const names = (await read(text)).map((one) => (one as Record<string, unknown>)['Business']);
    expect(names).toEqual(['=1+1', "'=1+1", '=1+1', "'s-Hertogenbosch", "'"]);
  });

  it('never fails but in words for people', async () => {
    await fc.assert(
      fc.asyncProperty(noise, chunkSize, async (text, size) => {
        const outcome = await read(text, size).catch((error: unknown) => error);
        expect(Array.isArray(outcome) || outcome instanceof UsageError).toBe(true);
      }),
    );
  });
});

describe('readLeadFile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leads-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads a file', async () => {
    const path = join(folder, 'leads.json');
    await writeFile(path, JSON.stringify([lead({})]));
    expect(await readLeadFile(path)).toEqual([lead({})]);
  });

  it('says what to do where there is none', async () => {
    await expect(readLeadFile(join(folder, 'none'))).rejects.toThrow(WorldError);
    await expect(readLeadFile(join(folder, 'none'))).rejects.toThrow('check the path');
    await expect(readLeadFile(folder)).rejects.toThrow(WorldError);
    await expect(readLeadFile(join(folder, 'a\0b'))).rejects.toThrow(WorldError);
  });

  it('refuses a file that is too large before it reads any of it', async () => {
    const path = join(folder, 'large.json');
    await writeFile(path, '');
    await truncate(path, MAX_FILE_BYTES + 1);
    await expect(readLeadFile(path)).rejects.toThrow(`at most ${MAX_FILE_BYTES} bytes`);
  });
});

const read = (text: string | Uint8Array, size = 65_536): Promise<readonly unknown[]> =>
  readLeads(inPieces(Buffer.from(text), size), 'leads.csv');

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const lead = (fields: object): Record<string, string> => ({
  ...Object.fromEntries(LEAD_KEYS.map((key) => [key, `the ${key}`])),
  ...fields,
});

const keys = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, index) => [`k${index}`, '']);

/** Every cell quoted, as a spreadsheet may do. */
/** With the mark that our own files have, and that reading takes off: `'=x` would else be `=x`. */
const csvOf = (header: readonly string[], rows: readonly Record<string, string>[]): string =>
  [header, ...rows.map((row) => header.map((key) => tame(row[key] ?? '')))]
    .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
    .join('\n');

const chunkSize = fc.constantFrom(1, 2, 3, 7, 64, 65_536);
const cell = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '"', ',', '\n', '\r\n', '=1+1', "'=1+1", "''-", "'x"),
);
const anyLead = fc
  .tuple(...LEAD_KEYS.map(() => cell))
  .map((cells) => Object.fromEntries(LEAD_KEYS.map((key, index) => [key, cells[index] ?? ''])));
const noise: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc
    .array(fc.constantFrom('[', ']', '{', '}', '"', ',', '\n', '\r', ' ', 'é', '\0', '1'))
    .map((all) => all.join('')),
  fc.uint8Array(),
  fc.uint8Array().map((tail) => Buffer.concat([Buffer.from(`${LEAD_KEYS.join(',')}\n`), tail])),
);
