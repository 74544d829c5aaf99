/**
 * For whoever watches the server: `/healthz` and `/readyz` for everybody, `/metrics` for callers.
 */
import type { FastifyInstance } from 'fastify';
import { answerChecks, type Check } from '../health.ts';
import type { Metrics } from '../metrics.ts';
import { checksOf, document, problems } from './schemas.ts';

export interface WatchingOptions {
  readonly metrics: Metrics;
  readonly ready: Readonly<Record<string, Check>>;
  readonly alive: Readonly<Record<string, Check>>;
}

export function watching(app: FastifyInstance, { metrics, ready, alive }: WatchingOptions): void {
  // Who looks every second is not to be refused for it.
  const config = { open: true, rateLimit: false as const };
  const live = checkSchema('healthz', 'alive', 'Whether this process should go on as it is');
  app.get('/healthz', { schema: live, config }, (_request, reply) =>
    answerChecks(reply, 'alive', alive),
  );
  const set = checkSchema('readyz', 'ready', 'Whether it takes queries');
  app.get('/readyz', { schema: set, config }, (_request, reply) =>
    answerChecks(reply, 'ready', ready),
  );
  const counting = {
    operationId: 'metrics',
    summary: 'What this node counts, for Prometheus',
    response: {
      200: {
        description: 'Counts',
        content: { 'text/plain': { schema: { type: 'string' }, example: 'leadpoet_up 1\n' } },
      },
      ...problems(401, 403),
    },
  };
  app.get('/metrics', { schema: counting, config: { rateLimit: false } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}

const checkSchema = (operationId: string, name: string, summary: string): object => ({
  operationId,
  summary,
  response: {
    200: document('It is so', checksOf(name), { [name]: true, checks: { actor: 'ok' } }),
    ...problems(403, 503),
  },
});
