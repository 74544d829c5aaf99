/**
 * Asks one question over and over, on a few connections that stay open: what a server takes for an
 * answer, with as little of the asker's own as can be. Bytes are written as they were made once; of
 * an answer only its length is looked for.
 */
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: Buffer;
  readonly requests: number;
  readonly connections: number;
}

/** What never ends is a mistake, not a figure. */
const PATIENCE_MS = 120_000;

/** A request with a body, or none, as a client that stays would send it. */
export function requestOf(
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Buffer {
  const method = body === undefined ? 'GET' : 'POST';
  const all = {
    host: '127.0.0.1',
    accept: 'application/json',
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

/** Resolves with the milliseconds that all took; rejects where one was not answered with 200. */
export async function loaded({ port, request, requests, connections }: Load): Promise<number> {
  let left = requests;
  const take = (): boolean => left-- > 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: connections }, () => askingAgain(port, request, take)));
  return performance.now() - began;
}

function askingAgain(port: number, request: Buffer, take: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer came')));
    socket.on('error', reject);
    let got: Buffer = Buffer.alloc(0);
    const next = (): void => {
      if (take()) socket.write(request);
      else socket.end(resolve);
    };
    socket.on('connect', next);
    socket.on('data', (bytes: Buffer) => {
      got = got.length === 0 ? bytes : Buffer.concat([got, bytes]);
      const end = got.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = got.toString('latin1', 0, end);
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
      if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
        return void socket.destroy(new Error(`the answer was ${head.split('\r\n', 1)[0]}`));
      }
      if (got.length < end + 4 + Number(length)) return;
      got = Buffer.alloc(0);
      next();
    });
  });
}
