/** A peer that follows no rule but its own: it has a key, connections and streams, and writes bytes. */
import type { Connection, Stream } from '@libp2p/interface';
import type { Endpoint } from '../../live.ts';
import { framed, FrameReader } from '../framing.ts';
import { messageHead, readFrame, talk, type Frame, type Greeting } from '../frames.ts';
import { LIMITS } from '../limits.ts';
import { openNode, PROTOCOL, type Node } from '../node.ts';

export interface RawStream {
  readonly heard: Frame[];
  readonly isOver: () => boolean;
  /** Bytes as they are. */
  send(bytes: Uint8Array): void;
  greet(greeting: Greeting): void;
  message(name: string, bytes: Uint8Array): void;
  /** Whether what was sent has left, as far as the other takes it. */
  readonly isFull: () => boolean;
  /** Reads nothing more of what the other says. */
  readonly deafen: () => void;
}

export class RawPeer {
  readonly #node: Node;
  /** Connections in the order in which they were made. */
  readonly connections: Connection[] = [];

  private constructor(node: Node, connections: Connection[]) {
    this.#node = node;
    this.connections = connections;
  }

  static async open(seed: Uint8Array): Promise<RawPeer> {
    const connections: Connection[] = [];
    const node = await openNode({
      seed,
      limits: LIMITS,
      mayDial: () => true,
      onStream: (stream) => stream.abort(new Error('it hears nobody')),
      onConnection: (connection) => connections.push(connection),
      onDisconnection: () => undefined,
    });
    return new RawPeer(node, connections);
  }

  get peerKey(): Uint8Array {
    return this.#node.peerKey;
  }

  /** A stream of its own, over the connection that there is or a first one. */
  async stream(endpoint: Endpoint): Promise<RawStream> {
    const { stream } = await this.#node.dial(endpoint, AbortSignal.timeout(30_000));
    return rawStream(stream);
  }

  /** Another stream over the same connection. */
  async another(protocol: string = PROTOCOL): Promise<RawStream> {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error('there is no connection');
    return rawStream(await connection.newStream(protocol, { maxOutboundStreams: 100 }));
  }

  close(): Promise<void> {
    return this.#node.close();
  }
}

function rawStream(stream: Stream): RawStream {
  const heard: Frame[] = [];
  const reader = new FrameReader(2 ** 22, (bytes) => {
    const frame = readFrame(bytes);
    if (frame !== undefined) heard.push(frame);
  });
  let isOver = false;
  stream.addEventListener('message', ({ data }) => {
    for (const piece of data instanceof Uint8Array ? [data] : data) reader.push(piece);
  });
  stream.addEventListener('close', () => (isOver = true));
  stream.addEventListener('remoteCloseWrite', () => (isOver = true));
  const send = (bytes: Uint8Array): void => {
    if (stream.status === 'open') stream.send(bytes);
  };
  return {
    heard,
    send,
    isOver: () => isOver || stream.status !== 'open',
    greet: (greeting) => send(framed(talk({ is: 'hello', greeting }))),
    message: (name, bytes) => send(framed(messageHead(name), bytes)),
    isFull: () => stream.writableNeedsDrain,
    deafen: () => stream.pause(),
  };
}
