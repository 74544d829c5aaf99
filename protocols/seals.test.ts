import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hotkeyNumber } from './arbitraries.ts';
import { bytesOf, digest, digestBytes } from './hash.ts';
import { anyEnvelope, bodiesSealedBy, envelopeOf } from './message-arbitraries.ts';
import type { Batch, Case, Entry, Envelope, Report, Sealed } from './messages.ts';
import {
  caseDigest,
  entryDigest,
  feedbackDigest,
  hasGoodSeals,
  NO_ENTRY,
  sealBody,
  statementOf,
  type Sign,
} from './seals.ts';
import type { BatchId, Block, Hotkey, QueryId, Score } from './units.ts';
import { canonical, decodeEnvelope, encodeEnvelope } from './wire.ts';

describe('sealBody', () => {
  it('signs a report as its validator, over everything in it', () => {
    const body = sealBody('report', REPORT, sign);
    const statement = canonical(['leadpoet.seal/1', 'report', REPORT]);
    expect(body).toEqual({ ...REPORT, signature: sign(REPORT.validator, statement) });
  });

  it('signs a draft once, however often it is sent, and gives the same object', () => {
    let signed = 0;
    const counting: Sign = (by, statement) => {
      signed += 1;
      return sign(by, statement);
    };
    const draft = { ...REPORT };
    const bodies = Array.from({ length: 9 }, () => sealBody('report', draft, counting));
    expect(signed).toBe(1);
    expect(new Set(bodies).size).toBe(1);
  });

  it('gives nothing where the key is not at hand, and asks again the next time', () => {
    const draft = { ...REPORT };
    expect(sealBody('report', draft, () => undefined)).toBeUndefined();
    expect(sealBody('report', draft, sign)).toHaveProperty('signature');
  });

  it('leaves alone what nobody signs, and what is signed already', () => {
    const missing = { pool: hotkeyNumber(1), from: 0, to: 9 };
    expect(sealBody('missing', missing, sign)).toBe(missing);
    const relayed = { ...REPORT, signature: new Uint8Array(64) };
    expect(sealBody('report', relayed, sign)).toBe(relayed);
  });
});

describe('statementOf', () => {
  it('names a batch by its id, without its leads, and with the whole query', () => {
    fc.assert(
      fc.property(bodies.batch, (batch) => {
        const { leads: _, signature: __, ...said } = batch;
        const statement = canonical(['leadpoet.seal/1', 'batch', said]);
        expect(statementOf('batch', batch)).toEqual(statement);
        expect(said.query).toHaveProperty('signature');
      }),
    );
  });
});

describe('hasGoodSeals', () => {
  it('finds every message good that was sealed, also after the wire', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), (envelope) => {
        expect(hasGoodSeals(envelope, check)).toBe(true);
        expect(hasGoodSeals(copyOf(envelope), check)).toBe(true);
      }),
    );
  });

  it('finds out a change to any field of a signed body, or a signature of somebody else', () => {
    fc.assert(
      fc.property(signedEnvelope, fc.nat(), (envelope, pick) => {
        const copy = copyOf(envelope);
        const places = placesIn(copy.body).filter(({ key }) => key !== 'leads');
        places[pick % places.length]?.change();
        expect(hasGoodSeals(copy, check)).toBe(false);
      }),
    );
  });

  it('looks at every signature in a message, however deep', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), (envelope) => {
        const copy = copyOf(envelope);
        const asked = new Set<string>();
        const noting = (by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean => {
          asked.add(String(signature));
          return check(by, statement, signature);
        };
        hasGoodSeals(copy, noting);
        expect(asked).toEqual(new Set(signaturesIn(copy.body).map(String)));
      }),
    );
  });

  it('refuses a message in which any one signature is not good', () => {
    fc.assert(
      fc.property(anyEnvelope(bodies), fc.nat(), (envelope, pick) => {
        const copy = copyOf(envelope);
        const signatures = signaturesIn(copy.body);
        fc.pre(signatures.length > 0);
        const forged = String(signatures[pick % signatures.length]);
        const strict = (by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean =>
          String(signature) !== forged && check(by, statement, signature);
        expect(hasGoodSeals(copy, strict)).toBe(false);
      }),
    );
  });

  it('refuses a batch whose leads or count are not those that its id names', () => {
    fc.assert(
      fc.property(envelopeOf('batch', bodies), fc.nat(), (envelope, pick) => {
        const swapped = copyOf(envelope).body as Sealed<Batch>;
        const at = pick % swapped.leads.length;
        swapped.leads[at] = (swapped.leads[at] ?? 0) ^ 1;
        expect(hasGoodSeals({ ...envelope, body: swapped }, check)).toBe(false);

        const { signature: _, ...draft } = { ...envelope.body, count: envelope.body.count + 1 };
        const miscounted = sealBody('batch', draft, sign) as Sealed<Batch>;
        expect(hasGoodSeals({ ...envelope, body: miscounted }, check)).toBe(false);
      }),
    );
  });

  it('looks at an object once, and at a copy of it anew', () => {
    fc.assert(
      fc.property(signedEnvelope, (envelope) => {
        const copy = copyOf(envelope);
        expect(hasGoodSeals(copy, check)).toBe(true);
        expect(hasGoodSeals(copy, never)).toBe(true);
        expect(hasGoodSeals({ ...copy, body: { ...copy.body } }, never)).toBe(false);
      }),
    );
  });

  it('never remembers a bad one, nor takes a good one for another kind', () => {
    const body = { ...(sealBody('report', { ...REPORT }, sign) as Sealed<Report>) };
    const envelope = { kind: 'report', body } as Envelope;
    expect(hasGoodSeals(envelope, never)).toBe(false);
    expect(hasGoodSeals(envelope, check)).toBe(true);
    expect(hasGoodSeals({ ...envelope, kind: 'countersign' }, check)).toBe(false);
  });

  it('does not look at what was signed here, but at all that is in it and was not', () => {
    fc.assert(
      fc.property(signedEnvelope, (envelope) => {
        const { signature: _, ...draft } = copyOf(envelope).body as { signature: Uint8Array };
        const body = sealBody(envelope.kind, draft as never, sign) as object;
        const looked: string[] = [];
        const noting = (by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean => {
          looked.push(String(signature));
          return check(by, statement, signature);
        };
        expect(hasGoodSeals({ ...envelope, body } as Envelope, noting)).toBe(true);
        expect(new Set(looked)).toEqual(new Set(signaturesIn(draft).map(String)));
        // Looked at by whoever did not see it signed, it is found the same.
        expect(hasGoodSeals({ ...envelope, body: { ...body } } as Envelope, check)).toBe(true);
      }),
    );
  });
});

