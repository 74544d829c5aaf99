import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../protocols/messages.ts';
import type { Lead } from '../../protocols/lead.ts';
import type { Want } from '../../protocols/query.ts';
import { later, seconds, type Hotkey, type Instant, type QueryId } from '../../protocols/units.ts';
import { UsageError } from '../cli/trouble.ts';
import {
  data,
  hunterStandIn,
  type Answer,
  type HunterStandIn,
} from '../providers/testing/hunter-stand-in.ts';
import { OPEN_SOURCE_MODEL_HELP } from '../providers/keys.ts';
import { heldFetch, inSteps } from '../providers/testing/steps.ts';
import { randomFrom } from '../random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { MAX_BUSINESSES, nameIn, readBusinesses } from './businesses.ts';
import { thrownBy } from '../providers/testing/seen.ts';
import { openSourceModel, type OpenSourceModelOptions } from './open-source-model.ts';

const KEY = 'k3y-that-nobody-may-see';
const OLD_KEY = 'sk_another-that-nobody-may-see';

let folder: string;
let clock: VirtualClock;
let hunter: HunterStandIn;
let said: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'businesses '));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  clock = new VirtualClock(Date.UTC(2026, 0, 1) as Instant);
  hunter = await hunterStandIn(clock);
  hunter.usual(answer);
  said = [];
});
afterEach(() => hunter.close());

