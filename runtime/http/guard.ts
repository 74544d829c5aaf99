/**
 * Who is let in, before anything of a request is looked at but its head.
 *
 *     Host of this machine? ──▶ cross-site? ──▶ token, cookie, or a loopback server without tokens ──▶ caller
 *
 * A browser brings along what its user is allowed, whoever wrote the page: a cookie, or that it runs on
 * this machine. So what comes with a cookie, or with nothing because nothing is needed, must be
 * of this server's own pages; and a server that asks for no token answers to names of this machine
 * alone, for a page elsewhere could else have its own name resolve to 127.0.0.1.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DEFAULT_CALLER, type Callers } from './callers.ts';
import { problemOf, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once it is known. */
    caller: string;
  }
  interface FastifyContextConfig {
    /** Answered without a token: health, documents, pages without data. */
    open?: boolean;
    /** Of all that this node does, whoever asked for it: for the one token of `--http.token` alone. */
    operator?: boolean;
  }
}

export interface GuardOptions {
  readonly callers: Callers;
  /** What the server was told to listen on: a name by which it may be asked. */
  readonly host: string;
  /** The one foreign origin whose pages may ask, with a token. */
  readonly cors?: string;
}

export const SESSION_COOKIE = 'leadpoet_session';

/** Names of this machine; a port may stand behind. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/i;

export function guard(app: FastifyInstance, options: GuardOptions): void {
  const { callers, cors } = options;
  app.decorateRequest('caller', '');

  app.addHook('onRequest', async (request, reply) => {
    // What is nobody's is told to everybody.
    if (request.is404) return undefined;
    if (!callers.areNamed && !isOwnName(request.headers.host, options.host)) {
      return forbidden(reply, 'asked by a name that is not of this machine');
    }
    const bearer = bearerIn(request);
    if (bearer !== undefined && callers.areNamed) {
      const caller = callers.byToken(bearer);
      if (caller === undefined && !isOpen(request)) return noToken(reply, 'the token is unknown');
      request.caller = caller ?? '';
      return undefined;
    }
    // A preflight carries no token, and does nothing.
    if (request.method === 'OPTIONS') return undefined;
    const isInvited = cors !== undefined && request.headers.origin === cors;
    if (!isInvited && isForeign(request)) {
      return forbidden(reply, 'asked by a page of another site');
    }
    if (!callers.areNamed) {
      request.caller = DEFAULT_CALLER;
      return undefined;
    }
    const session = request.cookies[SESSION_COOKIE];
    const caller = session === undefined ? undefined : callers.bySession(session);
    if (caller === undefined && !isOpen(request)) {
      return noToken(reply, session === undefined ? 'there is none' : 'the session has ended');
    }
    request.caller = caller ?? '';
    return undefined;
  });
}

/** Callers by name see what is their own; who runs the node sees all of it. */
export function operatorsOnly(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ caller, routeOptions }, reply) => {
    if (routeOptions.config.operator !== true || caller === DEFAULT_CALLER) return undefined;
    return forbidden(
      reply,
      'what all callers do is for who runs this node: the token of --http.token',
    );
  });
}

const isOpen = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.open === true;

function bearerIn({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined) return undefined;
  // Another scheme is a token that nobody has.
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
}

/**
 * Browsers say whence a request comes; where an older one does not, its `Origin` does. A program says
 * neither, and brings nothing along that it was not given.
 */
function isForeign({ method, headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  // Somebody follows a link to a page of ours, which is to be seen and does nothing.
  if (method === 'GET' && headers['sec-fetch-mode'] === 'navigate') return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return URL.parse(origin)?.host !== host;
}

function isOwnName(host: string | undefined, bound: string): boolean {
  const name = (host ?? '').replace(/:\d{1,5}$/, '').toLowerCase();
  return LOOPBACK.test(name) || name === bound.toLowerCase();
}

export const isLoopback = (host: string): boolean => LOOPBACK.test(host) || host === '::1';

const forbidden = (reply: FastifyReply, detail: string): FastifyReply =>
  sendProblem(reply, problemOf('forbidden', { detail }));

const noToken = (reply: FastifyReply, why: string): FastifyReply =>
  sendProblem(
    reply.header('www-authenticate', 'Bearer realm="leadpoet"'),
    problemOf('noToken', {
      detail: `a token is needed here and ${why}: Authorization: Bearer TOKEN`,
      field: 'Authorization',
      allowed: 'Bearer and the token of --http.token or --http.tokens',
    }),
  );
