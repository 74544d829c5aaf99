import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText, firstNot } from './sorted.ts';

describe('firstNot', () => {
  it('is where the first item stands of which a claim does not hold', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 })), fc.nat({ max: 9 }), (items, most) => {
        const list = items.toSorted((a, b) => a - b);
        const first = list.findIndex((item) => item > most);
        expect(firstNot(list, (item) => item <= most)).toBe(first < 0 ? list.length : first);
      }),
    );
  });
});

describe('compareText', () => {
  it('goes by code units: capitals first, and nothing is equal but the same', () => {
    expect(['b', 'a', 'B', 'ä', 'aa', ''].toSorted(compareText)).toEqual([
      '',
      'B',
      'a',
      'aa',
      'b',
      'ä',
    ]);
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(compareText(a, b) === 0).toBe(a === b);
        expect(compareText(a, b) + compareText(b, a)).toBe(0);
      }),
    );
  });
});

const anyText = fc.string({ unit: fc.constantFrom('a', 'B', 'ä'), maxLength: 3 });
