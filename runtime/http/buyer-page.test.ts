/**
 * The buyer's page in a browser, on a subnet of real nodes whose miner writes what a page must not run.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  faultsOf,
  HAS_BROWSER,
  lookAt,
  openBrowser,
  overhangOf,
  type Looked,
} from '../dashboard/testing/browser.ts';
import { Callers } from './callers.ts';
import { Stand, type Serving } from './testing/stand.ts';

const TOKEN = 'token-of-ann-0123456789';
const FREELY = { queries: 100_000, requests: 100_000 };
/** Where to put pictures, for whoever wants to look at them. */
const SHOTS = process.env['BUYER_PAGE_SHOTS'];

describe('the buyer’s page', () => {
  const stand = new Stand();
  let browser: Browser | undefined;
  let serving: Serving;
  let callers: Callers;

  beforeAll(async () => {
    if (!HAS_BROWSER) return;
    browser = await openBrowser();
    const buyer = await stand.start('buyer', 'b1');
    const minerModel = join(stand.dir, 'hostile.mjs');
    writeFileSync(minerModel, hostile(stand.dir));
    await Promise.all([
      stand.start('miner', 'm1', { minerModel }),
      stand.start('validator', 'v1'),
      stand.start('pool', 'p1'),
    ]);
    callers = new Callers([{ name: 'ann', token: TOKEN }]);
    serving = await stand.serve(buyer, { callers, rates: FREELY });
    for (const role of ['miner', 'validator', 'pool'] as const)
      await stand.hasStanding(buyer, role);
  });
  afterAll(async () => {
    await browser?.close();
    await stand.close();
  });

  it('lets a person sign in, ask, watch, look, download and rate, by keyboard alone', async ({
    skip,
  }) => {
    if (browser === undefined) return skip('no Chromium here');
    const options = { colorScheme: 'light' } as const;
    const { page, troubles } = await lookAt(browser, `${serving.url}/buy`, options);

    await page.getByLabel('Token').fill('not-the-token');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('unknown');
    expect(await page.getByRole('alert').textContent()).toContain('Enter the token once more.');
    // Chromium itself tells of an answer of 401; of nothing else is there anything to tell.
    await expect.poll(() => troubles).toEqual([expect.stringContaining('401')]);
    await shot(page, 'sign-in');
    await page.getByLabel('Token').fill(TOKEN);
    await page.keyboard.press('Enter');

    await page.getByLabel('How many leads').fill('5');
    await page.getByLabel('Industry').selectOption('Tech & AI');
    await page.getByLabel('Region').fill('DE');
    const letGo = holdMiner(stand.dir);
    await page.keyboard.press('Enter');
    const steps = page.getByRole('list', { name: 'What happened so far' });
    await steps.getByText('Drawn by lot: 1 miner and a panel of 1 validator').waitFor();
    await shot(page, 'progress');
    letGo();

    await page.getByRole('heading', { name: '5 leads' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    const rows = page.getByRole('table', { name: 'The 5 leads' }).getByRole('row');
    expect(await rows.count()).toBe(6);
    expect(await rows.nth(1).textContent()).toContain('<img src=x onerror="alert(1)">');
    await shot(page, 'leads');

    const csv = await downloaded(page, 'CSV');
    expect(csv.name).toMatch(/^leads-[0-9a-f]{8}\.csv$/);
    expect(csv.text.split('\r\n')[0]).toContain('Owner(s) Email');
    expect((await downloaded(page, 'HubSpot')).text).toContain('First Name,Last Name');
    expect((await downloaded(page, 'vCard')).text.match(/BEGIN:VCARD/g)).toHaveLength(5);
    expect(JSON.parse((await downloaded(page, 'JSON')).text)).toHaveLength(5);

    await page.getByRole('radio', { name: '1', exact: true }).focus();
    for (let to = 1; to < 9; to++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByText('You rated them 9 of 10').first().waitFor();
    const earlier = page.getByRole('table', { name: 'Your earlier queries' });
    await expect.poll(() => earlier.textContent()).toContain('done');

    // Somebody comes back: the cookie says who it is, and what was bought is there.
    await page.reload();
    await page.getByRole('button', { name: /^Show 5 leads/ }).click();
    await page.getByRole('heading', { name: '5 leads' }).waitFor();
    expect(await page.getByRole('button', { name: 'Rate' }).isVisible()).toBe(false);
    const query = (await page.locator('#query-id').textContent()) ?? '';
    expect(query).not.toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    // Not even where it is hidden.
    const left = await page.content();
    expect([query, 'Ada Example'].filter((text) => left.includes(text))).toEqual([]);
    expect(troubles).toHaveLength(1);
  });

  it('goes on with a query after a reload, and asks it once', async ({ skip }) => {
    if (browser === undefined) return skip('no Chromium here');
    const { page, troubles } = await signedIn(browser);
    const before = await asked(page);
    const letGo = holdMiner(stand.dir);
    await page.getByLabel('How many leads').fill('2');
    await page.getByRole('button', { name: 'Ask for leads' }).click();
    await page.getByRole('list').getByText('Drawn by lot').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Your query is under way' }).waitFor();
    letGo();
    await page.getByRole('heading', { name: '2 leads' }).waitFor();
    await expect.poll(() => asked(page)).toBe(before + 1);
    expect(troubles).toEqual([]);
  });

  it('says in words what is wrong and what to do, and tries again by itself what passes', async ({
    skip,
  }) => {
    if (browser === undefined) return skip('no Chromium here');
    const rates = { queries: 1, requests: 100_000 };
    const slow = await stand.serve(serving.node, { desk: serving.desk, callers, rates });
    const { page } = await signedIn(browser, slow.url);
    await page.evaluate(`fetch('/generate_leads', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"num_leads":0}' })`);
    await page.getByRole('button', { name: 'Ask for leads' }).click();
    const steps = page.getByRole('list', { name: 'What happened so far' });
    await expect
      .poll(() => steps.textContent())
      .toMatch(/more than 1 a minute.*Once more in \d+ s/i);
    await page.getByRole('button', { name: 'Stop waiting' }).click();
    await expect
      .poll(() => page.getByRole('button', { name: 'Ask for leads' }).isEnabled())
      .toBe(true);
  });

  it('is for everybody: by day and by night, at a desk and on a phone', async ({ skip }) => {
    if (browser === undefined) return skip('no Chromium here');
    const { page, troubles } = await signedIn(browser);
    await page.getByRole('button', { name: /^Show/ }).first().click();
    await page.getByRole('table', { name: /^The \d leads/ }).waitFor();
    await page.getByText('Where they are from').click();
    for (const width of [1_280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await shot(page, `${colorScheme}-${width}`);
        expect([width, colorScheme, await faultsOf(page)]).toEqual([width, colorScheme, []]);
      }
      expect(await overhangOf(page)).toBeLessThanOrEqual(0);
    }
    expect(troubles).toEqual([]);
  });

  it('makes links only of what is an address on the web or a plain mailbox', async ({ skip }) => {
    if (browser === undefined) return skip('no Chromium here');
    const { page } = await signedIn(browser);
    await page.getByRole('button', { name: /^Show/ }).first().click();
    const links = page.getByRole('table', { name: /^The \d leads/ }).getByRole('link');
    for (const link of await links.all()) {
      expect(await link.getAttribute('href')).toMatch(/^(?:https?:\/\/|mailto:ada@)/);
      expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    }
    const made = await page.evaluate(`import('/buy/leads.js').then(({ webLink, mailLink }) =>
        ${JSON.stringify(NO_LINKS)}.map((text) => [webLink(text), mailLink(text)]))`);
    expect(made).toEqual(NO_LINKS.map((text) => [text, text]));
  });

  /** A page of somebody who has signed in. */
  async function signedIn(in_: Browser, url = serving.url, options = {}): Promise<Looked> {
    const looked = await lookAt(in_, `${url}/buy`, options);
    const { page } = looked;
    await page.context().request.post(`${url}/session`, { data: { token: TOKEN } });
    await page.reload();
    await page.getByRole('button', { name: 'Ask for leads' }).waitFor();
    return looked;
  }
});

/** While it is there the miner of `dir` says nothing: what a page shows meanwhile is there to be seen. */
const heldBy = (dir: string): string => join(dir, 'held');

/** Holds it from now on, until what is returned is called. */
function holdMiner(dir: string): () => void {
  writeFileSync(heldBy(dir), '');
  return () => rmSync(heldBy(dir));
}

/** A miner that writes markup where text goes. */
const hostile = (dir: string): string => `
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

let next = 0;
export default async function miner({ query: { num_leads, industry, region } }) {
  while (existsSync(${JSON.stringify(heldBy(dir))})) await pause(20);
  return Array.from({ length: num_leads }, () => {
    const name = 'a' + process.pid + 'n' + next++ + 't' + Date.now().toString(36);
    return {
      Business: '<img src=x onerror="alert(1)"> ' + name,
      'Owner Full name': 'Ada Example',
      First: 'Ada',
      Last: 'Example',
      'Owner(s) Email': 'ada@' + name + '.example.com',
      LinkedIn: 'https://www.linkedin.com/in/ada-' + name,
      Website: 'https://' + name + '.example.com',
      Industry: industry ?? 'Tech & AI',
      Region: region ?? 'DE',
    };
  });
}`;

const NO_LINKS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:https://acme.example/1',
  'file:///etc/passwd',
  'https://user:secret@acme.example/',
  'mailto:a@b.example',
  'ada@acme.example?cc=eve@evil.example',
  'ada@acme.example,eve@evil.example',
  '"ada"@acme.example',
  '//acme.example',
  '',
];

async function downloaded(page: Page, name: string): Promise<{ name: string; text: string }> {
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name, exact: true }).press('Enter');
  const download = await coming;
  return {
    name: download.suggestedFilename(),
    text: readFileSync(await download.path(), 'utf8'),
  };
}

/** How many queries were answered so far. */
const asked = (page: Page): Promise<number> =>
  page.evaluate(
    `fetch('/queries').then((said) => said.json()).then((said) => said.queries.length)`,
  );

async function shot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
