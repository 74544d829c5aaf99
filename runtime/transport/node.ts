/**
 * A libp2p node as a line needs it: TCP, Noise, yamux, one protocol, and every limit stated. Peers
 * are found by the chain, so there is neither discovery nor any service that answers strangers.
 */
import { noise } from '@chainsafe/libp2p-noise';
import { generateKeyPairFromSeed, publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection, Libp2p, MultiaddrConnection, PeerId, Stream } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { Instant } from '../../protocols/units.ts';
import type { Endpoint } from '../live.ts';
import { CLASSES, type LineLimits } from './limits.ts';
import { Doorstep } from './doorstep.ts';
import { inOneWrite } from './one-write.ts';
import { seldomGranting } from './seldom-granting.ts';
import { Turnstile } from './turnstile.ts';

export const PROTOCOL = '/leadpoet/messages/1';

export interface NodeOptions {
  /** 32 bytes: the seed of the ed25519 key that peers know this node by. */
  readonly seed: Uint8Array;
  /** Absent where this node is not to be dialled. Port 0 is a free one. */
  readonly listen?: { readonly ip: string; readonly port: number };
  readonly limits: LineLimits;
  /** Whether an address may be dialled: the chain says what strangers wrote there. */
  readonly mayDial: (endpoint: Endpoint) => boolean;
  readonly onStream: (stream: Stream, connection: Connection) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly onDisconnection: (connection: Connection) => void;
  /** Is told of each socket that came in and was closed before it had proven a key, or was not let in. */
  readonly onUnencrypted?: () => void;
}

export interface Node {
  readonly peerKey: Uint8Array;
  readonly listening: { readonly ip: string; readonly port: number } | undefined;
  readonly connections: number;
  /** How many peers libp2p keeps a record of: those that are connected, and hardly another. */
  remembered(): Promise<number>;
  connectionsTo(peer: PeerId): readonly Connection[];
  /** A stream to whoever serves there, over a connection that there is or one that is made. */
  dial(endpoint: Endpoint, signal: AbortSignal): Promise<Road>;
  /** A stream to a peer that has a connection to us. */
  reach(peer: PeerId, signal: AbortSignal): Promise<Road>;
  /**
   * Its peer has not said who it is: what it sends is read as a stranger's. Of those that came in, and
   * those alone; before `onConnection` all are, after it those that were held within.
   */
  hold(connection: Connection): void;
  /** Its peer has. */
  release(connection: Connection): void;
  close(): Promise<void>;
}

/** A stream, and the peer key that is proven to be at its other end. */
export interface Road {
  readonly stream: Stream;
  readonly peerKey: Uint8Array;
}

/** Sees to it that what went away without a word is noticed: a machine without power says nothing. */
const PING_MS = 30_000;
/** A connection without any byte for two pings is gone. */
const INACTIVITY_MS = 2 * PING_MS + 5_000;
/** The least that yamux allows; what one stream may send before it is read, and no more than that. */
const STREAM_WINDOW = 262_144;
/** One a direction, one that takes its place, and a ping. */
const STREAMS = 4;

