import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenFields, brokenLead, goodLead, hostileValue } from '../arbitraries.ts';
import { LEAD_KEYS, type Lead } from '../lead.ts';
import type { Envelope } from '../messages.ts';
import { FAIL_REASONS, outcomeOf, PASS, reasonsOf, type Reason } from '../verdict.ts';
import { decodeEnvelope, encodeEnvelope } from '../wire.ts';
import { fieldOf, formatsOf, formatVerdict, readLead, readWebUrl, webHostOf } from './format.ts';

describe('formatVerdict', () => {
  it('finds all that is wrong, not only the first', () => {
    expect(reasons({ ...ANN, First: '', Website: 'acme', Industry: 7 })).toEqual([
      'wrong_type',
      'empty_field',
      'bad_website',
    ]);
    expect(reasons({})).toEqual(['missing_field']);
    expect(reasons(null)).toEqual(['not_an_object']);
  });

  it('passes every good lead', () => {
    fc.assert(
      fc.property(goodLead, (lead) => {
        expect(reasons(lead)).toEqual([]);
      }),
    );
  });

  it('finds exactly what is broken', () => {
    fc.assert(
      fc.property(brokenLead, ({ lead, reason }) => {
        expect(reasons(lead)).toEqual([reason]);
      }),
    );
  });

  it('knows each way in which a field can be bad', () => {
    for (const [key, value, reason] of brokenFields) {
      expect({ value, found: reasons({ ...ANN, [key]: value }) }).toEqual({
        value,
        found: [reason],
      });
    }
  });

  it('never throws, and passes nothing that is no lead', () => {
    fc.assert(
      fc.property(hostileValue, (value) => {
        expect(outcomeOf(formatVerdict(value))).toBe('fail');
      }),
    );
  });

  it('looks at nothing inherited', () => {
    const heir: unknown = Object.create(ANN);
    expect(reasons(heir)).toEqual(['missing_field']);
    expect(reasons(JSON.parse(`{"__proto__":${JSON.stringify(ANN)}}`))).toEqual(['missing_field']);
  });

  it('does not care for the order of the keys', () => {
    const backwards = Object.fromEntries(Object.entries(ANN).toReversed());
    expect(formatVerdict(backwards)).toBe(PASS);
  });

  it('takes a field of 1 KiB and no byte more', () => {
    expect(reasons({ ...ANN, Business: 'ü'.repeat(512) })).toEqual([]);
    expect(reasons({ ...ANN, Business: `${'ü'.repeat(512)}x` })).toEqual(['too_long']);
  });

  it('takes an address of 254 characters, and a region of 64', () => {
    expect(reasons({ ...ANN, 'Owner(s) Email': `${'a'.repeat(245)}@acme.com` })).toEqual([]);
    expect(reasons({ ...ANN, 'Owner(s) Email': `${'a'.repeat(246)}@acme.com` })).toEqual([
      'bad_email',
    ]);
    expect(reasons({ ...ANN, Region: '😀'.repeat(64) })).toEqual([]);
    expect(reasons({ ...ANN, Region: '😀'.repeat(65) })).toEqual(['too_long']);
  });

  it('takes a lead of 8 KiB with its extra keys, and no byte more', () => {
    const room = 8_192 - bytesOf(ANN) - 'extra'.length;
    for (const fill of [0, 1, 700]) {
      const inner = { a: 'x'.repeat(fill) };
      const size = room - fill - 'deep'.length - 'a'.length;
      expect(reasons({ ...ANN, deep: inner, extra: 'x'.repeat(size) })).toEqual([]);
      expect(reasons({ ...ANN, deep: inner, extra: 'x'.repeat(size + 1) })).toEqual(['too_long']);
    }
    expect(reasons({ ...ANN, list: Array.from({ length: 9_000 }, () => 1) })).toEqual(['too_long']);
    expect(reasons({ ...ANN, bytes: new Uint8Array(9_000) })).toEqual(['too_long']);
    expect(reasons({ ...ANN, ['k'.repeat(9_000)]: 1 })).toEqual(['too_long']);
  });

  it('takes 500 keys and values with those of its extra keys, and not one more', () => {
    const numbers = (length: number) => Array.from({ length }, () => 1);
    const keys = (length: number) => Object.fromEntries(numbers(length).map((_, at) => [at, 1]));
    const own = 2 * LEAD_KEYS.length;
    for (const [most, over] of [
      [{ list: numbers(500 - own - 2) }, { list: numbers(500 - own - 1) }],
      [{ map: keys((500 - own - 2) / 2) }, { map: keys((500 - own) / 2) }],
      [keys((500 - own) / 2), keys((500 - own) / 2 + 1)],
      [{ a: [[1], {}, numbers(476)] }, { a: [[1], {}, numbers(477)] }],
    ]) {
      expect(reasons({ ...ANN, ...most })).toEqual([]);
      expect(reasons({ ...ANN, ...over })).toEqual(['too_long']);
    }
    expect(reasons({ ...ANN, bytes: new Uint8Array(600), text: 'x'.repeat(600) })).toEqual([]);
  });

  it('takes nothing of which a hundred are too much for one delivery', () => {
    const lead = { ...ANN, list: Array.from({ length: 480 }, () => 1) };
    expect(reasons(lead)).toEqual([]);
    const own = { batch: DIGEST, miner: '5M', finalScore: 1_000_000 };
    const reports = Array.from({ length: 5 }, () => ({ validator: '5V', score: 1_000_000 }));
    const step = {
      ...own,
      outcome: 'approved',
      count: 0,
      reports,
      reasons: FAIL_REASONS.map((reason) => [reason, 1]),
      checks: { passed: 0, failed: 0, unknown: 0 },
    };
    const body = {
      query: DIGEST,
      attempt: 1,
      status: 'complete',
      leads: Array.from({ length: 100 }, () => ({ ...own, lead })),
      batches: Array.from({ length: 100 }, () => ({ ...own, settledAt: 0, reports })),
      road: Array.from({ length: 8 }, () => step),
      stock: Array.from({ length: 500 }, () => ({ industry: 'x', region: 'y', leads: 1 })),
      chosen: DIGEST,
    };
    const envelope = { kind: 'delivery', from: 'pool/5P', to: 'buyer/5B', sentAt: 0, body };
    const read = decodeEnvelope(encodeEnvelope(envelope as unknown as Envelope));
    expect('error' in read ? read.error : 'read').toBe('read');
  });

  it('is not led into the depths', () => {
    expect(reasons({ ...ANN, extra: nested(15) })).toEqual([]);
    expect(reasons({ ...ANN, extra: nested(16) })).toEqual(['too_long']);
    expect(reasons({ ...ANN, extra: nested(100_000) })).toEqual(['too_long']);
  });

  it('knows a name by its letters, whatever their case and accents', () => {
    expect(reasons(named('MULLER, Jose-Maria', 'José', 'Müller'))).toEqual([]);
    expect(reasons(named('Strasse Ann', 'Ann', 'Straße'))).toEqual([]);
    expect(reasons(named('Ann Lee', ' ann ', 'LEE '))).toEqual([]);
    expect(reasons(named('Ann Lee', 'Anne', 'Lee'))).toEqual(['name_mismatch']);
    expect(reasons(named('Ann Lee', 'Ann', '\u0301'))).toEqual(['name_mismatch']);
  });
});

