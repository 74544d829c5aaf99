/**
 * All that we send: signed, written down in bytes, and handed to its addressee's outbox, or to our
 * own side where it is for us.
 *
 * Whatever was handed to `send` ends in `finished`, once, under its name.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { PeerId } from '@libp2p/interface';
import { hotkeyOf, type Address, type Envelope, type Kind } from '../../protocols/messages.ts';
import { sealBody } from '../../protocols/seals.ts';
import { later, minutes, type Duration, type Hotkey, type Instant } from '../../protocols/units.ts';
import { WIRE_KINDS } from '../../protocols/wire-schema.ts';
import { encodeEnvelope } from '../../protocols/wire.ts';
import type { Cancel, Clock, Loss, Notary, Outgoing } from '../host.ts';
import { Addressee, type Sender } from './addressee.ts';
import type { Greeting } from './frames.ts';
import { welcome, type Doorkeeper, type Proof } from './greeting.ts';
import { SHARE, type LineLimits } from './limits.ts';
import type { Node, Road } from './node.ts';
import type { Parcel } from './outbox.ts';
import type { Tallies } from './tally.ts';
import { usefulUntil } from './useful-until.ts';

/** What sending needs of the line that it belongs to. */
export interface Dispatcher {
  readonly clock: Clock;
  readonly notary: Notary;
  readonly self: Hotkey;
  readonly maxBytes: number;
  readonly limits: LineLimits;
  readonly tallies: Tallies;
  readonly door: Doorkeeper;
  readonly onlyDials: boolean;
  node(): Node | undefined;
  greeting(): Greeting;
  isOpen(address: Address): boolean;
  /** The peer that speaks for a hotkey over a connection that it made. */
  visitor(hotkey: Hotkey): PeerId | undefined;
  /** Hands a message of ours to our own side. */
  deliver(envelope: Envelope, name: string, ends: { readonly done: () => void }): void;
  isHeard(envelope: Envelope): boolean;
  lose(why: Loss['why'], about: { kind: Kind; from: Address; to: Address }): void;
  finished(name: string): void;
}

/** Peers that something waits for: all neurons of a subnet and as many buyers as have places, twice. */
const MAX_ADDRESSEES = 1_024;
/** How long a node that only dials stays in touch after its last word: three attempts at a query. */
const IN_TOUCH: Duration = minutes(30);