describe('digests', () => {
  it('name a case with all its signatures, an entry and a rating without their own', () => {
    fc.assert(
      fc.property(bodies.proposal, bodies.settlement, bodies.feedback, (body, entry, feedback) => {
        const theCase: Case = body;
        expect(caseDigest({ ...theCase })).toBe(digest('leadpoet.case/1', canonical(theCase)));
        expect(caseDigest({ ...theCase, block: (theCase.block ^ 1) as Block })).not.toBe(
          caseDigest(theCase),
        );

        const { signature: _, ...draft } = entry;
        expect(entryDigest(draft)).toBe(entryDigest(entry));
        expect(entryDigest({ ...draft, previous: entryDigest(entry) })).not.toBe(
          entryDigest(entry),
        );

        const { signature: __, ...rating } = feedback;
        expect(feedbackDigest(rating)).toBe(feedbackDigest(feedback));
        expect(feedbackDigest({ ...rating, rating: rating.rating ^ 1 })).not.toBe(
          feedbackDigest(feedback),
        );
      }),
    );
  });

  it('say the same after the wire', () => {
    fc.assert(
      fc.property(envelopeOf('settlement', bodies), (envelope) => {
        const copy = copyOf(envelope).body as Sealed<Entry>;
        expect(entryDigest(copy)).toBe(entryDigest(envelope.body));
      }),
    );
  });

  it('have one that no entry has, for the start of a chain', () => {
    expect(NO_ENTRY).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([NO_ENTRY, digest('leadpoet.entry/1', new Uint8Array())]).size).toBe(2);
  });
});

/** A scheme that is as honest as it is quick: whoever knows the key's name can sign. */
const sign: Sign = (by, statement) => {
  const half = digestBytes('test.signature', by, statement);
  return new Uint8Array([...half, ...bytesOf(digest('test.signature', half))]);
};
const check = (by: Hotkey, statement: Uint8Array, signature: Uint8Array): boolean =>
  String(sign(by, statement)) === String(signature);
const never = (): boolean => false;

const bodies = bodiesSealedBy(sign);
const signedEnvelope: fc.Arbitrary<Envelope> = fc.oneof(
  ...(['query', 'batch', 'report', 'countersign', 'settlement', 'feedback'] as const).map(
    (kind) => envelopeOf(kind, bodies) as unknown as fc.Arbitrary<Envelope>,
  ),
);

const REPORT: Report = {
  query: '1'.repeat(64) as QueryId,
  attempt: 1,
  miner: hotkeyNumber(3),
  batch: '2'.repeat(64) as BatchId,
  validator: hotkeyNumber(2),
  block: 7 as Block,
  sampled: 10,
  valid: 9,
  unknown: 0,
  score: 900_000 as Score,
  reasons: [['bad_email', 1]],
};

const copyOf = (envelope: Envelope): Envelope =>
  decodeEnvelope(encodeEnvelope(envelope)) as Envelope;

interface Place {
  readonly key: string;
  readonly change: () => void;
}

/** Every number, text and byte string anywhere in a body, and a way to make it another. */
function placesIn(body: object): readonly Place[] {
  const fields = body as Record<string, unknown>;
  return Object.keys(fields).flatMap((key): readonly Place[] => {
    const value = fields[key];
    if (value instanceof Uint8Array) {
      return value.length === 0 ? [] : [{ key, change: () => (value[0] = (value[0] ?? 0) ^ 1) }];
    }
    if (typeof value === 'object' && value !== null) return placesIn(value);
    return [{ key, change: () => (fields[key] = other(value)) }];
  });
}

const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}x`;
};

function signaturesIn(value: unknown): readonly Uint8Array[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'signature' ? [inner as Uint8Array] : signaturesIn(inner),
  );
}
