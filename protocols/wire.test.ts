import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileValue } from './arbitraries.ts';
import { MAX_BATCH_BYTES } from './batch.ts';
import { digestBytes } from './hash.ts';
import { LEAD_KEYS, type LeadKey } from './lead.ts';
import { anyEnvelope, bodiesSealedBy, envelopeOf } from './message-arbitraries.ts';
import type { Delivery, Envelope, Refusal } from './messages.ts';
import { hasGoodSeals } from './seals.ts';
import type { Hotkey } from './units.ts';
import {
  canonical,
  decodeEnvelope,
  encodeEnvelope,
  isWireError,
  MAX_ENVELOPE_BYTES,
} from './wire.ts';
import { WIRE_KINDS, type WireKind } from './wire-schema.ts';

describe('decodeEnvelope', () => {
  it('reads back what was written, whatever it was', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), (envelope) => {
        expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
      }),
    );
  });

  it('reads the same from a Buffer that is part of a larger one', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), (envelope) => {
        const whole = Buffer.concat([Buffer.alloc(3), encodeEnvelope(envelope), Buffer.alloc(3)]);
        expect(decodeEnvelope(whole.subarray(3, -3))).toEqual(envelope);
      }),
    );
  });

  it('accepts of all ways to write a message one alone', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), fc.nat(), anyMask, (envelope, pick, mask) => {
        const bytes = flipped(encodeEnvelope(envelope), pick, mask);
        const other = decodeEnvelope(bytes);
        if (!isWireError(other)) expect(hexOf(encodeEnvelope(other))).toBe(hexOf(bytes));
      }),
    );
  });

  it('lets no flipped byte change a signed body unnoticed', () => {
    fc.assert(
      fc.property(signedEnvelope, fc.nat(), anyMask, (envelope, pick, mask) => {
        const other = decodeEnvelope(flipped(encodeEnvelope(envelope), pick, mask));
        if (isWireError(other) || !hasGoodSeals(other, check)) return;
        expect([other.kind, other.body]).toEqual([envelope.kind, envelope.body]);
      }),
    );
  });

  it('refuses what was cut short or has something after it', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), fc.nat(), someBytes, (envelope, pick, more) => {
        const bytes = encodeEnvelope(envelope);
        expect(errorOf(bytes.subarray(0, pick % bytes.length))).toEqual(expect.any(String));
        expect(errorOf(new Uint8Array([...bytes, ...more]))).toEqual(expect.any(String));
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), cborOpening), (bytes) => {
        expect(errorOf(bytes)).toEqual(expect.any(String));
      }),
    );
  });

  it('never throws on a body that is anything at all, and lets none through', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WIRE_KINDS), hostileValue, (kind, body) => {
        const hostile = canonical({ ...plain(kind), body: body ?? null });
        expect(errorOf(hostile)).toEqual(expect.any(String));
      }),
    );
  });

  it('refuses a message with any one thing missing, out of range or too many', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), fc.nat(), fc.constantFrom(0.5, -1, null), (...drawn) => {
        const [envelope, pick, odd] = drawn;
        const map = decode(encodeEnvelope(envelope)) as object;
        const ways = waysToSpoil(map, odd);
        ways[pick % ways.length]?.();
        expect(errorOf(canonical(map))).toEqual(expect.any(String));
      }),
    );
  });
});