describe('openSourceModel', () => {
  it('is refused without a key, naming the variable', () => {
    for (const env of [{}, { HUNTER_API_KEY: '' }, { CLEARBIT_API_KEY: OLD_KEY }]) {
      const error = thrownBy(() => openSourceModel({ env, clock }));
      expect(error).toBeInstanceOf(UsageError);
      expect(String(error)).toContain(
        '--use_open_source_lead_model is without HUNTER_API_KEY; allowed: ',
      );
      expect(inspect(error)).not.toContain(OLD_KEY);
    }
    const bad = thrownBy(() => openSourceModel({ env: { HUNTER_API_KEY: `${KEY}\n` }, clock }));
    expect(inspect(bad, { showHidden: true, depth: null })).not.toContain(KEY);
  });

  it('says of Clearbit what a person has to know', () => {
    expect(OPEN_SOURCE_MODEL_HELP).toMatch(/HUNTER_API_KEY.*CLEARBIT_API_KEY is optional.*2025/);
  });

  it('finds leads by itself', async () => {
    const leads = await leadsOf(openSourceModel(options()), { leads: 5 });
    expect(leads.map((lead) => lead.Business)).toEqual(['Acme of Hunter']);
  });

  it("fills up a user's own list, whose words come first", async () => {
    const path = await file(
      'Owner,Website,Business,Notes,Region,Industry\n' +
        'Dr. Omar Khan,https://www.acme.com/home,Acme Ours,x,Bavaria,Solar energy\n' +
        ',plain.com,Plain,,,\n' +
        'Madonna,acme.com,One Name,,,\n' +
        ',not a website,Nowhere,,,\n',
    );
    const source = openSourceModel(options({ businesses: path }));
    await expect.poll(() => said).toHaveLength(1);
    expect(await leadsOf(source, { leads: 5 })).toEqual([
      {
        Business: 'Acme Ours',
        'Owner Full name': 'Dr. Omar Khan',
        First: 'Omar',
        Last: 'Khan',
        'Owner(s) Email': 'info@acme.com',
        LinkedIn: 'https://www.linkedin.com/company/acme',
        Website: 'https://www.acme.com/home',
        Industry: 'Energy & Industry',
        Region: 'Bavaria',
      },
    ]);
    expect(said).toEqual(['left out 2 of 4 businesses: no use can be made of them']);
    expect(hunter.seen.some((seen) => seen.path === '/discover')).toBe(false);
  });

  it('asks nobody about businesses of the list that are not wanted', async () => {
    const path = await file(
      '[{"Business":"Acme","Website":"acme.com","Industry":"Banking","Region":"US"}]',
    );
    const source = openSourceModel(options({ businesses: await readBusinesses(path) }));
    expect(await leadsOf(source, { leads: 5, industry: 'Tech & AI' })).toEqual([]);
    expect(await leadsOf(source, { leads: 5, region: 'FR' })).toEqual([]);
    expect(hunter.seen).toEqual([]);
  });

  it('asks Clearbit what Hunter does not know, where there is a key', async () => {
    hunter.usual((seen) => {
      if (seen.headers.authorization !== undefined) {
        return { status: 200, json: { ...COMPANY, name: 'Acme of Clearbit' } };
      }
      return seen.path === '/companies/find' ? { status: 404 } : answer(seen);
    });
    const alone = await leadsOf(openSourceModel(options()), { leads: 5 });
    expect(alone).toEqual([]);

    const env = { HUNTER_API_KEY: KEY, CLEARBIT_API_KEY: OLD_KEY };
    const [lead] = await leadsOf(openSourceModel(options({ env })), { leads: 5 });
    expect(lead).toMatchObject({
      Business: 'Acme of Clearbit',
      Industry: 'Tech & AI',
      Region: 'DE',
    });
    const keys = hunter.seen
      .map(({ headers }) => headers.authorization)
      .filter((one) => one !== undefined);
    expect(keys).toEqual([`Bearer ${OLD_KEY}`]);
  });

  it('does without Clearbit where that refuses its key', async () => {
    hunter.usual((seen) =>
      seen.headers.authorization !== undefined || seen.path === '/companies/find'
        ? { status: 401 }
        : answer(seen),
    );
    hunter.next('/companies/find', { status: 404 }, { status: 401 });
    const env = { HUNTER_API_KEY: KEY, CLEARBIT_API_KEY: OLD_KEY };
    expect(await leadsOf(openSourceModel(options({ env })), { leads: 5 })).toEqual([]);
    expect(said).toEqual([expect.stringContaining('Clearbit refused the key in CLEARBIT_API_KEY')]);
  });

  it('answers before its deadline with what it has', async () => {
    hunter.usual((seen) => (seen.path === '/discover' ? answer(seen) : 'hang'));
    const send = heldFetch(clock);
    const source = openSourceModel(
      options({
        fetch: (url, init) => (url.endsWith('/discover') ? send(url, init) : fetch(url, init)),
      }),
    );
    const by = later(clock.now(), seconds(7));
    const outcome = await leadsOf(source, { leads: 5 }, by).catch(String);
    expect(outcome).toContain('not done by the deadline');
    expect(clock.now()).toBe(by - 2_000);
  });

  it('stops asking when nobody waits any more', async () => {
    hunter.usual(() => ({ status: 202 }));
    const waiting = openSourceModel(options())(
      question({ leads: 5 }),
      asker(later(clock.now(), seconds(600))),
    );
    const subscription = waiting.subscribe();
    await inSteps(
      clock,
      new Promise<void>((resolve) => void clock.at(later(clock.now(), seconds(20)), resolve)),
    );
    subscription.unsubscribe();
    const before = hunter.seen.length;
    expect(before).toBeGreaterThan(3);
    await inSteps(
      clock,
      new Promise<void>((resolve) => void clock.at(later(clock.now(), seconds(90)), resolve)),
    );
    expect(hunter.seen).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });

  it('shows its keys to nobody', async () => {
    const env = { HUNTER_API_KEY: KEY, CLEARBIT_API_KEY: OLD_KEY };
    hunter.usual(() => ({ status: 401, json: { key: KEY, old: OLD_KEY } }));
    const source = openSourceModel(options({ env }));
    const fault = await leadsOf(source, { leads: 1 }).catch((error: unknown) => error);
    for (const value of [source, source(question({ leads: 1 }), asker(clock.now())), fault, said]) {
      const shown = inspect(value, { showHidden: true, depth: Infinity }) + String(value);
      expect(shown).not.toContain(KEY);
      expect(shown).not.toContain(OLD_KEY);
    }
    expect(said).toHaveLength(1);
  });

  it('tells who searches that there is no list', async () => {
    const source = openSourceModel(options({ businesses: join(folder, 'none.csv') }));
    expect(await leadsOf(source, { leads: 1 }).catch(String)).toContain('there is no such file');
  });
});

