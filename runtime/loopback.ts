/**
 * An HTTP server for this machine alone.
 *
 * It listens on 127.0.0.1, and answers names of this machine only: a page in a browser could else
 * reach it under a name of its own. Who connects is held to bounds, and to a few seconds.
 */
import fastify, { type FastifyInstance } from 'fastify';
import { seconds, type Duration } from '../protocols/units.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import { problem } from './problem.ts';

const HOST = '127.0.0.1';
/** By what names it is asked; the port may stand behind. */
const HOSTS = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** Scrapers and probes, and some browsers with six sockets each: whoever opens more waits for nobody. */
const MOST_CONNECTIONS = 64;
/** A browser sends what cookies other servers of this machine have set. */
const MOST_HEADER_BYTES = 16_384;
/** Who asks is on this machine. */
const PATIENCE = seconds(5);
const MOST_PATH = 64;

/**
 * It takes no bodies but where a route says so. By `patience` a request has come in whole, and an idle
 * connection is closed.
 */
export function loopbackServer(patience: Duration = PATIENCE): FastifyInstance {
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
  return app;
}

export interface Loopback {
  readonly port: number;
  /** `http://127.0.0.1:9100`. */
  readonly url: string;
}

/**
 * Rejects with a `UsageError` for no port, with a `WorldError` for one that is taken; the server is
 * closed then. 0: a free one.
 */
export async function listenOn(
  app: FastifyInstance,
  port: number,
  flag: string,
): Promise<Loopback> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError({
      field: flag,
      came: String(port),
      allowed: 'a whole number, 0 to 65535; 0 for a free one',
    });
  }
  try {
    await app.listen({ host: HOST, port });
  } catch (cause) {
    await app.close();
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${code ?? 'unknown'})`;
    throw new WorldError(
      `port ${port} of ${HOST} ${why}: name another with ${flag}, or 0 for a free one`,
      { cause },
    );
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return { port: bound, url: `http://${HOST}:${bound}` };
}
