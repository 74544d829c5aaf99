import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDigest,
  compareDigests,
  hasDigest,
  hasDigestAt,
  isDigestAt,
  newDigestSet,
  packDigests,
} from './digests.ts';
import { digest, tightDigest } from './hash.ts';
import type { TightDigest } from './units.ts';

describe('digests', () => {
  it('sort as their hex does, and each is what it is at its place alone', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 20 }), (numbers) => {
        const packed = packDigests(numbers.map(tightOf));
        const hex = numbers.map((number) => digest('test', number));
        for (const [at] of numbers.entries()) {
          for (const [bt, other] of numbers.entries()) {
            const order = compareDigests(packed, at, packed, bt);
            const [one, two] = [hex[at] ?? '', hex[bt] ?? ''];
            expect(Math.sign(order)).toBe(one < two ? -1 : one > two ? 1 : 0);
            expect(isDigestAt(packed, at, tightOf(other))).toBe(one === two);
          }
        }
      }),
    );
  });
});

describe('a set of digests', () => {
  it('agrees with a set, also of those that differ in their last byte alone, and read again', () => {
    fc.assert(
      fc.property(fc.array(nearby, { maxLength: 100 }), fc.array(nearby), (added, others) => {
        const set = newDigestSet();
        for (const one of added) addDigest(set, one);
        const plain = new Set(added);
        expect(set.size).toBe(plain.size);
        // As a snapshot has it: without what was made of it meanwhile.
        const again = { packed: set.packed.slice(), size: set.size };
        for (const one of [...added, ...others]) {
          for (const either of [set, again]) {
            expect(hasDigest(either, one)).toBe(plain.has(one));
            expect(hasDigestAt(either, packDigests([others[0] ?? one, one]), 1)).toBe(
              plain.has(one),
            );
          }
        }
        const missing = others.find((one) => !plain.has(one));
        if (missing === undefined) return;
        addDigest(again, missing);
        expect([hasDigest(again, missing), hasDigest(set, missing)]).toEqual([true, false]);
      }),
    );
  });
});

const tightOf = (number: number): TightDigest => tightDigest('test', number);
const nearby: fc.Arbitrary<TightDigest> = fc
  .tuple(fc.nat({ max: 5 }), fc.nat({ max: 20 }))
  .map(
    ([number, last]) => (tightOf(number).slice(0, -1) + String.fromCharCode(last)) as TightDigest,
  );
