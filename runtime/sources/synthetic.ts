/**
 * Leads of nobody: believable, all different, every one on a subdomain of `example.com`, which is
 * reserved, so that no real person is ever named or written to.
 *
 *     maria.keller@harbor-cedar-analytics.example.com
 *
 * A careless source makes about a given share of its leads bad, in all the ways in which leads are
 * bad offline: what a validator does then can be seen.
 */
import type { Random } from '../../actors/actor.ts';
import { INDUSTRIES, type Industry, type Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import type { Fraction } from '../../protocols/units.ts';
import { below, chance } from '../random.ts';
import type { LeadSource } from '../services/source.ts';

export interface SyntheticOptions {
  /** About this share of the leads is bad, in millionths; none where absent. */
  readonly careless?: Fraction;
}

/** As many leads as wanted, the same ones for the same stream of chance. */
export const synthetic =
  ({ careless = 0 as Fraction }: SyntheticOptions = {}): LeadSource =>
  (random, want) => {
    const leads: Lead[] = [];
    const good: Lead[] = [];
    const emails = new Set<string>();
    while (leads.length < want.leads) {
      const lead = goodLead(random, want);
      if (emails.has(lead['Owner(s) Email'])) continue;
      emails.add(lead['Owner(s) Email']);
      const isBad = chance(random, careless);
      if (!isBad) good.push(lead);
      leads.push(isBad ? spoilt(random, lead, good, want) : lead);
    }
    return leads;
  };

function goodLead(random: Random, { industry = pick(random, INDUSTRIES), region }: Want): Lead {
  const first = pick(random, FIRST_NAMES);
  const last = pick(random, LAST_NAMES);
  const names = [pick(random, PLACES), pick(random, PLACES), pick(random, TRADES[industry])];
  const host = `${names.map(plain).join('-')}.example.com`;
  const local = pick(random, [
    [first, last],
    [last, first],
  ]).map(plain);
  return {
    Business: `${names.join(' ')} ${pick(random, FORMS)}`,
    'Owner Full name': `${first} ${last}`,
    First: first,
    Last: last,
    'Owner(s) Email': `${local.join(pick(random, ['.', '_', '-']))}@${host}`,
    LinkedIn: `https://www.linkedin.com/in/${plain(first)}-${plain(last)}-${hex(random)}`,
    Website: `https://${host}`,
    Industry: industry,
    Region: region ?? pick(random, REGIONS),
  };
}

type Spoil = (random: Random, lead: Lead, good: readonly Lead[], want: Want) => object;

/** What careless people send. What comes out need not be a lead, and a miner cannot tell. */
const spoilt = (random: Random, lead: Lead, good: readonly Lead[], want: Want): Lead =>
  pick(random, SPOILS)(random, lead, good, want) as Lead;

const broken: Spoil = (_random, lead) => ({
  ...lead,
  'Owner(s) Email': lead['Owner(s) Email'].replace('@', ' at '),
});

const SPOILS: readonly [Spoil, ...Spoil[]] = [
  broken,
  (_random, { Website: _missing, ...lead }) => lead,
  (_random, lead) => ({ ...lead, Last: `${lead.Last}-Nobody` }),
  (_random, lead) => ({ ...lead, LinkedIn: `https://example.com/in/${plain(lead.Last)}` }),
  (_random, lead) => ({ ...lead, Business: ' ' }),
  /** The same person again, in other letters. A bad lead would not do: the better one stays. */
  (random, lead, good, want) =>
    good.length === 0
      ? broken(random, lead, good, want)
      : { ...lead, 'Owner(s) Email': pick(random, good)['Owner(s) Email'].toUpperCase() },
  /** Of another industry than asked for; of one that does not exist where any would do. */
  (random, lead, _good, { industry }) => ({
    ...lead,
    Industry:
      industry === undefined
        ? 'Other'
        : pick(
            random,
            INDUSTRIES.filter((other) => other !== industry),
          ),
  }),
];

const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;
const hex = (random: Random): string => random.next().toString(16).padStart(8, '0');

/** As it may stand in a host: lower case, no accents, words joined. The lists hold some 250 names. */
const plain = (name: string): string => {
  let known = plainNames.get(name);
  if (known === undefined) plainNames.set(name, (known = madePlain(name)));
  return known;
};
const plainNames = new Map<string, string>();

const madePlain = (text: string): string =>
  text
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('Ł', 'L')
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9 ]/g, '')
    .replaceAll(/ +/g, '-');

const FIRST_NAMES = (
  'Maria Anna José Zoë Jürgen Chloé Søren Łukasz Inés Amara Kenji Priya Noah Olivia Liam Emma Mateo ' +
  'Sofia Aisha Omar Leila Hugo Elif Björn Freya Tomás Nadia Pavel Ines Marek Greta Jonas Clara Felix ' +
  'Ruth Samuel Esther Daniel Miriam Victor Renée Andrés Mei Hiro Arjun Lakshmi Kwame Zanele'
).split(' ');

const LAST_NAMES = (
  'Keller Müller Núñez García Weiß Lefèvre Sørensen Kowalski Novák Okafor Tanaka Sharma Smith Johnson ' +
  'Brown Rossi Silva Costa Khan Hassan Yılmaz Lindqvist Jansen Dubois Fischer Moreau Petrov Horváth ' +
  'Nowak Schmidt Larsen Murphy Walsh Campbell Reid Bianchi Romero Vargas Chen Wong Nakamura Patel Iyer ' +
  'Mensah Dlamini Cohen Levi Bakker Vermeulen Schröder'
).split(' ');

const PLACES = (
  'Harbor Summit Northwind Riverside Lakeside Ironwood Bluestone Silverleaf Brightwater Oakfield Redcliff ' +
  'Stonebridge Clearview Highland Meadow Pinecrest Granite Cedar Falcon Beacon Compass Anchor Lantern ' +
  'Orchard Juniper Willow Copper Amber Cobalt Marble Sterling Vista Zenith Aurora Solstice Equinox ' +
  'Meridian Cascade Delta Everest Tundra Savanna Mesa Canyon Prairie Lagoon Fjord Grove'
).split(' ');

const TRADES: Readonly<Record<Industry, readonly string[]>> = {
  'Tech & AI': ['Analytics', 'Robotics', 'Software', 'Vision AI', 'Data Labs', 'Cloud Works'],
  'Finance & Fintech': ['Capital', 'Payments', 'Lending', 'Wealth', 'Insurance', 'Ledger'],
  'Health & Wellness': ['Clinic', 'Therapeutics', 'Fitness', 'Dental', 'Nutrition', 'Care Homes'],
  'Media & Education': ['Press', 'Academy', 'Studios', 'Tutoring', 'Publishing', 'Podcasts'],
  'Energy & Industry': ['Solar', 'Grid', 'Foundry', 'Machining', 'Wind Power', 'Batteries'],
};

const FORMS = ['Inc', 'LLC', 'Ltd', 'GmbH', 'SAS', 'BV', 'AB'];
const REGIONS = [
  'US',
  'CA',
  'GB',
  'DE',
  'FR',
  'ES',
  'NL',
  'SE',
  'PL',
  'IN',
  'JP',
  'BR',
  'AU',
  'ZA',
];
