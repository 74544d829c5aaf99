/**
 * The stream on which one peer sends us its messages.
 *
 *     frame ──▶ queue ──in fair turns──▶ read ──▶ whose it is ──▶ whose seals ──▶ delivered
 *                                                                                    │
 *     ack ◀──────────────────────────────────────────────────────────────────────── done
 *
 * An ack gives its message's cost back to the sender: as many may be under way as are not dealt with
 * for good. Where a mailbox is full or a disk is slow, acks stay out, and the sender stops.
 */
import { hotkeyOf, type Envelope } from '../../protocols/messages.ts';
import { hasGoodSeals } from '../../protocols/seals.ts';
import type { Hotkey } from '../../protocols/units.ts';
import { decodeEnvelope, isWireError } from '../../protocols/wire.ts';
import type { Cancel, Clock, Loss, Notary } from '../host.ts';
import type { Incoming } from '../live.ts';
import { Mailbox } from '../mailbox.ts';
import type { Correspondent } from './correspondent.ts';
import type { DealtWith } from './dealt-with.ts';
import type { FrameStream } from './frame-stream.ts';
import { MAX_HEAD_BYTES, readFrame, talk } from './frames.ts';
import type { Proof } from './greeting.ts';
import { pointsFor } from './limits.ts';
import type { Cut, Tallies } from './tally.ts';
import type { Turns, Work } from './turns.ts';

/** What a stream needs of the line that it belongs to. */
export interface Hearer {
  readonly clock: Clock;
  readonly notary: Pick<Notary, 'check'>;
  readonly turns: Turns;
  readonly tallies: Tallies;
  readonly self: Hotkey;
  readonly maxBytes: number;
  /** Whether what is sent to an address is heard here. */
  isOpen(envelope: Envelope): boolean;
  /** Whether a message was dealt with in a former life. */
  isKnown(envelope: Envelope, name: string): boolean;
  dealtWith(by: Proof['by']): DealtWith;
  /** Whether an actor may be given another message of a peer. */
  mayGive(correspondent: Correspondent): boolean;
  /** Is told whenever a peer has more, or fewer, messages with actors. */
  gave(correspondent: Correspondent): void;
  deliver(envelope: Envelope, name: string, ends: Ends): void;
  lose(why: Loss['why'], about: Partial<Pick<Envelope, 'kind' | 'from' | 'to'>>): void;
  /** The stream that now stands for a correspondent; undefined where none does. */
  hearingOf(hotkey: Hotkey): Hearing | undefined;
  /** Whether what was proven at the greeting is still so: a hotkey may announce another key. */
  isStillTheirs(hearing: Hearing): boolean;
  gone(hearing: Hearing): void;
}

/** What is told of a message that was delivered. */
export type Ends = Pick<Incoming, 'done' | 'took'>;

interface Heard {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Once it is read, and while its signatures are being looked at. */
  envelope?: Envelope;
  /** Signatures of it that were looked at in an earlier turn, by the bytes themselves. */
  readonly looked: Map<Uint8Array, boolean>;
}

/** A turn is over in the middle of a message: it goes on where it was. */
const NOT_YET = new Error('the turn is over');

export class Hearing {
  readonly proof: Proof;
  readonly correspondent: Correspondent;
  readonly #hearer: Hearer;
  readonly #frames: FrameStream;
  /** Bounded by the window: each message has a cost of 1 KiB at least. */
  readonly #queue = new Mailbox<Heard>(Infinity);
  #now: Heard | undefined;
  #throttled: Cancel | undefined;
  #hasRoom = true;

  constructor(hearer: Hearer, frames: FrameStream, proof: Proof, correspondent: Correspondent) {
    this.#hearer = hearer;
    this.#frames = frames;
    this.proof = proof;
    this.correspondent = correspondent;
    frames.max = Math.min(hearer.maxBytes, correspondent.limits.window) + MAX_HEAD_BYTES;
    frames.reader = {
      frame: (bytes) => this.#onFrame(bytes),
      read: (begun) => this.#onRead(begun),
      closed: () => this.#onClosed(),
    };
  }

  cut(why: Cut): void {
    this.#frames.cut(why);
  }

  /** A message that was given to its actor, on this stream or the one before, is had for good. */
  dealtWith(name: string): void {
    this.#ack(name);
    if (this.#now !== undefined || this.#queue.length > 0) this.#hearer.turns.add(this.#work);
  }

  #ack(name: string): void {
    this.#frames.write(talk({ is: 'ack', name }));
  }

  #onFrame(bytes: Uint8Array): void {
    const frame = readFrame(bytes);
    const { correspondent } = this;
    const points = pointsFor(bytes.length, frame?.is === 'message');
    correspondent.purse.spend(points, this.#hearer.clock.now());
    // On this stream it is we who answer: a peer sends messages and nothing else.
    if (frame?.is !== 'message') return this.cut('bad_frame');
    if (!correspondent.hold(frame.bytes.length)) {
      correspondent.release(frame.bytes.length);
      return this.cut('over_credit');
    }
    this.#queue.offer({ name: frame.name, bytes: frame.bytes, looked: new Map() });
    this.#hearer.turns.add(this.#work);
  }

