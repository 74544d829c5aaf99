/**
 * The miner's source behind `--use_open_source_lead_model`: leads found at providers.
 *
 *     a user's list of businesses, or Hunter's search for companies
 *        └──▶ Hunter, then Clearbit where a key is set ──▶ Hunter's search of each domain ──▶ leads
 *
 * The keys come from the environment and stay in the clients. A search ends shortly before its
 * deadline with what it has: fewer leads than asked for are an answer, late ones are none.
 */
import { Observable } from 'rxjs';
import { seconds, type Duration, type Instant } from '../../protocols/units.ts';
import { UsageError } from '../cli/trouble.ts';
import { maybe } from '../fields.ts';
import { ServiceFault, type Clock, type ServicePort } from '../host.ts';
import { hunterApi, type HunterApi } from '../providers/hunter-api.ts';
import type { Fetch } from '../providers/json-call.ts';
import { CLEARBIT_KEY, HUNTER_KEY, OPEN_SOURCE_MODEL } from '../providers/keys.ts';
import { listed, readBusinesses, type BusinessList } from './businesses.ts';
import { clearbitCompanies } from './clearbit.ts';
import type { Company, LookUp } from './company.ts';
import { hunterLookUps } from './hunter.ts';
import type { Prospects } from './prospect.ts';
import { searching, type SearchingSource } from './search.ts';

export interface OpenSourceModelOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file of businesses, or what was read of one; Hunter's search for companies where absent. */
  readonly businesses?: string | BusinessList;
  readonly clock: Clock;
  /** Is told in one line of what a person has to know. */
  readonly say?: (line: string) => void;
  /** Where the node asks Hunter already: limits are for a key, not for a client. */
  readonly hunter?: HunterApi;
  readonly hunterUrl?: string;
  readonly clearbitUrl?: string;
  readonly fetch?: Fetch;
}

/** What it takes to pack, sign and send what was found. */
const MARGIN: Duration = seconds(2);

export function openSourceModel(options: OpenSourceModelOptions): ServicePort<'source'> {
  const { clock } = options;
  const source = openSource(options);
  return ({ want }, { by }) =>
    new Observable((subscriber) => {
      const control = new AbortController();
      const stop = (): void => control.abort();
      subscriber.add(clock.at((by - MARGIN) as Instant, stop));
      subscriber.add(source(want, control.signal).subscribe(subscriber));
    });
}

/** The same without a deadline of its own. */
export function openSource(options: OpenSourceModelOptions): SearchingSource {
  const { clock, env, fetch, say } = options;
  const client = { clock, ...maybe('fetch', fetch), ...maybe('say', say) };
  const key = env[HUNTER_KEY] ?? '';
  if (options.hunter === undefined && key === '') {
    const allowed = `with a key of Hunter's in the environment variable ${HUNTER_KEY}`;
    throw new UsageError({ field: OPEN_SOURCE_MODEL, came: `without ${HUNTER_KEY}`, allowed });
  }
  const api =
    options.hunter ?? hunterApi({ ...client, key, ...maybe('baseUrl', options.hunterUrl) });
  const { prospects, company, staff } = hunterLookUps({ api, clock });

  const companies: LookUp<Company>[] = [company];
  const old = env[CLEARBIT_KEY] ?? '';
  if (old !== '') {
    const clearbit = { ...client, key: old, ...maybe('baseUrl', options.clearbitUrl) };
    companies.push(clearbitCompanies(clearbit));
  }
  const { businesses } = options;
  const from = businesses === undefined ? prospects : fromList(businesses, say);
  return searching({ prospects: from, companies, staff });
}

/** The file is read at once, and every search waits for it. */
function fromList(
  businesses: string | BusinessList,
  say: (line: string) => void = () => undefined,
): Prospects {
  const reading =
    typeof businesses === 'string' ? readBusinesses(businesses) : Promise.resolve(businesses);
  const list = reading.then(({ businesses: all, leftOut }) => {
    if (leftOut > 0)
      say(`left out ${leftOut} of ${leftOut + all.length} businesses: no use can be made of them`);
    return listed(all);
  });
  // Whoever searches is told; where nobody does, it harms nobody.
  list.catch(() => undefined);
  return async (want, signal) => {
    try {
      return await (
        await list
      )(want, signal);
    } catch (cause) {
      throw new ServiceFault('refused', `no list of businesses: ${String(cause)}`, { cause });
    }
  };
}
