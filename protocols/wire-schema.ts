/**
 * What each message may look like on the wire: JSON Schema, with a bound on every text, list and
 * number and no key but those named. What passes here is what `messages.ts` says it is; nothing
 * behind it checks again.
 *
 * The schemas are plain data, so they cost nothing until `wire.ts` compiles the one it needs.
 */
import { encodedLength } from 'cborg/length';
import { MAX_BATCH_BYTES } from './batch.ts';
import { INDUSTRIES, LEAD_KEYS, MAX_FIELD_BYTES, MAX_LEAD_BYTES } from './lead.ts';
import type { Kind, Messages, Role } from './messages.ts';
import { isRegion, MAX_LEADS } from './query.ts';
import { WHOLE } from './units.ts';
import { FAIL_REASONS, UNKNOWN_REASONS } from './verdict.ts';

/** The kinds that come from elsewhere; the others are a host's own and never on the wire. */
export type WireKind = Exclude<Kind, 'want' | 'rating'>;
export type Schema = object;

const MAX_PANEL = 5;
const MAX_MINERS = 8;
const MAX_ATTEMPTS = 3;
/** Industries and regions for a buyer to choose from; a longer list serves nobody. */
const MAX_STOCK = 500;
/** An ed25519 or sr25519 signature is 64 bytes; another scheme's may be a little longer. */
const MAX_SIGNATURE = 128;
/** R_v reaches 200 points. */
const MAX_REPUTATION = 200_000;
/** A reason is counted at most once a lead and report. */
const MAX_REASON_COUNT = MAX_LEADS * MAX_PANEL;
const MAX_BLOCK = 0xffff_ffff;
const MAX_RAO = 2n ** 64n - 1n;
/**
 * Of one delivered lead as CBOR: three times what the rules count of a good one, since the heads of
 * short keys and values come on top. What the rules let in must never be refused on its way out.
 */
const MAX_DELIVERED_LEAD = 3 * MAX_LEAD_BYTES;

const whole = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum });
const oneOf = (values: readonly unknown[]): Schema => ({ enum: values });
/** The one with more keys first: the validator tells but the first eight problems of a value. */
const either = (...schemas: readonly Schema[]): Schema => ({ anyOf: schemas });
const list = (items: Schema, most: number, least = 0): Schema => ({
  type: 'array',
  items,
  minItems: least,
  maxItems: most,
});
const pair = (first: Schema, second: Schema): Schema => ({
  type: 'array',
  prefixItems: [first, second],
  items: false,
  minItems: 2,
});

/** A map of these keys and no others. */
const map = (required: Readonly<Record<string, Schema>>, optional = {}): Schema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});

/** What JSON Schema has no words for. */
const such = (check: (value: unknown) => boolean, must: string): Schema => ({
  '~refine': [{ check, error: () => `must be ${must}` }],
});
const bytes = (most: number): Schema =>
  such(
    (value) => value instanceof Uint8Array && value.length <= most,
    `a byte string, at most ${most} bytes`,
  );
const text = (most: number): Schema =>
  such(
    (value) => typeof value === 'string' && isShort(value, most),
    `text, at most ${most} bytes of UTF-8`,
  );
const isShort = (value: string, most: number): boolean =>
  value.length <= most && Buffer.byteLength(value) <= most;

const instant = whole(0, Number.MAX_SAFE_INTEGER);
const counter = whole(0, Number.MAX_SAFE_INTEGER);
const block = whole(0, MAX_BLOCK);
const attempt = whole(1, MAX_ATTEMPTS);
const leadCount = whole(0, MAX_LEADS);
const score = whole(0, WHOLE);
const rating = whole(1, 10);
const flag: Schema = { type: 'boolean' };
const hotkey: Schema = { type: 'string', pattern: '^[A-Za-z0-9]{1,64}$' };
const digest: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const signature = bytes(MAX_SIGNATURE);
/** A small one is read as a number, a large one as a bigint: `wire.ts` makes a bigint of both. */
const rao = such(isRao, 'rao, 0 to 2^64 - 1');
const allReasons = [...FAIL_REASONS, ...UNKNOWN_REASONS];
const reasons = list(pair(oneOf(allReasons), whole(1, MAX_REASON_COUNT)), allReasons.length);

