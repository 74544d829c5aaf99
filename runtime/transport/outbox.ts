/**
 * What is on its way to one peer: each message stands here from when it was sent until the other has
 * it for good, or it is of no use any more. In the order of sending, which is the order in which all
 * of it goes out again after the stream was lost.
 *
 *     add ──▶ waiting ──next──▶ under way ──ack, drop──▶ gone
 *                ▲                  │          late ──▶ gone
 *                └──── rewind ──────┘
 */
import type { Address, Kind } from '../../protocols/messages.ts';
import type { Instant } from '../../protocols/units.ts';

export interface Parcel {
  readonly name: string;
  readonly kind: Kind;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
  /** The last instant at which it is of use. */
  readonly until: Instant;
}

/**
 * A pool sends a peer a settlement, a proposal and some reports of each query: 1 024 are those of a
 * hundred queries. The receiver remembers as many names, so that none comes in twice.
 */
export const MAX_PARCELS = 1_024;
/** Four of the largest deliveries, or 300 batches. Reached by who is away while much is sent to it. */
export const MAX_OUTBOX_BYTES = 8_388_608;

/** What a message weighs while it is under way: small ones cost more than their bytes to hold. */
export const costOf = (bytes: number): number => bytes + 1_024;

export class Outbox {
  /** Bytes of all that stand here. */
  bytes = 0;
  /** What is under way costs so much. */
  underWay = 0;
  /** By name, each in the order of sending. What was sent first goes out first: `#sent` is older. */
  #sent = new Map<string, Parcel>();
  #waiting = new Map<string, Parcel>();

  get size(): number {
    return this.#sent.size + this.#waiting.size;
  }

  has(name: string): boolean {
    return this.#sent.has(name) || this.#waiting.has(name);
  }

  /** False where there is no room, and it is not kept. */
  add(parcel: Parcel): boolean {
    const bytes = this.bytes + parcel.bytes.length;
    if (this.size >= MAX_PARCELS || bytes > MAX_OUTBOX_BYTES) return false;
    this.#waiting.set(parcel.name, ownBytes(parcel));
    this.bytes = bytes;
    return true;
  }

  /** The first that waits; undefined where none does. */
  next(): Parcel | undefined {
    const [first] = this.#waiting.values();
    return first;
  }

  /** The first that waits is under way from now on. */
  send(parcel: Parcel): void {
    this.#waiting.delete(parcel.name);
    this.#sent.set(parcel.name, parcel);
    this.underWay += costOf(parcel.bytes.length);
  }

  /** Takes one out, whatever became of it; undefined where it does not stand here. */
  take(name: string): Parcel | undefined {
    const sent = this.#sent.get(name);
    const parcel = sent ?? this.#waiting.get(name);
    if (parcel === undefined) return undefined;
    this.bytes -= parcel.bytes.length;
    if (sent === undefined) this.#waiting.delete(name);
    else {
      this.#sent.delete(name);
      this.underWay -= costOf(parcel.bytes.length);
    }
    return parcel;
  }

  /** The stream is lost: all of it waits again. Says how many were under way. */
  rewind(): number {
    const count = this.#sent.size;
    this.#waiting = new Map([...this.#sent, ...this.#waiting]);
    this.#sent = new Map();
    this.underWay = 0;
    return count;
  }

  /** Takes out what is of no use any more. */
  takeLate(now: Instant): readonly Parcel[] {
    const late = this.#all().filter(({ until }) => until < now);
    for (const { name } of late) this.take(name);
    return late;
  }

  /** The first instant at which something here is of no use any more; undefined where it is empty. */
  soonest(): Instant | undefined {
    let soonest: Instant | undefined;
    for (const { until } of this.#all()) {
      if (soonest === undefined || until < soonest) soonest = until;
    }
    return soonest;
  }

  #all(): readonly Parcel[] {
    return [...this.#sent.values(), ...this.#waiting.values()];
  }
}

/**
 * What was just written is a piece of a block of 64 KiB that Node hands out in pieces: one short message
 * that waits for an hour would keep all of it (`bench/attacks.ts`).
 */
const ownBytes = (parcel: Parcel): Parcel =>
  parcel.bytes.length === parcel.bytes.buffer.byteLength
    ? parcel
    : { ...parcel, bytes: new Uint8Array(parcel.bytes) };
