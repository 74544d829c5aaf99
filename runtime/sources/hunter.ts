/**
 * Companies and their people as Hunter knows them: its search for companies finds prospects, its
 * enrichment says what they do and where, its search of a domain who leads there.
 */
import { INDUSTRIES, type Industry } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { maybe } from '../fields.ts';
import type { Clock } from '../host.ts';
import type { HunterApi } from '../providers/hunter-api.ts';
import { itemsIn, textIn, valueIn } from '../providers/reading.ts';
import {
  lookedAt,
  readCompany,
  readStaff,
  type Company,
  type LookUp,
  type Staff,
} from './company.ts';
import { kept } from './kept.ts';
import { websiteIn, type Prospect, type Prospects } from './prospect.ts';
import { inWords } from './region.ts';
import { searching, type SearchingSource } from './search.ts';

/** What Hunter knows, each kept for a day. */
export interface HunterLookUps {
  readonly company: LookUp<Company>;
  readonly staff: LookUp<Staff>;
  readonly prospects: Prospects;
}

/** A source of Hunter's alone. */
export function hunterSource(options: { api: HunterApi; clock: Clock }): SearchingSource {
  const { prospects, company, staff } = hunterLookUps(options);
  return searching({ prospects, companies: [company], staff });
}

export function hunterLookUps({ api, clock }: { api: HunterApi; clock: Clock }): HunterLookUps {
  const found = kept(clock, async (description, signal) =>
    lookedAt(await api.discover(description, signal), readProspects),
  );
  let turn = 0;
  return {
    company: kept(clock, async (domain, signal) =>
      lookedAt(await api.company(domain, signal), (document) => companyIn(document)),
    ),
    staff: kept(clock, async (domain, signal) =>
      lookedAt(await api.searchDomain(domain, signal), (document) => staffIn(document)),
    ),
    prospects: (want, signal) => found(describe(want, turn++), signal),
  };
}

function companyIn(document: unknown): Company | undefined {
  const data = valueIn(document, 'data');
  return data === undefined ? undefined : readCompany(data);
}

function staffIn(document: unknown): Staff | undefined {
  const data = valueIn(document, 'data');
  return data === undefined ? undefined : readStaff(data);
}

/** In Hunter's plain words. Where any industry will do, each has its turn: one question finds a hundred. */
export function describe({ industry, region }: Want, turn: number): string {
  const any = INDUSTRIES[turn % INDUSTRIES.length] ?? INDUSTRIES[0];
  const where = region === undefined ? '' : ` with headquarters in ${inWords(region)}`;
  return `${KINDS[industry ?? any]} companies${where}`;
}

const KINDS: Readonly<Record<Industry, string>> = {
  'Tech & AI': 'Software, technology and artificial intelligence',
  'Finance & Fintech': 'Financial services, banking, insurance and fintech',
  'Health & Wellness': 'Health care, biotechnology and wellness',
  'Media & Education': 'Media, publishing and education',
  'Energy & Industry': 'Energy, manufacturing and industrial',
};

/** A page of Hunter's. */
const MOST_PROSPECTS = 100;

const readProspects = (document: unknown): readonly Prospect[] =>
  itemsIn(document, MOST_PROSPECTS, 'data')
    .map(readProspect)
    .filter((prospect) => prospect !== undefined);

function readProspect(item: unknown): Prospect | undefined {
  // Where Hunter has no address at all, it need not be asked for one.
  if (valueIn(item, 'emails_count', 'total') === 0) return undefined;
  const website = websiteIn(textIn(item, 'domain') ?? '');
  return website && { ...website, ...maybe('business', textIn(item, 'organization')) };
}
