/**
 * The page in a browser: what a person sees of a demo and of a simulation. Its screenshots are to be
 * looked at by people; here is what a machine can tell.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dashboard } from './dashboard.ts';
import { Picture } from './picture.ts';
import {
  faultsOf,
  firstPaint,
  HAS_BROWSER,
  lookAt,
  openBrowser,
  overhangOf,
  PATIENCE_MS,
  sizeOf,
} from './testing/browser.ts';

describe.skipIf(!HAS_BROWSER)(
  'the dashboard in a browser (skipped where chromium is not there)',
  { timeout: PATIENCE_MS },
  () => {
    it('draws the walk of the demo’s query, light and dark, and loads little', async () => {
      const url = await watched('demo', '--watch', '--no-open');
      const { page, troubles, bytes, close } = await lookAt(browser, url);
      // A minute a second: who tests is in more of a hurry than who watches.
      await page.locator('#speed').selectOption('60');
      await page.locator('#lanes .lane').nth(3).waitFor();
      await page.locator('#lanes .mark').first().waitFor();
      await page.locator('#walk-list .badge.good', { hasText: 'delivered' }).first().waitFor();
      await page.locator('#validators tbody tr').nth(2).waitFor();
      await page.locator('#pools tbody tr').first().waitFor();
      await page.locator('#happened', { hasText: /pool-1 delivers \d+ leads/ }).waitFor();
      expect(await page.title()).toBe('Leadpoet: The demo');

      // A page that changes while it is looked at is no fault of its own.
      await page.locator('#play').click();
      await page.locator('#state', { hasText: 'paused' }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await faultsOf(page)).toEqual([]);

      expect(bytes()).toBeLessThan(300_000);
      expect(bytes()).toBeGreaterThan(30_000);
      console.log(`first paint after ${await firstPaint(page)} ms, ${bytes()} bytes`);
      expect(troubles).toEqual([]);
      await close();
    });

    it('shows the flag of a simulated ring, and plays, stands still and steps', async () => {
      const url = await watched('sim', 'watch', 'collusion', '--speed', '1000000', '--no-open');
      const { page, troubles, close } = await lookAt(browser, url);
      const flag = page.locator('.flag.bad', { hasText: /validator-colluding-\d+ is flagged/ });
      await flag.first().waitFor();
      expect(await flag.first().innerText()).toMatch(
        /V_c (0\.[7-9]\d|1\.00)[^]*(Favours|Copies): /,
      );

      await page.locator('#play').click();
      await page.locator('#state', { hasText: 'paused' }).waitFor();
      await page.locator('#lanes .lane').first().waitFor();
      const stood = await clockOf(page);
      await page.locator('#step-by').selectOption('60000');
      await page.locator('#step').click();
      await expect.poll(() => clockOf(page), { timeout: PATIENCE_MS }).toBe(stood + 60);
      expect(await page.locator('#state').innerText()).toBe('paused');
      expect(await faultsOf(page)).toEqual([]);

      await page.locator('#speed').selectOption('600');
      await page.locator('#play').press('Enter');
      await page.locator('#state', { hasText: 'playing' }).waitFor();
      await expect.poll(() => clockOf(page), { timeout: PATIENCE_MS }).toBeGreaterThan(stood + 60);
      expect(troubles).toEqual([]);
      await close();
    });

    it('shows what strangers wrote as text, fits a phone, and draws no more than it has room for', async () => {
      const { url, picture } = await pictured();
      const evil =
        '<img src=/x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
      for (const [name, part] of Object.entries(partsWith(evil))) picture.put(name, () => part);
      const viewport = { width: 390, height: 844 };
      const { page, troubles, close } = await lookAt(browser, url, { viewport });
      for (const id of ['title', 'walk-title', 'lanes', 'lines', 'pools', 'flag-list', 'figures']) {
        await page.locator(`#${id}`, { hasText: '<img' }).waitFor();
      }
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.title()).toContain('<img');
      expect(await overhangOf(page)).toBeLessThanOrEqual(0);
      expect(await faultsOf(page)).toEqual([]);

      const before = await sizeOf(page);
      for (let n = 61; n <= 10_060; n++) picture.put('lines', () => linesUpTo(n, evil));
      await page.locator('#passed', { hasText: 'went by unread' }).waitFor();
      expect(Math.abs((await sizeOf(page)) - before)).toBeLessThan(10);
      expect(troubles).toEqual([]);
      await close();
    });

    it('says that the line is lost, and draws on when it is back', async () => {
      const first = await pictured();
      first.picture.put('about', () => ABOUT);
      const { page, close } = await lookAt(browser, first.url);
      await page.locator('#title', { hasText: 'Leadpoet: x' }).waitFor();
      await first.close();
      await page.locator('#trouble', { hasText: 'Nobody answers' }).waitFor();

      const again = await pictured(Number(new URL(first.url).port));
      again.picture.put('about', () => ({ ...ABOUT, title: 'back' }));
      await page.locator('#title', { hasText: 'Leadpoet: back' }).waitFor();
      expect(await page.locator('#trouble').isVisible()).toBe(false);
      await close();
    });

    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    }, PATIENCE_MS);
    afterAll(() => browser.close());
  },
);

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));
const running: ChildProcess[] = [];
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(130);
  }
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** Runs a command that shows a page; the address that it prints first. */
async function watched(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  let out = '';
  for await (const chunk of child.stdout) {
    out += String(chunk);
    if (out.includes('\n')) break;
  }
  const [url = ''] = out.split('\n');
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  return url;
}

