/**
 * The line between nodes on machines of their own, over libp2p.
 *
 *     send ──▶ seal ──▶ outbox of the addressee ──stream──▶ hearing ──▶ incoming, inbox
 *                          ▲         └── until acknowledged, or late ──┘
 *                          └── dial, by what the chain says of the hotkey
 *
 * Each side opens a stream of its own for what it sends, over whichever connection there is: who
 * cannot be dialled, a buyer, is reached over the one that it made. So two that dial one another at
 * once have two connections and a stream each way, and nobody has to give way.
 *
 * While no address is open, or nobody listens, this side answers nobody: what was sent to it waits
 * where it is, as it does while this node is off.
 */
import type { Connection } from '@libp2p/interface';
import { Subject, type Observable } from 'rxjs';
import { hotkeyOf, type Address, type Envelope } from '../../protocols/messages.ts';
import { invariant, type Hotkey, type Instant } from '../../protocols/units.ts';
import { MAX_ENVELOPE_BYTES } from '../../protocols/wire.ts';
import type { Clock, Loss, Notary, Outgoing } from '../host.ts';
import type { Statement } from '../identity/statement.ts';
import type { DurableTransport, Incoming, PeerDirectory } from '../live.ts';
import { LINE_VERSION, type Greeting, type NetworkName } from './frames.ts';
import { LatestStatements, type Doorkeeper } from './greeting.ts';
import type { Ends } from './hearing.ts';
import { LIMITS, type LineLimits, type PeerClass } from './limits.ts';
import { openNode, peerKeyOf, type Node, type NodeOptions } from './node.ts';
import { Receiving } from './receiving.ts';
import { Sending } from './sending.ts';
import { Strangers } from './strangers.ts';
import { Tallies, type Cut, type LineCounts } from './tally.ts';

export interface Libp2pOptions {
  readonly clock: Clock;
  readonly notary: Notary;
  /** The hotkey that this node speaks for. */
  readonly hotkey: Hotkey;
  /** 32 bytes: the seed of the ed25519 key that peers know this node by. */
  readonly seed: Uint8Array;
  /** Absent where this node only dials, as a buyer's does. Port 0 is a free one. */
  readonly listen?: { readonly ip: string; readonly port: number };
  readonly directory: PeerDirectory;
  readonly network: NetworkName;
  /** Of a hotkey that has announced no peer key; asked anew for each stream, so it may be renewed. */
  readonly statement?: () => Statement | undefined;
  /** What a hotkey is; where absent, who serves counts as a validator and anyone else as a buyer. */
  readonly classOf?: (hotkey: Hotkey) => PeerClass;
  /** Whether a message was dealt with in a former life of this node. */
  readonly isKnown?: (from: Address, name: string) => boolean;
  /** Whether an address that the chain names may be dialled; all may where absent. */
  readonly mayDial?: NodeOptions['mayDial'];
  /** Of an envelope, in bytes. */
  readonly maxBytes?: number;
  readonly limits?: Partial<LineLimits>;
}

export interface Libp2pLine extends DurableTransport {
  /** Undefined where this node only dials. */
  readonly listening: { readonly ip: string; readonly port: number } | undefined;
  /** 32 bytes, to be announced on chain. */
  readonly peerKey: Uint8Array;
  counts(): LineCounts;
  /** Stays in touch with a hotkey until an instant, so that it can answer a node that only dials. */
  keep(hotkey: Hotkey, until: Instant): void;
  /** Ends all streams and connections; what is not acknowledged is for its owner to send again. */
  shut(): Promise<void>;
}

/** Opens a line. Rejects where it cannot listen: the port is in use, the address is another's. */
export async function openLibp2p(options: Libp2pOptions): Promise<Libp2pLine> {
  const line = new Line(options);
  await line.start();
  return line;
}

class Line implements Libp2pLine {
  readonly #options: Libp2pOptions;
  readonly #limits: LineLimits;
  readonly #inbox = new Subject<Envelope>();
  readonly #incoming = new Subject<Incoming>();
  readonly #lost = new Subject<Loss>();
  readonly #finished = new Subject<string>();
  readonly #opened = new Set<Address>();
  readonly #tallies = new Tallies();
  readonly #strangers: Strangers<Connection>;
  readonly #receiving: Receiving;
  readonly #sending: Sending;
  #node: Node | undefined;

