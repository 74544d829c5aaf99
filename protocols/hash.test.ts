import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  below,
  bytesOf,
  digest,
  digestBytes,
  numbersFrom,
  tightDigest,
  type Part,
} from './hash.ts';
import type { Digest } from './units.ts';

describe('tightDigest', () => {
  it('is the same digest, and sorts as it does', () => {
    fc.assert(
      fc.property(fc.array(anyPart), fc.array(anyPart), (a, b) => {
        const [tight, other] = [tightDigest('tag', ...a), tightDigest('tag', ...b)];
        expect(tight).toHaveLength(32);
        expect(Buffer.from(tight, 'latin1').toString('hex')).toBe(digest('tag', ...a));
        expect(tight < other).toBe(digest('tag', ...a) < digest('tag', ...b));
      }),
    );
  });
});

describe('digest', () => {
  it('is SHA-256 of the tag and of each part behind its length', () => {
    const plain = createHash('sha256').update('tag\n1:a3:1.52:ü').digest('hex');
    expect(digest('tag', 'a', '1.5', 'ü')).toBe(plain);
    expect(digest('tag', 'a', 1.5, new TextEncoder().encode('ü'))).toBe(plain);
  });

  it('never hashes two lists of parts alike, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(anyText), fc.array(anyText), (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(digest('tag', ...a) === digest('tag', ...b)).toBe(same);
      }),
    );
  });

  it('says what it was for', () => {
    fc.assert(
      fc.property(fc.array(anyPart), (parts) => {
        expect(digest('one', ...parts)).not.toBe(digest('two', ...parts));
      }),
    );
  });

  it('is the same as bytes and as hex', () => {
    fc.assert(
      fc.property(fc.array(anyPart), (parts) => {
        const hex = digest('tag', ...parts);
        expect(hex).toMatch(/^[0-9a-f]{64}$/);
        expect(bytesOf(hex)).toEqual(digestBytes('tag', ...parts));
      }),
    );
  });
});

describe('numbersFrom', () => {
  it('draws what it has always drawn, or old draws could not be repeated', () => {
    const numbers = numbersFrom('00'.repeat(32) as Digest);
    expect(Array.from({ length: 6 }, () => numbers.next().value)).toEqual(GOLDEN);
  });

  it('draws below a count as often each, of 48 bits', () => {
    const DRAWS = 60_000;
    const numbers = numbersFrom(digest('seed'));
    const counts = Array.from({ length: 6 }, () => 0);
    for (let draw = 0; draw < DRAWS; draw++) {
      const number = numbers.next().value;
      expect(number).toBeLessThan(2 ** 48);
      const side = below(6, number);
      counts[side] = (counts[side] ?? 0) + 1;
    }
    // Six standard deviations of a fair die.
    for (const count of counts) expect(Math.abs(count - DRAWS / 6)).toBeLessThan(6 * 91.3);
  });

  it('draws every bit as often', () => {
    const numbers = numbersFrom(digest('bits'));
    const drawn = Array.from({ length: 4_096 }, () => BigInt(numbers.next().value));
    for (let bit = 0n; bit < 48n; bit++) {
      const ones = drawn.filter((number) => ((number >> bit) & 1n) === 1n).length;
      expect(Math.abs(ones - 2_048)).toBeLessThan(6 * 32);
    }
  });
});

describe('below', () => {
  it('is a whole number from 0 to just below the count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), anyNumber, (count, number) => {
        const drawn = below(count, number);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < count).toBe(true);
      }),
    );
  });
});

const GOLDEN = [
  89671830434902, 203122265482837, 179457373673909, 20802028185099, 120607050146362, 86934229902510,
];

const anyText = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('', '1:', '1:a', 'a1:'));
const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  fc.integer(),
  fc.bigInt(),
);
const anyNumber = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  fc.constantFrom(0, 1, 2 ** 47, 2 ** 48 - 1),
);
