/**
 * Whatever the protocol may meet, for property tests: leads good, broken and hostile, wants, keys,
 * the chain. Edges come up far more often than chance would bring them.
 */
import fc from 'fast-check';
import { INDUSTRIES, LEAD_KEYS, type Industry, type Lead, type LeadKey } from './lead.ts';
import type { Role } from './messages.ts';
import type { ChainView, Metagraph, Neuron } from './metagraph.ts';
import { MAX_LEADS, type Want } from './query.ts';
import { seconds, tao, WHOLE } from './units.ts';
import type {
  BatchId,
  Block,
  Coldkey,
  Digest,
  Duration,
  Hotkey,
  Instant,
  QueryId,
  Rao,
  Reputation,
  Score,
  Uid,
} from './units.ts';
import type { FailReason } from './verdict.ts';

const text = (letters: string, length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...letters.split('')), minLength: length, maxLength: length });

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
export const anyHotkey: fc.Arbitrary<Hotkey> = text(BASE58, 47).map((key) => `5${key}` as Hotkey);
export const anyColdkey: fc.Arbitrary<Coldkey> = text(BASE58, 47).map(
  (key) => `5${key}` as Coldkey,
);
export const anyDigest: fc.Arbitrary<Digest> = text('0123456789abcdef', 64).map(
  (hex) => hex as Digest,
);
export const anyBatchId: fc.Arbitrary<BatchId> = anyDigest.map((id) => id as BatchId);
export const anyQueryId: fc.Arbitrary<QueryId> = anyDigest.map((id) => id as QueryId);

/** A hotkey a number, short to read in a failure. */
export function hotkeyNumber(number: number): Hotkey {
  const name = String(number).replaceAll('0', 'o'); // There is no zero in base 58.
  return `5Key${'1'.repeat(42 - name.length)}x${name}` as Hotkey;
}

export const START = 1_760_000_000_000 as Instant;
export const BLOCK_TIME: Duration = seconds(12);

/** `centre` and its neighbours, as often as anything else between the bounds. */
export const around = (
  centre: number,
  { min = 0, max }: { min?: number; max: number },
): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.max(min, centre - 1), max: Math.min(max, centre + 1) }),
    fc.integer({ min, max }),
  );

export const anyInstant: fc.Arbitrary<Instant> = around(START, { max: START * 2 }).map(
  (value) => value as Instant,
);
/** Often at 0.9, where it is decided. */
export const anyScore: fc.Arbitrary<Score> = around(900_000, { max: WHOLE }).map(
  (value) => value as Score,
);
/** Often at 15, above which a validator has a say, or at 100, from which it is trusted. */
export const anyReputation: fc.Arbitrary<Reputation> = fc
  .oneof(
    fc.constant(0),
    around(15_000, { max: 200_000 }),
    around(100_000, { max: 200_000 }),
    fc.constant(200_000),
  )
  .map((value) => value as Reputation);

/** A list beside some permutation of it. */
export const reordered = <T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> =>
  lists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );

export const anyIndustry: fc.Arbitrary<Industry> = fc.constantFrom(...INDUSTRIES);
export const anyRegion: fc.Arbitrary<string> = fc.constantFrom(
  'US',
  'us',
  'DE',
  ' de ',
  'Île-de-France',
  'straße',
  '東京',
  'x'.repeat(64),
);

export const anyWant: fc.Arbitrary<Want> = fc.record(
  {
    leads: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: MAX_LEADS })),
    industry: anyIndustry,
    region: anyRegion.map((region) => region.trim()),
    sealed: fc.constant(true as const),
  },
  { requiredKeys: ['leads'] },
);

const firstNames = fc.constantFrom('Ann', 'José', 'Zoë', 'Weiß', 'Søren', '真', "D'Arcy");
const lastNames = fc.constantFrom('Lee', 'Núñez', 'Ångström', 'O’Neil', 'von Bülow', '李');
const hosts = fc.constantFrom('acme.com', 'sub.acme.co.uk', 'shop.github.io', 'leadpoet.dev');
const mailHosts = fc.constantFrom('acme.com', 'Acme.com', 'mail.acme.co.uk', 'leadpoet.dev');

