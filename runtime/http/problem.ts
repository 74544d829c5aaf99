/**
 * What a caller is told who is not given what it asked for: `application/problem+json` (RFC 9457), of
 * a closed list of kinds, each with its status and title.
 *
 *     { "type": "about:blank", "title": "Bad field", "status": 400, "detail": "num_leads is 101; …",
 *       "field": "num_leads", "allowed": "a whole number, 1 to 100" }
 */
import type { FastifyReply } from 'fastify';
import { showFieldError, type FieldError } from '../../protocols/query.ts';

/** One kind of trouble: what never changes about it. */
export interface Trouble {
  readonly status: number;
  readonly title: string;
}

export type TroubleKind =
  | 'badRequest'
  | 'badField'
  | 'noToken'
  | 'stakeTooSmall'
  | 'balanceExhausted'
  | 'forbidden'
  | 'restricted'
  | 'notFound'
  | 'wrongMethod'
  | 'tooSlow'
  | 'conflict'
  | 'tooLarge'
  | 'wrongType'
  | 'notYours'
  | 'tooMany'
  | 'headersTooLarge'
  | 'bug'
  | 'noMiner'
  | 'noValidator'
  | 'noPool'
  | 'noBlock'
  | 'leaving'
  | 'unavailable'
  | 'noLeads';

export const TROUBLES: Readonly<Record<TroubleKind, Trouble>> = {
  badRequest: { status: 400, title: 'Bad request' },
  badField: { status: 400, title: 'Bad field' },
  noToken: { status: 401, title: 'No valid token' },
  stakeTooSmall: { status: 402, title: 'Stake too small' },
  balanceExhausted: { status: 402, title: 'Balance exhausted' },
  forbidden: { status: 403, title: 'Forbidden' },
  restricted: { status: 403, title: 'Restricted' },
  notFound: { status: 404, title: 'Not found' },
  wrongMethod: { status: 405, title: 'Method not allowed' },
  tooSlow: { status: 408, title: 'Too slow' },
  conflict: { status: 409, title: 'Conflict' },
  tooLarge: { status: 413, title: 'Too large' },
  wrongType: { status: 415, title: 'Unsupported media type' },
  notYours: { status: 422, title: 'Not yours to rate' },
  tooMany: { status: 429, title: 'Too many requests' },
  headersTooLarge: { status: 431, title: 'Headers too large' },
  bug: { status: 500, title: 'Internal error' },
  noMiner: { status: 503, title: 'No miner' },
  noValidator: { status: 503, title: 'No validator' },
  noPool: { status: 503, title: 'No pool' },
  noBlock: { status: 503, title: 'No block' },
  leaving: { status: 503, title: 'Stopping' },
  unavailable: { status: 503, title: 'Unavailable' },
  noLeads: { status: 504, title: 'No leads' },
};

/** What stands in a problem beside its kind. */
export interface ProblemDetails {
  readonly detail: string;
  readonly field?: string;
  readonly allowed?: string;
  /** Of a query that was asked, whatever came of it. */
  readonly query_id?: string;
  /** Of 402: in TAO, as decimals. */
  readonly need?: string;
  readonly has?: string;
  readonly short?: string;
  /** Of 403: until when, in UTC, and the last block of it. */
  readonly until?: string;
  readonly until_block?: number;
  /** Of 504: why each attempt brought nothing. */
  readonly reasons?: readonly { readonly attempt: number; readonly reason: string }[];
  /** Seconds after which to try again; also the header `Retry-After`. */
  readonly retry_after?: number;
}

export interface Problem extends ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
}

export const problemOf = (kind: TroubleKind, details: ProblemDetails): Problem => {
  const { status, title } = TROUBLES[kind];
  return { type: 'about:blank', title, status, ...details };
};

export const fieldProblem = (error: FieldError): Problem =>
  problemOf('badField', {
    detail: showFieldError(error),
    field: error.field,
    allowed: error.allowed,
  });

export const PROBLEM_TYPE = 'application/problem+json';

/** Ends the request with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retry_after !== undefined) reply.header('retry-after', String(problem.retry_after));
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
}
