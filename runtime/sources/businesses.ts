/**
 * A user's own list of businesses, to be filled up by a provider.
 *
 *     Business, Website, Industry?, Region?, Owner?        as CSV, a JSON array or JSON lines
 *
 * What the list says is taken as true. A row without a business or a website that can be looked up
 * is left out and counted; where an owner is named that is no first and last name, too.
 */
import { maybe } from '../fields.ts';
import { show } from '../../protocols/query.ts';
import { UsageError } from '../cli/trouble.ts';
import { readRowFile, type RowKind } from '../lead-file.ts';
import { textIn } from '../providers/reading.ts';
import { isUnwanted } from './choose.ts';
import { NO_COMPANY, type Name } from './company.ts';
import { industryOf } from './industry.ts';
import { websiteIn, type Prospect, type Prospects } from './prospect.ts';

export interface BusinessList {
  readonly businesses: readonly Prospect[];
  /** Rows that could not be used. */
  readonly leftOut: number;
}

/** As many as a usual plan of Hunter's looks up in half a year; each query walks over them all. */
export const MAX_BUSINESSES = 10_000;

const BUSINESSES: RowKind = {
  one: 'a business',
  many: 'businesses',
  needed: ['Business', 'Website'],
  known: ['Business', 'Website', 'Industry', 'Region', 'Owner'],
  inWords: 'the columns Business and Website',
};

/** Refused where not one row of the file can be used. */
export async function readBusinesses(path: string): Promise<BusinessList> {
  const rows = await readRowFile(path, BUSINESSES);
  if (rows.length > MAX_BUSINESSES) {
    const allowed = `at most ${MAX_BUSINESSES} businesses, split it`;
    throw new UsageError({ field: 'the file', came: `${rows.length} long`, allowed }, path);
  }
  const businesses = rows.map(readBusiness).filter((one) => one !== undefined);
  if (businesses.length === 0) {
    const came =
      rows.length === 0 ? 'empty' : `without a business that can be used: ${show(rows[0])}`;
    throw new UsageError(
      { field: 'the file', came, allowed: 'rows of Business and Website' },
      path,
    );
  }
  return { businesses, leftOut: rows.length - businesses.length };
}

/** Those of the list that may be what is wanted, as far as the list says. */
export const listed =
  (businesses: readonly Prospect[]): Prospects =>
  (want) =>
    Promise.resolve({
      is: 'found',
      value: businesses.filter((business) => !isUnwanted(business, NO_COMPANY, want)),
    });

function readBusiness(row: unknown): Prospect | undefined {
  const business = textIn(row, 'Business');
  const website = websiteIn(textIn(row, 'Website') ?? '');
  if (business === undefined || website === undefined) return undefined;

  const ownerInFull = textIn(row, 'Owner');
  const owner = ownerInFull === undefined ? undefined : nameIn(ownerInFull);
  // Whoever else is found would not be the owner that the list means.
  if (ownerInFull !== undefined && owner === undefined) return undefined;
  const industry = textIn(row, 'Industry');
  return {
    ...website,
    business,
    ...maybe('owner', owner),
    ...maybe('ownerInFull', ownerInFull),
    ...maybe('industry', industry === undefined ? undefined : industryOf([industry])),
    ...maybe('region', textIn(row, 'Region')),
  };
}

/** The first and the last word of a name, titles aside. */
export function nameIn(text: string): Name | undefined {
  const words = text
    .split(/\s+/)
    .filter((word) => !TITLES.has(word.toLowerCase().replace(/\.$/, '')));
  const [first, last] = [words[0], words.at(-1)];
  return first === undefined || last === undefined || words.length < 2
    ? undefined
    : { first, last };
}

const TITLES = new Set(
  'mr mrs ms miss dr prof sir dame herr frau dipl ing mag jr sr phd md'.split(' '),
);