describe('readLead', () => {
  it('keeps an extra key, but none that could be taken for a prototype', () => {
    const text = `{"extra":{"a":1},"__proto__":{"polluted":1},${JSON.stringify(ANN).slice(1)}`;
    const read = readLead(JSON.parse(text));
    expect(read).toEqual({ ...ANN, extra: { a: 1 } });
    expect(Object.hasOwn(read ?? {}, '__proto__')).toBe(false);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it('reads what passes and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(goodLead, brokenLead, hostileValue), (value) => {
        const read = readLead(value);
        expect(read !== undefined).toBe(formatVerdict(value) === PASS);
        if (read !== undefined) expect(read).toEqual(value);
      }),
    );
  });
});

describe('fieldOf', () => {
  it('is a text of the lead itself, or nothing', () => {
    fc.assert(
      fc.property(hostileValue, fc.constantFrom(...LEAD_KEYS), (value, key) => {
        const field = fieldOf(value, key);
        expect(field === undefined || typeof field === 'string').toBe(true);
        expect(fieldOf(Object.create(ANN), key)).toBeUndefined();
        expect(fieldOf(ANN, key)).toBe(ANN[key]);
      }),
    );
  });
});

describe('formatsOf', () => {
  it('says of each lead of a list what formatVerdict says, whichever is asked for first', () => {
    const anyone = fc.oneof(goodLead, hostileValue);
    fc.assert(
      fc.property(
        fc.array(anyone, { maxLength: 5 }),
        fc.array(fc.nat({ max: 5 })),
        (leads, asked) => {
          for (const index of asked) {
            expect(formatsOf(leads)(index)).toBe(formatVerdict(leads[index]));
          }
        },
      ),
    );
  });
});

