/**
 * A batch of 100 leads over an open stream of libp2p, against JSON over HTTP. Client and server are
 * a process each, on loopback; the client asks with a small message, one request after the other.
 *
 * - *the line*: all that a node does: encrypted, acknowledged, decoded, its hash and both signatures
 *   looked at, each batch as if it were the first.
 * - *decoded*: frames on an open stream, the envelope decoded, as the JSON of the peer is parsed.
 * - *ready bytes*: the same, with the bytes left as they came.
 * - *a stream each*: the same as decoded, with a stream of its own for each request.
 *
 * The peer is fastify and undici, with a connection kept open, in the clear.
 */
import { fork } from 'node:child_process';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { Pool } from 'undici';
import { minutes, seconds, later, type Hotkey } from '../protocols/units.ts';
import { canonical, decodeEnvelope, isWireError } from '../protocols/wire.ts';
import { WallClock } from '../runtime/clock.ts';
import { FrameStream } from '../runtime/transport/frame-stream.ts';
import { readFrame } from '../runtime/transport/frames.ts';
import { openLibp2p } from '../runtime/transport/libp2p.ts';
import { openNode } from '../runtime/transport/node.ts';
import { Tallies } from '../runtime/transport/tally.ts';
import {
  ASKED,
  ASKING,
  CLIENT,
  directoryOf,
  forgetful,
  NETWORK,
  SEEDS,
  SERVER,
  UNBOUND,
} from './peers/hundred-leads.ts';
import { median, type Report, type Sides } from './report.ts';

export const name = 'transport';

export async function run(report: Report): Promise<void> {
  const p50 = { unit: 'µs', rounds: 5 };
  await report.compare({
    ...p50,
    title: 'decoded, p50',
    ours: 'decoded',
    peer: 'http',
    goal: { atMost: 2.2 },
  });
  await report.compare({
    ...p50,
    title: 'decoded, client CPU',
    ours: 'decodedCpu',
    peer: 'httpCpu',
    goal: { atMost: 1.3 },
  });
  await report.compare({
    ...p50,
    title: 'ready bytes, p50',
    ours: 'ready',
    peer: 'http',
    goal: { atMost: 1.3 },
  });
  await report.compare({
    ...p50,
    title: 'ready bytes, client CPU',
    ours: 'readyCpu',
    peer: 'httpCpu',
    goal: { atMost: 0.8 },
  });
  await report.compare({
    ...p50,
    title: 'an open stream against one each, p50',
    ours: 'decoded',
    peer: 'each',
    goal: { atLeast: 3 },
  });
  await report.compare({
    ...p50,
    title: 'the whole line with its signatures, p50',
    ours: 'line',
    peer: 'http',
  });
  await report.compare({
    ...p50,
    title: 'the whole line, client CPU',
    ours: 'lineCpu',
    peer: 'httpCpu',
  });
}

export const sides: Sides = {
  line: () => measured(byLine, 'p50'),
  lineCpu: () => measured(byLine, 'cpu'),
  decoded: () => measured(byStream(true), 'p50'),
  decodedCpu: () => measured(byStream(true), 'cpu'),
  ready: () => measured(byStream(false), 'p50'),
  readyCpu: () => measured(byStream(false), 'cpu'),
  each: () => measured(byStreamEach, 'p50'),
  http: () => measured(byHttp, 'p50'),
  httpCpu: () => measured(byHttp, 'cpu'),
};

/** Asks once, and has the answer. */
type Ask = () => Promise<unknown>;

const WARM_UP = 500;
const REQUESTS = 1_000;

/** The median of a request in µs, or the CPU time of this process for one. */
async function measured(open: () => Promise<Ask>, what: 'p50' | 'cpu'): Promise<number> {
  const ask = await open();
  for (let count = 0; count < WARM_UP; count++) await ask();
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let count = 0; count < REQUESTS; count++) {
    const began = performance.now();
    await ask();
    times.push((performance.now() - began) * 1_000);
  }
  const { user, system } = process.cpuUsage(before);
  return what === 'p50' ? median(times) : (user + system) / REQUESTS;
}

