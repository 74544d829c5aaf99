import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe as suite, expect, it } from 'vitest';
import { emailKey, INDUSTRIES, type Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { auditOffline } from '../../protocols/rules/audit.ts';
import { later, seconds, type Instant } from '../../protocols/units.ts';
import { PASS } from '../../protocols/verdict.ts';
import { ServiceFault } from '../host.ts';
import { hunterApi } from '../providers/hunter-api.ts';
import {
  data,
  hunterStandIn,
  type Answer,
  type HunterStandIn,
  type Seen,
} from '../providers/testing/hunter-stand-in.ts';
import { heldFetch, inSteps } from '../providers/testing/steps.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { describe, hunterSource } from './hunter.ts';
import type { SearchingSource } from './search.ts';

const KEY = 'k3y-that-nobody-may-see';

let clock: VirtualClock;
let hunter: HunterStandIn;
let said: string[];
beforeAll(async () => {
  hunter = await hunterStandIn({ now: () => clock.now(), at: () => () => undefined });
});
afterAll(() => hunter.close());
beforeEach(() => begin());

suite('hunterSource', () => {
  it('finds companies, what they do, and who leads there', async () => {
    hunter.usual(world([company({ domain: 'acme.com', name: 'Acme' })]));
    expect(await leadsOf({ leads: 5, industry: 'Tech & AI', region: 'Germany' })).toEqual([
      {
        Business: 'Acme',
        'Owner Full name': 'Maria Keller',
        First: 'Maria',
        Last: 'Keller',
        'Owner(s) Email': 'maria@acme.com',
        LinkedIn: 'https://www.linkedin.com/in/maria-keller',
        Website: 'https://acme.com',
        Industry: 'Tech & AI',
        Region: 'Germany',
      },
    ]);
    const [discover] = asked('/discover');
    expect(JSON.parse(discover?.body ?? '')).toEqual({
      query:
        'Software, technology and artificial intelligence companies with headquarters in Germany',
    });
  });

  it('gives a hundred within a minute, at the pace of the provider', async () => {
    hunter.usual(world(companies(100)));
    const began = clock.now();
    const leads = await leadsOf({ leads: 100 });
    expect(leads).toHaveLength(100);
    expect(clock.now() - began).toBeLessThan(60_000);
    const at = hunter.seen.map((seen) => seen.at);
    for (const from of at) {
      expect(at.filter((one) => one >= from && one <= from + 1_000).length).toBeLessThanOrEqual(16);
    }
  });

  it('pays for no more domains than it gives leads, where all are of use', async () => {
    hunter.usual(world(companies(100)));
    expect(await leadsOf({ leads: 7 })).toHaveLength(7);
    expect(asked('/domain-search')).toHaveLength(7);
  });

  it('does not pay for the people of a company that is not wanted', async () => {
    hunter.usual(world(companies(20, { sector: 'Financials' })));
    expect(await leadsOf({ leads: 5, industry: 'Tech & AI' })).toEqual([]);
    expect(asked('/domain-search')).toEqual([]);
    expect(asked('/companies/find').length).toBeLessThanOrEqual(15);
  });

  it('asks about nothing twice in a day, and gives others first the next time', async () => {
    hunter.usual(world(companies(30)));
    const one = source();
    const want: Want = { leads: 10, industry: 'Tech & AI' };
    const batches = [];
    for (let left = 4; left > 0; left--) batches.push(await leadsOf(want, one));
    const emails = batches.map((leads) => leads.map((lead) => lead['Owner(s) Email']));
    expect(new Set(emails.slice(0, 3).flat()).size).toBe(30);
    expect(emails[3]).toEqual(emails[0]);
    expect(asked('/discover')).toHaveLength(1);
    expect(asked('/domain-search')).toHaveLength(30);
  });

  it('gives what it has when time is up', async () => {
    const answer = world(companies(40));
    hunter.usual((seen) =>
      Number(/\d+/.exec(seen.search['domain'] ?? '')) > 14 ? 'hang' : answer(seen),
    );
    const control = new AbortController();
    const loose = source((url, init) =>
      /c(1[5-9]|[2-9]\d)\.com/.test(url) ? fetch(url, init) : heldFetch(clock)(url, init),
    );
    clock.at(later(clock.now(), seconds(8)), () => control.abort());
    const leads = await inSteps(clock, firstValueFrom(loose({ leads: 40 }, control.signal)));
    expect(leads).toHaveLength(15);
  });

  it.each<readonly [string, Answer, string]>([
    ['the plan is used up', { status: 429 }, 'the plan of the provider is used up'],
    ['the key is refused', { status: 401 }, 'the provider refused the key'],
    ['it is cut off', 'reset', 'out of reach'],
    ['it babbles', { text: 'leads!' }, 'no answer'],
  ])('is unavailable where %s', async (_what, answer, why) => {
    hunter.usual(() => answer);
    const fault = await leadsOf({ leads: 1 }).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ServiceFault);
    expect(String(fault)).toContain(why);
  });

  it('gives what it has where the plan is used up on the way', async () => {
    const answer = world(companies(40));
    let left = 12;
    hunter.usual((seen) =>
      seen.path === '/domain-search' && left-- <= 0 ? { status: 429 } : answer(seen),
    );
    const leads = await leadsOf({ leads: 40 });
    expect(leads).toHaveLength(12);
    expect(said).toHaveLength(1);
    expect(hunter.seen.length).toBeLessThan(60);
  });

  it('gives good and different leads alone, as many as wanted at most, whatever it is told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wild, { maxLength: 8 }), want, async (all, wanted) => {
        begin();
        hunter.usual(world(all));
        const leads = await leadsOf(wanted);
        expect(leads.length).toBeLessThanOrEqual(wanted.leads);
        expect(new Set(leads.map((lead) => emailKey(lead['Owner(s) Email']))).size).toBe(
          leads.length,
        );
        const verdicts = auditOffline(leads, wanted, [...leads.keys()]);
        expect(verdicts.every((verdict) => verdict === PASS)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('outlives any answer at all', async () => {
    const answers = fc.record({
      '/discover': fc.oneof(fc.jsonValue(), fc.constant([{ domain: 'acme.com' }])),
      '/companies/find': fc.jsonValue(),
      '/domain-search': fc.oneof(fc.jsonValue(), fc.record({ emails: fc.array(fc.jsonValue()) })),
    });
    await fc.assert(
      fc.asyncProperty(answers, async (all) => {
        begin();
        const known: Readonly<Record<string, unknown>> = all;
        hunter.usual(({ path }) => data(known[path]));
        expect(await leadsOf({ leads: 3 })).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

suite('what Hunter is asked for', () => {
  it('takes each industry in turn where any will do', () => {
    const all = INDUSTRIES.map((_, turn) => describe({ leads: 1 }, turn));
    expect(new Set(all).size).toBe(INDUSTRIES.length);
    expect(describe({ leads: 1, industry: 'Finance & Fintech' }, 3)).toContain('Financial');
    expect(describe({ leads: 1, region: 'Bavaria' }, 0)).toContain('headquarters in Bavaria');
  });
});

/** A company of the stand-in's world. */
interface One {
  readonly domain: string;
  readonly name: unknown;
  readonly sector: unknown;
  readonly country: unknown;
  readonly linkedin: unknown;
  readonly emails: readonly unknown[];
}

function begin(): void {
  clock = new VirtualClock(Date.UTC(2026, 0, 1) as Instant);
  (hunter.seen as Seen[]).length = 0;
  said = [];
}

const asked = (path: string): readonly Seen[] => hunter.seen.filter((seen) => seen.path === path);

function source(send = heldFetch(clock)): SearchingSource {
  const say = (line: string): void => void said.push(line);
  return hunterSource({
    api: hunterApi({ key: KEY, clock, baseUrl: hunter.url, fetch: send, say }),
    clock,
  });
}

const leadsOf = (wanted: Want, one = source()): Promise<readonly Lead[]> =>
  inSteps(clock, firstValueFrom(one(wanted, new AbortController().signal)));

const company = (known: Partial<One> & { readonly domain: string }): One => ({
  name: known.domain,
  sector: 'Information Technology',
  country: 'DE',
  linkedin: `company/${known.domain}`,
  emails: [
    { value: `info@${known.domain}`, type: 'generic', confidence: 99 },
    {
      value: `maria@${known.domain}`,
      type: 'personal',
      confidence: 90,
      first_name: 'Maria',
      last_name: 'Keller',
      position: 'CEO',
      seniority: 'executive',
      linkedin: 'https://www.linkedin.com/in/maria-keller',
      verification: { status: 'valid' },
    },
  ],
  ...known,
});

const companies = (count: number, known: Partial<One> = {}): readonly One[] =>
  Array.from({ length: count }, (_, at) => company({ ...known, domain: `c${at}.com` }));

const world =
  (all: readonly One[]) =>
  ({ path, search }: Seen): Answer => {
    if (path === '/discover') {
      return data(all.map(({ domain, name }) => ({ domain, organization: name })));
    }
    const one = all.find(({ domain }) => domain === search['domain']);
    if (one === undefined) return { status: 404 };
    if (path === '/domain-search') {
      return data({ domain: one.domain, organization: one.name, emails: one.emails });
    }
    return data({
      name: one.name,
      category: { sector: one.sector },
      geo: { countryCode: one.country },
      linkedin: { handle: one.linkedin },
    });
  };

const text = fc.oneof(fc.constantFrom('Acme', 'Keller', 'CEO', ' '), fc.jsonValue());
const wild: fc.Arbitrary<One> = fc.record({
  domain: fc.constantFrom(
    'a.com',
    'www.b.io',
    'c.co.uk',
    'mailinator.com',
    'localhost',
    'x',
    '1.2.3.4',
  ),
  name: text,
  sector: fc.oneof(fc.constantFrom('Software', 'Banks', 'Retail'), text),
  country: fc.oneof(fc.constantFrom('DE', 'US'), text),
  linkedin: fc.oneof(fc.constantFrom('company/a', 'https://evil.example/in/x', 'in/'), text),
  emails: fc.array(
    fc.oneof(
      fc.jsonValue(),
      fc.record({
        value: fc.constantFrom(
          'm@a.com',
          'M@A.com',
          'info@b.io',
          'x@mailinator.com',
          'nobody',
          'é@a.com',
        ),
        type: fc.constantFrom('personal', 'generic', 5),
        confidence: fc.oneof(fc.nat(100), text),
        first_name: text,
        last_name: text,
        position: fc.constantFrom('CEO', 'Engineer', null),
        linkedin: fc.oneof(fc.constant('in/x'), text),
      }),
    ),
    { maxLength: 4 },
  ),
});
const want: fc.Arbitrary<Want> = fc.oneof(
  fc.record({ leads: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ leads: fc.constant(5), industry: fc.constantFrom(...INDUSTRIES) }),
  fc.record({ leads: fc.constant(5), region: fc.constantFrom('DE', 'germany', 'US', 'Texas') }),
);