function isRao(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'bigint' && value >= 0n && value <= MAX_RAO;
}

const query = map({
  id: digest,
  buyer: hotkey,
  account: oneOf(['buyer', 'validator']),
  openedAt: instant,
  nonce: counter,
  want: map(
    { leads: whole(1, MAX_LEADS) },
    {
      industry: oneOf(INDUSTRIES),
      region: such(isRegion, 'a region, 1 to 64 characters'),
      // False is said by leaving it out.
      sealed: oneOf([true]),
    },
  ),
  rounds: list(map({ askedAt: instant, block }), MAX_ATTEMPTS, 1),
  pool: hotkey,
  signature,
});

const report = map(
  {
    query: digest,
    attempt,
    miner: hotkey,
    batch: digest,
    validator: hotkey,
    block,
    sampled: leadCount,
    valid: leadCount,
    unknown: leadCount,
    reasons,
    signature,
  },
  { score, nonce: digest },
);
const reports = list(report, MAX_PANEL);
const commit = map({
  query: digest,
  attempt,
  miner: hotkey,
  batch: digest,
  validator: hotkey,
  seal: digest,
  signature,
});
const commits = list(commit, MAX_PANEL);

const LAST_CHECK_CODE = 3;
const checkCodes = such(
  (value) =>
    value instanceof Uint8Array &&
    value.length <= MAX_LEADS &&
    value.every((code) => code <= LAST_CHECK_CODE),
  `a byte string of 0 to ${LAST_CHECK_CODE}, at most ${MAX_LEADS} long`,
);
const missed = map({ kind: oneOf(['missed']), miner: hotkey, reports }, { commits });
const answered = map(
  {
    kind: oneOf(['answered']),
    miner: hotkey,
    batch: digest,
    madeAt: instant,
    count: leadCount,
    reports,
    denied: flag,
    approved: flag,
  },
  {
    commits,
    finalScore: score,
    checks: map({ outcome: oneOf(['passed', 'failed', 'undecided']), leads: checkCodes }),
  },
);

const settledCase = map({
  pool: hotkey,
  query,
  block,
  reputations: list(map({ validator: hotkey, reputation: whole(0, MAX_REPUTATION) }), MAX_PANEL),
  answers: list(either(answered, missed), MAX_MINERS),
});
const countersign = map({ query: digest, attempt, digest, validator: hotkey, signature });
const feedback = map({ query: digest, buyer: hotkey, pool: hotkey, rating, block, signature });

const settled = map({
  kind: oneOf(['settled']),
  case: settledCase,
  countersigns: list(countersign, MAX_PANEL),
});
const rated = map({ kind: oneOf(['rated']), feedback });
const appeal = map({ validator: hotkey, block, signature });
const vote = map({ validator: hotkey, accused: hotkey, lifts: flag, block, signature });
const appealed = map({ kind: oneOf(['appealed']), appeal });
const voted = map({ kind: oneOf(['voted']), vote });

const shortfall = either(
  map({ requirement: oneOf(['stake']), need: rao, has: rao }),
  map({ requirement: oneOf(['registration', 'permit']) }),
);
const REFUSAL_REASONS = [
  'stale',
  'bad_query',
  'not_drawn',
  'no_standing',
  'chain_unavailable',
  'restricted',
  'busy',
];

/** The one map with keys of its own: they are kept as they are, and never trusted. */
const lead: Schema = {
  type: 'object',
  properties: Object.fromEntries(LEAD_KEYS.map((key) => [key, text(MAX_FIELD_BYTES)])),
  required: LEAD_KEYS,
  ...such(
    (value) => encodedLength(value) <= MAX_DELIVERED_LEAD,
    `a lead of at most ${MAX_DELIVERED_LEAD} bytes`,
  ),
};

