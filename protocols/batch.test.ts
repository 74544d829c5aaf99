import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyDigest, anyHotkey, anyQueryId, anyLead, goodLead } from './arbitraries.ts';
import {
  batchId,
  decodeLeads,
  eraseLead,
  isWhole,
  MAX_BATCH_BYTES,
  packFitting,
  packLeads,
  saltsFrom,
  unpackLeads,
} from './batch.ts';
import { digest } from './hash.ts';
import { LEAD_KEYS } from './lead.ts';
import type { Batch } from './messages.ts';
import type { BatchId, Hotkey, QueryId } from './units.ts';

describe('packLeads', () => {
  it('gives back its leads, also those that are none', () => {
    fc.assert(
      fc.property(fc.array(packable, { maxLength: 100 }), anyDigest, (leads, secret) => {
        const bytes = packLeads(leads, saltsFrom(secret, leads.length));
        // Through JSON, for CBOR knows no -0 either.
        expect(decodeLeads(bytes)).toEqual(JSON.parse(JSON.stringify(leads)));
      }),
    );
  });
});

describe('packFitting', () => {
  it('writes what cborg writes of any lead, and names it as those do who read it', () => {
    const long = fc.integer({ min: 400, max: 600 }).map((length) => '\uFFFD'.repeat(length));
    const wide = fc.tuple(goodLead, long).map(([lead, text]) => longIn(lead, text));
    const none = fc.constantFrom(null, undefined, 1, 'ninetexts', []) as fc.Arbitrary<object>;
    const leads = fc.array(fc.oneof(goodLead, wide, packable, none), { maxLength: 8 });
    fc.assert(
      fc.property(leads, anyDigest, anyQueryId, anyHotkey, (sourced, secret, query, miner) => {
        const salts = saltsFrom(secret, sourced.length);
        const plain = encode(sourced.map((lead, at) => [salts[at], encode(lead)]));
        const { bytes } = packFitting(sourced, salts);
        expect(Buffer.compare(bytes, plain)).toBe(0);
        expect(Buffer.compare(bytes, packLeads(sourced, salts))).toBe(0);
        const id = batchId(query, miner, Uint8Array.from(bytes));
        expect([1, 2].map(() => batchId(query, miner, bytes))).toEqual([id, id]);
      }),
    );
  });

  it('has its bytes read to the same leads, key by key, where they were packed and anywhere else', () => {
    const anyText = fc.record(
      Object.fromEntries(LEAD_KEYS.map((key) => [key, fc.string({ unit: 'binary' })])),
    );
    const lone = goodLead.map((lead) => ({ ...lead, First: '\uD800' }));
    const leads = fc.array(fc.oneof(goodLead, anyText, lone, packable), { maxLength: 8 });
    fc.assert(
      fc.property(leads, anyDigest, (sourced, secret) => {
        const { bytes } = packFitting(sourced, saltsFrom(secret, sourced.length));
        const elsewhere = decodeLeads(Uint8Array.from(bytes));
        expect(JSON.stringify(decodeLeads(bytes))).toBe(JSON.stringify(elsewhere));
        expect(decodeLeads(bytes)).toEqual(elsewhere);
      }),
    );
  });
});

describe('what is packed', () => {
  it('shares its memory with nobody, however small it is', () => {
    fc.assert(
      fc.property(
        fc.array(goodLead, { maxLength: 3 }),
        anyDigest,
        fc.nat(4),
        (leads, secret, at) => {
          const packed = packLeads(leads, saltsFrom(secret, leads.length));
          for (const bytes of [packed, eraseLead(packed, at), packLeads([{}], [SALT])]) {
            expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
            expect(bytes.buffer.byteLength).toBe(bytes.length);
          }
        },
      ),
    );
  });
});

describe('unpackLeads', () => {
  it('never throws at what strangers send, nor does anything that reads a batch', () => {
    fc.assert(
      fc.property(anyBytes, anyQueryId, anyHotkey, fc.nat(), (bytes, query, miner, index) => {
        const leads = unpackLeads(bytes);
        expect(leads === undefined).toBe(batchId(query, miner, bytes) === undefined);
        expect(decodeLeads(bytes).length).toBe(leads?.length ?? 0);
        expect(eraseLead(bytes, index)).toBeInstanceOf(Uint8Array);
      }),
    );
  });

  it.each([
    ['no list', encode({})],
    ['a list of something else', encode([1])],
    ['a salt alone', encode([[new Uint8Array(16)]])],
    ['a short salt', encode([[new Uint8Array(15), encode({})]])],
    ['a lead that is no bytes', encode([[new Uint8Array(16), {}]])],
    ['three parts', encode([[new Uint8Array(16), encode({}), 1]])],
    ['a leaf of another length', encode([[new Uint8Array(31)]])],
    ['too many leads', encode(Array.from({ length: 101 }, () => [new Uint8Array(32)]))],
    ['too long a lead', encode([[new Uint8Array(16), new Uint8Array(16_385)]])],
    ['too many bytes', new Uint8Array(MAX_BATCH_BYTES + 1)],
    ['something after the list', new Uint8Array([0x80, 0x80])],
    ['lists without an end', new Uint8Array(MAX_BATCH_BYTES).fill(0x81)],
    ['an indefinite list', new Uint8Array([0x9f, 0xff])],
  ])('takes no %s', (_, bytes) => {
    expect(unpackLeads(bytes)).toBeUndefined();
  });

  it('takes what is just within the bounds', () => {
    expect(unpackLeads(encode([]))).toEqual([]);
    expect(
      unpackLeads(encode(Array.from({ length: 100 }, () => [new Uint8Array(32)])))?.length,
    ).toBe(100);
    expect(unpackLeads(encode([[new Uint8Array(16), new Uint8Array(16_384)]]))?.length).toBe(1);
  });
});