  constructor(options: Libp2pOptions) {
    this.#options = options;
    const { clock, notary, hotkey, directory, network, listen } = options;
    const { maxBytes = MAX_ENVELOPE_BYTES, isKnown = () => false } = options;
    const { classOf = (of) => (directory.endpointOf(of) === undefined ? 'buyer' : 'validator') } =
      options;
    const tallies = this.#tallies;
    const limits = (this.#limits = { ...LIMITS, ...options.limits });
    const strangers = new Strangers<Connection>(clock, limits, {
      end: (it, why) => this.#end(it, why),
      hold: (it) => this.#node?.hold(it),
      release: (it) => this.#node?.release(it),
    });
    this.#strangers = strangers;
    const door: Doorkeeper = { network, directory, notary, statements: new LatestStatements() };
    const shared = {
      clock,
      notary,
      self: hotkey,
      maxBytes,
      limits,
      tallies,
      door,
      greeting: () => this.#greeting(),
      isOpen: (address: Address) => this.#opened.has(address),
      deliver: (envelope: Envelope, name: string, ends: Ends) =>
        this.#deliver(envelope, name, ends),
      lose: (why: Loss['why'], about: Omit<Loss, 'why' | 'at'>) =>
        this.#lost.next({ why, at: clock.now(), ...about }),
    };
    this.#receiving = new Receiving({
      ...shared,
      strangers,
      classOf,
      isKnown,
      isAnyone: () => this.#isAnyone(),
      came: (from) => this.#sending.came(from),
    });
    this.#sending = new Sending({
      ...shared,
      onlyDials: listen === undefined,
      node: () => this.#node,
      visitor: (of) => this.#receiving.visitor(of),
      isHeard: ({ to }) => this.#isAnyone() && this.#opened.has(to),
      finished: (name) => this.#finished.next(name),
    });
  }

  async start(): Promise<void> {
    const { seed, listen, mayDial = () => true } = this.#options;
    this.#node = await openNode({
      seed,
      mayDial,
      limits: this.#limits,
      onStream: (stream, connection) => this.#receiving.onStream(stream, connection),
      onConnection: (connection) => this.#onConnection(connection),
      onDisconnection: (connection) => this.#strangers.leave(connection),
      onUnencrypted: () => (this.#tallies.unencrypted += 1),
      ...(listen === undefined ? {} : { listen }),
    });
  }

  get inbox(): Observable<Envelope> {
    return this.#inbox;
  }

  get incoming(): Observable<Incoming> {
    return this.#incoming;
  }

  get lost(): Observable<Loss> {
    return this.#lost;
  }

  get finished(): Observable<string> {
    return this.#finished;
  }

  get listening(): Libp2pLine['listening'] {
    return this.#node?.listening;
  }

  get peerKey(): Uint8Array {
    const key = this.#node?.peerKey;
    invariant(key !== undefined, 'a line is open once it has been given out');
    return key;
  }

  open(address: Address): void {
    const { hotkey } = this.#options;
    if (hotkeyOf(address) !== hotkey) throw new Error(`this node speaks for ${hotkey} alone`);
    this.#opened.add(address);
  }

  close(address: Address): void {
    // The last one gone, a message that comes must not be turned away for good: its actor may begin
    // again, here or in this node's next life.
    if (this.#opened.delete(address) && this.#opened.size === 0) this.#receiving.close();
  }

  send(envelope: Outgoing): void {
    this.#sending.send(envelope);
  }

  keep(hotkey: Hotkey, until: Instant): void {
    this.#sending.keep(hotkey, until);
  }

  counts(): LineCounts {
    const { refused, turnedAway, cut, throttled, ...numbers } = this.#tallies;
    return {
      ...numbers,
      ...this.#receiving.counts,
      ...this.#sending.counts,
      connections: this.#node?.connections ?? 0,
      strangers: this.#strangers.size,
      refused: refused.counts,
      turnedAway: turnedAway.counts,
      cut: cut.counts,
      throttled: throttled.counts,
    };
  }

  async shut(): Promise<void> {
    this.#opened.clear();
    this.#sending.close();
    this.#receiving.close();
    this.#strangers.close();
    const node = this.#node;
    this.#node = undefined;
    await node?.close();
  }

  #isAnyone(): boolean {
    return this.#opened.size > 0 && (this.#incoming.observed || this.#inbox.observed);
  }

  #deliver(envelope: Envelope, name: string, ends: Ends): void {
    // Where nobody says that he has it for good, whoever listens has it as soon as it is told.
    const isTaken = this.#incoming.observed;
    this.#incoming.next({ envelope, name, ...ends });
    this.#inbox.next(envelope);
    if (!isTaken) ends.done();
  }

  #greeting(): Greeting {
    const { network, hotkey, clock, statement } = this.#options;
    const said = statement?.();
    const own = { ...network, version: LINE_VERSION, hotkey, now: clock.now() };
    return said === undefined ? own : { ...own, statement: said };
  }

  #onConnection(connection: Connection): void {
    // Two that dial one another at once have two. Beyond that the oldest is likely dead.
    const all = this.#node?.connectionsTo(connection.remotePeer) ?? [];
    const [oldest] = all.filter((one) => one !== connection);
    if (all.length > MAX_CONNECTIONS_A_PEER && oldest !== undefined) this.#end(oldest, 'extra');
    if (connection.direction === 'outbound') return;
    const key = peerKeyOf(connection);
    const isKnown = key !== undefined && this.#options.directory.hotkeyOf(key) !== undefined;
    this.#strangers.add(connection, isKnown);
  }

  #end(connection: Connection, why: Cut): void {
    this.#tallies.cut.add(why);
    connection.abort(new Error(`the connection was cut: ${why}`));
  }
}

const MAX_CONNECTIONS_A_PEER = 2;