describe('readBusinesses', () => {
  it('reads the same from its three forms', async () => {
    const rows = [{ Business: 'Acme', Website: 'acme.com', Owner: 'Maria Keller' }];
    const lists = await Promise.all(
      [
        'Website,Business,Owner\nacme.com,Acme,Maria Keller\n',
        JSON.stringify(rows),
        `${JSON.stringify(rows[0])}\n`,
      ].map(async (text) => readBusinesses(await file(text))),
    );
    for (const list of lists) {
      expect(list).toEqual({
        businesses: [
          {
            domain: 'acme.com',
            website: 'https://acme.com',
            business: 'Acme',
            owner: { first: 'Maria', last: 'Keller' },
            ownerInFull: 'Maria Keller',
          },
        ],
        leftOut: 0,
      });
    }
  });

  it.each([
    [
      'Name,Website\n',
      'the header is without Business; allowed: a JSON array, JSON lines, or CSV with the columns',
    ],
    ['Business,Website,Owner,Owner\n', 'the header is with Owner twice'],
    ['', 'the file is empty'],
    ['[5,null,{}]', 'the file is without a business that can be used: 5'],
    ['[{"Business":"x","Website":"javascript:alert(1)"}]', 'without a business that can be used'],
    ['[{"Business":"x","Website":"https://a:b@c.com"}]', 'without a business that can be used'],
    [`[${'{},'.repeat(MAX_BUSINESSES)}{}]`, 'at most 10000 businesses'],
    ['{"Business":', 'a business as JSON'],
  ])('refuses what is no list of businesses, case %#', async (text, complaint) => {
    const error = await readBusinesses(await file(text)).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(complaint);
  });

  it.each([
    ['Maria Keller', 'Maria', 'Keller'],
    ['Dr. Maria von Keller', 'Maria', 'Keller'],
    ['Prof. Dr. Zoë  Müller PhD', 'Zoë', 'Müller'],
  ])('takes %s apart', (text, first, last) => {
    expect(nameIn(text)).toEqual({ first, last });
  });
});

const COMPANY = {
  name: 'Acme of Hunter',
  category: { sector: 'Information Technology' },
  geo: { countryCode: 'DE' },
  linkedin: { handle: 'company/acme' },
};

function answer({
  path,
  search,
}: {
  path: string;
  search: Readonly<Record<string, string>>;
}): Answer {
  if (path === '/discover') return data([{ domain: 'acme.com', organization: null }]);
  if (search['domain'] !== 'acme.com') return { status: 404 };
  if (path === '/companies/find') return data(COMPANY);
  return data({
    emails: [
      { value: 'info@acme.com', type: 'generic', confidence: 80 },
      {
        value: 'maria@acme.com',
        type: 'personal',
        confidence: 70,
        first_name: 'Maria',
        last_name: 'Keller',
        position: 'Founder',
      },
    ],
  });
}

const options = (more: Partial<OpenSourceModelOptions> = {}): OpenSourceModelOptions => ({
  env: { HUNTER_API_KEY: KEY },
  clock,
  hunterUrl: hunter.url,
  clearbitUrl: hunter.url,
  fetch: heldFetch(clock),
  say: (line) => void said.push(line),
  ...more,
});

const question = (want: Want) => ({ query: 'q' as QueryId, attempt: 1, want });
const asker = (by: Instant) => ({
  self: addressOf('miner', 'm' as Hotkey),
  by,
  random: randomFrom(1),
});

const leadsOf = (
  source: ReturnType<typeof openSourceModel>,
  want: Want,
  by = later(clock.now(), seconds(120)),
): Promise<readonly Lead[]> => inSteps(clock, firstValueFrom(source(question(want), asker(by))));

let files = 0;
async function file(text: string): Promise<string> {
  const path = join(folder, `${files++}.csv`);
  await writeFile(path, text);
  return path;
}