const ROAD_OUTCOMES = [
  'missed',
  'unreported',
  'rejected',
  'denied',
  'checks_failed',
  'undecided',
  'approved',
];
const opinions = list(map({ validator: hotkey }, { score }), MAX_PANEL);
const deliveredBatch = map({
  batch: digest,
  miner: hotkey,
  finalScore: score,
  settledAt: instant,
  reports: opinions,
});
const roadStep = map(
  {
    miner: hotkey,
    outcome: oneOf(ROAD_OUTCOMES),
    count: leadCount,
    reports: opinions,
    reasons,
  },
  {
    batch: digest,
    finalScore: score,
    checks: map({ passed: leadCount, failed: leadCount, unknown: leadCount }),
  },
);
const MAX_NAME_BYTES = 256;
const stock = map({ industry: text(MAX_NAME_BYTES), region: text(MAX_NAME_BYTES), leads: counter });

const bodies: { readonly [K in WireKind]: Schema } = {
  query,
  refusal: map(
    { query: digest, attempt, reason: oneOf(REFUSAL_REASONS) },
    { shortfall, until: map({ block, instant }) },
  ),
  batch: map({
    id: digest,
    query,
    miner: hotkey,
    madeAt: instant,
    count: leadCount,
    leads: bytes(MAX_BATCH_BYTES),
    signature,
  }),
  commit,
  commits: map({ query: digest, attempt, miner: hotkey, commits: list(commit, MAX_PANEL, 1) }),
  report,
  delivery: map(
    {
      query: digest,
      attempt,
      status: oneOf(['complete', 'partial', 'pooled', 'none']),
      leads: list(map({ lead, batch: digest, miner: hotkey, finalScore: score }), MAX_LEADS),
      batches: list(deliveredBatch, MAX_LEADS),
      road: list(roadStep, MAX_MINERS),
      stock: list(stock, MAX_STOCK),
    },
    // Zero is said by leaving it out, so that there is one way to say it.
    { chosen: digest, suppressed: whole(1, Number.MAX_SAFE_INTEGER) },
  ),
  proposal: settledCase,
  countersign,
  settlement: map({
    pool: hotkey,
    number: counter,
    previous: digest,
    record: either(settled, rated, voted, appealed),
    signature,
  }),
  feedback,
  missing: map({ pool: hotkey, from: counter, to: counter }),
  appeal,
  vote,
};

const ROLES: readonly Role[] = ['buyer', 'miner', 'validator', 'pool'];
const receivers: { readonly [K in WireKind]: readonly Messages[K]['to'][] } = {
  query: ['miner', 'pool'],
  refusal: ['buyer', 'miner'],
  batch: ['validator', 'pool'],
  commit: ['pool'],
  commits: ['validator'],
  report: ['pool'],
  delivery: ['buyer'],
  proposal: ['validator'],
  countersign: ['pool'],
  settlement: ['validator', 'pool'],
  feedback: ['validator', 'pool'],
  missing: ['validator', 'pool'],
  appeal: ['validator', 'pool'],
  vote: ['validator', 'pool'],
};
const address = (roles: readonly Role[]): Schema => ({
  type: 'string',
  pattern: `^(${roles.join('|')})/[A-Za-z0-9]{1,64}$`,
});

export const WIRE_KINDS: readonly WireKind[] = Object.keys(bodies) as WireKind[];

/** A whole message of one kind, as the map that it is on the wire. */
export const envelopeSchema = (kind: WireKind): Schema =>
  map({
    format: { type: 'string' },
    kind: oneOf([kind]),
    from: address(ROLES),
    to: address(receivers[kind]),
    sentAt: instant,
    body: bodies[kind],
  });