describe('an error names', () => {
  it('the format, before anything else is looked at', () => {
    expect(errorOf(canonical({ format: 'leadpoet.wire/2', body: 0.5 }))).toBe(
      'format is "leadpoet.wire/2"; allowed: leadpoet.wire/1',
    );
    expect(errorOf(canonical({}))).toBe('format is missing; allowed: leadpoet.wire/1');
    expect(errorOf(canonical({ format: [2n ** 64n - 1n] }))).toMatch(/^format is an? object/);
  });

  it('the kind, where it is a host’s own or nobody’s', () => {
    for (const kind of ['want', 'rating', 'lead', '__proto__', 'constructor', 7, undefined]) {
      expect(errorOf(canonical({ ...plain('query'), kind }))).toMatch(
        /^kind is .*; allowed: query, refusal, batch, /,
      );
    }
  });

  it('the place, and what is allowed there', () => {
    expect(errorWith('query', { want: { leads: 101 } })).toBe('body.want.leads must be <= 100');
    expect(errorWith('query', { want: { leads: 0 } })).toBe('body.want.leads must be >= 1');
    expect(errorWith('query', { want: { leads: 1, industry: 'Tech' } })).toMatch(
      /^body\.want\.industry must be equal to one of/,
    );
    expect(errorWith('query', { want: { leads: 1, region: ' ' } })).toMatch(
      /^body\.want\.region must be a region/,
    );
    expect(errorWith('query', { rounds: [] })).toMatch(/^body\.rounds must not have fewer than 1/);
    expect(errorWith('query', { more: 1 })).toBe('body.more is not allowed');
    expect(errorWith('query', { id: 'A'.repeat(64) })).toMatch(/^body\.id must match pattern/);
    expect(errorWith('query', { buyer: 'a/b' })).toMatch(/^body\.buyer must match pattern/);
    expect(errorWith('query', { buyer: '' })).toMatch(/^body\.buyer must match pattern/);
    expect(errorWith('query', { signature: new Uint8Array(129) })).toMatch(/^body\.signature /);
  });

  it('a sender of no role, or a receiver whose role the kind is not for', () => {
    const query = plain('query');
    expect(errorOf(canonical({ ...query, to: 'pool/5B' }))).toBeUndefined();
    expect(errorOf(canonical({ ...query, to: 'buyer/5B' }))).toMatch(/^to must match/);
    expect(errorOf(canonical({ ...query, from: 'king/5B' }))).toMatch(/^from must match/);
    expect(errorOf(canonical({ ...query, from: 'pool/5B\n' }))).toMatch(/^from must match/);
  });

  it('too much of anything', () => {
    expect(errorOf(new Uint8Array(MAX_ENVELOPE_BYTES + 1))).toBe(
      'the message has 2097153 bytes; allowed: at most 2097152',
    );
    const missed = { kind: 'missed', miner: '5M', reports: [] };
    expect(errorWith('proposal', { answers: times(8, missed) })).toBeUndefined();
    expect(errorWith('proposal', { answers: times(9, missed) })).toMatch(
      /^body\.answers must not have more than 8/,
    );
    const checked = (leads: Uint8Array): object => ({ ...ANSWERED, checks: { ...CHECKS, leads } });
    const codes = new Uint8Array(100).fill(3);
    expect(errorWith('proposal', { answers: [checked(codes)] })).toBeUndefined();
    for (const bad of [codes.fill(4, 99), new Uint8Array(101)]) {
      expect(errorWith('proposal', { answers: [checked(bad)] })).toMatch(
        /^body\.answers\.0\.checks\.leads must be a byte string of 0 to 3/,
      );
    }
    const leads = new Uint8Array(MAX_BATCH_BYTES);
    expect(errorWith('batch', { leads })).toBeUndefined();
    expect(errorWith('batch', { leads: new Uint8Array([...leads, 0]) })).toMatch(/^body\.leads /);
  });

  it('itself in one line, however much was sent', () => {
    const error = errorOf(canonical({ ...plain('query'), ['x'.repeat(1_000_000)]: 1 }));
    expect(error?.length).toBeLessThan(256);
  });
});

describe('hostile bytes are refused', () => {
  it.each([
    ['nothing', ''],
    ['a break', 'ff'],
    ['an indefinite map', 'bfff'],
    ['an indefinite list', '9fff'],
    ['an indefinite text', '7fff'],
    ['a tag', 'c100'],
    ['a bigint by tag', 'c24101'],
    ['undefined', 'f7'],
    ['not a number', 'f97e00'],
    ['infinity', 'f97c00'],
    ['a long head for a small number', '1800'],
    ['a list of 2^64 - 1', '9bffffffffffffffff'],
    ['a list of 2^32 - 1', '9affffffff'],
    ['a map of 2^53', 'bb0020000000000000'],
    ['a text of 2^32 - 1 bytes', '7affffffff'],
    ['bytes of 2^63', '5b8000000000000000'],
    ['a key twice', 'a2616100616100'],
    ['a key that is a number', 'a10000'],
    ['text that is no UTF-8', '62c328'],
    ['a list', '80'],
    ['a byte string', '40'],
  ])('%s', (_, hex) => {
    expect(errorOf(fromHex(hex))).toMatch(/^the message is not /);
  });

  it('a nest of a million lists or maps, at once', () => {
    expect(errorOf(new Uint8Array(1_000_000).fill(0x81))).toMatch(/nested more than 32 deep/);
    const maps = fromHex('a161'.concat('61a161'.repeat(100)));
    expect(errorOf(maps)).toMatch(/nested more than 32 deep/);
  });

  it('two million empty maps, of which few are read', () => {
    const bytes = new Uint8Array(MAX_ENVELOPE_BYTES).fill(0xa0);
    bytes.set(fromHex('9a001ffffb'));
    expect(errorOf(bytes)).toMatch(/more than 65536 items/);
  });

  it('keys in another order, numbers in another form', () => {
    const message = plain('missing');
    const backwards = Object.fromEntries(Object.entries(message).toReversed());
    expect(errorOf(encode(backwards, { mapSorter: () => 0 }))).toMatch(/not in canonical CBOR/);
    const half = hexOf(canonical({ ...message, sentAt: 0.5 }));
    expect(errorOf(fromHex(half.replace('f93800', 'f93c00')))).toMatch(/not in canonical CBOR/);
  });

  it('text whose byte order mark a careless reader would drop', () => {
    const key = hexOf(canonical({ ...plain('missing'), '\u{feff}to': 1 }));
    expect(errorOf(fromHex(key))).toMatch(/is not allowed$/);
    expect(errorOf(canonical({ ...plain('missing'), to: '\u{feff}pool/5P' }))).toMatch(/^to must/);
  });

  it('the names that objects inherit: they stay plain data', () => {
    const inherited = JSON.parse('{"__proto__":{"want":{"leads":1}},"constructor":1}') as object;
    expect(errorOf(canonical({ ...plain('query'), body: inherited }))).toEqual(expect.any(String));
    const named = { value: 1, enumerable: true };
    const query = Object.defineProperty({ ...bodyOf('query') }, '__proto__', named);
    expect(errorOf(canonical({ ...plain('query'), body: query }))).toBe(
      'body.__proto__ is not allowed',
    );
    expect(Object.prototype).not.toHaveProperty('want');
  });
});

