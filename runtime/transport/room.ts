/**
 * Room in memory for messages that are coming in or not yet dealt with, all peers together.
 *
 * Each stream may hold a little without asking. For more it has to have room, so that hundreds of
 * peers that each send the largest message there is do not come to hundreds of times its size: they
 * come one after the other, in the order in which they asked.
 */
export interface RoomKeeper {
  /** Called once, when there is room. */
  readonly ready: () => void;
  readonly bytes: number;
}

export class Room {
  readonly #most: number;
  #used = 0;
  readonly #queue: RoomKeeper[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  /** True where the room is the caller's at once; else `ready` is called when it is. */
  take(keeper: RoomKeeper): boolean {
    if (this.#queue.length > 0 || !this.#fits(keeper)) {
      this.#queue.push(keeper);
      return false;
    }
    this.#used += keeper.bytes;
    return true;
  }

  /** Gives back what was had, and lets in who waits. */
  give(bytes: number): void {
    this.#used -= bytes;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (!this.#fits(first)) return;
      this.#queue.shift();
      this.#used += first.bytes;
      first.ready();
    }
  }

  /** Who waited does so no longer; false where it did not wait. */
  leave(keeper: RoomKeeper): boolean {
    const at = this.#queue.indexOf(keeper);
    if (at >= 0) this.#queue.splice(at, 1);
    return at >= 0;
  }

  #fits({ bytes }: RoomKeeper): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#most;
  }
}
