import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Connection, Stream } from '@libp2p/interface';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from './limits.ts';
import { openNode, type Node, type NodeOptions } from './node.ts';
import { turn, until } from './testing/network.ts';

describe('a stream between two nodes', () => {
  it('takes one write for a question and one for its answer, though it is a whole batch', async () => {
    const { asking, answering } = await pair();
    const answer = new Uint8Array(30_000).fill(7);
    let bytes = 0;
    answering.addEventListener('message', () => answering.send(answer));
    asking.addEventListener('message', ({ data }) => (bytes += data.byteLength));
    const before = { ...writes };

    for (let asked = 1; asked <= ROUNDS; asked++) {
      asking.send(new Uint8Array(40).fill(1));
      await until(() => bytes === asked * answer.length);
    }

    // Beside these, half of a window is granted once in five answers, and a ping may come.
    const most = ROUNDS * 1.3;
    expect(writes.dialled - before.dialled).toBeLessThan(most);
    expect(writes.accepted - before.accepted).toBeLessThan(most);
  });

  it('carries what is many times its window, also to who reads nothing until that is full', async () => {
    const { asking, answering } = await pair();
    const whole = Buffer.alloc(2_000_000, 'leads of a large delivery');
    const pieces: Buffer[] = [];
    let came = 0;
    answering.addEventListener('message', ({ data }) => {
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        pieces.push(Buffer.from(piece));
        came += piece.length;
      }
    });

    answering.pause();
    asking.send(whole);
    // What was said before has taken a few bytes of it.
    await until(() => answering.readBufferLength > WINDOW - 200);
    answering.resume();
    await until(() => came >= whole.length);

    expect(Buffer.concat(pieces).equals(whole)).toBe(true);
  });

  it('is read a piece at a time while its connection is held, and freely once it is released', async () => {
    let came: Connection | undefined;
    const { asking, answering, server } = await pair((connection, victim) => {
      came = connection;
      victim()?.hold(connection);
    });
    const paused: boolean[] = [];
    answering.addEventListener('message', () => paused.push(accepted?.isPaused() === true));
    asking.send(Uint8Array.of(1));
    await until(() => paused.length === 1);
    if (came !== undefined) server.release(came);
    asking.send(Uint8Array.of(2));
    await until(() => paused.length === 2);
    expect(paused).toEqual([true, false]);
  });
});

describe('a node', () => {
  it('keeps no record of who is gone', async () => {
    const { server, client } = await pair();
    expect(await server.remembered()).toBe(1);
    await client.close();
    while ((await server.remembered()) > 0) await turn();
    expect(server.connections).toBe(0);
  });

  it('keeps no record of whom it could not reach', async () => {
    const [server, client] = [await serving(), await node(1)];
    const endpoint = endpointOf(server);
    await server.close();
    await expect(client.dial(endpoint, AbortSignal.timeout(30_000))).rejects.toThrow(
      'ECONNREFUSED',
    );
    while ((await client.remembered()) > 0) await turn();
    expect(client.connections).toBe(0);
  });
});

const serving = (): Promise<Node> => node(2, { listen: { ip: '127.0.0.1', port: 0 } });
const endpointOf = (server: Node) => ({
  peerKey: server.peerKey,
  ip: '127.0.0.1',
  port: server.listening?.port ?? 0,
});

const ROUNDS = 40;
const WINDOW = 262_144;

/** How often sockets of this process were written to. */
const writes = { dialled: 0, accepted: 0 };
/** The last that came in. */
let accepted: Socket | undefined;
const watched = (side: keyof typeof writes) => (message: unknown) => {
  const { socket } = message as { readonly socket: Socket };
  if (side === 'accepted') accepted = socket;
  const write = socket.write.bind(socket);
  socket.write = (bytes: string | Uint8Array) => {
    writes[side] += 1;
    return write(bytes);
  };
};
const [onDialled, onAccepted] = [watched('dialled'), watched('accepted')];
const ends: (() => unknown)[] = [];
beforeEach(() => {
  subscribe('net.client.socket', onDialled);
  subscribe('net.server.socket', onAccepted);
});
afterEach(async () => {
  unsubscribe('net.client.socket', onDialled);
  unsubscribe('net.server.socket', onAccepted);
  for (const end of ends.splice(0)) await end();
});

/** A stream from one to the other, at both of its ends. */
async function pair(
  onConnection: (connection: Connection, server: () => Node | undefined) => void = () => undefined,
): Promise<{
  readonly asking: Stream;
  readonly answering: Stream;
  readonly server: Node;
  readonly client: Node;
}> {
  let answering: Stream | undefined;
  let listening: Node | undefined;
  const server = await node(2, {
    listen: { ip: '127.0.0.1', port: 0 },
    onStream: (stream) => {
      stream.addEventListener('message', () => (answering ??= stream), { once: true });
    },
    onConnection: (connection) => onConnection(connection, () => listening),
  });
  listening = server;
  const client = await node(1);
  const { stream } = await client.dial(endpointOf(server), AbortSignal.timeout(30_000));
  // With the first that is said on it, both sides have it.
  stream.send(Uint8Array.of(0));
  await until(() => answering !== undefined);
  if (answering === undefined) throw new Error('it is there');
  return { asking: stream, answering, server, client };
}

async function node(seed: number, more: Partial<NodeOptions> = {}): Promise<Node> {
  const one = await openNode({
    seed: new Uint8Array(32).fill(seed),
    limits: LIMITS,
    mayDial: () => true,
    onStream: () => undefined,
    onConnection: () => undefined,
    onDisconnection: () => undefined,
    ...more,
  });
  ends.push(() => one.close());
  return one;
}
