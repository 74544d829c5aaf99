/**
 * All that peers send to us: their greetings, the stream of each, and what is remembered of them.
 *
 *     stream ──▶ hello ──▶ who is it ──▶ is there a place ──▶ welcome ──▶ hearing
 */
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import type { Address, Envelope } from '../../protocols/messages.ts';
import { later, type Hotkey, type Instant } from '../../protocols/units.ts';
import type { Cancel, Clock, Loss, Notary } from '../host.ts';
import { Correspondent } from './correspondent.ts';
import { DealtWith } from './dealt-with.ts';
import { FrameStream } from './frame-stream.ts';
import { readFrame, talk, type Greeting, type Refusal } from './frames.ts';
import { isAnnounced, welcome, type Doorkeeper, type Proof } from './greeting.ts';
import { Giving } from './giving.ts';
import { Hearing, type Ends, type Hearer } from './hearing.ts';
import type { LineLimits, PeerClass } from './limits.ts';
import { peerKeyOf } from './node.ts';
import { Room } from './room.ts';
import type { Strangers } from './strangers.ts';
import type { Tallies } from './tally.ts';
import { Turns } from './turns.ts';

/** What receiving needs of the line that it belongs to. */
export interface Receiver {
  readonly clock: Clock;
  readonly notary: Pick<Notary, 'check'>;
  readonly self: Hotkey;
  readonly maxBytes: number;
  readonly limits: LineLimits;
  readonly tallies: Tallies;
  readonly door: Doorkeeper;
  readonly strangers: Strangers<Connection>;
  classOf(hotkey: Hotkey): PeerClass;
  greeting(): Greeting;
  /** Whether any actor runs here and is listened to. */
  isAnyone(): boolean;
  isOpen(address: Address): boolean;
  isKnown(from: Address, name: string): boolean;
  deliver(envelope: Envelope, name: string, ends: Ends): void;
  lose(why: Loss['why'], about: Partial<Pick<Envelope, 'kind' | 'from' | 'to'>>): void;
  /** A peer has come by itself: what waits for it may go out. */
  came(hotkey: Hotkey): void;
}

/** Of peers without a stream, whose points and bans are remembered: 1 MB. */
const MAX_CORRESPONDENTS = 4_096;

/** Of one connection; a host may make so many of them in a second. */
const MAX_REFUSALS = 8;

