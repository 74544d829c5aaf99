/**
 * Whether a node is alive and ready, and what it counts, over HTTP for whoever watches it on this
 * machine.
 *
 *     GET /healthz   200, or 503: this process should be started again
 *     GET /readyz    200, or 503: it runs, and what it needs is not there (which, and why)
 *     GET /metrics   Prometheus
 *
 * It listens on 127.0.0.1 alone, answers names of this machine alone (a page in a browser could
 * else read it under a name of its own), and takes no bodies. Everything else is 404.
 */
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { seconds, type Duration } from '../protocols/units.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import type { Say } from './logs.ts';
import { harmlessText } from './log-value.ts';
import type { Metrics } from './metrics.ts';

/** Undefined where all is well; else what is wrong, in a few words that hold nothing secret. */
export type Check = () => string | undefined;

export interface HealthOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly metrics: Metrics;
  /** What has to be so for the node to be of use: the chain is fresh, the line listens … */
  readonly ready: Readonly<Record<string, Check>>;
  /** What has to be so for it to be worth keeping: no actor has crashed for good, say. */
  readonly alive?: Readonly<Record<string, Check>>;
  /** Is told the address once it listens. */
  readonly say?: Say;
  /** By when a request has come in whole, and an idle connection is closed; 5 s where absent. */
  readonly patience?: Duration;
}

export interface Health {
  readonly port: number;
  /** `http://127.0.0.1:9100`. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** By what names it is asked; the port may stand behind. */
const HOSTS = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** One scraper, one that probes, a person: whoever opens more waits for nobody. */
const MOST_CONNECTIONS = 16;
/** Ours have no query and no headers of note. */
const MOST_HEADER_BYTES = 4_096;
/** Who asks is on this machine. */
const PATIENCE = seconds(5);
const MOST_PATH = 64;

/**
 * Rejects with a `UsageError` for no port, with a `WorldError` for one that is taken.
 */
export async function openHealth(options: HealthOptions): Promise<Health> {
  const { port, say } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError({
      field: '--metrics.port',
      came: String(port),
      allowed: 'a whole number, 0 to 65535; 0 for a free one',
    });
  }
  const app = serverOf(options);
  try {
    await app.listen({ host: HOST, port });
  } catch (cause) {
    await app.close();
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${code ?? 'unknown'})`;
    throw new WorldError(
      `port ${port} of ${HOST} ${why}: name another with --metrics.port, or 0 for a free one`,
      { cause },
    );
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${HOST}:${bound}`;
  say?.('info', 'metrics and health are served', { url });
  return { port: bound, url, close: () => app.close() };
}

function serverOf({
  metrics,
  ready,
  alive = {},
  patience = PATIENCE,
}: HealthOptions): FastifyInstance {
  const app = fastify({
    http: { maxHeaderSize: MOST_HEADER_BYTES, headersTimeout: patience },
    bodyLimit: 1,
    requestTimeout: patience,
    connectionTimeout: patience,
    keepAliveTimeout: patience,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MOST_PATH },
    frameworkErrors: (_error, _request, reply) => {
      problem(reply, 400, 'Bad request', 'the path cannot be read');
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;

  app.addHook('onRequest', async ({ headers }, reply) => {
    if (HOSTS.test(headers.host ?? '')) return undefined;
    return problem(reply, 403, 'Forbidden', 'asked by a name that is not of this machine');
  });
  app.get('/healthz', (_request, reply) => answerChecks(reply, 'alive', alive));
  app.get('/readyz', (_request, reply) => answerChecks(reply, 'ready', ready));
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  const paths = ['/healthz', '/readyz', '/metrics'];
  app.setNotFoundHandler(({ url }, reply) =>
    paths.includes(url)
      ? problem(reply.header('allow', 'GET, HEAD'), 405, 'Method not allowed', 'GET alone')
      : problem(reply, 404, 'Not found', `there are ${paths.join(', ')}`),
  );
  app.setErrorHandler((_error, _request, reply) =>
    problem(reply, 500, 'Internal error', 'the figures could not be made'),
  );
  return app;
}

/** Ends a request with what is well, or with what is not. */
export function answerChecks(
  reply: FastifyReply,
  name: string,
  checks: Readonly<Record<string, Check>>,
): FastifyReply {
  const found = Object.entries(checks).map(([of, check]) => [of, look(check)] as const);
  const missing = found.flatMap(([of, wrong]) => (wrong === undefined ? [] : [`${of}: ${wrong}`]));
  if (missing.length > 0) return problem(reply, 503, `Not ${name}`, missing.join('; '));
  return reply
    .header('cache-control', 'no-store')
    .send({ [name]: true, checks: Object.fromEntries(found.map(([of]) => [of, 'ok'])) });
}

/** A check that throws has found something wrong. */
function look(check: Check): string | undefined {
  try {
    const wrong = check();
    return wrong === undefined ? undefined : harmlessText(wrong);
  } catch {
    return 'could not be looked at';
  }
}

const problem = (
  reply: FastifyReply,
  status: number,
  title: string,
  detail: string,
): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send({ type: 'about:blank', title, status, detail });
