/**
 * The dashboard: one page, for a live node, a demo and a simulation.
 *
 *     GET /                  the page            GET /dashboard/…     what it is made of
 *     GET /events            what it draws       POST /control/…      where time can be steered
 *
 * A plugin for whoever serves it. Who may ask is the server's to say, before any of this; that
 * nothing is loaded from elsewhere, and nothing that a stranger wrote is run, is said here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { digest } from '../../protocols/hash.ts';
import { steer } from './controls.ts';
import { openFeed } from './feed.ts';
import { problem } from '../problem.ts';
import type { DashboardSource } from './source.ts';

export interface DashboardOptions {
  readonly source: DashboardSource;
  /** Between two looks at the source; as often as an eye follows, where absent. */
  readonly everyMs?: number;
}

/** Of every answer of these routes. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** What a page says to its own server is no part of an API. */
export const HIDDEN = { hide: true } as const;

/** `await app.register(dashboard, { source })`. */
export const dashboard: FastifyPluginAsync<DashboardOptions> = async (app, options) => {
  const { source } = options;
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS);
  });
  servePage(app);
  steer(app, source.controls);

  const feed = openFeed(options);
  app.addHook('preClose', async () => feed.close());
  app.get('/events', { exposeHeadRoute: false, schema: HIDDEN }, (_request, reply) => {
    if (feed.isFull) {
      return problem(
        reply.header('retry-after', '10'),
        503,
        'Too many look on',
        'close another tab that shows this page',
      );
    }
    reply.hijack();
    feed.add(reply.raw, reply.getHeaders() as OutgoingHttpHeaders);
    return reply;
  });
};

/** The files of the page are few and small: they are read once, and served as they are. */
const PAGE = new URL('page/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function servePage(app: FastifyInstance): void {
  const files = readdirSync(fileURLToPath(PAGE)).filter((name) => extname(name) in TYPES);
  for (const name of files) {
    const body = readFileSync(new URL(name, PAGE));
    const etag = `"${digest('page', body)}"`;
    const path = name === 'index.html' ? '/' : `/dashboard/${name}`;
    // There is nothing in them that is not in the package: what is known comes by `/events` alone.
    app.get(path, { schema: HIDDEN, config: { open: true } }, ({ headers }, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag);
      if (headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(TYPES[extname(name)] ?? '').send(body);
    });
  }
}
