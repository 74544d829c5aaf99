import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodLead } from '../arbitraries.ts';
import { LEAD_KEYS, type Lead } from '../lead.ts';
import { press, unpress } from './pressed.ts';

describe('press', () => {
  it('gives back the same leads in the same order, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(anyOne, { maxLength: 20 }), (leads) => {
        expect(unpress(press(leads))).toEqual(leads);
      }),
    );
  });

  it('takes a third of the room of their text, in memory of its own', () => {
    fc.assert(
      fc.property(goodLead, (lead) => {
        const leads = Array.from({ length: 50 }, (_, at) => ({
          ...lead,
          First: `${lead.First}${at}`,
        }));
        const { bytes } = press(leads);
        expect(bytes.buffer.byteLength).toBe(bytes.length);
        expect(3 * bytes.length).toBeLessThan(JSON.stringify(leads).length);
      }),
    );
  });
});

/** Any text, also half a character, and keys beyond the nine. */
const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\0', '\uD800', '"', '\\', 'null', '\u2028'),
);
const texts = fc.record(
  Object.fromEntries(LEAD_KEYS.map((key) => [key, anyText])),
) as fc.Arbitrary<Lead>;
const extra = fc.dictionary(fc.string(), fc.anything());
const anyOne: fc.Arbitrary<Lead> = fc.oneof(
  goodLead,
  texts,
  fc.tuple(extra, texts).map(([more, lead]) => ({ ...more, ...lead })),
);
