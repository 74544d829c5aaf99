/**
 * A browser for tests: Debian's Chromium without a head, on loopback alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const EXECUTABLE = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => existsSync(file));
export const HAS_BROWSER: boolean = EXECUTABLE !== undefined;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(EXECUTABLE && { executablePath: EXECUTABLE }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Looked {
  readonly page: Page;
  /** What went wrong in the page, and what it asked for elsewhere. */
  readonly troubles: readonly string[];
  /** Bytes of all that was loaded, as they came over the line, but for the feed. */
  readonly bytes: () => number;
  readonly close: () => Promise<void>;
}

/** Opens a page and sees what it does. */
export async function lookAt(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Looked> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
  // The machine that runs the tests may be busy with others.
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const { origin } = new URL(url);
  const troubles: string[] = [];
  let bytes = 0;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) troubles.push(`asked for ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.url().endsWith('/events')) return;
    bytes += Number(response.headers()['content-length'] ?? 0);
  });
  await page.goto(url);
  return { page, troubles, bytes: () => bytes, close: () => context.close() };
}

export const PATIENCE_MS = 240_000;

/** What axe finds that would keep somebody out: serious and critical faults, with where they are. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  });
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How far it is wider than the window, in pixels: 0 or less where nobody has to scroll sideways. */
export const overhangOf = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

/** How many elements it has. */
export const sizeOf = (page: Page): Promise<number> =>
  page.evaluate<number>("document.querySelectorAll('*').length");

/** When something was first to be seen, in ms since it was asked for. */
export const firstPaint = (page: Page): Promise<number> =>
  page.evaluate(() =>
    Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1),
  );
