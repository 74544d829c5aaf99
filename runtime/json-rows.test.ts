import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from './cli/trouble.ts';
import { cutArray, cutLines, MAX_ROW_BYTES, type OnRow, type RowCutter } from './json-rows.ts';

describe('cutArray', () => {
  it('cuts at the commas of the outermost array alone', () => {
    expect(rowsOf(cutArray, ['[{"a":[1,2]}, "b,]\\",', '" ,3]'])).toEqual([
      '{"a":[1,2]}',
      ' "b,]\\"," ',
      '3',
    ]);
    expect(rowsOf(cutArray, ['[ ', ' ]\n'])).toEqual([]);
    expect(rowsOf(cutArray, ['[1, ]'])).toEqual(['1', ' ']);
  });

  it('says what is wrong with what is no array', () => {
    expect(() => rowsOf(cutArray, ['[1, [2'])).toThrow('the array is cut off in row 2');
    expect(() => rowsOf(cutArray, ['[1] ', ' x'])).toThrow('the end is more text');
  });

  it('takes exactly what JSON.parse takes, and finds the same elements', () => {
    fc.assert(
      fc.property(almostJson, chunkSizes, (text, sizes) => {
        const whole = parsed(text);
        const rows = (): unknown[] =>
          rowsOf(cutArray, chunksOf(text, sizes)).map((row): unknown => JSON.parse(row));
        if (whole === undefined) expect(rows).toThrow(/\S/);
        else expect(JSON.stringify(rows())).toBe(JSON.stringify(whole));
      }),
    );
  });

  it('holds no more of a row than it may', () => {
    const row = `"${'x'.repeat(MAX_ROW_BYTES - 2)}"`;
    expect(rowsOf(cutArray, ['[1,', row, ']'])).toEqual(['1', row]);
    expect(() => rowsOf(cutArray, ['[1,', row, ' ]'])).toThrow(UsageError);
  });
});

describe('cutLines', () => {
  it('takes each line that is not blank for a row, the last one without its end too', () => {
    expect(rowsOf(cutLines, ['{"a":1}\r\n\n \t\n{"a"', ':2}'])).toEqual(['{"a":1}\r', '{"a":2}']);
  });

  it('finds the same lines however they come in', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\n', ' ', 'é')), chunkSizes, (parts, sizes) => {
        const text = parts.join('');
        const lines = text.split('\n').filter((line) => line.trim() !== '');
        expect(rowsOf(cutLines, chunksOf(text, sizes))).toEqual(lines);
      }),
    );
  });
});

function rowsOf(
  cutter: (onRow: OnRow) => RowCutter,
  chunks: readonly (string | Uint8Array)[],
): string[] {
  const rows: string[] = [];
  const cutting = cutter((bytes) => rows.push(Buffer.from(bytes).toString()));
  for (const chunk of chunks) cutting.take(Buffer.from(chunk));
  cutting.end();
  return rows;
}

/** Undefined where it is not a JSON array. */
function parsed(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function chunksOf(text: string, sizes: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text);
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
  return [...chunks, bytes.subarray(at)];
}

const chunkSizes = fc.array(fc.integer({ min: 0, max: 9 }));

/** Arrays as JSON, spaced in several ways; about half of them damaged after the first bracket. */
const almostJson: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.jsonValue({ maxDepth: 3 })),
    fc.constantFrom(undefined, 1, '\t'),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', ',', ']', '[', '}', '{', '"', '\\', ' ', '1'))),
    fc.boolean(),
  )
  .map(([value, space, edits, isWhole]) => {
    const text = JSON.stringify(value, undefined, space);
    if (isWhole) return text;
    return edits.reduce((before, [where, put]) => {
      const at = 1 + (where % before.length);
      return before.slice(0, at) + put + before.slice(put === '' ? at + 1 : at);
    }, text);
  });
