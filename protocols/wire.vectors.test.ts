import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { batchId } from './batch.ts';
import { bytesOf, digest } from './hash.ts';
import type {
  Appeal,
  Case,
  Draft,
  Entry,
  Envelope,
  Feedback,
  Kind,
  Messages,
  Report,
  Revealed,
  Vote,
} from './messages.ts';
import { commitTo, opens } from './rules/sealed.ts';
import {
  appealDigest,
  caseDigest,
  entryDigest,
  feedbackDigest,
  NO_ENTRY,
  statementOf,
  type SignedKind,
  voteDigest,
} from './seals.ts';
import type { Digest } from './units.ts';
import { decodeEnvelope, encodeEnvelope } from './wire.ts';
import { WIRE_KINDS } from './wire-schema.ts';

interface Vector {
  readonly name: string;
  readonly kind: Kind;
  readonly hex: Digest;
  /** Digest of what is signed; absent where nobody signs. */
  readonly statement?: Digest;
}
interface Vectors {
  readonly batch: Digest;
  readonly case: Digest;
  readonly entry: Digest;
  readonly feedback: Digest;
  readonly appeal: Digest;
  readonly vote: Digest;
  readonly noEntry: Digest;
  readonly seal: Digest;
  readonly envelopes: readonly Vector[];
}

// The bytes were made once. Where they no longer fit, peers of another version no longer understand
// this one, and the format needs a new name.
const vectors = JSON.parse(
  readFileSync(new URL('wire.vectors.json', import.meta.url), 'utf8'),
) as Vectors;

describe('the golden vectors', () => {
  it('hold a message of each kind', () => {
    expect(new Set(vectors.envelopes.map(({ kind }) => kind))).toEqual(new Set(WIRE_KINDS));
  });

  it.each(vectors.envelopes)('$name is read and written to the byte', ({ hex, kind }) => {
    const envelope = read(hex);
    expect(envelope.kind).toBe(kind);
    expect(Buffer.from(encodeEnvelope(envelope)).toString('hex')).toBe(hex);
  });

  it.each(vectors.envelopes.filter(({ statement }) => statement !== undefined))(
    '$name is signed over the same statement',
    ({ hex, kind, statement }) => {
      const said = statementOf(kind as SignedKind, read(hex).body as Draft<SignedKind>);
      expect(digest('leadpoet.vector.statement', said)).toBe(statement);
    },
  );

  it('have a statement for every body with a signature', () => {
    for (const { hex, statement } of vectors.envelopes) {
      expect(Object.hasOwn(read(hex).body, 'signature')).toBe(statement !== undefined);
    }
  });

  it('name the batch by its leads, and cases, entries, ratings, appeals and votes by what is in them', () => {
    const { id, query, miner, leads } = bodyOf('batch');
    expect([id, batchId(query.id, miner, leads)]).toEqual([vectors.batch, vectors.batch]);
    expect(caseDigest(bodyOf('proposal') satisfies Case)).toBe(vectors.case);
    expect(entryDigest(bodyOf('settlement') satisfies Entry)).toBe(vectors.entry);
    expect(feedbackDigest(bodyOf('feedback') satisfies Feedback)).toBe(vectors.feedback);
    expect(appealDigest(bodyOf('appeal') satisfies Appeal)).toBe(vectors.appeal);
    expect(voteDigest(bodyOf('vote') satisfies Vote)).toBe(vectors.vote);
    expect(NO_ENTRY).toBe(vectors.noEntry);
  });

  it('seal a report by what is in it', () => {
    const { body } = read(vectors.envelopes.find(({ name }) => name === 'revealed report')?.hex);
    const commit = bodyOf('commit');
    expect(commit.seal).toBe(vectors.seal);
    expect(commitTo(body as Revealed).seal).toBe(vectors.seal);
    expect(opens(commit, body as Report)).toBe(true);
  });
});

const read = (hex: Digest = '' as Digest): Envelope => {
  const envelope = decodeEnvelope(bytesOf(hex));
  expect(envelope).not.toHaveProperty('error');
  return envelope as Envelope;
};

const bodyOf = <K extends Kind>(kind: K): Messages[K]['body'] => {
  const vector = vectors.envelopes.find((each) => each.kind === kind);
  return read(vector?.hex ?? ('' as Digest)).body;
};
