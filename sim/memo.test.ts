import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memo } from './memo.ts';

describe('memo', () => {
  it('gives what is made, made once for the same content', () => {
    let made = 0;
    const sums = memo((bytes) => ({ sum: bytes.reduce((a, b) => a + b, 0), made: ++made }), 2);
    const first = sums.of(Uint8Array.of(1, 2));
    expect(first.sum).toBe(3);
    expect(sums.of(Uint8Array.of(1, 2))).toBe(first);
    expect(sums.of(Uint8Array.of(2, 1))).not.toBe(first);
  });

  it('is of no effect on what is found, and holds no more than its bound', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 4 }), (asked, bound) => {
        let made = 0;
        const known = memo((bytes) => [++made, bytes[0]], bound);
        const held: number[] = [];
        let expected = 0;
        for (const number of asked) {
          if (!held.includes(number)) {
            expected++;
            held.push(number);
            if (held.length > bound) held.shift();
          }
          expect(known.of(Uint8Array.of(number))[1]).toBe(number);
          expect(made).toBe(expected);
        }
      }),
    );
  });
});