describe('a delivered lead', () => {
  it('keeps its extra keys to the letter, whatever they are and are called', () => {
    fc.assert(
      fc.property(fc.string(), fc.oneof(fc.string(), fc.jsonValue()), (key, value) => {
        const lead = { ...LEAD, [`x${key}`]: value, Business: '\u{feff}\u{feff}Acme' };
        const { body } = read(deliveryOf(lead));
        const [delivered] = (body as Delivery).leads;
        expect(JSON.stringify(sorted(delivered?.lead))).toBe(JSON.stringify(sorted(lead)));
      }),
    );
  });

  it('has its nine fields, each of 1 KiB at most', () => {
    expect(errorOf(deliveryOf({ ...LEAD, Region: 'ü'.repeat(512) }))).toBeUndefined();
    expect(errorOf(deliveryOf({ ...LEAD, Region: `${'ü'.repeat(512)}x` }))).toMatch(/Region/);
    const { Region: _, ...rest } = LEAD;
    expect(errorOf(deliveryOf(rest))).toMatch(/Region/);
  });

  it('has three times 8 KiB of CBOR at most', () => {
    const most = 24_576 - canonical({ ...LEAD, x: 'x'.repeat(24_000) }).length + 24_000;
    expect(errorOf(deliveryOf({ ...LEAD, x: 'x'.repeat(most) }))).toBeUndefined();
    expect(errorOf(deliveryOf({ ...LEAD, x: 'x'.repeat(most + 1) }))).toMatch(/a lead of at most/);
  });

  it('comes a hundred to a delivery, each as large as in a batch', () => {
    const large = { ...LEAD, x: 'x'.repeat(16_384) };
    expect(errorOf(deliveryOf(...times(100, large)))).toBeUndefined();
    expect(errorOf(deliveryOf(...times(101, LEAD)))).toMatch(/more than 100/);
  });
});

describe('rao', () => {
  it('is a bigint again after the wire, small or large', () => {
    fc.assert(
      fc.property(anyU64, anyU64, (need, has) => {
        const { body } = read(refusalOf(need, has));
        expect((body as Refusal).shortfall).toEqual({ requirement: 'stake', need, has });
      }),
    );
  });

  it('is never below 0, nor a part of one', () => {
    expect(errorOf(refusalOf(-1n, 0n))).toMatch(/^body\.shortfall\.need must be rao/);
    expect(errorOf(refusalOf(-(2n ** 60n), 0n))).toMatch(/^body\.shortfall\.need must be rao/);
    expect(errorOf(refusalOf(0n, 0.5))).toMatch(/^body\.shortfall\.has must be rao/);
    expect(errorOf(refusalOf(0n, 2 ** 60))).toMatch(/^body\.shortfall\.has must be rao/);
  });

  it('has no say in what is a number: a bigint is refused there', () => {
    expect(errorWith('missing', { from: 2n ** 53n })).toMatch(/^body\.from must be integer/);
  });
});

describe('canonical', () => {
  it('sees neither the order in which keys were set, nor keys that are undefined', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (map) => {
        const reversed = Object.fromEntries(Object.entries(map).toReversed());
        const absent = Object.hasOwn(map, 'absent') ? {} : { absent: undefined };
        expect(canonical({ ...reversed, ...absent })).toEqual(canonical(map));
      }),
    );
  });
});

