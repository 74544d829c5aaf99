/**
 * `/` where there is no dashboard: a page that says what is here.
 */
import type { FastifyInstance } from 'fastify';
import { shell } from '../page.ts';

const PAGE = shell(
  'Leadpoet',
  `<h1>Leadpoet</h1>
<p>A buyer’s node that serves leads over HTTP. <a href="/docs">Its API</a>, as a page and as
<a href="/openapi.json">an OpenAPI document</a>.</p>`,
);

export function startPage(app: FastifyInstance): void {
  app.get('/', { schema: { hide: true }, config: { open: true } }, (_request, reply) =>
    reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
}
