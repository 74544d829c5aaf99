/**
 * A receiver of webhooks on loopback that does to each post what a test says: it takes it, hangs, drips,
 * redirects, pours out bodies, or hangs up.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A post as it came. */
export interface Taken {
  readonly id: string;
  readonly signature: string;
  readonly body: Buffer;
  readonly path: string;
}

/** What becomes of a post: a status, or something worse. */
export type Manner = number | 'hang' | 'drip' | 'redirect' | 'pour' | 'hang up' | 'endless headers';

export interface Receiver {
  readonly url: string;
  /** All that came so far, whatever became of it. */
  readonly taken: readonly Taken[];
  close(): Promise<void>;
}

/** `manners` of the first, the second … post; the last of them of all that follow. */
export async function openReceiver(manners: readonly Manner[]): Promise<Receiver> {
  const taken: Taken[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    // A sender that hangs up is no trouble of ours.
    response.on('error', () => undefined);
    const pieces: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const manner = manners[Math.min(taken.length, manners.length - 1)] ?? 200;
      taken.push(takenOf(request, Buffer.concat(pieces)));
      behave(manner, response, timers);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    taken,
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const takenOf = ({ headers, url = '' }: IncomingMessage, body: Buffer): Taken => ({
  id: String(headers['leadpoet-event-id']),
  signature: String(headers['leadpoet-signature']),
  body,
  path: url,
});

function behave(manner: Manner, response: ServerResponse, timers: Set<NodeJS.Timeout>): void {
  const every = (work: () => void): void => {
    const timer = setInterval(work, 2);
    timers.add(timer);
    response.on('close', () => clearInterval(timer));
  };
  switch (manner) {
    case 'hang':
      return;
    case 'hang up':
      response.socket?.destroy();
      return;
    case 'redirect':
      response.writeHead(307, { location: '/elsewhere' }).end();
      return;
    case 'drip':
      // A status line that never ends.
      response.socket?.write('HTTP/1.1 200 OK\r\nx: ');
      every(() => response.socket?.write('x'));
      return;
    case 'endless headers':
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      every(() => response.socket?.write(`x: ${'x'.repeat(4_096)}\r\n`));
      return;
    case 'pour':
      response.writeHead(200);
      every(() => response.write(Buffer.alloc(262_144)));
      return;
    default:
      response.writeHead(manner).end('thank you');
  }
}
