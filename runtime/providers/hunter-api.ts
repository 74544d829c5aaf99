/**
 * Hunter's API, version 2: what it knows of addresses, domains and companies.
 *
 *     verifier       10 a second, 300 a minute     each counted for itself
 *     discover        5 a second,  50 a minute
 *     all others     15 a second, 500 a minute
 *
 * The statuses are its own: 403 is too many calls, 429 a plan that is used up. There are no headers
 * that say how much is left, so the limits are kept here.
 */
import { minutes, seconds } from '../../protocols/units.ts';
import { keyedApi, type ApiAnswer, type KeyedApiOptions, type Meaning } from './keyed-api.ts';
import { HUNTER_KEY } from './keys.ts';
import type { Limit } from './pace.ts';

/** Each gives the document as it came. Never rejects. */
export interface HunterApi {
  /** Whether an address has a mailbox. */
  verify(email: string, signal: AbortSignal): Promise<ApiAnswer>;
  /** The addresses of a domain that belong to those who lead there, or to nobody in particular. */
  searchDomain(domain: string, signal: AbortSignal): Promise<ApiAnswer>;
  /** What a domain's company does, and where. */
  company(domain: string, signal: AbortSignal): Promise<ApiAnswer>;
  /** Companies that match a description in plain words. */
  discover(description: string, signal: AbortSignal): Promise<ApiAnswer>;
}

export type HunterOptions = Pick<KeyedApiOptions, 'key' | 'clock' | 'say' | 'fetch'> & {
  /** Hunter's own where absent. */
  readonly baseUrl?: string;
};

export const HUNTER_URL = 'https://api.hunter.io/v2';

export const VERIFIER_LIMITS: readonly Limit[] = perSecondAndMinute(10, 300);
export const DISCOVER_LIMITS: readonly Limit[] = perSecondAndMinute(5, 50);
export const OTHER_LIMITS: readonly Limit[] = perSecondAndMinute(15, 500);

/** A page of Hunter's is paid for by ten addresses; those who lead come first. */
const ADDRESSES = '10';

export function hunterApi({ baseUrl = HUNTER_URL, ...options }: HunterOptions): HunterApi {
  const api = keyedApi({
    ...options,
    baseUrl,
    provider: 'Hunter',
    variable: HUNTER_KEY,
    header: (key) => ['X-API-KEY', key],
    meaning: meaningOf,
  });
  const verifier = api.paced(VERIFIER_LIMITS);
  const discoverer = api.paced(DISCOVER_LIMITS);
  const other = api.paced(OTHER_LIMITS);
  return {
    verify: (email, signal) => verifier({ path: '/email-verifier', search: { email } }, signal),
    searchDomain: (domain, signal) =>
      other({ path: '/domain-search', search: { domain, limit: ADDRESSES } }, signal),
    company: (domain, signal) => other({ path: '/companies/find', search: { domain } }, signal),
    discover: (query, signal) => discoverer({ path: '/discover', body: { query } }, signal),
  };
}

function meaningOf(status: number): Meaning {
  if (status === 200) return 'data';
  if (status === 202) return 'later';
  if (status === 401) return 'refused';
  if (status === 403) return 'slower';
  if (status === 429) return 'used_up';
  // A bad question, nothing known, or a person who wants nothing told of them (451).
  if (status >= 400 && status < 500) return 'nothing';
  // 222 among them: the mail server's answer made no sense.
  return 'failed';
}

function perSecondAndMinute(second: number, minute: number): readonly Limit[] {
  return [
    { calls: second, within: seconds(1) },
    { calls: minute, within: minutes(1) },
  ];
}
