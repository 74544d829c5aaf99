/**
 * `POST /session`, `DELETE /session`: a page's way to be somebody. A person enters a token once; from
 * then on the browser brings a cookie that no script can read and that no other site's page can send.
 * Who one is, `GET /session` says, for no page can read its cookie.
 */
import type { FastifyInstance } from 'fastify';
import type { Callers } from './callers.ts';
import { SESSION_COOKIE } from './guard.ts';
import { problemOf, sendProblem } from './problem.ts';
import { EXAMPLES } from './document-examples.ts';
import { document, problems, SESSION, TOKEN_BODY, type TokenBody } from './schemas.ts';

/** In seconds: who has not come back for a month enters it again. */
const SESSION_AGE = 30 * 24 * 3_600;

export function session(app: FastifyInstance, callers: Callers): void {
  const common = { path: '/', httpOnly: true, sameSite: 'strict' } as const;

  const opening = {
    operationId: 'openSession',
    summary: 'Enter a token once, for a browser',
    body: TOKEN_BODY,
    response: {
      204: { description: 'The cookie is set', type: 'null' },
      ...problems(400, 401, 403, 413, 415, 429),
    },
  };
  app.post<{ Body: TokenBody }>(
    '/session',
    { schema: opening, config: { open: true } },
    async ({ body, headers }, reply) => {
      const value = callers.sessionFor(body.token);
      if (value === undefined) {
        return sendProblem(
          reply,
          problemOf('noToken', {
            detail: callers.areNamed ? 'the token is unknown' : 'this server needs no token',
            field: 'token',
            allowed: 'the token of --http.token or --http.tokens',
          }),
        );
      }
      // Behind a proxy that speaks HTTPS this server hears of it by the page's origin alone.
      const secure = headers.origin?.startsWith('https:') === true;
      return reply
        .setCookie(SESSION_COOKIE, value, { ...common, secure, maxAge: SESSION_AGE })
        .code(204)
        .send();
    },
  );

  const asking = {
    operationId: 'session',
    summary: 'Who your token or cookie says you are',
    response: { 200: document('You', SESSION, EXAMPLES.session), ...problems(403, 429) },
  };
  app.get('/session', { schema: asking, config: { open: true } }, ({ caller }, reply) =>
    reply
      .type('application/json')
      .send({ caller: caller === '' ? null : caller, needs_token: callers.areNamed }),
  );

  const closing = {
    operationId: 'closeSession',
    summary: 'Forget the cookie',
    response: { 204: { description: 'The cookie is gone', type: 'null' }, ...problems(403, 429) },
  };
  app.delete('/session', { schema: closing, config: { open: true } }, async (_request, reply) =>
    reply.clearCookie(SESSION_COOKIE, common).code(204).send(),
  );
}
