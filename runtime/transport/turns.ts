/**
 * Reading messages and checking signatures in fair turns: a signature costs 3 ms, a settlement has
 * seventy, and one peer may send a thousand. Who has work stands in a ring; each has a short turn,
 * and between two turns the event loop has its own.
 */

/** Works until its work is done or its turn is over; true where it has more to do. */
export type Work = (isOver: () => boolean) => boolean;

export class Turns {
  readonly #ring = new Set<Work>();
  readonly #turnMs: number;
  #isAwake = false;

  constructor(turnMs: number) {
    this.#turnMs = turnMs;
  }

  /** How many have work. */
  get size(): number {
    return this.#ring.size;
  }

  /** Stands in the ring until it has no more to do. Never runs within this call. */
  add(work: Work): void {
    this.#ring.add(work);
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(() => this.#turn());
  }

  leave(work: Work): void {
    this.#ring.delete(work);
  }

  #turn(): void {
    const end = performance.now() + this.#turnMs;
    const isOver = (): boolean => performance.now() >= end;
    try {
      // As many as the time allows; whoever was cut short goes to the end of the ring.
      for (const work of this.#ring) {
        this.#ring.delete(work);
        if (work(isOver)) this.#ring.add(work);
        if (isOver()) break;
      }
    } finally {
      this.#isAwake = this.#ring.size > 0;
      if (this.#isAwake) setImmediate(() => this.#turn());
    }
  }
}
