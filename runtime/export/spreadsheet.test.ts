import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmail } from '../../protocols/rules/format.ts';
import { tame, untame } from './spreadsheet.ts';

describe('a tamed cell', () => {
  it('has a mark where it would be a formula, and nowhere else', () => {
    expect(
      ["=HYPERLINK('x')", '+1', '-1', '@a', '\t=1', '\r=1', ' =1', '＝1', "'=1"].map(tame),
    ).toEqual(["'=HYPERLINK('x')", "'+1", "'-1", "'@a", "'\t=1", "'\r=1", "' =1", "'＝1", "''=1"]);
    const plain = ['Acme = us', "'quoted'", "O'Neil", 'https://a.example/?b=1', '', 'a\n=b'];
    expect(plain.map(tame)).toEqual(plain);
  });

  it('leaves an address as it is: a CRM would write to another one', () => {
    expect(tame('+ann@acme.com')).toBe('+ann@acme.com');
    expect(tame('-ann@acme.com')).toBe('-ann@acme.com');
    expect(tame('=ann@acme.com')).toBe("'=ann@acme.com");
  });

  it('begins nothing that a spreadsheet runs', () => {
    fc.assert(
      fc.property(anyCell, (text) => {
        const cell = tame(text);
        if (!isEmail(cell)) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      }),
    );
  });

  it('is had back as it was', () => {
    fc.assert(
      fc.property(anyCell, (text) => {
        expect(untame(tame(text))).toBe(text);
      }),
    );
  });
});

/** Any text, often with what matters at its beginning. */
const anyCell = fc
  .tuple(
    fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', ' ', '＝', 'a') }),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('a@b.com')),
  )
  .map((parts) => parts.join(''));