/** A server of its own; it ends with this process. */
async function serverPort(way: string, ...more: readonly string[]): Promise<number> {
  const child = fork(new URL('peers/batch-server.ts', import.meta.url), [way, ...more]);
  return await new Promise((resolve, reject) => {
    child.once('message', (port) => resolve(Number(port)));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function byHttp(): Promise<Ask> {
  const pool = new Pool(`http://127.0.0.1:${await serverPort('http')}`, { connections: 1 });
  const body = JSON.stringify({ want: { leads: 100 }, number: 1 });
  const headers = { 'content-type': 'application/json' };
  return async () => {
    const answer = await pool.request({ path: '/batch', method: 'POST', headers, body });
    const read = (await answer.body.json()) as { leads: unknown[] };
    if (read.leads.length !== 100) throw new Error('100 leads were asked for');
  };
}

async function byLine(): Promise<Ask> {
  const clock = new WallClock();
  const keyOf = async (seed: Uint8Array): Promise<Uint8Array> =>
    (await generateKeyPairFromSeed('Ed25519', seed)).publicKey.raw;
  const own = await keyOf(SEEDS.client);
  const port = await serverPort('line', Buffer.from(own).toString('hex'));
  const line = await openLibp2p({
    clock,
    notary: forgetful(),
    hotkey: CLIENT,
    seed: SEEDS.client,
    network: NETWORK,
    limits: UNBOUND,
    directory: directoryOf({
      [SERVER]: { peerKey: await keyOf(SEEDS.server), ip: '127.0.0.1', port },
      [CLIENT]: { peerKey: own, ip: '127.0.0.1', port: 9 },
    }),
  });
  let got: (() => void) | undefined;
  line.open(ASKING);
  line.inbox.subscribe(() => got?.());
  line.keep(SERVER, later(clock.now(), minutes(5)));
  let number = 0;
  return () =>
    new Promise<void>((resolve) => {
      got = resolve;
      const body = { pool: SERVER satisfies Hotkey, from: number, to: number++ };
      line.send({ kind: 'missing', from: ASKING, to: ASKED, sentAt: clock.now(), body });
    });
}

const byStream = (isDecoded: boolean) => async (): Promise<Ask> => {
  const open = await streams('ready');
  const ask = await open();
  return () => ask(isDecoded);
};

async function byStreamEach(): Promise<Ask> {
  const open = await streams('each');
  return async () => (await open())(true);
}

/** Opens a stream, on which to ask. */
async function streams(way: string): Promise<() => Promise<(isDecoded: boolean) => Promise<void>>> {
  const port = await serverPort(way);
  const clock = new WallClock();
  const node = await openNode({
    seed: SEEDS.client,
    limits: UNBOUND,
    mayDial: () => true,
    onConnection: () => undefined,
    onDisconnection: () => undefined,
    onStream: () => undefined,
  });
  const { publicKey } = await generateKeyPairFromSeed('Ed25519', SEEDS.server);
  const endpoint = { peerKey: publicKey.raw, ip: '127.0.0.1', port };
  const question = canonical(['missing', { want: { leads: 100 }, number: 1 }]);
  const tallies = new Tallies();
  return async () => {
    const { stream } = await node.dial(endpoint, AbortSignal.timeout(10_000));
    const frames = new FrameStream({ stream, clock, tallies, stallTime: seconds(20) });
    frames.max = 2 ** 21;
    let got: (bytes: Uint8Array) => void = () => undefined;
    frames.reader = { frame: (bytes) => got(bytes), closed: () => undefined };
    return async (isDecoded) => {
      const frame = await new Promise<Uint8Array>((resolve) => {
        got = resolve;
        frames.write(question);
      });
      const read = readFrame(frame);
      if (read?.is !== 'message') throw new Error('a message was asked for');
      if (isDecoded && isWireError(decodeEnvelope(read.bytes))) throw new Error('it is readable');
      if (way === 'each') frames.finish('closed');
    };
  };
}
