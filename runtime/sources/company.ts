/**
 * What providers know of a company and of those who work there. Hunter's enrichment speaks the words
 * that Clearbit's spoke, so both are read here. What is not there is left out, never made up.
 */
import { maybe } from '../fields.ts';
import { itemsIn, textIn, valueIn } from '../providers/reading.ts';
import type { ApiAnswer, ApiTrouble } from '../providers/keyed-api.ts';

export interface Company {
  readonly name?: string;
  /** What it does, from the particular to the general. */
  readonly sectors: readonly string[];
  /** Where it is: country code, country, state, city, as far as known. */
  readonly places: readonly string[];
  /** On linkedin.com. */
  readonly linkedIn?: string;
}

export interface Name {
  readonly first: string;
  readonly last: string;
}

export interface Person {
  readonly email: string;
  /** Whether the provider says that it is nobody's in particular: `info@`. */
  readonly isGeneric: boolean;
  /** 0 to 100, as the provider says. */
  readonly confidence: number;
  readonly name?: Name;
  /** What the person does there, and how high up. */
  readonly roles: readonly string[];
  readonly linkedIn?: string;
}

export type Looked<T> =
  | { readonly is: 'found'; readonly value: T }
  | { readonly is: 'nothing' }
  | { readonly is: 'trouble'; readonly why: ApiTrouble };

/** A provider's knowledge of a domain or a description. Never rejects. */
export type LookUp<T> = (about: string, signal: AbortSignal) => Promise<Looked<T>>;

/** Those of a company, with what comes along of the company itself. */
export interface Staff {
  readonly company: Company;
  readonly people: readonly Person[];
}

/** An answer as what `read` finds in it; nothing known where that is undefined. */
export function lookedAt<T>(
  answer: ApiAnswer,
  read: (document: unknown) => T | undefined,
): Looked<T> {
  if (answer.is !== 'data') return answer;
  const value = read(answer.data);
  return value === undefined ? { is: 'nothing' } : { is: 'found', value };
}

/** A company as Clearbit described one, and Hunter does. */
export function readCompany(document: unknown): Company {
  const texts = (...paths: readonly (readonly string[])[]): readonly string[] =>
    paths.map((path) => textIn(document, ...path)).filter((text) => text !== undefined);
  const category = ['subIndustry', 'industry', 'industryGroup', 'sector'];
  return {
    ...maybe('name', textIn(document, 'name')),
    sectors: texts(...category.map((part) => ['category', part])),
    places: texts(['geo', 'countryCode'], ['geo', 'country'], ['geo', 'state'], ['geo', 'city']),
    ...maybe('linkedIn', linkedInUrl(textIn(document, 'linkedin', 'handle'))),
  };
}

/** More addresses of a domain than this are not looked at: a page has ten. */
const MOST_PEOPLE = 100;

/** A domain and its addresses, as Hunter's search gives them. */
export function readStaff(document: unknown): Staff {
  const texts = (...names: readonly string[]): readonly string[] =>
    names.map((name) => textIn(document, name)).filter((text) => text !== undefined);
  return {
    company: {
      ...maybe('name', textIn(document, 'organization')),
      sectors: texts('industry'),
      places: texts('country', 'state', 'city'),
      ...maybe('linkedIn', linkedInUrl(textIn(document, 'linkedin'))),
    },
    people: itemsIn(document, MOST_PEOPLE, 'emails')
      .map(readPerson)
      .filter((person) => person !== undefined),
  };
}

/** Undefined where there is no address, or one that is known to be dead. */
function readPerson(item: unknown): Person | undefined {
  const email = textIn(item, 'value');
  const status = textIn(item, 'verification', 'status');
  if (email === undefined || status === 'invalid' || status === 'disposable') return undefined;
  const first = textIn(item, 'first_name');
  const last = textIn(item, 'last_name');
  const confidence = valueIn(item, 'confidence');
  return {
    email,
    isGeneric: textIn(item, 'type') === 'generic',
    confidence: typeof confidence === 'number' && confidence >= 0 ? Math.min(confidence, 100) : 0,
    ...(first === undefined || last === undefined ? {} : { name: { first, last } }),
    roles: [textIn(item, 'position'), textIn(item, 'seniority')].filter((x) => x !== undefined),
    ...maybe('linkedIn', linkedInUrl(textIn(item, 'linkedin'))),
  };
}

/** From `company/acme`, or from an address that has its scheme or not. */
export function linkedInUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^https?:\/\//i.test(text)) return text;
  if (/^([a-z]+\.)?linkedin\.com\//i.test(text)) return `https://${text}`;
  return /^(in|company)\/[^/]/.test(text) ? `https://www.linkedin.com/${text}` : undefined;
}

/** What the first does not know, from the second. */
export const together = (one: Company, other: Company): Company => ({
  ...maybe('name', one.name ?? other.name),
  sectors: [...one.sectors, ...other.sectors],
  places: [...one.places, ...other.places],
  ...maybe('linkedIn', one.linkedIn ?? other.linkedIn),
});

export const NO_COMPANY: Company = { sectors: [], places: [] };