describe('decodeLeads', () => {
  it('reads a hostile lead as what it is, and as nobody’s prototype', () => {
    const hostile = encode(new Map<unknown, unknown>([['__proto__', { Business: 'Acme' }]]));
    const nested = new Uint8Array(16_000).fill(0x81);
    const bytes = encode([hostile, nested, new Uint8Array([0xff])].map((lead) => [SALT, lead]));

    const [first, second, third] = decodeLeads(bytes);

    expect(Object.hasOwn(first as object, 'Business')).toBe(false);
    expect(({} as { Business?: unknown }).Business).toBeUndefined();
    expect([second, third]).toEqual([undefined, undefined]);
  });
});

describe('a batch', () => {
  it('keeps its name when leads are erased, whichever and in whatever order', () => {
    fc.assert(
      fc.property(anyBatch, fc.array(fc.nat({ max: 12 })), (batch, erased) => {
        const bytes = erased.reduce(eraseLead, batch.leads);

        expect(isWhole({ ...batch, leads: bytes })).toBe(true);
        const gone = new Set(erased);
        expect(decodeLeads(bytes)).toEqual(
          decodeLeads(batch.leads).map((lead, index) => (gone.has(index) ? undefined : lead)),
        );
      }),
    );
  });

  it('has another name with any other lead, salt, order, query or miner', () => {
    fc.assert(
      fc.property(anyBatch, anyBatch, (one, other) => {
        const same =
          digest('x', one.leads) === digest('x', other.leads) &&
          one.query.id === other.query.id &&
          one.miner === other.miner;
        expect(one.id === other.id).toBe(same);
      }),
    );
  });

  it('is not whole with another count, or a byte changed anywhere', () => {
    fc.assert(
      fc.property(anyBatch, fc.nat(), fc.integer({ min: 1, max: 255 }), (batch, at, change) => {
        expect(isWhole({ ...batch, count: batch.count + 1 })).toBe(false);
        const leads = Uint8Array.from(batch.leads);
        const place = at % leads.length;
        leads[place] = (leads[place] ?? 0) ^ change;
        expect(isWhole({ ...batch, leads })).toBe(false);
      }),
    );
  });
});

describe('saltsFrom', () => {
  it('gives a salt of 16 bytes a lead, all different', () => {
    fc.assert(
      fc.property(anyDigest, fc.nat({ max: 100 }), (secret, count) => {
        const salts = saltsFrom(secret, count).map((salt) => Buffer.from(salt).toString('hex'));
        expect(salts.every((salt) => salt.length === 32)).toBe(true);
        expect(new Set(salts).size).toBe(count);
      }),
    );
  });
});

const SALT = new Uint8Array(16);

/** What CBOR carries there and back: of a lead that holds more, a validator sees what came. */
const longIn = (lead: object, text: string): object =>
  Object.fromEntries(Object.keys(lead).map((key) => [key, text]));

const packable = anyLead.filter(
  (lead): lead is object => typeof lead === 'object' && lead !== null && isPlain(lead),
);
const isPlain = (value: object): boolean => {
  const text = JSON.stringify(value);
  return text !== undefined && !text.includes('__proto__') && !(value instanceof Uint8Array);
};

const anyBatch: fc.Arbitrary<Batch> = fc
  .record({
    leads: fc.array(goodLead, { minLength: 1, maxLength: 12 }),
    secret: anyDigest,
    query: fc.constantFrom('q1', 'q2'),
    miner: fc.constantFrom('m1', 'm2'),
  })
  .map(({ leads, secret, query, miner }) => {
    const bytes = packLeads(leads, saltsFrom(secret, leads.length));
    const id = batchId(query as QueryId, miner as Hotkey, bytes) as BatchId;
    const of = { id: query as QueryId } as Batch['query'];
    return {
      id,
      query: of,
      miner: miner as Hotkey,
      madeAt: 0 as Batch['madeAt'],
      count: leads.length,
      leads: bytes,
    };
  });

/** Anything, and a good batch with a few bytes of it changed. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.jsonValue()).map((value) => encode(value)),
  fc
    .tuple(anyBatch, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }))
    .map(([{ leads }, changes]) => {
      const bytes = Uint8Array.from(leads);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    }),
);