/** Throws where the port is in use, or the address is none of this machine's. */
export async function openNode(options: NodeOptions): Promise<Node> {
  const { seed, listen, limits, mayDial, onStream, onConnection, onDisconnection } = options;
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed);
  const places = CLASSES.reduce((sum, name) => sum + limits.classes[name].places, limits.strangers);
  // A peer has two where both dialled at once.
  const most = 2 * places;
  const streamOptions = {
    initialStreamWindowSize: STREAM_WINDOW,
    maxStreamWindowSize: STREAM_WINDOW,
    maxReadBufferLength: 2 * STREAM_WINDOW,
  };
  /** Sockets that have not proven a key; to be called once they have. */
  const pending = new WeakMap<object, () => void>();
  /** By what a connection and its socket have in common: the times of both, one object. */
  const sockets = new WeakMap<object, MultiaddrConnection>();
  const onUnencrypted = options.onUnencrypted ?? ((): void => undefined);
  const doorstep = new Doorstep(limits, () => Date.now() as Instant, onUnencrypted);
  const turnstile = new Turnstile();
  const node = await createLibp2p({
    privateKey,
    start: false,
    addresses: { listen: listen === undefined ? [] : [addressText(listen)] },
    transports: [
      tcp({
        maxConnections: most,
        inboundSocketInactivityTimeout: INACTIVITY_MS,
        outboundSocketInactivityTimeout: INACTIVITY_MS,
        dialOpts: { noDelay: true },
        listenOpts: listenOptions(doorstep),
      }),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [
      seldomGranting(STREAM_WINDOW, {
        maxInboundStreams: STREAMS,
        maxOutboundStreams: STREAMS,
        maxEarlyStreams: STREAMS,
        streamOptions,
      }),
    ],
    connectionManager: {
      maxConnections: most,
      // The doorstep counts these, before there is anything to refuse.
      maxIncomingPendingConnections: Infinity,
      inboundConnectionThreshold: Infinity,
      inboundUpgradeTimeout: limits.upgradeTime,
      inboundStreamProtocolNegotiationTimeout: limits.upgradeTime,
      outboundStreamProtocolNegotiationTimeout: limits.stallTime,
      dialTimeout: limits.stallTime,
      // Who is to be tried again, and when, is decided above.
      reconnectRetries: 0,
    },
    connectionMonitor: { enabled: true, pingInterval: PING_MS },
    connectionGater: {
      denyOutboundConnection: (_peer, socket) => {
        inOneWrite(socket);
        return false;
      },
      denyInboundConnection: (socket) => {
        inOneWrite(socket);
        turnstile.hold(socket);
        const leave = doorstep.enter();
        let isPending = true;
        pending.set(socket, () => {
          isPending = false;
          leave();
        });
        const onClose = (): void => {
          if (isPending) onUnencrypted();
          leave();
        };
        socket.addEventListener('close', onClose, { once: true });
        return false;
      },
      denyInboundEncryptedConnection: (peer, socket) => {
        pending.get(socket)?.();
        sockets.set(socket.timeline, socket);
        // A key of another make proves no peer key of ours.
        return peer.type !== 'Ed25519';
      },
    },
  });
  const held = new WeakSet<object>();
  node.addEventListener('connection:open', ({ detail }) => {
    onConnection(detail);
    const socket = sockets.get(detail.timeline);
    if (socket !== undefined && !held.has(socket)) turnstile.release(socket);
  });
  node.addEventListener('connection:close', ({ detail }) => onDisconnection(detail));
  // libp2p would keep a record of everyone who ever came, for dialling that we do by the chain alone.
  const forget = (peer: PeerId): void => void node.peerStore.delete(peer).catch(() => undefined);
  node.addEventListener('peer:disconnect', ({ detail }) => forget(detail));
  await node.handle(PROTOCOL, onStream, {
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    runOnLimitedConnection: false,
  });
  try {
    await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return {
    peerKey: privateKey.publicKey.raw,
    listening: listen === undefined ? undefined : { ip: listen.ip, port: portOf(node) },
    get connections() {
      return node.getConnections().length;
    },
    remembered: async () => (await node.peerStore.all()).length,
    connectionsTo: (peer) => node.getConnections(peer),
    dial: (endpoint, signal) => {
      if (!mayDial(endpoint)) throw new Error('this address is not to be dialled');
      const peer = peerIdFromPublicKey(publicKeyFromRaw(endpoint.peerKey));
      const address = multiaddr(`${addressText(endpoint)}/p2p/${peer.toString()}`);
      const dialled = node.dial(address, { signal });
      // One that was never connected is never gone either.
      dialled.catch(() => {
        if (node.getConnections(peer).length === 0) forget(peer);
      });
      return roadOver(dialled, signal);
    },
    hold: ({ timeline }) => {
      const socket = sockets.get(timeline);
      if (socket === undefined) return;
      held.add(socket);
      turnstile.hold(socket);
    },
    release: ({ timeline }) => {
      const socket = sockets.get(timeline);
      if (socket !== undefined) turnstile.release(socket);
    },
    reach: (peer, signal) => roadOver(node.dial(peer, { signal }), signal),
    close: async () => {
      turnstile.close();
      await node.stop();
    },
  };
}

async function roadOver(dialled: Promise<Connection>, signal: AbortSignal): Promise<Road> {
  const connection = await dialled;
  const stream = await connection.newStream(PROTOCOL, { signal });
  const peerKey = peerKeyOf(connection);
  if (peerKey === undefined) throw new Error('the peer key is of another make');
  return { stream, peerKey };
}

/** The key that Noise has proven; undefined where it is of another make. */
export function peerKeyOf({ remotePeer }: Connection): Uint8Array | undefined {
  return remotePeer.type === 'Ed25519' ? remotePeer.publicKey.raw : undefined;
}

/** Node's own option beside those that libp2p names; it gives the server all of them. */
function listenOptions(blockList: Doorstep): { readonly noDelay: true; blockList: Doorstep } {
  return { noDelay: true, blockList };
}

const addressText = ({ ip, port }: { readonly ip: string; readonly port: number }): string =>
  `/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/tcp/${port}`;

function portOf(node: Libp2p): number {
  for (const address of node.getMultiaddrs()) {
    const port = /\/tcp\/(\d+)/.exec(address.toString())?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('the node listens nowhere');
}
