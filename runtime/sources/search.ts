/**
 * A search for leads at providers.
 *
 *     prospects ──▶ what does it do, and where? ──▶ who leads there? ──▶ lead
 *                        └─ not what was asked for: nobody is paid for the second question
 *
 * No more companies are looked at at once than leads are missing, so that none is paid for that is
 * not needed; those that were looked at before come last. When time is up it gives what it has.
 */
import { Observable } from 'rxjs';
import { emailKey, type Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { invariant } from '../../protocols/units.ts';
import { ServiceFault } from '../host.ts';
import type { ApiTrouble } from '../providers/keyed-api.ts';
import { isKnown, isUnwanted, leadOf } from './choose.ts';
import { NO_COMPANY, together, type Company, type LookUp, type Staff } from './company.ts';
import type { Prospect, Prospects } from './prospect.ts';

/** Emits once: at most as many leads as wanted, all good and different. Early when the signal aborts. */
export type SearchingSource = (want: Want, signal: AbortSignal) => Observable<readonly Lead[]>;

export interface SearchOptions {
  readonly prospects: Prospects;
  /** Asked in turn, until industry and region are known. */
  readonly companies: readonly LookUp<Company>[];
  readonly staff: LookUp<Staff>;
}

/** Providers let some 15 calls a second through: more at once would only wait. */
const MOST_AT_ONCE = 15;
/** Looks that a search may take for each lead: where fewer than a third are of use, it costs too much. */
const LOOKS_A_LEAD = 3;
/** Even for a single lead some companies may be tried. */
const LEAST_LOOKS = 15;
/** Domains looked at, by when; a list of a user's own has no more. */
const MOST_LOOKED = 10_000;

export function searching(options: SearchOptions): SearchingSource {
  const looked = new Set<string>();
  return (want, signal) =>
    new Observable((subscriber) => {
      const control = new AbortController();
      const stop = (): void => control.abort();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      const emit = (leads: readonly Lead[]): void => {
        invariant(leads.length <= want.leads, 'a source finds no more than wanted');
        subscriber.next(leads);
        subscriber.complete();
      };
      search(options, looked, want, control.signal).then(emit, (error: unknown) =>
        subscriber.error(error),
      );
      return () => {
        signal.removeEventListener('abort', stop);
        stop();
      };
    });
}

async function search(
  { prospects, companies, staff }: SearchOptions,
  looked: Set<string>,
  want: Want,
  signal: AbortSignal,
): Promise<readonly Lead[]> {
  const found = await prospects(want, signal);
  if (found.is === 'trouble') throw fault(found.why);
  const most = Math.max(LEAST_LOOKS, LOOKS_A_LEAD * want.leads);
  const list = found.is === 'found' ? newestFirst(found.value, looked).slice(0, most) : [];

  const leads = new Map<string, Lead>();
  let trouble: ApiTrouble | undefined;
  let at = 0;
  while (at < list.length && leads.size < want.leads && !signal.aborted && !isEnd(trouble)) {
    const next = list.slice(at, at + Math.min(MOST_AT_ONCE, want.leads - leads.size));
    at += next.length;
    const looks = next.map((prospect) => look(prospect, { companies, staff, want, signal }));
    for (const { prospect, lead, why } of await Promise.all(looks)) {
      trouble = why ?? trouble;
      remember(looked, prospect.domain);
      if (lead !== undefined) leads.set(emailKey(lead['Owner(s) Email']), lead);
    }
  }
  if (leads.size === 0 && trouble !== undefined) throw fault(trouble);
  return [...leads.values()];
}

interface Look {
  readonly prospect: Prospect;
  readonly lead?: Lead;
  readonly why?: ApiTrouble;
}

async function look(
  prospect: Prospect,
  {
    companies,
    staff,
    want,
    signal,
  }: Omit<SearchOptions, 'prospects'> & { readonly want: Want; readonly signal: AbortSignal },
): Promise<Look> {
  let company: Company = NO_COMPANY;
  for (const lookUp of companies) {
    if (isKnown(prospect, company)) break;
    const looked = await lookUp(prospect.domain, signal);
    // Another provider may know; and where none does, who looks for people finds out as well.
    if (looked.is === 'found') company = together(company, looked.value);
  }
  if (isUnwanted(prospect, company, want)) return { prospect };

  const looked = await staff(prospect.domain, signal);
  if (looked.is === 'trouble') return { prospect, why: looked.why };
  if (looked.is === 'nothing') return { prospect };
  const all = together(company, looked.value.company);
  const lead = leadOf(prospect, all, looked.value.people, want);
  return lead === undefined ? { prospect } : { prospect, lead };
}

/** After these nothing more is to be had, whatever is asked. */
const isEnd = (why: ApiTrouble | undefined): boolean =>
  why === 'key_refused' || why === 'plan_used_up' || why === 'given_up';

/** One of each domain; those that were looked at come last, the longest ago first. */
function newestFirst(list: readonly Prospect[], looked: ReadonlySet<string>): readonly Prospect[] {
  const each = new Map(list.map((prospect) => [prospect.domain, prospect]));
  const old = [...looked].map((domain) => each.get(domain)).filter((one) => one !== undefined);
  return [...each.values().filter(({ domain }) => !looked.has(domain)), ...old];
}

function remember(looked: Set<string>, domain: string): void {
  looked.delete(domain);
  looked.add(domain);
  for (const oldest of looked) {
    if (looked.size <= MOST_LOOKED) break;
    looked.delete(oldest);
  }
}

const fault = (why: ApiTrouble): ServiceFault =>
  new ServiceFault('unavailable', `no leads: ${WHY[why]}`);

const WHY: Readonly<Record<ApiTrouble, string>> = {
  unreachable: 'the provider is out of reach',
  too_slow: 'the provider did not answer in time',
  too_large: 'the provider answered too much',
  garbage: 'the provider answered something that is no answer',
  given_up: 'the search was not done by the deadline',
  key_refused: 'the provider refused the key',
  plan_used_up: 'the plan of the provider is used up',
  failed: 'the provider failed',
  too_many: 'too many questions are waiting for the provider',
};
