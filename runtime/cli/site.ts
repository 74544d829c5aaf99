/**
 * What a node finds where it is to run, tried out: files and their modes, a port, an address, room
 * on the disk, what time others have.
 */
import { constants, readFileSync } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Duration, Instant } from '../../protocols/units.ts';

export interface FileSeen {
  /** The permission bits: `0o600`. */
  readonly mode: number;
  readonly isFile: boolean;
  /** By who runs the doctor, who should be who runs the node. */
  readonly isReadable: boolean;
}

export interface Room {
  /** The directory that is there: itself, or the nearest above it. */
  readonly at: string;
  readonly bytes: number;
  readonly isWritable: boolean;
}

/** Trouble is told by its code: `ECONNREFUSED`. Nothing here takes longer than it is given. */
export interface Site {
  /** Undefined where there is none. Of a link it is its target that counts. */
  file(path: string): Promise<FileSeen | undefined>;
  /** Undefined where a connection stands in time. Nothing is sent over it. */
  connect(host: string, port: number, time: Duration): Promise<string | undefined>;
  /** Undefined where the port can be listened on; it is given back at once. */
  listen(ip: string, port: number): Promise<string | undefined>;
  room(directory: string): Promise<Room | undefined>;
  /** How many files and sockets this process may hold; undefined where the system does not say. */
  descriptors(): number | undefined;
  /** What time a host has, to the second, by its answer over TLS; undefined where it does not say. */
  timeAt(host: string, time: Duration): Promise<Instant | undefined>;
}

export const thisSite = (): Site => ({
  file: fileAt,
  connect: connected,
  listen: listened,
  room: roomAt,
  descriptors,
  timeAt,
});

async function fileAt(path: string): Promise<FileSeen | undefined> {
  try {
    const seen = await stat(path);
    const isReadable = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    return { mode: seen.mode & 0o777, isFile: seen.isFile(), isReadable };
  } catch (trouble) {
    if (codeOf(trouble) === 'ENOENT' || codeOf(trouble) === 'ENOTDIR') return undefined;
    return { mode: 0, isFile: false, isReadable: false };
  }
}

const codeOf = (trouble: unknown): string =>
  (trouble as NodeJS.ErrnoException | undefined)?.code ?? 'unknown trouble';

function connected(host: string, port: number, time: Duration): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (trouble: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(trouble);
    };
    // Resolving the name counts too, which a socket's own time-out does not.
    const timer = setTimeout(() => end('ETIMEDOUT'), time);
    socket.once('connect', () => end(undefined)).once('error', (error) => end(codeOf(error)));
  });
}

function listened(ip: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen({ host: ip, port, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}

async function roomAt(directory: string): Promise<Room | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    const isWritable = await access(directory, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    return { at: directory, bytes: bavail * bsize, isWritable };
  } catch (trouble) {
    // It will be made: what is above it says how much room there is.
    const above = dirname(directory);
    return codeOf(trouble) === 'ENOENT' && above !== directory ? roomAt(above) : undefined;
  }
}

function descriptors(): number | undefined {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

function timeAt(host: string, time: Duration): Promise<Instant | undefined> {
  return new Promise((resolve) => {
    const end = (instant: Instant | undefined): void => {
      clearTimeout(timer);
      asked.destroy();
      resolve(instant);
    };
    const asked = request({ host, method: 'HEAD', path: '/', agent: false, maxHeaderSize: 16_384 });
    const timer = setTimeout(() => end(undefined), time);
    asked
      .once('response', ({ headers }) => end(timeIn(headers)))
      .on('error', () => end(undefined))
      .end();
  });
}

/** When an answer was made and, where it lay in a cache, how long ago that was. */
export function timeIn({ date, age }: IncomingHttpHeaders): Instant | undefined {
  const made = Date.parse(date ?? '');
  const old = Number(age ?? 0);
  const now = made + old * 1_000;
  return Number.isNaN(now) || old < 0 ? undefined : (now as Instant);
}
