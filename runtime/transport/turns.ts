/**
 * Reading messages and checking signatures in fair turns: a signature costs 3 ms, a settlement has
 * seventy, and one peer may send a thousand. Who has work stands in a ring; each has a short turn,
 * and between two turns the event loop has its own.
 *
 *     next is who has used least:  flood ████████   flood ███████   pool ▌  ◀──
 *
 * Time is counted as in fair queueing: who comes back begins where the others are by now, so nobody
 * saves up turns for a burst. Who sends a message now and then waits for one turn of another, not
 * for one of each.
 */

/** Works until its work is done or its turn is over; true where it has more to do. */
export type Work = (isOver: () => boolean) => boolean;

export class Turns {
  /** What each in the ring has used, in ms. */
  readonly #ring = new Map<Work, number>();
  /** The same of who left it with its work done. */
  readonly #former = new WeakMap<Work, number>();
  readonly #turnMs: number;
  readonly #now: () => number;
  /** What who last had a turn had used before it: none in the ring has used less. */
  #least = 0;
  #isAwake = false;

  /** `now`: any clock that only goes forward, in ms. */
  constructor(turnMs: number, now: () => number = () => performance.now()) {
    this.#turnMs = turnMs;
    this.#now = now;
  }

  /** How many have work. */
  get size(): number {
    return this.#ring.size;
  }

  /** Stands in the ring until it has no more to do. Never runs within this call. */
  add(work: Work): void {
    if (!this.#ring.has(work)) {
      this.#ring.set(work, Math.max(this.#former.get(work) ?? 0, this.#least));
    }
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(() => this.#turn());
  }

  leave(work: Work): void {
    this.#ring.delete(work);
  }

  #turn(): void {
    const end = this.#now() + this.#turnMs;
    const isOver = (): boolean => this.#now() >= end;
    try {
      // As many as the time allows, and each once: what it has more to do waits for the next turn.
      for (let left = this.#ring.size; left > 0; left--) {
        const next = this.#next();
        if (next === undefined) break;
        this.#run(next, isOver);
        if (isOver()) break;
      }
    } finally {
      this.#isAwake = this.#ring.size > 0;
      if (this.#isAwake) setImmediate(() => this.#turn());
    }
  }

  #run(work: Work, isOver: () => boolean): void {
    const used = this.#ring.get(work) ?? 0;
    this.#least = used;
    this.#ring.delete(work);
    const began = this.#now();
    const hasMore = work(isOver);
    const now = used + this.#now() - began;
    this.#former.set(work, now);
    // It may have been added again meanwhile.
    if (hasMore || this.#ring.has(work)) this.#ring.set(work, now);
  }

  /** Hundreds at the most, and a look at each is nothing beside a signature. */
  #next(): Work | undefined {
    let [least, next]: [number, Work | undefined] = [Infinity, undefined];
    for (const [work, used] of this.#ring) {
      if (used < least) [least, next] = [used, work];
    }
    return next;
  }
}
