/**
 * Whether a node is alive and ready, and what it counts, over HTTP for whoever watches it on this
 * machine.
 *
 *     GET /healthz   200, or 503: this process should be started again
 *     GET /readyz    200, or 503: it runs, and what it needs is not there (which, and why)
 *     GET /metrics   Prometheus
 *     GET /          the dashboard, with what belongs to it
 *
 * For this machine alone (`loopback.ts`). Everything else is 404.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Duration } from '../protocols/units.ts';
import { dashboard } from './dashboard/dashboard.ts';
import type { DashboardSource } from './dashboard/source.ts';
import type { Say } from './logs.ts';
import { harmlessText } from './log-value.ts';
import { listenOn, loopbackServer } from './loopback.ts';
import type { Metrics } from './metrics.ts';
import { problem } from './problem.ts';

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
  /** By when a request has come in whole, and an idle connection is closed; 5 s where absent. */
  readonly patience?: Duration;
  /** What the page at `/` draws; there is none where absent. */
  readonly watched?: DashboardSource;
  /** Is told the address once it listens. */
  readonly say?: Say;
}

export interface Health {
  readonly port: number;
  /** `http://127.0.0.1:9100`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Rejects with a `UsageError` for no port, with a `WorldError` for one that is taken.
 */
export async function openHealth(options: HealthOptions): Promise<Health> {
  const { port, say, patience } = options;
  const app = loopbackServer(patience);
  await route(app, options);
  const bound = await listenOn(app, port, '--metrics.port');
  say?.('info', 'metrics and health are served', { url: bound.url });
  return { ...bound, close: () => app.close() };
}

async function route(
  app: FastifyInstance,
  { metrics, ready, alive = {}, watched }: HealthOptions,
): Promise<void> {
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
  if (watched !== undefined) await app.register(dashboard, { source: watched });
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
