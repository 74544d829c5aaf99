/**
 * Clearbit, for those who still have a key: what a company does and where, where Hunter does not
 * know. It is asked second, and nothing depends on it.
 */
import type { Clock } from '../host.ts';
import { keyedApi, type KeyedApiOptions, type Meaning } from '../providers/keyed-api.ts';
import { CLEARBIT_KEY } from '../providers/keys.ts';
import { seconds } from '../../protocols/units.ts';
import { lookedAt, readCompany, type Company, type LookUp } from './company.ts';
import { kept } from './kept.ts';

export const CLEARBIT_URL = 'https://company.clearbit.com/v2';

/** It let 600 calls a minute through: ten a second are that, evenly. */
const LIMITS = [{ calls: 10, within: seconds(1) }];

export type ClearbitOptions = Pick<KeyedApiOptions, 'key' | 'say' | 'fetch'> & {
  readonly clock: Clock;
  /** Clearbit's own where absent. */
  readonly baseUrl?: string;
};

/** What Clearbit knows of a domain's company, kept for a day. */
export function clearbitCompanies({
  baseUrl = CLEARBIT_URL,
  ...options
}: ClearbitOptions): LookUp<Company> {
  const api = keyedApi({
    ...options,
    baseUrl,
    provider: 'Clearbit',
    variable: CLEARBIT_KEY,
    header: (key) => ['Authorization', `Bearer ${key}`],
    meaning: meaningOf,
  });
  const ask = api.paced(LIMITS);
  return kept(options.clock, async (domain, signal) =>
    lookedAt(await ask({ path: '/companies/find', search: { domain } }, signal), readCompany),
  );
}

function meaningOf(status: number): Meaning {
  if (status === 200) return 'data';
  if (status === 202) return 'later';
  if (status === 401 || status === 403) return 'refused';
  if (status === 402) return 'used_up';
  if (status === 429) return 'slower';
  return status >= 400 && status < 500 ? 'nothing' : 'failed';
}
