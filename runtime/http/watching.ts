/**
 * For whoever watches the server: `/healthz` and `/readyz` for everybody, `/metrics` for callers.
 */
import type { FastifyInstance } from 'fastify';
import { answerChecks, type Check } from '../health.ts';
import type { Metrics } from '../metrics.ts';

export interface WatchingOptions {
  readonly metrics: Metrics;
  readonly ready: Readonly<Record<string, Check>>;
  readonly alive: Readonly<Record<string, Check>>;
}

export function watching(app: FastifyInstance, { metrics, ready, alive }: WatchingOptions): void {
  const schema = { hide: true };
  // Who looks every second is not to be refused for it.
  const config = { open: true, rateLimit: false as const };
  app.get('/healthz', { schema, config }, (_request, reply) => answerChecks(reply, 'alive', alive));
  app.get('/readyz', { schema, config }, (_request, reply) => answerChecks(reply, 'ready', ready));
  app.get('/metrics', { schema, config: { rateLimit: false } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
