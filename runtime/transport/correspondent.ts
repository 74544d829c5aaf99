/**
 * What is remembered of a peer beyond its stream, by its hotkey: who comes again on a new stream has
 * neither new points nor a new window.
 */
import { later, minutes, type Duration, type Hotkey, type Instant } from '../../protocols/units.ts';
import { expectedAfter } from './giving.ts';
import { SHARE, type ClassLimits, type PeerClass } from './limits.ts';
import { costOf } from './outbox.ts';
import { Purse } from './purse.ts';
import type { Room, RoomKeeper } from './room.ts';

/**
 * Malformed and forged messages: a node with our code sends none. One whose memory or disk goes bad
 * may, and is let in again after a while.
 */
const FAULTS = { perSecond: 0.1, most: 32 };
const BAN: Duration = minutes(10);

export class Correspondent {
  readonly hotkey: Hotkey;
  readonly class: PeerClass;
  readonly limits: ClassLimits;
  readonly purse: Purse;
  /** The last instant of a ban; absent where there is none. */
  bannedUntil: Instant | undefined;
  /** What its messages cost that are not dealt with for good. */
  cost = 0;
  /** How many they are, and their bytes. */
  pending = 0;
  held = 0;
  /** Of these, those that an actor has been given. */
  given = 0;
  /** What an actor is likely to take for its next, in ms. */
  expected = 0;
  readonly #faults: Purse;
  readonly #room: Room;
  /** Room it has beyond its share, and what it waits for. */
  #has = 0;
  /** The length of the frame that is coming in; 0 where none is. */
  #begun = 0;
  #waits: RoomKeeper | undefined;

  constructor(hotkey: Hotkey, of: PeerClass, limits: ClassLimits, room: Room, now: Instant) {
    this.hotkey = hotkey;
    this.class = of;
    this.limits = limits;
    this.purse = new Purse(limits.points, now);
    this.#faults = new Purse(FAULTS, now);
    this.#room = room;
  }

  /** Whether nothing would be lost with it. */
  get isBlank(): boolean {
    return this.pending === 0 && this.bannedUntil === undefined;
  }

  /** A message has come. False where it had no credit for it. */
  hold(bytes: number): boolean {
    this.cost += costOf(bytes);
    this.pending += 1;
    this.held += bytes;
    return this.cost <= this.limits.window;
  }

  /** A message is dealt with for good. */
  release(bytes: number): void {
    this.cost -= costOf(bytes);
    this.pending -= 1;
    this.held -= bytes;
    this.#giveBack();
  }

  /** An actor took so long for a message of its, in ms. */
  took(ms: number): void {
    this.expected = expectedAfter(ms, this.expected);
  }

  /** True where a frame of so many bytes may come on; else `ready` is called once it may. */
  makeRoom(begun: number, ready: () => void): boolean {
    this.#begun = begun;
    const lacks = this.held + begun - SHARE - this.#has;
    if (lacks <= 0) {
      this.#giveBack();
      return true;
    }
    if (this.#waits !== undefined) return false;
    const keeper = {
      bytes: lacks,
      ready: () => {
        this.#waits = undefined;
        this.#has += lacks;
        ready();
      },
    };
    if (this.#room.take(keeper)) {
      this.#has += lacks;
      return true;
    }
    this.#waits = keeper;
    return false;
  }

  /** Its stream is gone, and with it the frame that was begun. */
  leaveRoom(): void {
    if (this.#waits !== undefined) this.#room.leave(this.#waits);
    this.#waits = undefined;
    this.#begun = 0;
    this.#giveBack();
  }

  /** It sent what no honest node sends. True where that was once too often. */
  fault(now: Instant): boolean {
    this.#faults.spend(1, now);
    if (this.#faults.readyAt(now) <= now) return false;
    this.bannedUntil = later(now, BAN);
    return true;
  }

  isBanned(now: Instant): boolean {
    if (this.bannedUntil !== undefined && this.bannedUntil < now) this.bannedUntil = undefined;
    return this.bannedUntil !== undefined;
  }

  #giveBack(): void {
    const spare = this.#has - Math.max(0, this.held + this.#begun - SHARE);
    if (spare <= 0) return;
    this.#has -= spare;
    this.#room.give(spare);
  }
}
