/**
 * Every message of the wire, for property tests: whatever its type allows, absent fields and empty
 * lists among it, sealed by whatever scheme the test signs with.
 */
import fc from 'fast-check';
import {
  anyBatchId,
  anyDigest,
  anyHotkey,
  anyInstant,
  anyQueryId,
  anyReputation,
  anyScore,
  anyStake,
  anyWant,
  goodLead,
} from './arbitraries.ts';
import { batchId, packLeads, saltsFrom } from './batch.ts';
import { MAX_LEADS } from './query.ts';
import {
  addressOf,
  type Answer,
  type Answered,
  type Case,
  type Commit,
  type Delivery,
  type Draft,
  type Entry,
  type Envelope,
  type Kind,
  type Messages,
  type Missed,
  type Missing,
  type Query,
  type Refusal,
  type Report,
  type RoadStep,
  type Role,
  type Sealed,
  type SettledRecord,
} from './messages.ts';
import { sealBody, type Sign } from './seals.ts';
import { invariant, type BatchId, type Block, type Hotkey } from './units.ts';
import { FAIL_REASONS, UNKNOWN_REASONS } from './verdict.ts';
import { WIRE_KINDS, type WireKind } from './wire-schema.ts';

export type Bodies = { readonly [K in WireKind]: fc.Arbitrary<Messages[K]['body']> };

/** A body of each kind, all of them signed by the given keys. */
export function bodiesSealedBy(sign: Sign, keys: fc.Arbitrary<Hotkey> = anyHotkey): Bodies {
  const sealed = <K extends Kind>(
    kind: K,
    drafts: fc.Arbitrary<Draft<K>>,
  ): fc.Arbitrary<Messages[K]['body']> =>
    drafts.map((draft) => {
      const body = sealBody(kind, draft, sign);
      invariant(body !== undefined, 'the test has a key for everyone');
      return body;
    });

  const query = sealed('query', queryOf(keys));
  const report = sealed('report', reportOf(keys));
  const reports = fc.array(report, { maxLength: 5 });
  const commit = sealed('commit', commitOf(keys));
  const commits = fc.array(commit, { minLength: 1, maxLength: 5 });
  const countersign = sealed(
    'countersign',
    fc.record({ query: anyQueryId, attempt: anyAttempt, digest: anyDigest, validator: keys }),
  );
  const feedback = sealed(
    'feedback',
    fc.record({ query: anyQueryId, buyer: keys, pool: keys, rating: anyRating, block: anyBlock }),
  );
  const appeal = sealed('appeal', fc.record({ validator: keys, block: anyBlock }));
  const vote = sealed(
    'vote',
    fc.record({ validator: keys, accused: keys, lifts: fc.boolean(), block: anyBlock }),
  );
  const theCase = caseOf(query, keys, reports, commits);
  return {
    query,
    refusal: anyRefusal,
    batch: sealed('batch', batchOf(query, keys)),
    commit,
    commits: fc.record({ query: anyQueryId, attempt: anyAttempt, miner: keys, commits }),
    report,
    delivery: anyDelivery,
    proposal: theCase,
    countersign,
    settlement: sealed(
      'settlement',
      entryOf(
        keys,
        fc.oneof(
          fc.record({
            kind: fc.constant('settled' as const),
            case: theCase,
            countersigns: fc.array(countersign, { maxLength: 5 }),
          }),
          fc.record({ kind: fc.constant('rated' as const), feedback }),
          fc.record({ kind: fc.constant('appealed' as const), appeal }),
          fc.record({ kind: fc.constant('voted' as const), vote }),
        ),
      ),
    ),
    feedback,
    missing: anyMissing,
    appeal,
    vote,
  };
}

const anyBlock: fc.Arbitrary<Block> = fc
  .oneof(fc.constantFrom(0, 23, 24, 0xffff_ffff), fc.nat())
  .map((block) => block as Block);
const anyAttempt = fc.integer({ min: 1, max: 3 });
const anyRating = fc.integer({ min: 1, max: 10 });
const anyCount = fc.oneof(fc.constantFrom(0, MAX_LEADS), fc.nat({ max: MAX_LEADS }));
const anyReasons = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...FAIL_REASONS, ...UNKNOWN_REASONS), fc.integer({ min: 1, max: 500 })),
  { selector: ([reason]) => reason },
);

