/** Whether one slot comes before another of the same instant: a total order. */
export type IsFirst = (slot: number, other: number) => boolean;

/**
 * A binary heap of slots by instant, in columns: two numbers a slot, moved without touching what
 * they stand for. Only where two instants are equal it asks which of the two slots is first.
 */
export class Heap {
  /** In the order of the heap; the first `length` of them count. */
  #instants = new Float64Array(FIRST_CAPACITY);
  #slots = new Int32Array(FIRST_CAPACITY);
  #length = 0;
  readonly #isFirst: IsFirst;

  constructor(isFirst: IsFirst) {
    this.#isFirst = isFirst;
  }

  get length(): number {
    return this.#length;
  }

  /** When the first is due. Only where there is one. */
  get instant(): number {
    return this.#instants[0] ?? 0;
  }

  /** The first. Only where there is one. */
  get slot(): number {
    return this.#slots[0] ?? 0;
  }

  add(instant: number, slot: number): void {
    const at = this.#length++;
    if (at === this.#slots.length) {
      this.#instants = grown(this.#instants, Float64Array);
      this.#slots = grown(this.#slots, Int32Array);
    }
    this.#rise(at, instant, slot);
  }

  /** Removes the first. Only where there is one. */
  drop(): void {
    const last = --this.#length;
    if (last > 0) this.#sink(0, this.#instants[last] ?? 0, this.#slots[last] ?? 0);
  }

  /** Keeps those for which it is so. */
  filter(isKept: (slot: number) => boolean): void {
    let kept = 0;
    for (let at = 0; at < this.#length; at++) {
      const slot = this.#slots[at] ?? 0;
      if (!isKept(slot)) continue;
      this.#instants[kept] = this.#instants[at] ?? 0;
      this.#slots[kept++] = slot;
    }
    this.#length = kept;
    for (let at = (kept >> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#instants[at] ?? 0, this.#slots[at] ?? 0);
    }
  }

  clear(): void {
    this.#length = 0;
  }

  #rise(from: number, instant: number, slot: number): void {
    const [instants, slots] = [this.#instants, this.#slots];
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = instants[above] ?? 0;
      if (parent < instant) break;
      const its = slots[above] ?? 0;
      if (parent === instant && !this.#isFirst(slot, its)) break;
      instants[at] = parent;
      slots[at] = its;
      at = above;
    }
    instants[at] = instant;
    slots[at] = slot;
  }

  #sink(from: number, instant: number, slot: number): void {
    const [instants, slots, length] = [this.#instants, this.#slots, this.#length];
    let at = from;
    for (let below = 2 * at + 1; below < length; below = 2 * at + 1) {
      let child = instants[below] ?? 0;
      if (below + 1 < length) {
        const right = instants[below + 1] ?? 0;
        if (
          right < child ||
          (right === child && this.#isFirst(slots[below + 1] ?? 0, slots[below] ?? 0))
        ) {
          child = right;
          below++;
        }
      }
      if (child > instant) break;
      const its = slots[below] ?? 0;
      if (child === instant && !this.#isFirst(its, slot)) break;
      instants[at] = child;
      slots[at] = its;
      at = below;
    }
    instants[at] = instant;
    slots[at] = slot;
  }
}

/** A small subnet's timers fit without growing. */
const FIRST_CAPACITY = 64;

/** Twice as long, with what it held. */
export function grown<
  Column extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Int16Array<ArrayBuffer>,
>(column: Column, make: new (length: number) => Column): Column {
  const larger = new make(column.length * 2);
  larger.set(column);
  return larger;
}
