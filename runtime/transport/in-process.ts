/**
 * A line between the hosts of one process, on the clock that they share.
 *
 *     send ──▶ seal ──▶ (bytes) ──line──▶ (read) ──▶ whose it is, whose seals ──▶ inbox
 *
 * The line says of each message when it arrives: once and in order, unless it is a bad line that
 * loses, repeats and reorders.
 *
 * `wire`: bytes cross it, as over a network. `reference`: the sealed body itself crosses, at a tenth
 * of the cost, for runs of many days; its size is then judged by what it carries, which is never
 * more than its bytes would come to. What is checked is the same.
 */
import { Subject, type Observable } from 'rxjs';
import { hotkeyOf, type Address, type Envelope, type Kind } from '../../protocols/messages.ts';
import { hasGoodSeals, sealBody, type Check } from '../../protocols/seals.ts';
import { remembered } from '../../protocols/remembered.ts';
import { later, type Duration, type Instant } from '../../protocols/units.ts';
import { WIRE_KINDS, type WireKind } from '../../protocols/wire-schema.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  isWireError,
  MAX_ENVELOPE_BYTES,
} from '../../protocols/wire.ts';
import type { Clock, Loss, Notary, Outgoing, Transport } from '../host.ts';

export interface BusOptions {
  readonly clock: Clock;
  readonly notary: Notary;
  readonly codec: 'wire' | 'reference';
  /** How long a message is under way; `DELAY` where absent. The order of a pair is kept all the same. */
  readonly delay?: (from: Address, to: Address) => Duration;
  /** What becomes of each message, in place of `delay`. */
  readonly line?: Line;
  readonly maxBytes?: number;
}

/** The ways on which one message arrives, each of them once: none where it is lost. */
export type Line = (from: Address, to: Address) => readonly Way[];

export interface Way {
  readonly delay: Duration;
  /** It arrives when it arrives, before or after the others of its pair. */
  readonly outOfOrder?: true;
}

/** Above 0, so that time goes on while two actors do nothing but answer one another. */
export const DELAY = 1 as Duration;

/** What is under way: bytes to be read, or an envelope as it is. */
type Parcel = Uint8Array | Envelope;
type Why = Loss['why'];

export class InProcessBus {
  readonly clock: Clock;
  readonly notary: Notary;
  readonly pack: (envelope: Envelope) => Parcel | Why;
  readonly #line: Line;
  readonly #sides = new Map<Address, Side>();
  /** When the last message of a pair arrives, while one is under way. */
  readonly #lastArrivals = new Map<string, Instant>();

  constructor(options: BusOptions) {
    const { clock, notary, codec, delay = () => DELAY, maxBytes = MAX_ENVELOPE_BYTES } = options;
    const { line = (from, to) => [{ delay: delay(from, to) }] } = options;
    this.clock = clock;
    this.notary = notary;
    this.pack = codec === 'wire' ? (it) => packed(it, maxBytes) : (it) => weighed(it, maxBytes);
    this.#line = line;
  }

  /** A side of its own for a host. */
  transport(): Transport {
    return new Side(this);
  }

