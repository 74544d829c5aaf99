/**
 * How often one caller may ask: by token, or by address where none is needed.
 *
 * Beyond it: 429 with `Retry-After`. A query takes the whole subnet minutes, so of these there are fewer
 * than of looks at what is here already.
 */
import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import { problemOf, type Problem } from './problem.ts';

export interface Rates {
  /** Queries a minute. */
  readonly queries: number;
  /** Other requests a minute. */
  readonly requests: number;
}

/** A query a second, as long as one likes; and what a page with ten people before it asks. */
export const RATES: Rates = { queries: 60, requests: 600 };

const WINDOW_MS = 60_000;

/** What is thrown at who asks too often. */
export class TooOften extends Error {
  readonly statusCode = 429;
  readonly problem: Problem;
  constructor(most: number, afterMs: number) {
    super('too many requests');
    this.problem = problemOf('tooMany', {
      detail: `more than ${most} a minute of these are not answered`,
      allowed: `${most} a minute`,
      retry_after: Math.max(1, Math.ceil(afterMs / 1_000)),
    });
  }
}

export const requestLimit = ({ requests }: Rates): RateLimitPluginOptions => ({
  max: requests,
  timeWindow: WINDOW_MS,
  keyGenerator: whoOf,
  errorResponseBuilder: (_request, { max, ttl }) => new TooOften(max, ttl),
});

/** Of one route alone: it is counted apart. */
export const queryLimit = ({ queries }: Rates): { readonly max: number } => ({ max: queries });

const whoOf = ({ caller, ip }: FastifyRequest): string =>
  caller === '' ? `address ${ip}` : `caller ${caller}`;