/** Nothing wrong with it on its own. Few enough people that e-mails repeat, also in other cases. */
export const goodLead: fc.Arbitrary<Lead> = fc
  .record({
    business: fc.constantFrom('Acme', 'Bücher & Söhne', ' padded '),
    first: firstNames,
    last: lastNames,
    middle: fc.constantFrom(' ', ' Q. ', ' van '),
    shout: fc.boolean(),
    local: fc.oneof(
      fc.constantFrom('ann', 'ANN', 'a.b+c', 'x_%y-z'),
      fc.nat({ max: 999_999 }).map((number) => `p${number}`),
    ),
    mailHost: mailHosts,
    linkedIn: fc.constantFrom(
      'https://www.linkedin.com/in/ann',
      'http://linkedin.com/company/acme/',
      'https://de.linkedin.com/in/ann?x=1',
    ),
    scheme: fc.constantFrom('http://', 'https://', 'HTTPS://'),
    host: hosts,
    path: fc.constantFrom('', '/', '/about?x=1#y', ':8080/'),
    industry: anyIndustry,
    region: anyRegion,
  })
  .map(({ first, last, middle, shout, scheme, host, ...rest }) => {
    const full = `${first}${middle}${last}`;
    return {
      Business: rest.business,
      'Owner Full name': shout ? full.toUpperCase() : full,
      First: first,
      Last: last,
      'Owner(s) Email': `${rest.local}@${rest.mailHost}`,
      LinkedIn: rest.linkedIn,
      Website: `${scheme}${host}${rest.path}`,
      Industry: rest.industry,
      Region: rest.region,
    };
  });

/** Leads of as many different people. */
export const goodLeads = (count: number): fc.Arbitrary<Lead[]> =>
  fc
    .array(goodLead, { minLength: count, maxLength: count })
    .map((leads) =>
      leads.map((lead, index) => ({ ...lead, 'Owner(s) Email': `person${index}@acme.com` })),
    );

/** What a field may not be, and the one reason that must be found. */
export const brokenFields: readonly (readonly [LeadKey, string, FailReason])[] = [
  ['Business', ' \t', 'empty_field'],
  ['Owner Full name', '', 'empty_field'],
  ['First', ' ', 'empty_field'],
  ['Last', '', 'empty_field'],
  ['Region', '  ', 'empty_field'],
  ['Region', 'é'.repeat(65), 'too_long'],
  ['First', 'Somebody else', 'name_mismatch'],
  ['Last', 'Somebody else', 'name_mismatch'],
  ['Owner Full name', 'Somebody else', 'name_mismatch'],
  ['Owner(s) Email', '', 'bad_email'],
  ['Owner(s) Email', 'ann@acme', 'bad_email'],
  ['Owner(s) Email', 'ann@acme.c', 'bad_email'],
  ['Owner(s) Email', 'ann acme@acme.com', 'bad_email'],
  ['Owner(s) Email', ' ann@acme.com', 'bad_email'],
  ['Owner(s) Email', 'ann@acme.com\n', 'bad_email'],
  ['Owner(s) Email', `${'a'.repeat(246)}@acme.com`, 'bad_email'],
  ['LinkedIn', '', 'bad_linkedin'],
  ['LinkedIn', 'https://linkedin.com/', 'bad_linkedin'],
  ['LinkedIn', 'https://linkedin.com/in/', 'bad_linkedin'],
  ['LinkedIn', 'https://linkedin.com.evil.com/in/ann', 'bad_linkedin'],
  ['LinkedIn', 'https://evillinkedin.com/in/ann', 'bad_linkedin'],
  ['LinkedIn', 'ftp://linkedin.com/in/ann', 'bad_linkedin'],
  ['LinkedIn', 'https://linkedin.com@evil.com/in/ann', 'bad_linkedin'],
  ['Website', '', 'bad_website'],
  ['Website', 'acme.com', 'bad_website'],
  ['Website', 'https:acme.com', 'bad_website'],
  ['Website', 'ftp://acme.com', 'bad_website'],
  ['Website', 'javascript:alert(1)', 'bad_website'],
  ['Website', 'http://localhost', 'bad_website'],
  ['Website', 'http://x.internal', 'bad_website'],
  ['Website', 'http://co.uk', 'bad_website'],
  ['Website', 'http://127.0.0.1', 'bad_website'],
  ['Website', 'http://2130706433', 'bad_website'],
  ['Website', 'http://[::1]/', 'bad_website'],
  ['Website', 'http://ann:pass@acme.com', 'bad_website'],
  ['Website', 'http://ann@acme.com', 'bad_website'],
  ['Website', 'http://ac me.com', 'bad_website'],
  ['Industry', 'Tech', 'bad_industry'],
  ['Industry', 'tech & ai', 'bad_industry'],
  ['Industry', '', 'bad_industry'],
];

/** A good lead with one thing broken, and the reason that must be found. */
export interface Broken {
  readonly lead: unknown;
  readonly reason: FailReason;
}

export const brokenLead: fc.Arbitrary<Broken> = fc
  .tuple(
    goodLead,
    fc.oneof(
      fc.constantFrom(...LEAD_KEYS).map((key) => without(key)),
      fc
        .tuple(fc.constantFrom(...LEAD_KEYS), fc.constantFrom(null, 7, true, [], {}, ['x']))
        .map(([key, value]) => having(key, value, 'wrong_type')),
      fc.constantFrom(...LEAD_KEYS).map((key) => having(key, 'x'.repeat(1_025), 'too_long')),
      fc.constantFrom(...LEAD_KEYS).map((key) => having(key, 'ü'.repeat(513), 'too_long')),
      fc.constantFrom(...brokenFields).map(([key, value, reason]) => having(key, value, reason)),
      fc.constantFrom(null, undefined, 7, 'text', [], [{}]).map((value) => not(value)),
    ),
  )
  .map(([lead, breakIt]) => breakIt(lead));