const queryOf = (keys: fc.Arbitrary<Hotkey>): fc.Arbitrary<Query> =>
  fc.record({
    id: anyQueryId,
    buyer: keys,
    account: fc.constantFrom('buyer', 'validator'),
    openedAt: anyInstant,
    nonce: fc.maxSafeNat(),
    want: anyWant,
    rounds: fc.array(fc.record({ askedAt: anyInstant, block: anyBlock }), {
      minLength: 1,
      maxLength: 3,
    }),
    pool: keys,
  });

const batchOf = (
  query: fc.Arbitrary<Sealed<Query>>,
  keys: fc.Arbitrary<Hotkey>,
): fc.Arbitrary<Draft<'batch'>> =>
  fc
    .record({
      query,
      miner: keys,
      madeAt: anyInstant,
      content: fc.array(goodLead, { maxLength: 3 }),
      secret: anyDigest,
    })
    .map(({ content, secret, ...rest }) => {
      const leads = new Uint8Array(packLeads(content, saltsFrom(secret, content.length)));
      const id = batchId(rest.query.id, rest.miner, leads) as BatchId;
      return { ...rest, id, count: content.length, leads };
    });

const reportOf = (keys: fc.Arbitrary<Hotkey>): fc.Arbitrary<Report> =>
  fc.record(
    {
      query: anyQueryId,
      attempt: anyAttempt,
      miner: keys,
      batch: anyBatchId,
      validator: keys,
      block: anyBlock,
      sampled: anyCount,
      valid: anyCount,
      unknown: anyCount,
      score: anyScore,
      reasons: anyReasons,
      nonce: anyDigest,
    },
    {
      requiredKeys: [
        'query',
        'attempt',
        'miner',
        'batch',
        'validator',
        'block',
        'sampled',
        'valid',
        'unknown',
        'reasons',
      ],
    },
  );

const commitOf = (keys: fc.Arbitrary<Hotkey>): fc.Arbitrary<Commit> =>
  fc.record({
    query: anyQueryId,
    attempt: anyAttempt,
    miner: keys,
    batch: anyBatchId,
    validator: keys,
    seal: anyDigest,
  });

const caseOf = (
  query: fc.Arbitrary<Sealed<Query>>,
  keys: fc.Arbitrary<Hotkey>,
  reports: fc.Arbitrary<Sealed<Report>[]>,
  commits: fc.Arbitrary<Sealed<Commit>[]>,
): fc.Arbitrary<Case> =>
  fc.record({
    pool: keys,
    query,
    block: anyBlock,
    reputations: fc.array(fc.record({ validator: keys, reputation: anyReputation }), {
      maxLength: 5,
    }),
    answers: fc.array(answerOf(keys, reports, commits), { maxLength: 8 }),
  });

const answerOf = (
  keys: fc.Arbitrary<Hotkey>,
  reports: fc.Arbitrary<Sealed<Report>[]>,
  commits: fc.Arbitrary<Sealed<Commit>[]>,
): fc.Arbitrary<Answer> => {
  const missed: fc.Arbitrary<Missed> = fc.record(
    { kind: fc.constant('missed'), miner: keys, reports, commits },
    { requiredKeys: ['kind', 'miner', 'reports'] },
  );
  const answered: fc.Arbitrary<Answered> = fc.record(
    {
      kind: fc.constant('answered'),
      miner: keys,
      batch: anyBatchId,
      madeAt: anyInstant,
      count: anyCount,
      reports,
      commits,
      finalScore: anyScore,
      denied: fc.boolean(),
      approved: fc.boolean(),
      checks: fc.record({
        outcome: fc.constantFrom('passed', 'failed', 'undecided'),
        leads: fc.uint8Array({ max: 3, maxLength: MAX_LEADS }),
      }),
    },
    {
      requiredKeys: ['kind', 'miner', 'batch', 'madeAt', 'count', 'reports', 'denied', 'approved'],
    },
  );
  return fc.oneof(missed, answered);
};

const entryOf = (
  keys: fc.Arbitrary<Hotkey>,
  record: fc.Arbitrary<SettledRecord>,
): fc.Arbitrary<Entry> =>
  fc.record({
    pool: keys,
    number: fc.oneof(fc.constant(0), fc.maxSafeNat()),
    previous: anyDigest,
    record,
  });

