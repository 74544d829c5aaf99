import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Addresses } from './addresses.ts';

describe('addresses in a text', () => {
  it('are found in any case, wherever they stand by themselves', () => {
    fc.assert(
      fc.property(anyCase('bo@x.com'), anyEnds, (address, [before, after]) => {
        const addresses = new Addresses([' Bo@X.com']);
        expect(addresses.namedIn(before + address + after)).toEqual(['bo@x.com']);
        expect(addresses.namedIn(before + address.replace('@', '%40') + after)).toHaveLength(1);
      }),
    );
  });

  it.each(['jimbo@x.com', 'bo@x.com.de', 'bo@x.comb', 'a.bo@x.com', 'bo@x.co', 'bo+1@x.com'])(
    'are not taken for a part of another: %s',
    (other) => {
      const addresses = new Addresses(['bo@x.com']);
      expect(addresses.namedIn(`<${other}>`)).toEqual([]);
      expect(addresses.foundIn(Buffer.from(`\x07${other}\x07`))).toEqual([]);
    },
  );
});

describe('addresses in bytes', () => {
  it('are found in any case, whatever stands beside them', () => {
    fc.assert(
      fc.property(anyCase('bo@x.com'), fc.uint8Array(), fc.uint8Array(), (address, head, tail) => {
        const addresses = new Addresses(['bo@x.com', 'other@y.org']);
        for (const encoding of ['utf8', 'utf16le'] as const) {
          const bytes = Buffer.concat([head, Buffer.from(address, encoding), tail]);
          expect(addresses.foundIn(bytes)).toContain('bo@x.com');
        }
      }),
    );
  });

  it('are told from the longer ones that were seen, and found beside them', () => {
    const addresses = new Addresses(['bo@x.com']);
    const bytes = Buffer.from('pjimbo@x.comp');
    expect(addresses.foundIn(bytes)).toEqual(['bo@x.com']);
    expect(addresses.namedIn('Jimbo@x.com')).toEqual([]);
    expect(addresses.foundIn(bytes)).toEqual([]);
    expect(addresses.foundIn(Buffer.from('pjimbo@x.compbo@x.comp'))).toEqual(['bo@x.com']);
  });

  it('are those that a plain search finds', () => {
    const emails = ['a@b.co', 'aa@b.co', 'b@b.co', 'a@b.com'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'ab@.com%40x'.split(''))), (letters) => {
        const text = letters.join('');
        const plain = emails.filter(
          (one) => text.includes(one) || text.includes(one.replace('@', '%40')),
        );
        expect(new Addresses(emails).foundIn(Buffer.from(text)).toSorted()).toEqual(
          plain.toSorted(),
        );
      }),
    );
  });
});

const anyCase = (text: string): fc.Arbitrary<string> =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((upper) =>
    text
      .split('')
      .map((one, at) => (upper[at] ? one.toUpperCase() : one))
      .join(''),
  );

/** What may stand around an address without being a part of it. */
const anyEnds = fc.tuple(
  fc.constantFrom('', ' ', '<', 'mailto:', '"', '@', 'Erika <'),
  fc.constantFrom('', ' ', '>', '.', '. And', '?subject=x', '@'),
);