type Break = (lead: Lead) => Broken;
const having =
  (key: LeadKey, value: unknown, reason: FailReason): Break =>
  (lead) => ({ lead: { ...lead, [key]: value }, reason });
const without =
  (key: LeadKey): Break =>
  (lead) => ({
    lead: Object.fromEntries(Object.entries(lead).filter(([name]) => name !== key)),
    reason: 'missing_field',
  });
const not =
  (value: unknown): Break =>
  () => ({ lead: value, reason: 'not_an_object' });

/** Anything that JSON may bring, also under the names that objects inherit. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(
    fc.constantFrom('__proto__', 'constructor', 'toString', ...LEAD_KEYS),
    fc.oneof(fc.jsonValue(), fc.string()),
  ),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__":{"Business":"Acme"}}'),
    new Uint8Array(9),
    undefined,
    '[['.repeat(99),
  ),
);

/** A lead as it may come out of a batch: usually good, or broken, or anything. */
export const anyLead: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: goodLead, weight: 6 },
  { arbitrary: brokenLead.map(({ lead }) => lead), weight: 3 },
  { arbitrary: hostileValue, weight: 1 },
);

const ROLES: readonly Exclude<Role, 'buyer'>[] = ['miner', 'validator', 'pool'];

/** Often at a threshold: 20 and 50 TAO, or the 95 % of them that are enough in alpha. */
export const anyStake: fc.Arbitrary<Rao> = fc
  .oneof(
    fc
      .tuple(
        fc.constantFrom(0n, tao(20), tao(50), tao(19), (tao(50) * 95n) / 100n),
        fc.bigInt(-1n, 1n),
      )
      .map(([centre, by]) => centre + by),
    fc.bigInt(0n, tao(1_000_000)),
  )
  .map((rao) => (rao < 0n ? 0n : rao) as Rao);

export const anyNeuron: fc.Arbitrary<Neuron> = fc.record({
  uid: fc.nat({ max: 65_535 }).map((uid) => uid as Uid),
  hotkey: fc.nat({ max: 99_999 }).map(hotkeyNumber),
  coldkey: anyColdkey,
  stake: anyStake,
  permit: fc.boolean(),
  roles: fc.subarray([...ROLES]),
  registeredAt: fc.nat({ max: 1_000 }).map((block) => block as Block),
  lastUpdate: fc.nat({ max: 1_000 }).map((block) => block as Block),
});

/** Of different hotkeys and uids, in no particular order. */
export const anyNeurons: fc.Arbitrary<Neuron[]> = fc
  .uniqueArray(anyNeuron, { selector: ({ hotkey }) => hotkey, maxLength: 24 })
  .map((neurons) => neurons.map((neuron, index) => ({ ...neuron, uid: index as Uid })));

export const anyMetagraph: fc.Arbitrary<Metagraph> = fc
  .record({
    number: fc.integer({ min: 1, max: 100_000 }),
    hash: anyDigest,
    permitsRequired: fc.boolean(),
    stakeInAlpha: fc.boolean(),
    neurons: anyNeurons,
  })
  .map(({ number, hash, ...rest }) => ({
    head: { number: number as Block, hash, time: timeOfBlock(number) },
    epochStart: (number - (number % 360)) as Block,
    tempo: 360,
    ...rest,
  }));

const timeOfBlock = (number: number): Instant => (START + BLOCK_TIME * number) as Instant;

/** A chain of as many blocks, 12 s apart; the neurons change from one to the next. */
export const chainOfLength = (length: number): fc.Arbitrary<readonly Metagraph[]> =>
  fc
    .tuple(anyMetagraph, fc.array(fc.tuple(anyDigest, anyNeurons), { minLength: 1, maxLength: 4 }))
    .map(([{ head, ...rest }, changes]) =>
      Array.from({ length }, (_, index): Metagraph => {
        const number = index as Block;
        const [hash, neurons] = changes[index % changes.length] ?? [head.hash, rest.neurons];
        const name = `${index.toString(16).padStart(8, '0')}${hash.slice(8)}` as Digest;
        return { ...rest, neurons, head: { number, hash: name, time: timeOfBlock(index) } };
      }),
    );

/** A view of the chain that holds these blocks, the last of them being the latest. */
export function viewOf(blocks: readonly [Metagraph, ...Metagraph[]]): ChainView {
  const held = new Map(blocks.map((metagraph) => [metagraph.head.number, metagraph]));
  return { latest: blocks.at(-1) ?? blocks[0], at: (block) => held.get(block) };
}
