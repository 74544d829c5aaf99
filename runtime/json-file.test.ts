import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError, WorldError } from './cli/trouble.ts';
import { parseJson, readJsonFile, type JsonKind } from './json-file.ts';

describe('parseJson', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text, SHALLOW, 'x')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what is nested deeper than it may be, before it reads it', () => {
    expect(parseJson(nested(6), SHALLOW, 'x')).toEqual([[[[[[]]]]]]);
    expect(() => parseJson(nested(7), SHALLOW, 'x')).toThrow(
      'x is nested too deep; allowed: a document, 6 brackets deep at most',
    );
    expect(() => parseJson('{"a":'.repeat(1_000_000), SHALLOW, 'x')).toThrow('nested too deep');
    expect(parseJson(nested(1_000), DEEP, 'x')).toBeInstanceOf(Array);
  });

  it('counts no bracket within a string', () => {
    fc.assert(
      fc.property(fc.array(bracketed), (texts) => {
        expect(parseJson(JSON.stringify(texts), SHALLOW, 'x')).toEqual(texts);
      }),
    );
    expect(() => parseJson('"[[[[[[[', SHALLOW, 'x')).toThrow('not JSON');
  });

  it('counts how deep it is, not how many brackets there are', () => {
    expect(parseJson(`[${'[[]],{},'.repeat(100)}0]`, SHALLOW, 'x')).toHaveLength(201);
  });
});

describe('readJsonFile', () => {
  it('reads up to its bound, and what to do beyond it is told where there is anything', async () => {
    const [fits, tooMuch] = ['"123456"', '"1234567"'].map((text) => Buffer.from(text));
    expect(await readJsonFile('-', SHALLOW, chunks(fits))).toBe('123456');
    await expect(readJsonFile('-', SHALLOW, chunks(tooMuch))).rejects.toThrow(
      'stdin is larger than 8 bytes; allowed: at most 8 bytes',
    );
    await expect(readJsonFile('-', DEEP, chunks(tooMuch))).rejects.toThrow('8 bytes; cut it');
  });

  it('tells input that is not as it must be from input that cannot be read', async () => {
    const spoilt = [0x22, 0xff, 0x22].map((byte) => Uint8Array.of(byte));
    await expect(readJsonFile('-', SHALLOW, chunks(...spoilt))).rejects.toThrow(
      new UsageError({ field: 'stdin', came: 'not UTF-8', allowed: 'JSON in UTF-8' }),
    );
    await expect(readJsonFile('-', SHALLOW, broken())).rejects.toThrow(WorldError);
    await expect(readJsonFile('-', SHALLOW, broken())).rejects.toThrow(
      'cannot read stdin: gone; give a file, or - for stdin',
    );
  });
});

const SHALLOW: JsonKind = {
  file: 'a file',
  document: 'a document',
  mostBytes: 8,
  mostSize: '8 bytes',
  mostDepth: 6,
};
const { mostDepth: _, ...ANY_DEPTH } = SHALLOW;
const DEEP: JsonKind = { ...ANY_DEPTH, remedy: 'cut it' };

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const bracketed = fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', 'x') });

async function* chunks(...pieces: (Uint8Array | undefined)[]): AsyncGenerator<Uint8Array> {
  yield* pieces.filter((piece) => piece !== undefined);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('[');
  throw new Error('gone');
}
