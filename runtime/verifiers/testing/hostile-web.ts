/**
 * A web server for tests that does to its visitors what the path says: `/hang`, `/reset`, `/to?URL`.
 * It counts connections, so that one that nobody may visit can be shown to have had none.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface Place {
  readonly address?: string;
  /** Any that is free, where absent. */
  readonly port?: number;
  /** PEM: with them, https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface WebServer {
  readonly port: number;
  /** Connections so far, whatever came of them. */
  hits(): number;
  /** `METHOD path` of each request, in order. */
  readonly requests: readonly string[];
  /** Connections still open. */
  open(): number;
  /** Bytes sent so far, on the connections that are closed. */
  sent(): number;
  close(): void;
}

/** What a step of `/slow/3` takes, of which there are four. */
export const SLOW_MS = 150;
/** Longer than any test: a connection that has closed was closed by who came. */
const KEPT_MS = 600_000;
const KILOBYTE = 1_024;
const HEAD = 'HTTP/1.1 200 OK\r\n';

export async function startWebServer(place: Place = {}): Promise<WebServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let hits = 0;
  let sent = 0;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url}`);
    response.on('error', () => {});
    const [path = '', query = ''] = (request.url ?? '').split('?');
    behave(path, decodeURIComponent(query), request, response);
  };
  const server =
    place.tls === undefined ? createServer(handle) : createTlsServer(place.tls, handle);
  server.keepAliveTimeout = KEPT_MS;
  server.on('connection', (socket: Socket) => {
    hits++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sent += socket.bytesWritten;
      sockets.delete(socket);
    });
  });
  server.listen(place.port ?? 0, place.address ?? '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    requests,
    hits: () => hits,
    open: () => sockets.size,
    sent: () => sent,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function behave(
  path: string,
  query: string,
  { method, socket }: IncomingMessage,
  response: ServerResponse,
): void {
  const [, what = '', detail = ''] = path.split('/');
  const redirect = (to: string): void => {
    // As UTF-8, which Node would not send by itself and others do.
    const location = Buffer.from(to, 'utf8').toString('latin1');
    response.writeHead(302, { location }).end();
  };
  // These are about what comes behind the headers, so HEAD is sent on to GET.
  const isOfBody = ['flood', 'bomb', 'short', 'drip-body', 'cut'].includes(what);
  if (isOfBody && method === 'HEAD') return void response.writeHead(405).end();

  switch (what) {
    case 'ok':
      return void response.end('<html>here</html>');
    case 'status':
      return void response.writeHead(Number(detail)).end();
    // Another status for each method: `/by/403/200` is 403 to HEAD.
    case 'by':
      return void response.writeHead(Number(method === 'HEAD' ? detail : path.split('/')[3])).end();
    case 'no-head':
      return void (method === 'HEAD' ? socket.destroy() : response.end('here'));
    case 'garbled-head':
      return void (method === 'HEAD' ? socket.end('nonsense\r\n\r\n') : response.end('here'));
    case 'to':
      return redirect(query);
    case 'loop':
      return redirect(path);
    case 'chain':
      return redirect(Number(detail) > 1 ? `/chain/${Number(detail) - 1}` : '/ok');
    // Each step of the way takes its time, and none takes too long by itself.
    case 'slow':
      return void setTimeout(() => {
        if (detail === '0') response.end('here');
        else redirect(`/slow/${Number(detail) - 1}`);
      }, SLOW_MS);
    case 'nowhere':
      return void response.writeHead(302).end();
    case 'hang':
      return undefined;
    case 'reset':
      return void socket.resetAndDestroy();
    case 'garbage':
      return void socket.end('I am no web server\r\n\r\n');
    case 'head-body':
      return void socket.end(`${HEAD}content-length: 4\r\n\r\nbody and more`);
    case 'drip':
      socket.write(HEAD);
      return repeat(socket, 'x-a: b\r\n', 50);
    case 'headers':
      socket.write(HEAD);
      return pour(socket, `x-a: ${'a'.repeat(KILOBYTE)}\r\n`);
    case 'header':
      return void socket.write(`${HEAD}x-a: ${'a'.repeat(32 * KILOBYTE)}\r\n\r\n`);
    case 'interim':
      return pour(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
    case 'drip-body':
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      return repeat(socket, '1\r\nx\r\n', 50);
    case 'short':
      return void socket.end(`${HEAD}content-length: 1000000000000\r\n\r\nx`);
    case 'cut':
      return void socket.write(`${HEAD}content-length: 10\r\n\r\nx`, () => socket.destroy());
    case 'bomb':
      return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb());
    case 'flood':
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
      return pour(socket, `${(64 * KILOBYTE).toString(16)}\r\n${'x'.repeat(64 * KILOBYTE)}\r\n`);
    default:
      return void response.writeHead(404).end();
  }
}

const bomb = (): Buffer => gzipSync(Buffer.alloc(50 * KILOBYTE * KILOBYTE));

/** As fast as the other side takes it, for ever. */
function pour(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

/** A little every so many milliseconds, for ever. */
function repeat(socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on('close', () => clearInterval(timer));
}
