/**
 * Chooses the owner's address among those of a company, and makes the lead of it.
 *
 *     owner known      an address of theirs, or else one of nobody's in particular
 *     owner unknown    an address of somebody who leads there
 *
 * Somebody else's address is never the owner's, and somebody who does not lead is never called one.
 * Of several the one with the most confidence is taken. A lead that lacks anything is no lead.
 */
import { emailKey, type Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { offlineVerdict } from '../../protocols/rules/audit.ts';
import { PASS } from '../../protocols/verdict.ts';
import type { Company, Name, Person } from './company.ts';
import { industryOf } from './industry.ts';
import type { Prospect } from './prospect.ts';
import { regionOf } from './region.ts';

/** An address, and whose it is. */
export interface Chosen {
  readonly email: string;
  readonly name: Name;
  readonly linkedIn: string | undefined;
}

export function chooseAddress(people: readonly Person[], owner?: Name): Chosen | undefined {
  const personal = people.filter((person) => !isGeneric(person));
  if (owner === undefined) {
    const leading = best(personal.filter(({ name, roles }) => name !== undefined && leads(roles)));
    if (leading?.name === undefined) return undefined;
    return { email: leading.email, name: leading.name, linkedIn: leading.linkedIn };
  }
  const own = best(personal.filter((person) => isOf(person, owner)));
  const any = own ?? best(people.filter(isGeneric));
  return any && { email: any.email, name: owner, linkedIn: own?.linkedIn };
}

/** Undefined where something is missing, or it is not what was asked for. */
export function leadOf(
  prospect: Prospect,
  company: Company,
  people: readonly Person[],
  want: Want,
): Lead | undefined {
  const chosen = chooseAddress(people, prospect.owner);
  const business = prospect.business ?? company.name;
  const { industry, region } = aboutOf(prospect, company, want);
  const linkedIn = chosen?.linkedIn ?? company.linkedIn;
  if (chosen === undefined || business === undefined || linkedIn === undefined) return undefined;
  if (industry === undefined || region === undefined) return undefined;
  const { first, last } = chosen.name;
  const lead: Lead = {
    Business: business,
    'Owner Full name': prospect.ownerInFull ?? `${first} ${last}`,
    First: first,
    Last: last,
    'Owner(s) Email': chosen.email,
    LinkedIn: linkedIn,
    Website: prospect.website,
    Industry: industry,
    Region: region,
  };
  return offlineVerdict(lead, want) === PASS ? lead : undefined;
}

/** Whether what is known of a company rules it out already, so that nobody need pay for more. */
export function isUnwanted(prospect: Prospect, company: Company, want: Want): boolean {
  const { industry, region } = aboutOf(prospect, company, want);
  if (want.industry !== undefined && industry !== undefined && industry !== want.industry) {
    return true;
  }
  return want.region !== undefined && region !== undefined && region !== want.region.trim();
}

/** Whether a provider need not be asked what another did not know. */
export function isKnown(prospect: Prospect, company: Company): boolean {
  const { industry, region } = aboutOf(prospect, company, {});
  return industry !== undefined && region !== undefined && company.linkedIn !== undefined;
}

/** What the user's own list says comes before what a provider says. */
const aboutOf = (prospect: Prospect, company: Company, want: Pick<Want, 'region'>) => ({
  industry: prospect.industry ?? industryOf(company.sectors),
  region:
    regionOf(prospect.region === undefined ? company.places : [prospect.region], want.region) ??
    prospect.region,
});

/** The most confidence; of equals the first by the letters, whatever order they came in. */
const best = (people: readonly Person[]): Person | undefined =>
  people.toSorted(
    (a, b) => b.confidence - a.confidence || (emailKey(a.email) < emailKey(b.email) ? -1 : 1),
  )[0];

/** The provider says so, or its first word does: `sales-de@`. */
export const isGeneric = ({ isGeneric: isCalledSo, email }: Person): boolean =>
  isCalledSo || GENERIC.has(localOf(email).split(/[^a-z]+/)[0] ?? '');

const GENERIC = new Set(
  `about accounting accounts admin administration billing bookings business care careers contact
   contacto contactus customer customers customerservice desk enquiries enquiry events export feedback
   finance general hello help helpdesk hey hi hr info information inquiries inquiry invoices it jobs
   kontakt legal mail mailbox marketing media news newsletter no noreply office online operations order
   orders partners people post postmaster press privacy pr reception recruiting recruitment reservations
   sales security service services shop staff store studio support team tech welcome web webmaster
   work`.split(/\s+/),
);

/** By name where the provider names somebody, and otherwise by the address itself. */
function isOf({ name, email }: Person, owner: Name): boolean {
  if (name !== undefined) {
    return plain(name.first) === plain(owner.first) && plain(name.last) === plain(owner.last);
  }
  const [first, last] = [plain(owner.first), plain(owner.last)];
  if (first === '' || last === '') return false;
  const [f, l] = [first.slice(0, 1), last.slice(0, 1)];
  const forms = [first + last, last + first, f + last, last + f, first + l, first, last];
  return forms.includes(plain(localOf(email)));
}

const localOf = (email: string): string => emailKey(email).replace(/(\+[^@]*)?@[^@]*$/, '');

/** Letters and digits alone, in lower case and without accents. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

/** By whole words, so that nobody leads for a `cooperation`. */
const leads = (roles: readonly string[]): boolean =>
  roles.some((role) => LEADING.test(role.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')));

const LEADING =
  /(^| )((co ?)?(owner|founder)|ceo|coo|cto|cfo|president|principal|proprietor|(managing|general) (director|partner)|chief \p{L}+ officer|chief executive|executive|geschäftsführer(in)?|inhaber(in)?)( |$)/iu;
