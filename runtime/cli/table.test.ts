import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitted, plain, table, wrapped, type Column } from './table.ts';

describe('table', () => {
  it('has columns as wide as their widest cell, and numbers to the right', () => {
    const columns: Column[] = [{ title: 'id' }, { title: 'P', align: 'right' }];
    const rows = [
      ['alice', '5'],
      ['b', '100'],
    ];
    expect(table(columns, rows)).toBe('id       P\nalice    5\nb      100\n');
    expect(table(columns, [])).toBe('');
    expect(table(columns, [['b']])).toBe('id  P\nb\n');
  });

  it('cuts what is longer than its column may be, by characters', () => {
    const cell = (text: string) => table([{ title: '', most: 3 }], [[text]]);
    expect([cell('abc'), cell('abcd'), cell('😀😀😀'), cell('😀😀😀😀')]).toEqual([
      '\nabc\n',
      '\nab…\n',
      '\n😀😀😀\n',
      '\n😀😀…\n',
    ]);
  });

  it('is a line a row, all cells of a column ending where they should', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCell, anyCell, anyCell), { minLength: 1 }), (rows) => {
        const lines = table([LEFT, RIGHT, LAST], rows).split('\n');
        expect(lines.pop()).toBe('');
        expect(lines).toHaveLength(rows.length + 1);
        const left = Math.max(1, ...rows.map(([cell]) => lengthOf(cell)));
        const right = Math.max(1, ...rows.map(([, cell]) => lengthOf(cell)));
        for (const [index, row] of [['l', 'r', 'end'] as const, ...rows].entries()) {
          const [first, second, third] = row.map(plain) as [string, string, string];
          const blanks = [left - lengthOf(first) + 2, right - lengthOf(second)];
          const [gap, indent] = blanks.map((count) => ' '.repeat(count));
          expect(lines[index]).toBe(`${first}${gap}${indent}${second}  ${third}`.trimEnd());
        }
      }),
    );
  });

  it('takes more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
    expect(table([{ title: 'n', align: 'right' }], rows).slice(0, 14)).toBe('     n\n     0\n');
  });
});

describe('plain', () => {
  it('leaves nothing that a terminal acts on', () => {
    expect(plain('\u{1b}[2J\r\nok')).toBe('\u{fffd}[2J\u{fffd}\u{fffd}ok');
    fc.assert(
      fc.property(anyCell, (text) => {
        expect(plain(text)).not.toMatch(/\p{Cc}/u);
        expect(lengthOf(plain(text))).toBe(lengthOf(text));
      }),
    );
  });
});

describe('a table of lines that must fit', () => {
  const columns: Column[] = [{ title: '#', align: 'right' }, { title: 'e-mail' }, { title: 'F' }];
  const rows = [['1', 'ann@acme.com', '95 %']];

  it('is a table where they do, else a paragraph a row', () => {
    expect(fitted(columns, rows, 24)).toBe(table(columns, rows));
    expect(fitted(columns, rows, 20)).toBe('# 1\n  e-mail ann@acme.com\n  F      95 %\n');
  });

  it('breaks a line between words, and keeps every word', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
        const lines = wrapped(`  ${words.join(' ')}`, 20).split('\n');
        expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

const LEFT: Column = { title: 'l' };
const RIGHT: Column = { title: 'r', align: 'right' };
const LAST: Column = { title: 'end' };

const lengthOf = (text: string): number => Array.from(text).length;

const anyCell = fc.string({ unit: fc.constantFrom('a', 'ü', '😀', ' ', '\u{1b}', '\n') });
