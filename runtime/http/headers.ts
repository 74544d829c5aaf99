/**
 * What every answer says of itself: that it is nobody else's to read, frame, cache or guess the type of.
 * Pages widen what they need.
 *
 * One foreign origin may be named whose pages may ask; they bring a token, and no cookie of ours is
 * sent from there.
 */
import type { FastifyInstance } from 'fastify';

const COMMON = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const METHODS = 'GET, POST, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key';
/** In seconds: how long a browser need not ask again whether it may. */
const PREFLIGHT_AGE = 600;

export function harden(app: FastifyInstance, cors: string | undefined): void {
  app.addHook('onRequest', async ({ method, headers: { origin, ...headers } }, reply) => {
    reply.headers(COMMON);
    if (cors === undefined) {
      reply.header('cross-origin-resource-policy', 'same-origin');
      return undefined;
    }
    // Also where it is another's: what is kept between them must not be shown to both.
    reply.header('vary', 'Origin');
    if (origin !== cors) return undefined;
    reply.header('access-control-allow-origin', cors);
    reply.header('access-control-expose-headers', 'retry-after');
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) {
      return undefined;
    }
    return reply
      .headers({
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': HEADERS,
        'access-control-max-age': String(PREFLIGHT_AGE),
      })
      .code(204)
      .send();
  });
}
