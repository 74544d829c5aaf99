/**
 * `/buy`: a person asks, watches, looks, downloads and rates. A few files that are read once; what they
 * show comes by the same routes that a program uses.
 *
 * What the page looks like and how it makes elements is the dashboard's: both are one house.
 */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { digest } from '../../protocols/hash.ts';
import { INDUSTRIES, MAX_REGION_LENGTH } from '../../protocols/lead.ts';
import { MAX_LEADS } from '../../protocols/query.ts';
import { text } from '../page.ts';

const OWN = new URL('page/', import.meta.url);
const SHARED = new URL('../dashboard/page/', import.meta.url);

/** By the path under `/buy/`. */
const FILES: Readonly<Record<string, URL>> = {
  'style.css': new URL('style.css', SHARED),
  'dom.js': new URL('dom.js', SHARED),
  'icon.svg': new URL('icon.svg', SHARED),
  'buy.css': new URL('buy.css', OWN),
  'buy.js': new URL('buy.js', OWN),
  'asking.js': new URL('asking.js', OWN),
  'earlier.js': new URL('earlier.js', OWN),
  'leads.js': new URL('leads.js', OWN),
  'progress.js': new URL('progress.js', OWN),
  'words.js': new URL('words.js', OWN),
};
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing from elsewhere, nothing in line; a form that the script does not send is not sent. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  // A browser looks up the hosts that a page links to before anybody follows a link: those of leads.
  'x-dns-prefetch-control': 'off',
  'cache-control': 'no-cache',
};

/** It holds no data: who has no token yet is asked for it there. */
export function buyerPage(app: FastifyInstance): void {
  serve(app, '/buy', Buffer.from(page()), '.html');
  for (const [name, file] of Object.entries(FILES)) {
    serve(app, `/buy/${name}`, readFileSync(file), extname(name));
  }
}

function serve(app: FastifyInstance, path: string, body: Buffer, ending: string): void {
  const etag = `"${digest('page', body)}"`;
  app.get(path, { schema: { hide: true }, config: { open: true } }, ({ headers }, reply) => {
    reply.headers({ ...HEADERS, etag });
    if (headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(TYPES[ending] ?? '').send(body);
  });
}

/** With the industries and bounds that a query has. */
function page(): string {
  const options = INDUSTRIES.map((industry) => `<option>${text(industry)}</option>`).join('');
  return readFileSync(new URL('buy.html', OWN), 'utf8')
    .replace('<!-- industries -->', options)
    .replaceAll('MAX_LEADS', String(MAX_LEADS))
    .replaceAll('MAX_REGION_LENGTH', String(MAX_REGION_LENGTH));
}