export class Sending {
  readonly #dispatcher: Dispatcher;
  readonly #addressees = new Map<Hotkey, Addressee>();
  readonly #sender: Sender;
  /** Names of this life begin with it: no other life of this node draws the same. */
  readonly #life = randomBytes(12).toString('base64url');
  readonly #local = new Map<string, Cancel>();
  #count = 0;
  #bytes = 0;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    const { clock, tallies, limits } = dispatcher;
    this.#sender = {
      clock,
      tallies,
      limits,
      chance: () => randomInt(1_000_000) / 1_000_000,
      wayTo: (hotkey) => this.#wayTo(hotkey),
      greeting: () => dispatcher.greeting(),
      accept: (greeting, peerKey, hotkey) => this.#accept(greeting, peerKey, hotkey),
      finished: (parcel, how, isInTouch) => this.#onFinished(parcel, how, isInTouch),
      idle: (addressee) => this.#forget(addressee),
    };
  }

  get counts(): {
    readonly telling: number;
    readonly opening: number;
    readonly waiting: number;
    readonly waitingBytes: number;
    readonly unreachable: number;
  } {
    let [telling, opening, waiting, unreachable] = [0, 0, this.#local.size, 0];
    for (const { isInTouch, isTrying, outbox } of this.#addressees.values()) {
      if (isInTouch) telling += 1;
      if (isTrying) opening += 1;
      waiting += outbox.size;
      if (!isInTouch && !isTrying) unreachable += outbox.size;
    }
    return { telling, opening, waiting, waitingBytes: this.#bytes, unreachable };
  }

  send({ kind, from, to, sentAt, body, name = this.#newName() }: Outgoing): void {
    const { notary, self, maxBytes } = this.#dispatcher;
    const about = { kind, from, to };
    if (!this.#dispatcher.isOpen(from)) return this.#lose('not_opened', about, name);
    // A kind that does not travel is for this node's own ears; it does not come by a line.
    if (!(WIRE_KINDS as readonly Kind[]).includes(kind)) {
      return this.#lose('malformed', about, name);
    }
    const sealed = sealBody(kind, body, (by, statement) =>
      by === self ? notary.sign(by, statement) : undefined,
    );
    if (sealed === undefined) return this.#lose('not_opened', about, name);

    const envelope: Envelope = { kind, from, to, sentAt, body: sealed };
    const bytes = bytesOf(envelope);
    if (bytes === undefined) return this.#lose('malformed', about, name);
    if (bytes.length > maxBytes) return this.#lose('oversized', about, name);
    if (hotkeyOf(to) === self) return this.#toOurselves(envelope, name);

    // A kind says what its body is.
    const until = usefulUntil(envelope as Parameters<typeof usefulUntil>[0]);
    this.#dispatch({ name, kind, from, to, bytes, until });
  }

  /** Stays in touch with a hotkey until an instant. */
  keep(hotkey: Hotkey, until: Instant): void {
    this.#addressee(hotkey)?.keep(until);
  }

  /** A peer has come by itself. */
  came(hotkey: Hotkey): void {
    this.#addressees.get(hotkey)?.comesBack();
  }

  close(): void {
    for (const cancel of this.#local.values()) cancel();
    for (const addressee of this.#addressees.values()) addressee.close();
  }

  #dispatch(parcel: Parcel): void {
    const { clock, onlyDials } = this.#dispatcher;
    const { to, name, bytes } = parcel;
    const addressee = this.#addressee(hotkeyOf(to));
    // The same name stands there already: it is on its way.
    if (addressee?.outbox.has(name) === true) return;
    if (addressee === undefined || !this.#hasRoom(addressee, bytes) || !addressee.add(parcel)) {
      return this.#lose('overflow', parcel, name);
    }
    this.#bytes += bytes.length;
    if (onlyDials) addressee.keep(later(clock.now(), IN_TOUCH));
  }

  /** A few who take nothing may fill all there is for all, and everyone else has a share still. */
  #hasRoom({ outbox }: Addressee, { length }: Uint8Array): boolean {
    const { waiting } = this.#dispatcher.limits;
    return this.#bytes + length <= waiting || outbox.bytes + length <= SHARE;
  }

  #toOurselves(envelope: Envelope, name: string): void {
    if (this.#local.has(name)) return;
    const { clock } = this.#dispatcher;
    const cancel = clock.at(
      clock.now(),
      () => {
        if (!this.#dispatcher.isHeard(envelope)) {
          this.#local.delete(name);
          return this.#lose('unknown_address', envelope, name);
        }
        const done = (): void => {
          if (this.#local.delete(name)) this.#dispatcher.finished(name);
        };
        this.#dispatcher.deliver(envelope, name, { done });
      },
      envelope.from,
    );
    this.#local.set(name, cancel);
  }

  #addressee(hotkey: Hotkey): Addressee | undefined {
    const known = this.#addressees.get(hotkey);
    if (known !== undefined) return known;
    if (this.#addressees.size >= MAX_ADDRESSEES) return undefined;
    const addressee = new Addressee(this.#sender, hotkey);
    this.#addressees.set(hotkey, addressee);
    return addressee;
  }

  #forget(addressee: Addressee): void {
    if (this.#addressees.get(addressee.hotkey) !== addressee) return;
    this.#addressees.delete(addressee.hotkey);
    addressee.close();
  }

  /** Where the chain says that it serves; else over the connection that it made to us. */
  #wayTo(hotkey: Hotkey): ((signal: AbortSignal) => Promise<Road>) | undefined {
    const node = this.#dispatcher.node();
    if (node === undefined) return undefined;
    const endpoint = this.#dispatcher.door.directory.endpointOf(hotkey);
    if (endpoint !== undefined) return (signal) => node.dial(endpoint, signal);
    const visitor = this.#dispatcher.visitor(hotkey);
    return visitor && ((signal) => node.reach(visitor, signal));
  }

  /** Whether who answers is whom we mean. */
  #accept(greeting: Greeting, peerKey: Uint8Array, hotkey: Hotkey): Proof | string {
    if (greeting.hotkey !== hotkey) return 'unproven';
    return welcome(this.#dispatcher.door, greeting, peerKey, this.#dispatcher.clock.now());
  }

  #onFinished(parcel: Parcel, how: Parameters<Sender['finished']>[1], isInTouch: boolean): void {
    this.#bytes -= parcel.bytes.length;
    switch (how) {
      case 'has it':
        return this.#dispatcher.finished(parcel.name);
      case 'nobody':
        return this.#lose('unknown_address', parcel, parcel.name);
      case 'too large':
        return this.#lose('oversized', parcel, parcel.name);
      case 'late':
        return this.#lose(isInTouch ? 'lost_on_the_line' : 'unknown_address', parcel, parcel.name);
    }
  }

  #lose(
    why: Loss['why'],
    { kind, from, to }: { readonly kind: Kind; readonly from: Address; readonly to: Address },
    name: string,
  ): void {
    this.#dispatcher.lose(why, { kind, from, to });
    this.#dispatcher.finished(name);
  }

  #newName(): string {
    return `${this.#life}.${(this.#count++).toString(36)}`;
  }
}

/** Undefined where the message has no bytes. */
function bytesOf(envelope: Envelope): Uint8Array | undefined {
  try {
    return encodeEnvelope(envelope);
  } catch {
    return undefined;
  }
}
