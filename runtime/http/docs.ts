/**
 * The API's description: `/openapi.json`, made of the schemas that check what comes in and name what
 * goes out, and `/docs`, a page that reads it. Nothing of the page is loaded from elsewhere.
 */
import type { SwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { problemExamples } from './document-examples.ts';
import { document, problems } from './schemas.ts';

export const documentOptions = (version: string, needToken: boolean): SwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'leadpoet',
      version,
      description:
        'Leads of a buyer’s node: ask, wait, rate. Errors are `application/problem+json`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'this node' }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'the token of --http.token' },
        session: { type: 'apiKey', in: 'cookie', name: 'leadpoet_session' },
      },
      // Of no route in particular: what any request may come to.
      responses: {
        NotFound: anywhere(404, 'There is no such path'),
        MethodNotAllowed: anywhere(405, 'The path has other methods: see `Allow`'),
        TooSlow: anywhere(408, 'The request did not come in whole in time'),
        HeadersTooLarge: anywhere(431, 'The headers are too large'),
        InternalError: anywhere(500, 'A mistake of ours'),
      },
    },
    ...(needToken && { security: [{ bearer: [] }, { session: [] }] }),
  },
  // The names that the schemas have here.
  refResolver: {
    buildLocalReference: ({ $id: name }, _base, _fragment, at) =>
      typeof name === 'string' ? name : `def-${at}`,
  },
});

const anywhere = (status: number, description: string) => ({
  description,
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: problemExamples(status),
    },
  },
});

/** The page's own scripts and styles; it has some styles in line, and icons as data. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export async function docPages(app: FastifyInstance): Promise<void> {
  const schema = {
    operationId: 'document',
    summary: 'This document',
    response: {
      200: document('OpenAPI 3.1', Type.Object({}, { additionalProperties: true }), {
        openapi: '3.1.0',
      }),
      ...problems(403, 429),
    },
  };
  // As text it is made once, and no schema has to name what is in it.
  let text: string | undefined;
  app.get('/openapi.json', { schema, config: { open: true } }, (_request, reply) =>
    reply.type('application/json').send((text ??= JSON.stringify(app.swagger()))),
  );
  await app.register(async (pages: FastifyInstance) => {
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: PAGE_POLICY,
      uiConfig: { url: '/openapi.json', validatorUrl: null, tryItOutEnabled: true },
    });
  });
}
