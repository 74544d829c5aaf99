/**
 * Stands in for Hunter on loopback: answers as Hunter is said to, counts who asked when, and does
 * what no provider should where a test tells it to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Instant } from '../../../protocols/units.ts';
import type { Clock } from '../../host.ts';

export type Answer =
  | { readonly status: number; readonly json?: unknown }
  /** 200, and this text as JSON. */
  | { readonly text: string; readonly type?: string }
  | { readonly redirect: string }
  | 'hang'
  /** Begins to answer and never ends. */
  | 'drip'
  | 'huge'
  | 'reset';

export interface Seen {
  readonly at: Instant;
  /** `/email-verifier`. */
  readonly path: string;
  readonly search: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly url: string;
  readonly body: string;
}

export interface HunterStandIn {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** What comes next on a path, before it answers as usual. */
  next(path: string, ...answers: readonly Answer[]): void;
  /** What it answers as usual; `data` of 404 is none. */
  usual(answer: (seen: Seen) => Answer): void;
  close(): Promise<void>;
}

export async function hunterStandIn(clock: Clock): Promise<HunterStandIn> {
  const seen: Seen[] = [];
  const scripts = new Map<string, Answer[]>();
  let usual: (one: Seen) => Answer = asUsual;

  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://stand-in');
      const one: Seen = {
        at: clock.now(),
        path: url.pathname.replace(/^\/v2/, ''),
        search: Object.fromEntries(url.searchParams),
        headers: request.headers,
        url: request.url ?? '',
        body: Buffer.concat(pieces).toString(),
      };
      seen.push(one);
      send(response, scripts.get(one.path)?.shift() ?? usual(one));
    });
  });
  // Longer than any test: it closes no connection just as it is asked something over it.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v2`,
    seen,
    next: (path, ...answers) => {
      scripts.set(path, [...(scripts.get(path) ?? []), ...answers]);
    },
    usual: (answer) => {
      usual = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const data = (value: unknown): Answer => ({ status: 200, json: { data: value } });

const asUsual = ({ path, search }: Seen): Answer =>
  path === '/email-verifier'
    ? data({ status: 'valid', email: search['email'] })
    : { status: 404, json: { errors: [{ id: 'not_found', code: 404 }] } };

function send(response: ServerResponse, answer: Answer): void {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.destroy();
    return;
  }
  if (answer === 'drip') {
    response.writeHead(200, json).write('{"data":');
    return;
  }
  if (answer === 'huge') {
    response.writeHead(200, json).end(`{"data":"${'x'.repeat(1_000_000)}"}`);
    return;
  }
  if ('redirect' in answer) {
    response.writeHead(302, { location: answer.redirect }).end();
    return;
  }
  if ('text' in answer) {
    response.writeHead(200, { 'content-type': answer.type ?? 'application/json' }).end(answer.text);
    return;
  }
  response.writeHead(answer.status, json).end(JSON.stringify(answer.json ?? {}));
}