const anyRefusal: fc.Arbitrary<Refusal> = fc.record(
  {
    query: anyQueryId,
    attempt: anyAttempt,
    reason: fc.constantFrom(
      'stale',
      'bad_query',
      'not_drawn',
      'no_standing',
      'chain_unavailable',
      'restricted',
      'busy',
    ),
    shortfall: fc.oneof(
      fc.constantFrom({ requirement: 'registration' }, { requirement: 'permit' }),
      fc.record({ requirement: fc.constant('stake'), need: anyStake, has: anyStake }),
    ),
    until: fc.record({ block: anyBlock, instant: anyInstant }),
  },
  { requiredKeys: ['query', 'attempt', 'reason'] },
);

/** A lead, at times with keys of its own, named as objects name what they inherit. */
const deliverableLead = fc
  .tuple(
    goodLead,
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('constructor', 'toString', '\u{feff}x')),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(0.5)),
      { maxKeys: 3 },
    ),
  )
  .map(([lead, extra]) => ({ ...extra, ...lead }));

const anyOpinions = fc.array(
  fc.record({ validator: anyHotkey, score: anyScore }, { requiredKeys: ['validator'] }),
  { maxLength: 5 },
);

const anyRoadStep: fc.Arbitrary<RoadStep> = fc.record(
  {
    miner: anyHotkey,
    outcome: fc.constantFrom(
      'missed',
      'unreported',
      'rejected',
      'denied',
      'checks_failed',
      'undecided',
      'approved',
    ),
    batch: anyBatchId,
    count: anyCount,
    finalScore: anyScore,
    reports: anyOpinions,
    reasons: anyReasons,
    checks: fc.record({ passed: anyCount, failed: anyCount, unknown: anyCount }),
  },
  { requiredKeys: ['miner', 'outcome', 'count', 'reports', 'reasons'] },
);

const anyDelivery: fc.Arbitrary<Delivery> = fc.record(
  {
    query: anyQueryId,
    attempt: anyAttempt,
    status: fc.constantFrom('complete', 'partial', 'pooled', 'none'),
    leads: fc.array(
      fc.record({
        lead: deliverableLead,
        batch: anyBatchId,
        miner: anyHotkey,
        finalScore: anyScore,
      }),
      { maxLength: 3 },
    ),
    batches: fc.array(
      fc.record({
        batch: anyBatchId,
        miner: anyHotkey,
        finalScore: anyScore,
        settledAt: anyInstant,
        reports: anyOpinions,
      }),
      { maxLength: 2 },
    ),
    chosen: anyBatchId,
    road: fc.array(anyRoadStep, { maxLength: 8 }),
    stock: fc.array(
      fc.record({
        industry: fc.string({ maxLength: 64 }),
        region: fc.string({ maxLength: 64 }),
        leads: fc.nat(),
      }),
      { maxLength: 3 },
    ),
    suppressed: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  },
  { requiredKeys: ['query', 'attempt', 'status', 'leads', 'batches', 'road', 'stock'] },
);

const anyMissing: fc.Arbitrary<Missing> = fc.record({
  pool: anyHotkey,
  from: fc.maxSafeNat(),
  to: fc.maxSafeNat(),
});

const RECEIVER: { readonly [K in WireKind]: Messages[K]['to'] } = {
  query: 'miner',
  refusal: 'buyer',
  batch: 'validator',
  commit: 'pool',
  commits: 'validator',
  report: 'pool',
  delivery: 'buyer',
  proposal: 'validator',
  countersign: 'pool',
  settlement: 'pool',
  feedback: 'validator',
  missing: 'pool',
  appeal: 'validator',
  vote: 'pool',
};

/** A message of one kind, from anyone to someone who may receive it. */
export const envelopeOf = <K extends WireKind>(
  kind: K,
  bodies: Bodies,
): fc.Arbitrary<Envelope<K>> =>
  fc
    .record({
      role: fc.constantFrom<Role>('buyer', 'miner', 'validator', 'pool'),
      from: anyHotkey,
      to: anyHotkey,
      sentAt: anyInstant,
      body: bodies[kind],
    })
    .map(({ role, from, to, sentAt, body }) => ({
      kind,
      from: addressOf(role, from),
      to: addressOf<Messages[K]['to']>(RECEIVER[kind], to),
      sentAt,
      body,
    }));

/** A message of any kind that may be on the wire. */
export const anyEnvelope = (bodies: Bodies): fc.Arbitrary<Envelope> =>
  fc.oneof(
    ...WIRE_KINDS.map((kind) => envelopeOf(kind, bodies) as unknown as fc.Arbitrary<Envelope>),
  );