/** As honest as it is quick: the name of the key is all that it takes to sign. */
const sign = (by: Hotkey, statement: Uint8Array): Uint8Array => {
  const half = digestBytes('test.signature', by, statement);
  return new Uint8Array([...half, ...half]);
};
const check = (by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean =>
  hexOf(sign(by, statement)) === hexOf(signature);

const bodies = bodiesSealedBy(sign);
const SIGNED = ['query', 'batch', 'report', 'countersign', 'settlement', 'feedback'] as const;
const signedEnvelope: fc.Arbitrary<Envelope> = fc.oneof(
  ...SIGNED.map((kind) => envelopeOf(kind, bodies) as unknown as fc.Arbitrary<Envelope>),
);
const anyMask = fc.oneof(
  fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128),
  fc.integer({ min: 1, max: 255 }),
);
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 9 });
const anyU64 = fc.oneof(
  fc.constantFrom(0n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n),
  fc.bigInt(0n, 2n ** 64n - 1n),
);
/** Bytes that begin like CBOR: a head of any type and length, then anything. */
const cborOpening = fc
  .tuple(fc.nat({ max: 255 }), fc.uint8Array(), fc.uint8Array())
  .map(([head, length, rest]) => new Uint8Array([head, ...length, ...rest]));

const errorOf = (bytes: Uint8Array): string | undefined => {
  const decoded = decodeEnvelope(bytes);
  return isWireError(decoded) ? decoded.error : undefined;
};
const read = (bytes: Uint8Array): Envelope => {
  expect(errorOf(bytes)).toBeUndefined();
  return decodeEnvelope(bytes) as Envelope;
};

/** One message of a kind, as the map that it is on the wire. */
const plain = (kind: WireKind): Readonly<Record<string, unknown>> => {
  const [envelope] = fc.sample(envelopeOf(kind, bodies) as fc.Arbitrary<Envelope>, SAMPLE);
  return decode(encodeEnvelope(envelope as Envelope)) as Readonly<Record<string, unknown>>;
};
const SAMPLE = { seed: 7, numRuns: 1 };
const bodyOf = (kind: WireKind): object => plain(kind)['body'] as object;

/** What is wrong with a message of a kind whose body has these fields instead of its own. */
const errorWith = (kind: WireKind, fields: object): string | undefined =>
  errorOf(canonical({ ...plain(kind), body: { ...bodyOf(kind), ...fields } }));

const CHECKS = { outcome: 'passed' };
const ANSWERED = {
  kind: 'answered',
  miner: '5M',
  batch: '0'.repeat(64),
  madeAt: 0,
  count: 100,
  reports: [],
  denied: false,
  approved: true,
};
const LEAD = Object.fromEntries(LEAD_KEYS.map((key) => [key, 'x'])) as Record<LeadKey, string>;
const deliveryOf = (...leads: readonly object[]): Uint8Array => {
  const body = bodyOf('delivery');
  const from = { batch: '0'.repeat(64), miner: '5M', finalScore: 1 };
  const delivered = leads.map((lead) => ({ lead, ...from }));
  return canonical({ ...plain('delivery'), body: { ...body, leads: delivered } });
};
const refusalOf = (need: unknown, has: unknown): Uint8Array => {
  const shortfall = { requirement: 'stake', need, has };
  const body = { query: '0'.repeat(64), attempt: 1, reason: 'no_standing', shortfall };
  return canonical({ ...plain('refusal'), body });
};

const OPTIONAL = new Set(
  'industry region sealed score nonce commits finalScore checks shortfall chosen batch suppressed until'.split(
    ' ',
  ),
);

/** Every way to make one thing of a message wrong, but for the extra keys of leads. */
function waysToSpoil(map: object, odd: unknown): readonly (() => void)[] {
  const fields = map as Record<string, unknown>;
  const isLead = Object.hasOwn(map, 'Business');
  const keys = Object.keys(map).filter(
    (key) => !isLead || (LEAD_KEYS as readonly string[]).includes(key),
  );
  const ways = keys.flatMap((key) => {
    const value = fields[key];
    const isInner = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
    const spoil = (): void => void (fields[key] = odd);
    const drop = (): void => void delete fields[key];
    const here = Array.isArray(map) || OPTIONAL.has(key) ? [spoil] : [spoil, drop];
    return isInner ? [...here, ...waysToSpoil(value, odd)] : here;
  });
  const add = (): void => void (fields['more'] = odd);
  return Array.isArray(map) || isLead ? ways : [...ways, add];
}

const times = (count: number, item: object): readonly object[] =>
  Array.from({ length: count }, () => item);
const flipped = (bytes: Uint8Array, pick: number, mask: number): Uint8Array =>
  bytes.with(pick % bytes.length, (bytes[pick % bytes.length] ?? 0) ^ mask);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Keys in one order at every depth, for the wire has its own. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