  /** Puts raw bytes on the line, as a peer may that follows no rule but its own; it can't but be `from`. */
  inject(to: Address, bytes: Uint8Array, from: Address): void {
    this.carry(bytes, from, to, (why) => this.#sides.get(to)?.lose(why, { from, to }));
  }

  /** The side that speaks as an address; undefined where none does. */
  sideOf(address: Address): Side | undefined {
    return this.#sides.get(address);
  }

  open(address: Address, side: Side): void {
    const holder = this.#sides.get(address);
    if (holder !== undefined && holder !== side) throw new Error(`${address} is in use`);
    this.#sides.set(address, side);
  }

  close(address: Address, side: Side): void {
    if (this.#sides.get(address) === side) this.#sides.delete(address);
  }

  carry(parcel: Parcel, from: Address, to: Address, undelivered: (why: Why) => void): void {
    const ways = this.#line(from, to);
    if (ways.length === 0) return undelivered('lost_on_the_line');

    const arrive = (): void => {
      const side = this.#sides.get(to);
      if (side === undefined || !side.isHeard) undelivered('unknown_address');
      else side.receive(parcel, from, to);
    };
    for (const { delay, outOfOrder } of ways) {
      const due = later(this.clock.now(), delay);
      if (outOfOrder) this.clock.at(due, arrive, from);
      else this.#arriveInOrder(`${from} ${to}`, due, arrive, from);
    }
  }

  #arriveInOrder(pair: string, due: Instant, arrive: () => void, from: Address): void {
    const arrival = Math.max(due, this.#lastArrivals.get(pair) ?? due) as Instant;
    this.#lastArrivals.set(pair, arrival);
    const task = (): void => {
      if (this.#lastArrivals.get(pair) === arrival) this.#lastArrivals.delete(pair);
      arrive();
    };
    this.clock.at(arrival, task, from);
  }
}

class Side implements Transport {
  readonly #bus: InProcessBus;
  readonly #inbox = new Subject<Envelope>();
  readonly #lost = new Subject<Loss>();
  readonly #check: Check;

  constructor(bus: InProcessBus) {
    this.#bus = bus;
    this.#check = (by, statement, signature) => bus.notary.check(by, statement, signature);
  }

  get inbox(): Observable<Envelope> {
    return this.#inbox;
  }

  get lost(): Observable<Loss> {
    return this.#lost;
  }

  get isHeard(): boolean {
    return this.#inbox.observed;
  }

  open(address: Address): void {
    this.#bus.open(address, this);
  }

  close(address: Address): void {
    this.#bus.close(address, this);
  }

  send({ kind, from, to, sentAt, body }: Outgoing): void {
    const undelivered = (why: Why): void => this.lose(why, { kind, from, to });
    if (this.#bus.sideOf(from) !== this) return undelivered('not_opened');

    const { notary } = this.#bus;
    // One notary may hold the keys of many: each speaks as itself, and signs for nobody else.
    const self = hotkeyOf(from);
    const sealed = sealBody(kind, body, (by, statement) =>
      by === self ? notary.sign(by, statement) : undefined,
    );
    if (sealed === undefined) return undelivered('not_opened');

    const parcel = this.#bus.pack({ kind, from, to, sentAt, body: sealed });
    if (typeof parcel === 'string') return undelivered(parcel);
    this.#bus.carry(parcel, from, to, undelivered);
  }

  receive(parcel: Parcel, from: Address, to: Address): void {
    const read = parcel instanceof Uint8Array ? decodeEnvelope(parcel) : parcel;
    if (isWireError(read)) return this.lose('malformed', { from, to });

    const { kind } = read;
    const isTheirs = read.from === from && read.to === to;
    if (!isTheirs || !hasGoodSeals(read, this.#check)) {
      return this.lose('forged', { kind, from, to });
    }
    this.#inbox.next(read);
  }

  lose(
    why: Why,
    about: { readonly kind?: Kind; readonly from: Address; readonly to: Address },
  ): void {
    this.#lost.next({ why, at: this.#bus.clock.now(), ...about });
  }
}

function packed(envelope: Envelope, maxBytes: number): Uint8Array | Why {
  try {
    const bytes = encodeEnvelope(envelope);
    return bytes.length > maxBytes ? 'oversized' : bytes;
  } catch {
    return 'malformed';
  }
}

function weighed(envelope: Envelope, maxBytes: number): Envelope | Why {
  // What a person asks of their own buyer is told to it at home and never travels.
  if (!isWireKind(envelope.kind)) return 'malformed';
  const { body, ...head } = envelope;
  return weightOf(head) + 1 + 'body'.length + weightOfBody(body) > maxBytes
    ? 'oversized'
    : envelope;
}

/** A settlement goes to sixty and is weighed once. */
const weightOfBody: (body: object) => number = remembered((body) => weightOf(body));

const isWireKind = (kind: Kind): kind is WireKind => (WIRE_KINDS as readonly Kind[]).includes(kind);

/** At most what the value comes to in bytes: its text and bytes, and one for each item. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length;
  if (value instanceof Uint8Array) return 1 + value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  if (Array.isArray(value)) {
    for (const inside of value) if (inside !== undefined) weight += weightOf(inside);
    return weight;
  }
  for (const key of Object.keys(value)) {
    const inside = (value as Readonly<Record<string, unknown>>)[key];
    if (inside !== undefined) weight += 1 + key.length + weightOf(inside);
  }
  return weight;
}
