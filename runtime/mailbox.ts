/**
 * A queue with a bound: a ring that is made for its first item and doubles until it is full.
 * Offering to a full one changes nothing and says so; what becomes of the item is the caller's.
 */
const FIRST_CAPACITY = 8;
/** A ring that a burst made larger is given back once it is empty: 8 KiB are kept at most. */
const KEPT_CAPACITY = 1_024;

export class Mailbox<T> {
  /** Items that wait. */
  length = 0;
  readonly #bound: number;
  #ring: (T | undefined)[] = [];
  #head = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** False where it is full. */
  offer(item: T): boolean {
    if (this.length >= this.#bound) return false;
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.length) & (this.#ring.length - 1)] = item;
    this.length++;
    return true;
  }

  /** The item that waited longest; undefined where none waits. */
  take(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#ring[this.#head];
    // What was handled must not be kept alive by a queue that is idle.
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.length--;
    if (this.length === 0 && this.#ring.length > KEPT_CAPACITY) this.#ring = [];
    return item;
  }

  #grow(): void {
    const ring = this.#ring.slice(this.#head).concat(this.#ring.slice(0, this.#head));
    const capacity = Math.max(FIRST_CAPACITY, ring.length * 2);
    while (ring.length < capacity) ring.push(undefined);
    this.#ring = ring;
    this.#head = 0;
  }
}