export class Receiving implements Hearer {
  readonly clock: Clock;
  readonly notary: Pick<Notary, 'check'>;
  readonly self: Hotkey;
  readonly maxBytes: number;
  readonly tallies: Tallies;
  readonly turns: Turns;
  readonly #receiver: Receiver;
  readonly #room: Room;
  readonly #hearings = new Map<Hotkey, Visit>();
  readonly #correspondents = new Map<Hotkey, Correspondent>();
  readonly #dealtWith = { chain: new DealtWith(), statement: new DealtWith() };
  readonly #refusals = new WeakMap<Connection, number>();
  readonly #giving = new Giving();
  /** Streams whose peer has not yet greeted. */
  readonly #ungreeted = new Set<FrameStream>();

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
    const { clock, notary, self, maxBytes, tallies, limits } = receiver;
    this.clock = clock;
    this.notary = notary;
    this.self = self;
    this.maxBytes = maxBytes;
    this.tallies = tallies;
    this.turns = new Turns(limits.turn);
    this.#room = new Room(limits.room);
  }

  /** The peer that speaks for a hotkey over a connection of its own; undefined where none does now. */
  visitor(hotkey: Hotkey): PeerId | undefined {
    return this.#hearings.get(hotkey)?.connection.remotePeer;
  }

  get counts(): {
    readonly hearing: Readonly<Record<PeerClass, number>>;
    readonly pending: number;
    readonly heldBytes: number;
  } {
    const hearing = { validator: 0, miner: 0, buyer: 0 };
    for (const { hearing: it } of this.#hearings.values()) hearing[it.correspondent.class] += 1;
    let [pending, heldBytes] = [0, 0];
    for (const { pending: its, held } of this.#correspondents.values()) {
      pending += its;
      heldBytes += held;
    }
    return { hearing, pending, heldBytes };
  }

  /** A peer has opened a stream. */
  onStream(stream: Stream, connection: Connection): void {
    const { clock, tallies, limits } = this.#receiver;
    const { stallTime } = limits;
    const frames = new FrameStream({ stream, clock, tallies, stallTime });
    const unwatch = clock.at(later(clock.now(), stallTime), () => frames.cut('stalled'));
    this.#ungreeted.add(frames);
    frames.reader = {
      frame: (bytes) => {
        unwatch();
        this.#ungreeted.delete(frames);
        this.#onGreeting(frames, connection, bytes);
      },
      closed: () => {
        unwatch();
        // A stream without a greeting is of no use to a node of ours, and costs as much to open.
        if (this.#ungreeted.delete(frames)) this.#countRefusal(connection);
      },
    };
  }

  /** Ends the streams of all peers: nobody is here to hear them. */
  close(): void {
    for (const frames of this.#ungreeted) frames.cut('closed');
    for (const { hearing } of this.#hearings.values()) hearing.cut('closed');
  }

  isOpen({ to }: Envelope): boolean {
    return this.#receiver.isAnyone() && this.#receiver.isOpen(to);
  }

  isKnown({ from }: Envelope, name: string): boolean {
    return this.#receiver.isKnown(from, name);
  }

  dealtWith(by: Proof['by']): DealtWith {
    return this.#dealtWith[by];
  }

  mayGive(correspondent: Correspondent): boolean {
    return this.#giving.mayGive(correspondent);
  }

  gave(correspondent: Correspondent): void {
    this.#giving.note(correspondent);
  }

  deliver(envelope: Envelope, name: string, ends: Ends): void {
    this.#receiver.deliver(envelope, name, ends);
  }

  lose(why: Loss['why'], about: Partial<Pick<Envelope, 'kind' | 'from' | 'to'>>): void {
    this.#receiver.lose(why, about);
  }

  hearingOf(hotkey: Hotkey): Hearing | undefined {
    return this.#hearings.get(hotkey)?.hearing;
  }

  /** Whether what a stream's peer proved at its greeting is still so. */
  isStillTheirs({ proof }: Hearing): boolean {
    if (proof.by === 'statement') return true;
    return isAnnounced(this.#receiver.door.directory, proof.hotkey, proof.peerKey);
  }

  gone(hearing: Hearing): void {
    const { hotkey } = hearing.proof;
    const visit = this.#hearings.get(hotkey);
    if (visit?.hearing !== hearing) return;
    this.#hearings.delete(hotkey);
    visit.lapse?.();
    // Its connection may go on without a stream for no longer than a stranger's.
    const { connection } = visit;
    const isInbound = connection.direction === 'inbound';
    if (isInbound && connection.status === 'open') {
      this.#receiver.strangers.add(connection, hearing.proof.by === 'chain');
    }
  }

  #onGreeting(frames: FrameStream, connection: Connection, bytes: Uint8Array): void {
    const frame = readFrame(bytes);
    const peerKey = peerKeyOf(connection);
    if (frame?.is !== 'hello' || peerKey === undefined) {
      frames.cut('bad_frame');
      return this.#countRefusal(connection);
    }

    const now = this.clock.now();
    const answer = this.#admit(frame.greeting, peerKey, now);
    if (typeof answer === 'string') {
      this.tallies.refused.add(answer);
      frames.write(talk({ is: 'refused', why: answer }));
      frames.finish('refused');
      return this.#countRefusal(connection);
    }
    const { proof, correspondent } = answer;
    this.#receiver.strangers.leave(connection);
    // A peer that comes anew has lost its former stream, though we may not know it yet.
    const { hotkey } = proof;
    this.hearingOf(hotkey)?.cut('replaced');
    const hearing = new Hearing(this, frames, proof, correspondent);
    this.#hearings.set(hotkey, { hearing, connection, lapse: this.#lapse(hearing) });
    const { window } = correspondent.limits;
    frames.write(talk({ is: 'welcome', greeting: this.#receiver.greeting(), window }));
    this.#receiver.came(hotkey);
  }

  /** To look at a statement costs a signature, and a stream some time: nobody may ask for ever. */
  #countRefusal(connection: Connection): void {
    const count = (this.#refusals.get(connection) ?? 0) + 1;
    this.#refusals.set(connection, count);
    if (count < MAX_REFUSALS) return;
    this.tallies.cut.add('refused_often');
    connection.abort(new Error('the connection was cut: refused too often'));
  }

  #admit(
    greeting: Greeting,
    peerKey: Uint8Array,
    now: Instant,
  ): { readonly proof: Proof; readonly correspondent: Correspondent } | Refusal {
    const { door, limits } = this.#receiver;
    if (!this.#receiver.isAnyone()) return 'nobody';
    const proof = welcome(door, greeting, peerKey, now);
    if (typeof proof === 'string') return proof;

    const { hotkey } = proof;
    const correspondent = this.#correspondent(hotkey, now);
    if (correspondent.isBanned(now)) return 'banned';
    const { hearing } = this.counts;
    const isBack = this.#hearings.has(hotkey);
    const isFull = hearing[correspondent.class] >= limits.classes[correspondent.class].places;
    return isFull && !isBack ? 'full' : { proof, correspondent };
  }

  #lapse(hearing: Hearing): Cancel | undefined {
    const { until } = hearing.proof;
    return until === undefined
      ? undefined
      : this.clock.at((until + 1) as Instant, () => hearing.cut('lapsed'));
  }

  #correspondent(hotkey: Hotkey, now: Instant): Correspondent {
    const of = this.#receiver.classOf(hotkey);
    const known = this.#correspondents.get(hotkey);
    // One whose class has changed begins anew, once nothing of its former one is pending.
    const kept = known?.class === of || known?.isBlank === false ? known : undefined;
    const limits = this.#receiver.limits.classes[of];
    const one = kept ?? new Correspondent(hotkey, of, limits, this.#room, now);
    this.#correspondents.delete(hotkey);
    this.#correspondents.set(hotkey, one);
    if (this.#correspondents.size > MAX_CORRESPONDENTS) this.#forgetOne();
    return one;
  }

  /** The one longest away with which nothing is lost. */
  #forgetOne(): void {
    for (const [hotkey, one] of this.#correspondents) {
      if (!one.isBlank || this.#hearings.has(hotkey)) continue;
      this.#correspondents.delete(hotkey);
      return;
    }
  }
}

interface Visit {
  readonly hearing: Hearing;
  readonly connection: Connection;
  readonly lapse: Cancel | undefined;
}
