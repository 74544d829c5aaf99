/**
 * What a caller gets of a query's answer: leads, or a problem that says why there are none.
 *
 *     leads, or an attempt that succeeded and had nothing new ──▶ 200
 *     stake too small ──▶ 402        restricted ──▶ 403        nobody to ask ──▶ 503, which
 *     three attempts, none of which brought leads ──▶ 504, with the reason of each
 */
import type { Attempt, AttemptFailure, QueryAnswer } from '../../actors/actor.ts';
import type { Refusal, Shortfall } from '../../protocols/messages.ts';
import { showShortfall } from '../../protocols/rules/eligibility.ts';
import { showTao, type Instant, type QueryId, type Rao } from '../../protocols/units.ts';
import { problemOf, type Problem, type TroubleKind } from './problem.ts';

/** Undefined where the answer is to be shown. */
export function problemOfAnswer({ query, leads, attempts }: QueryAnswer): Problem | undefined {
  const last = attempts.at(-1);
  if (leads.length > 0 || last?.failure === undefined) return undefined;
  const { refusal, failure } = last;
  if (refusal?.shortfall !== undefined) return shortfallProblem(query, refusal.shortfall);
  if (refusal?.reason === 'restricted') return restrictedProblem(query, refusal.until);
  const nobody = NOBODY[failure];
  if (nobody !== undefined) return { ...nobody, query_id: query };
  return problemOf('noLeads', {
    detail: `${attempts.length} attempts brought no leads: ${attempts.map(reasonOf).join('; ')}`,
    query_id: query,
    reasons: attempts.map((attempt, at) => ({ attempt: at + 1, reason: reasonOf(attempt) })),
  });
}

function shortfallProblem(query: QueryId, shortfall: Shortfall): Problem {
  if (shortfall.requirement !== 'stake') {
    return problemOf('forbidden', { detail: showShortfall(shortfall), query_id: query });
  }
  const { need, has } = shortfall;
  return problemOf('stakeTooSmall', {
    detail: `the buyer's ${showShortfall(shortfall)}`,
    query_id: query,
    need: showTao(need),
    has: showTao(has),
    short: showTao((need - has) as Rao),
  });
}

function restrictedProblem(query: QueryId, until: Refusal['until']): Problem {
  const why = 'the buyer was found in the evidence of a ring';
  if (until === undefined) return problemOf('restricted', { detail: why, query_id: query });
  const moment = momentOf(until.instant);
  const end = moment === undefined ? '' : `, about ${moment}`;
  return problemOf('restricted', {
    detail: `${why}; it may ask again after block ${until.block}${end}`,
    query_id: query,
    until_block: until.block,
    ...(moment !== undefined && { until: moment }),
  });
}

/** A date as it is written, or none: a peer may say any number. */
const momentOf = (at: Instant): string | undefined =>
  at >= 0 && at <= LAST_MOMENT ? new Date(at).toISOString() : undefined;
/** The last that a date can hold. */
const LAST_MOMENT = 8_640_000_000_000_000;

/** Who is missing may be there soon: nodes get their permits with the next epoch. */
const RETRY_AFTER = 30;

const nobody = (kind: TroubleKind, detail: string): Problem =>
  problemOf(kind, { detail, retry_after: RETRY_AFTER });

const NOBODY: Partial<Readonly<Record<AttemptFailure, Problem>>> = {
  no_miner: nobody('noMiner', 'no miner with standing is registered on the subnet'),
  no_validator: nobody('noValidator', 'no validator with standing is registered on the subnet'),
  no_pool: nobody('noPool', 'no pool with standing is registered on the subnet'),
  no_block: nobody('noBlock', 'the chain made no block to draw miners and validators with'),
};

function reasonOf({ failure, refusal, road }: Attempt): string {
  switch (failure) {
    case undefined:
      return 'leads came';
    case 'refused':
      return `refused: ${refusal?.reason ?? 'without a reason'}`;
    case 'no_batch': {
      const outcomes = road.map(({ outcome }) => outcome);
      return outcomes.length === 0 ? 'no batch came' : `no batch was good: ${outcomes.join(', ')}`;
    }
    case 'pool_silent':
      return 'the pool said nothing in time';
    case 'no_miner':
    case 'no_validator':
    case 'no_pool':
    case 'no_block':
      return failure.replace('_', ' ');
    default:
      return failure satisfies never;
  }
}