async function pictured(port = 0) {
  const picture = new Picture();
  const app = fastify({ forceCloseConnections: true });
  await app.register(dashboard, {
    source: { look: (since: number) => picture.since(since) },
    everyMs: 20,
  });
  const url = `${await app.listen({ host: '127.0.0.1', port })}/`;
  closing.push(() => app.close());
  return { url, picture, close: () => app.close() };
}

/** Seconds of virtual time, as the page has them. */
async function clockOf(page: Page): Promise<number> {
  const [, days = '0', h = '0', m = '0', s = '0'] =
    /(?:(\d+) d )?(\d+):(\d+):(\d+)/.exec(await page.locator('#clock').innerText()) ?? [];
  return Number(days) * 86_400 + Number(h) * 3_600 + Number(m) * 60 + Number(s);
}

const ABOUT = { is: 'simulation', title: 'x', subtitle: 'y', controls: false };

const linesUpTo = (last: number, text: string) =>
  Array.from({ length: 60 }, (_, n) => ({
    number: last - 59 + n,
    at: 1_000 * n,
    tone: 'bad',
    text: `${n} ${text}`,
  }));

/** A picture in which every text is a stranger's. */
const partsWith = (text: string) => ({
  about: { ...ABOUT, title: text, subtitle: text },
  time: { now: 60_000, began: 0, ends: 100_000, is: 'playing', speed: 1, events: 3 },
  chain: { block: 3, epochStart: 1, tempo: 9, neurons: 2 },
  lines: linesUpTo(60, text),
  'walk/x': {
    id: 'abcdef',
    buyer: text,
    account: 'buyer',
    leads: 10,
    industry: text,
    region: text,
    sealed: true,
    openedAt: 0,
    pool: text,
    attempt: 2,
    askedAt: 0,
    due: 50_000,
    ends: 60_000,
    lanes: [
      {
        miner: text,
        askedAt: 100,
        batchAt: 5_000,
        batch: 'b',
        count: 10,
        refused: null,
        reports: [{ validator: text, at: 9_000, score: 500_000, sampled: 3 }],
        finalScore: 500_000,
        checkedFrom: null,
        checkedAt: null,
        checks: null,
        outcome: 'rejected',
        chosen: false,
        reasons: [[text, 3]],
      },
    ],
    before: [text],
    outcome: 'open',
    delivered: 0,
    endedAt: null,
    settled: null,
    rating: null,
  },
  pool: [
    { name: text, at: 1, total: 5, rows: [{ industry: text, region: text, leads: 5 }], more: 0 },
  ],
  standing: {
    validators: [{ name: text, r: 0, p: 1, c: 1, flagged: true, stake: '20.123456789' }],
    miners: [{ name: text, w: 1, a: 1, d: 1 }],
    more: { validators: 1, miners: 0 },
  },
  trend: {
    reputations: { at: [0, 1_000], of: [{ name: text, values: [15, 0] }] },
    weights: { at: [0, 1_000], of: [{ name: text, values: [null, 1] }] },
  },
  flags: [
    {
      is: 'flagged',
      who: text,
      since: 1,
      from: 0,
      until: 9,
      isInForce: true,
      lifted: null,
      score: 0.8,
      why: text,
      ring: [text],
      votes: 2,
      evidence: [
        {
          channel: 'favour',
          with: [text],
          miners: [text],
          buyers: [text],
          batches: ['b'],
          why: text,
        },
      ],
    },
  ],
  peers: {
    rows: [{ name: text, role: 'miner', said: 1, told: 2, refused: 3, lost: 4, at: 5 }],
    more: 2,
    unlisted: 1,
  },
  figures: [
    {
      title: text,
      rows: [
        [text, 1],
        ['points', 5, '9 at once'],
      ],
    },
  ],
});
