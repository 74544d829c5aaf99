/**
 * What the API's description shows of what goes in and out: a query, what it brought, and a problem of
 * each kind. Names, hotkeys and digests here are nobody's.
 */
import { TROUBLES, type ProblemDetails, type TroubleKind } from './problem.ts';

const QUERY = 'a3'.repeat(32);
const BATCH = 'c7'.repeat(32);
const MINER = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
const VALIDATOR = '5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy';
const POOL = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const REPORTS = [{ validator: VALIDATOR, score: 0.95 }];

const LEAD = {
  Business: 'Acme Works',
  'Owner Full name': 'Ada Example',
  First: 'Ada',
  Last: 'Example',
  'Owner(s) Email': 'ada@acme.example',
  LinkedIn: 'https://www.linkedin.com/in/ada-example',
  Website: 'https://acme.example',
  Industry: 'Tech & AI',
  Region: 'DE',
};

const STEP = {
  miner: MINER,
  outcome: 'approved',
  batch: BATCH,
  leads: 1,
  final_score: 0.95,
  reports: REPORTS,
  reasons: {},
  checks: { passed: 1, failed: 0, unknown: 0 },
};

/** By the document that each is one of; `events` is a stream of them. */
export const EXAMPLES: Examples = {
  want: { num_leads: 10, industry: 'Tech & AI', region: 'DE' },
  rating: { query_id: QUERY, rating: 9 },
  token: { token: 'what --http.token says' },
  session: { caller: 'ann', needs_token: true },
  answer: {
    format: 'leadpoet.answer/1',
    query_id: QUERY,
    leads: [LEAD],
    partial: true,
    batches: [{ batch: BATCH, miner: MINER, final_score: 0.95, reports: REPORTS }],
    attempts: [{ block: 4_321, miners: [MINER], panel: [VALIDATOR], failure: null, road: [STEP] }],
    compliance: {
      sources: [{ miner: MINER, batch: BATCH, leads: 1, checked_at: '2026-09-21T14:13:20Z' }],
      suppressed: { by_pool: 0, by_buyer: 0 },
    },
    price: { tao: '0.0125', tier: 'small', leads: 1 },
  },
  leads: [LEAD],
  events: `event: opened
data: {"query_id":"${QUERY}"}

event: step
data: {"query_id":"${QUERY}","attempt":1,"step":{"is":"drawn","miners":4,"panel":3}}

event: problem
data: {"type":"about:blank","title":"No leads","status":504,"detail":"3 attempts brought no leads"}

`,
  pool: {
    pools: [
      {
        pool: POOL,
        at: '2026-09-21T14:13:20.000Z',
        leads: 120,
        counts: [{ industry: 'Tech & AI', region: 'DE', leads: 120 }],
      },
    ],
  },
  queries: {
    queries: [
      {
        query_id: QUERY,
        asked_at: '2026-09-21T14:11:02.000Z',
        num_leads: 10,
        industry: 'Tech & AI',
        region: null,
        leads: 10,
        can_rate: true,
      },
    ],
  },
};

export interface Examples {
  readonly want: object;
  readonly rating: object;
  readonly token: object;
  readonly session: object;
  readonly answer: object;
  readonly leads: object;
  readonly events: string;
  readonly pool: object;
  readonly queries: object;
}

/** What each kind of trouble may say. */
const DETAILS: Readonly<Record<TroubleKind, ProblemDetails>> = {
  badRequest: { detail: 'the body is not JSON', field: 'body', allowed: 'one JSON object' },
  badField: {
    detail: 'num_leads is 101; allowed: a whole number, 1 to 100',
    field: 'num_leads',
    allowed: 'a whole number, 1 to 100',
  },
  noToken: {
    detail: 'a token is needed here and there is none: Authorization: Bearer TOKEN',
    field: 'Authorization',
    allowed: 'Bearer and the token of --http.token or --http.tokens',
  },
  stakeTooSmall: {
    detail: "the buyer's stake is 12.5 TAO, 37.5 TAO below the required 50 TAO",
    query_id: QUERY,
    need: '50',
    has: '12.5',
    short: '37.5',
  },
  balanceExhausted: {
    detail: 'the prepaid balance is 0.1 TAO, 0.4 TAO below the 0.5 TAO that this query may cost',
    need: '0.5',
    has: '0.1',
    short: '0.4',
  },
  forbidden: { detail: 'asked by a page of another site' },
  restricted: {
    detail: 'the buyer was found in the evidence of a ring; it may ask again after block 650000',
    query_id: QUERY,
    until_block: 650_000,
    until: '2026-12-20T14:13:20.000Z',
  },
  notFound: { detail: 'there is nothing here; see /docs' },
  wrongMethod: { detail: '"PUT" does nothing here', allowed: 'POST' },
  tooSlow: { detail: 'the request did not come in whole in time' },
  conflict: {
    detail: 'this Idempotency-Key was used for another query',
    field: 'Idempotency-Key',
    allowed: 'a new one, or the same body as before',
  },
  tooLarge: { detail: 'the body is too large', field: 'body', allowed: '65536 bytes at most' },
  wrongType: {
    detail: 'the body is of no type that is read here',
    field: 'Content-Type',
    allowed: 'application/json',
  },
  notYours: {
    detail:
      'it is no query of yours, it brought nothing that was asked of miners, or it is too long ago',
    field: 'query_id',
    allowed: 'a query of yours of the last 30 days that brought leads',
  },
  tooMany: {
    detail: 'more than 60 a minute of these are not answered',
    allowed: '60 a minute',
    retry_after: 17,
  },
  headersTooLarge: { detail: 'the headers are too large' },
  bug: { detail: 'a mistake of ours; its details are in the log of this node' },
  noMiner: {
    detail: 'no miner with standing is registered on the subnet',
    query_id: QUERY,
    retry_after: 30,
  },
  noValidator: {
    detail: 'no validator with standing is registered on the subnet',
    query_id: QUERY,
    retry_after: 30,
  },
  noPool: {
    detail: 'no pool with standing is registered on the subnet',
    query_id: QUERY,
    retry_after: 30,
  },
  noBlock: {
    detail: 'the chain made no block to draw miners and validators with',
    query_id: QUERY,
    retry_after: 30,
  },
  leaving: { detail: 'this server stops and takes no new queries', retry_after: 30 },
  unavailable: {
    detail: 'this node could not take the query, which was not asked; ask again',
    retry_after: 5,
  },
  noLeads: {
    detail:
      '3 attempts brought no leads: no batch came; no batch came; the pool said nothing in time',
    query_id: QUERY,
    reasons: [
      { attempt: 1, reason: 'no batch came' },
      { attempt: 2, reason: 'no batch came' },
      { attempt: 3, reason: 'the pool said nothing in time' },
    ],
  },
};

/** Of each kind with this status, by its title. */
export const problemExamples = (status: number): Readonly<Record<string, object>> =>
  Object.fromEntries(
    (Object.keys(TROUBLES) as TroubleKind[])
      .map((kind) => ({ type: 'about:blank', ...TROUBLES[kind], ...DETAILS[kind] }))
      .filter((problem) => problem.status === status)
      .map((problem) => [problem.title, { value: problem }]),
  );