  #onRead(begun: number): void {
    this.#hasRoom = this.correspondent.makeRoom(begun, () => {
      this.#hasRoom = true;
      this.#readOn();
    });
    this.#readOn();
  }

  /** Reads on where there is room and something left to spend. */
  #readOn(): void {
    const { clock, tallies } = this.#hearer;
    const { purse } = this.correspondent;
    const now = clock.now();
    const ready = purse.readyAt(now);
    if (ready > now && this.#throttled === undefined && !this.#frames.isClosed) {
      tallies.throttled.add(this.correspondent.class);
      this.#throttled = clock.at(ready, () => {
        this.#throttled = undefined;
        this.#readOn();
      });
    }
    if (this.#hasRoom && this.#throttled === undefined) this.#frames.resume();
    else this.#frames.pause();
  }

  readonly #work: Work = (isOver) => {
    for (;;) {
      if (!this.#hearer.mayGive(this.correspondent)) return false;
      const heard = (this.#now ??= this.#queue.take());
      if (heard === undefined) return false;
      if (!this.#deal(heard, isOver)) return true;
      if (isOver()) return this.#queue.length > 0;
    }
  };

  /** True where the message is out of the way. */
  #deal(heard: Heard, isOver: () => boolean): boolean {
    const { name } = heard;
    const hearer = this.#hearer;
    if (!hearer.isStillTheirs(this)) {
      this.cut('lapsed');
      return true;
    }
    const peers = hearer.dealtWith(this.proof.by);
    const fate = peers.fateOf(this.proof.hotkey, name);
    if (fate !== undefined) {
      hearer.tallies.duplicates += 1;
      // One that is under way has its ack when it is done.
      return this.#settle(heard, fate === 'done');
    }
    if (heard.envelope === undefined) {
      const read = decodeEnvelope(heard.bytes);
      if (isWireError(read)) {
        // The hotkey is proven, but what it spoke as stands nowhere.
        hearer.lose('malformed', {});
        return this.#fault(heard);
      }
      heard.envelope = read;
      // Reading took its part of the turn.
      if (isOver()) return false;
    }
    const { envelope } = heard;
    const isTheirs = hotkeyOf(envelope.from) === this.proof.hotkey;
    const isOurs = hotkeyOf(envelope.to) === hearer.self;
    const verdict = isTheirs && isOurs ? this.#seals(heard, envelope, isOver) : false;
    if (verdict === NOT_YET) return false;
    if (!verdict) {
      hearer.lose('forged', envelope);
      return this.#fault(heard);
    }
    return this.#deliver(heard, envelope);
  }

  #deliver(heard: Heard, envelope: Envelope): boolean {
    const { name } = heard;
    const hearer = this.#hearer;
    const { hotkey, by } = this.proof;
    const peers = hearer.dealtWith(by);
    if (!hearer.isOpen(envelope)) {
      this.#frames.write(talk({ is: 'drop', name }));
      return this.#settle(heard, false);
    }
    if (hearer.isKnown(envelope, name)) {
      hearer.tallies.duplicates += 1;
      peers.note(hotkey, name, 'done');
      return this.#settle(heard, true);
    }
    peers.note(hotkey, name, 'under way');
    hearer.tallies.received += 1;
    this.#now = undefined;
    let isDone = false;
    this.correspondent.given += 1;
    hearer.gave(this.correspondent);
    const done = (): void => {
      if (isDone) return;
      isDone = true;
      peers.note(hotkey, name, 'done');
      this.correspondent.given -= 1;
      hearer.gave(this.correspondent);
      this.correspondent.release(heard.bytes.length);
      hearer.hearingOf(hotkey)?.dealtWith(name);
    };
    // Not in whose turn it is: an honest peer that asks for a link costs an actor more than a flood of what
    // is refused, and of a machine that stood still meanwhile all else would have to use as much first.
    const took = (ms: number): void => this.correspondent.took(ms);
    hearer.deliver(envelope, name, { done, took });
    return true;
  }

  /** Whether all its signatures are good; some of them may have to wait for another turn. */
  #seals(heard: Heard, envelope: Envelope, isOver: () => boolean): boolean | typeof NOT_YET {
    const { notary } = this.#hearer;
    let hasLooked = false;
    try {
      return hasGoodSeals(envelope, (by, statement, signature) => {
        const before = heard.looked.get(signature);
        if (before !== undefined) return before;
        // At least one a turn, or it would never end.
        if (hasLooked && isOver()) throw NOT_YET;
        hasLooked = true;
        const isGood = notary.check(by, statement, signature);
        heard.looked.set(signature, isGood);
        return isGood;
      });
    } catch (thrown) {
      if (thrown === NOT_YET) return NOT_YET;
      throw thrown;
    }
  }

  #fault(heard: Heard): boolean {
    this.#settle(heard, true);
    if (this.correspondent.fault(this.#hearer.clock.now())) this.cut('faults');
    return true;
  }

  /** It is held no longer. The sender forgets it where it is acknowledged. */
  #settle({ name, bytes }: Heard, isAcknowledged: boolean): boolean {
    this.#now = undefined;
    this.correspondent.release(bytes.length);
    if (isAcknowledged) this.#ack(name);
    return true;
  }

  #onClosed(): void {
    this.#hearer.turns.leave(this.#work);
    this.#throttled?.();
    // What was not delivered is sent again by who still has it.
    const { correspondent } = this;
    if (this.#now !== undefined) correspondent.release(this.#now.bytes.length);
    this.#now = undefined;
    for (let heard = this.#queue.take(); heard !== undefined; heard = this.#queue.take()) {
      correspondent.release(heard.bytes.length);
    }
    correspondent.leaveRoom();
    this.#hearer.gone(this);
  }
}
