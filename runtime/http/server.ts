/**
 * The buyer's HTTP API, put together: bounds on what comes in, who may ask, and a route a file.
 *
 *     socket ──▶ bounds ──▶ guard (host, site, token) ──▶ limits a token ──▶ schema ──▶ route
 *
 *     POST /generate_leads   GET /pool       /healthz /readyz /metrics     for who watches
 *     POST /feedback         GET /events     /openapi.json /docs           for who writes a client
 *     GET /queries           /session        / /buy                        for a person
 */
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance } from 'fastify';
import { WorldError } from '../cli/trouble.ts';
import { dashboard } from '../dashboard/dashboard.ts';
import type { DashboardSource } from '../dashboard/source.ts';
import type { Check } from '../health.ts';
import type { Say } from '../logs.ts';
import type { ServingMetrics } from '../metrics.ts';
import { buyerPage } from './buyer-page.ts';
import type { Callers } from './callers.ts';
import { deliveries } from './deliveries.ts';
import type { Desk, DeskNode } from './desk.ts';
import { docPages, documentOptions } from './docs.ts';
import { feedback } from './feedback.ts';
import { generateLeads } from './generate-leads.ts';
import { guard, operatorsOnly } from './guard.ts';
import { harden } from './headers.ts';
import { queryLimit, requestLimit, type Rates } from './limits.ts';
import { problemOf, sendProblem } from './problem.ts';
import { poolCounts } from './pool-counts.ts';
import { MOST_BODY, refusals, refuseBroken } from './refusals.ts';
import { SHARED } from './schemas.ts';
import { session } from './session.ts';
import { startPage } from './start-page.ts';
import { watching } from './watching.ts';

export interface ServerOptions {
  readonly desk: Desk;
  readonly node: DeskNode;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly callers: Callers;
  /** The one foreign origin whose pages may ask; none where absent. */
  readonly cors?: string;
  readonly rates: Rates;
  readonly version: string;
  readonly metrics: ServingMetrics;
  readonly ready: Readonly<Record<string, Check>>;
  readonly alive: Readonly<Record<string, Check>>;
  readonly say: Say;
  /** What `/` draws; a page that says what is here where absent. */
  readonly dashboard?: DashboardSource;
  readonly bounds?: Partial<Bounds>;
}

/** How much time a request has, in milliseconds. */
export interface Bounds {
  /** Its head is there by then. */
  readonly headMs: number;
  /** And all of it: 64 KiB over the slowest line that anybody has take 5 s. */
  readonly requestMs: number;
  /** How often Node looks whether one is late. */
  readonly lookEveryMs: number;
}
const BOUNDS: Bounds = { headMs: 5_000, requestMs: 10_000, lookEveryMs: 1_000 };

export interface Server {
  readonly port: number;
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** What is being answered is answered; who is not done in seconds is cut off. */
  close(): Promise<void>;
}

/** A browser's headers take 2 KB, with a proxy's twice that. */
const MOST_HEADER_BYTES = 16_384;
/** An idle connection is closed after it. */
const IDLE_MS = 30_000;
/** Twice as many as queries can be open, each of which may have somebody waiting: some 50 KB each. */
const MOST_CONNECTIONS = 2_048;
/** Those who wait to be accepted: a thousand may come at once. */
const BACKLOG = 1_024;
/** After that what is still being answered is cut off. */
const CLOSING_MS = 2_000;

/** Rejects with a `WorldError` where the address cannot be listened on. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { host, port } = options;
  const app = await appOf(options);
  try {
    await app.listen({ host, port, backlog: BACKLOG });
  } catch (cause) {
    await app.close();
    throw troubleOf(cause as NodeJS.ErrnoException, host, port);
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSING_MS);
      await app.close();
      clearTimeout(cut);
    },
  };
}

async function appOf(options: ServerOptions): Promise<FastifyInstance> {
  const { desk, node, callers, rates, say } = options;
  const bounds = { ...BOUNDS, ...options.bounds };
  const app = fastify({
    http: {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: bounds.headMs,
      connectionsCheckingInterval: bounds.lookEveryMs,
    },
    bodyLimit: MOST_BODY,
    requestTimeout: bounds.requestMs,
    keepAliveTimeout: IDLE_MS,
    forceCloseConnections: 'idle',
    // Sockets that are accepted while it closes are told so.
    return503OnClosing: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    clientErrorHandler: (error, socket) => refuseBroken(error, socket),
    frameworkErrors: (_error, _request, reply) => {
      sendProblem(reply, problemOf('badRequest', { detail: 'the path cannot be read' }));
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  // A page of another site may send text without asking whether it may.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  for (const schema of SHARED) app.addSchema(schema);

  app.addHook('onResponse', async ({ routeOptions, is404 }, { statusCode, elapsedTime }) => {
    const route = is404 ? 'none' : (routeOptions.url ?? 'none');
    options.metrics.answered(route, statusCode, elapsedTime / 1_000);
  });
  harden(app, options.cors);
  refusals(app, say);
  await app.register(cookie);
  guard(app, options);
  await app.register(rateLimit, requestLimit(rates));
  await app.register(swagger, documentOptions(options.version, callers.areNamed));

  await app.register(async (api: FastifyInstance) => {
    generateLeads(api, { desk, rateLimit: queryLimit(rates) });
    feedback(api, { desk, node });
    poolCounts(api, desk);
    deliveries(api, { desk, node });
    session(api, callers);
    buyerPage(api);
    watching(api, options);
    await page(api, options.dashboard);
    await docPages(api);
  });
  await app.ready();
  return app;
}

/** The dashboard's files hold no data and are for everybody; what it draws is the operator's. */
async function page(api: FastifyInstance, source: DashboardSource | undefined): Promise<void> {
  if (source === undefined) return startPage(api);
  await api.register(async (pages: FastifyInstance) => {
    pages.addHook('onRoute', (route) => {
      const isData = /^\/(events|control)\b/.test(route.url);
      route.config = { ...route.config, open: !isData, operator: isData };
      route.schema = { ...route.schema, hide: true };
    });
    operatorsOnly(pages);
    await pages.register(dashboard, { source });
  });
}

function troubleOf(cause: NodeJS.ErrnoException, host: string, port: number): WorldError {
  const { code = 'unknown' } = cause;
  const why =
    code === 'EADDRINUSE'
      ? `port ${port} of ${host} is in use: name another with --http.port, or 0 for a free one`
      : `${host}:${port} cannot be listened on (${code}): name another with --http.host, --http.port`;
  return new WorldError(why, { cause });
}