describe('webHostOf', () => {
  it('finds the host that the parser finds, in all that looks like an address', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        expect(webHostOf(text)).toBe(readWebUrl(text)?.hostname);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes no profile for one of LinkedIn that the parser would not', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const url = readWebUrl(text);
        const isProfile =
          url !== undefined &&
          /(^|\.)linkedin\.com$/.test(url.hostname) &&
          /^\/(in|company)\/[^/]/.test(url.pathname);
        expect(reasons({ ...ANN, LinkedIn: text })).toEqual(isProfile ? [] : ['bad_linkedin']);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Pieces of addresses in any order: hosts that are numbers, other scripts, paths that lead back. */
const SCHEMES = ['https://', 'http://', 'HTTP://', 'https:/', 'ftp://', 'https://a:b@', ''];
const LABELS = (
  'acme www linkedin linkedin.com com xn-- xn--a xn--bcher-kva a--b -a a- ACME 0x7f 127 1 bücher ß ' +
  `a_b [::1] %41 ${'a'.repeat(70)}`
).split(' ');
const TAILS =
  '/ /in /in/ann /in/ann/ /company/acme /.. /. /%2e%2e :80 :x ?q #h @b.com \\ /in/ann.lee /in/.. /é .'.split(
    ' ',
  );
const anyAddress: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...SCHEMES),
    fc.array(fc.constantFrom('', ...LABELS), { minLength: 1, maxLength: 4 }),
    fc.array(fc.constantFrom(' ', '\t', '/\uD800', ...TAILS), { maxLength: 3 }),
  )
  .map(([scheme, host, tail]) => `${scheme}${host.join('.')}${tail.join('')}`);

describe('readWebUrl', () => {
  it('refuses what a reader could take for another host', () => {
    for (const text of [
      'http://acme.com\\@evil.com',
      'http://evil.com@acme.com',
      'http:acme.com',
      'http:///acme.com',
      'http://ac\tme.com',
      'http://acme.com/a b',
      ' http://acme.com',
      'file://acme.com',
    ]) {
      expect(readWebUrl(text)).toBeUndefined();
    }
    expect(readWebUrl('HTTP://Acme.com/@ann')?.hostname).toBe('acme.com');
  });
});

const ANN: Lead = {
  Business: 'Acme',
  'Owner Full name': 'Ann Lee',
  First: 'Ann',
  Last: 'Lee',
  'Owner(s) Email': 'ann@acme.com',
  LinkedIn: 'https://www.linkedin.com/in/ann',
  Website: 'https://acme.com',
  Industry: 'Tech & AI',
  Region: 'US',
};
const named = (full: string, first: string, last: string): Lead => ({
  ...ANN,
  'Owner Full name': full,
  First: first,
  Last: last,
});

const DIGEST = 'f'.repeat(64);

const reasons = (lead: unknown): readonly Reason[] => reasonsOf(formatVerdict(lead));
const bytesOf = (lead: Lead): number => Buffer.byteLength(Object.entries(lead).flat().join(''));

/** Lists within lists, `depth` deep. */
function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}
