/**
 * The documents that go in and out, as JSON Schemas: they check what comes, name every field that
 * leaves (what is not named does not), and are the OpenAPI document.
 *
 * Of a field that comes in, `description` says what is allowed: a refusal quotes it.
 */
import { Type, type TSchema } from '@fastify/type-provider-typebox';
import { INDUSTRIES, LEAD_KEYS, MAX_REGION_LENGTH } from '../../protocols/lead.ts';
import { MAX_LEADS } from '../../protocols/query.ts';
import { FILE_FORMATS } from '../cli/lead-formats.ts';
import { EXAMPLES, problemExamples } from './document-examples.ts';
import { TROUBLES } from './problem.ts';

/** A schema of its own in the document, used by its name. */
type Shared = TSchema & { readonly $id: string };

const text = (description?: string) =>
  Type.String(description === undefined ? {} : { description });
/** Null where there is none. As one type with two names: a union would be tried case by case. */
const orNull = (type: 'string' | 'number' | 'integer', description: string): TSchema =>
  Type.Unsafe({ type: [type, 'null'], description });
const ref = ({ $id }: Shared): TSchema => Type.Unsafe({ $ref: `${$id}#` });

const Lead: Shared = {
  ...Type.Object(Object.fromEntries(LEAD_KEYS.map((key) => [key, Type.String()]))),
  $id: 'Lead',
};

const Opinion: Shared = {
  ...Type.Object({
    validator: text('its hotkey'),
    score: orNull('number', '0 to 1; null where it abstained'),
  }),
  $id: 'Opinion',
};

const RoadStep: Shared = {
  ...Type.Object({
    miner: text('its hotkey'),
    outcome: text(
      'missed, unreported, rejected, denied, checks_failed, undecided or approved: what became of it',
    ),
    batch: orNull('string', 'the digest that names it'),
    leads: Type.Integer(),
    final_score: orNull('number', 'F, 0 to 1'),
    reports: Type.Array(ref(Opinion)),
    reasons: Type.Record(Type.String(), Type.Integer(), {
      description: 'how often each reason was found',
    }),
    checks: Type.Unsafe({
      type: ['object', 'null'],
      properties: {
        passed: { type: 'integer' },
        failed: { type: 'integer' },
        unknown: { type: 'integer' },
      },
      required: ['passed', 'failed', 'unknown'],
    }),
  }),
  $id: 'RoadStep',
};

const Attempt: Shared = {
  ...Type.Object({
    block: orNull('integer', 'the one whose hash drew miners and panel'),
    miners: Type.Array(Type.String()),
    panel: Type.Array(Type.String()),
    failure: orNull('string', 'null where it brought leads'),
    road: Type.Array(ref(RoadStep)),
  }),
  $id: 'Attempt',
};

const Answer: Shared = {
  ...Type.Object({
    format: Type.Literal('leadpoet.answer/1'),
    query_id: text('names the query, for /feedback'),
    leads: Type.Array(ref(Lead)),
    partial: Type.Boolean({ description: 'fewer than asked for, or filled from the pool' }),
    batches: Type.Array(
      Type.Object({
        batch: Type.String(),
        miner: Type.String(),
        final_score: orNull('number', 'F, 0 to 1'),
        reports: Type.Array(ref(Opinion)),
      }),
    ),
    attempts: Type.Array(ref(Attempt)),
    compliance: Type.Object({
      sources: Type.Array(
        Type.Object({
          miner: Type.String(),
          batch: Type.String(),
          leads: Type.Integer(),
          checked_at: orNull('string', 'UTC; null where the pool did not say'),
        }),
      ),
      suppressed: Type.Object({ by_pool: Type.Integer(), by_buyer: Type.Integer() }),
    }),
    price: Type.Optional(
      Type.Object({
        tao: text('exact, as a decimal'),
        tier: Type.String(),
        leads: Type.Integer({ description: 'how many were charged for' }),
      }),
    ),
  }),
  $id: 'Answer',
};

const Problem: Shared = {
  ...Type.Object({
    type: Type.Literal('about:blank'),
    title: text(
      `one of: ${[...new Set(Object.values(TROUBLES).map(({ title }) => title))].join(', ')}`,
    ),
    status: Type.Integer(),
    detail: text('for a person'),
    field: Type.Optional(text('which field or header is not as it must be')),
    allowed: Type.Optional(text('what may stand there')),
    query_id: Type.Optional(text('of a query that was asked, whatever came of it')),
    need: Type.Optional(text('402: in TAO')),
    has: Type.Optional(text('402: in TAO')),
    short: Type.Optional(text('402: by how much, in TAO')),
    until: Type.Optional(text('403: about when a restriction ends, UTC')),
    until_block: Type.Optional(
      Type.Integer({ description: '403: the last block of a restriction' }),
    ),
    reasons: Type.Optional(
      Type.Array(Type.Object({ attempt: Type.Integer(), reason: Type.String() }), {
        description: '504: why each attempt brought nothing',
      }),
    ),
    retry_after: Type.Optional(Type.Integer({ description: 'seconds, as in Retry-After' })),
  }),
  $id: 'Problem',
};

const PoolCounts: Shared = {
  ...Type.Object({
    pools: Type.Array(
      Type.Object({
        pool: text('its hotkey'),
        at: text('when it last delivered to this node, UTC'),
        leads: Type.Integer({ description: 'all that it held then' }),
        counts: Type.Array(
          Type.Object({
            industry: Type.String(),
            region: Type.String(),
            leads: Type.Integer(),
          }),
        ),
      }),
    ),
  }),
  $id: 'PoolCounts',
};

const Queries: Shared = {
  ...Type.Object({
    queries: Type.Array(
      Type.Object({
        query_id: Type.String(),
        asked_at: text('UTC'),
        num_leads: Type.Integer({ description: 'how many were asked for' }),
        industry: orNull('string', 'null: any'),
        region: orNull('string', 'null: any'),
        leads: orNull('integer', 'how many were delivered'),
        can_rate: Type.Boolean({ description: 'it brought leads and was not rated yet' }),
      }),
    ),
  }),
  $id: 'Queries',
};

const Session: Shared = {
  ...Type.Object({
    caller: orNull('string', 'the name that your token has here; null where you have none'),
    needs_token: Type.Boolean({ description: 'whether anybody needs one' }),
  }),
  $id: 'Session',
};

/** To be added to the server before its routes. */
export const SHARED: readonly Shared[] = [
  Lead,
  Opinion,
  RoadStep,
  Attempt,
  Answer,
  Problem,
  PoolCounts,
  Queries,
  Session,
];

export const ANSWER: TSchema = ref(Answer);
export const PROBLEM: TSchema = ref(Problem);
export const POOL_COUNTS: TSchema = ref(PoolCounts);
export const QUERIES: TSchema = ref(Queries);
export const SESSION: TSchema = ref(Session);
export const LEADS: TSchema = Type.Array(ref(Lead));

/** What a look at health finds, where all is well. */
export const checksOf = (name: string): TSchema =>
  Type.Object({
    [name]: Type.Literal(true),
    checks: Type.Record(Type.String(), Type.String(), { description: 'what was looked at' }),
  });

/** What `POST /generate_leads` takes. */
export interface WantBody {
  readonly num_leads: number;
  readonly industry?: string;
  readonly region?: string;
  readonly sealed?: boolean;
}
export const WANT_BODY: TSchema = Type.Object(
  {
    num_leads: Type.Integer({
      minimum: 1,
      maximum: MAX_LEADS,
      description: `a whole number, 1 to ${MAX_LEADS}`,
    }),
    industry: Type.Optional(
      Type.Unsafe({
        type: 'string',
        enum: [...INDUSTRIES],
        description: `one of ${INDUSTRIES.join(', ')}`,
      }),
    ),
    region: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_REGION_LENGTH,
        description: `1 to ${MAX_REGION_LENGTH} characters, not only blanks`,
      }),
    ),
    sealed: Type.Optional(Type.Boolean({ description: 'true or false' })),
  },
  { additionalProperties: false, examples: [EXAMPLES.want] },
);

/** What `POST /feedback` takes. */
export interface RatingBody {
  readonly query_id: string;
  readonly rating: number;
}
export const RATING_BODY: TSchema = Type.Object(
  {
    query_id: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'the 64 hex digits that came with the leads',
    }),
    rating: Type.Integer({ minimum: 1, maximum: 10, description: 'a whole number, 1 to 10' }),
  },
  { additionalProperties: false, examples: [EXAMPLES.rating] },
);

/** What `POST /session` takes. */
export interface TokenBody {
  readonly token: string;
}
export const TOKEN_BODY: TSchema = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 512, description: 'a token of this server' }) },
  { additionalProperties: false, examples: [EXAMPLES.token] },
);

/** One of the caller's queries, by its id; whether it is one is no matter of form. */
export const QUERY_PATH: TSchema = Type.Object({
  query_id: Type.String({ description: 'the 64 hex digits that came with the leads' }),
});

/** What `GET /queries/ID/leads` takes. */
export const FILE_QUERY: TSchema = Type.Object(
  {
    format: Type.Unsafe({
      type: 'string',
      enum: FILE_FORMATS,
      description: `one of ${FILE_FORMATS.join(', ')}`,
    }),
  },
  { additionalProperties: false },
);

/** What a route answers with, beside its problems. */
export type Responses = Readonly<Record<number, object>>;

/** A document that a route answers with, and what one looks like. */
export const document = (description: string, schema: TSchema, example: object): object => ({
  description,
  content: { 'application/json': { schema, example } },
});

/** The problems that a route may answer with, each under its status. */
export const problems = (...statuses: readonly number[]): Responses =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: titlesOf(status),
        content: {
          'application/problem+json': { schema: PROBLEM, examples: problemExamples(status) },
        },
      },
    ]),
  );

const titlesOf = (status: number): string =>
  Object.values(TROUBLES)
    .filter((trouble) => trouble.status === status)
    .map(({ title }) => title)
    .join('; ');
