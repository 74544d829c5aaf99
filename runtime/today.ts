/**
 * What is due today, soonest first: a few, so they lie sorted in columns, the soonest last, where it
 * is taken without moving the others. The crowd of a day that has more than a few is a heap, which
 * costs a third more for three and far less for a thousand.
 */
import { Heap, type IsFirst } from './heap.ts';

/** To sort one in, at most so many are moved. */
const A_FEW = 32;

export class Today {
  readonly #instants = new Float64Array(A_FEW);
  readonly #slots = new Int32Array(A_FEW);
  /** A day's few, as they were laid down. */
  readonly #laidInstants = new Float64Array(A_FEW);
  readonly #laidSlots = new Int32Array(A_FEW);
  #laid = 0;
  #few = 0;
  readonly #crowd: Heap;
  readonly #isFirst: IsFirst;

  constructor(isFirst: IsFirst) {
    this.#isFirst = isFirst;
    this.#crowd = new Heap(isFirst);
  }

  get length(): number {
    return this.#few + this.#crowd.length;
  }

  /** When the first is due. Only where there is one. */
  get instant(): number {
    return this.#isOfFew() ? (this.#instants[this.#few - 1] ?? 0) : this.#crowd.instant;
  }

  /** The first. Only where there is one. */
  get slot(): number {
    return this.#isOfFew() ? (this.#slots[this.#few - 1] ?? 0) : this.#crowd.slot;
  }

  /** Removes the first and returns it. Only where there is one. */
  take(): number {
    if (this.#isOfFew()) return this.#slots[--this.#few] ?? 0;
    const { slot } = this.#crowd;
    this.#crowd.drop();
    return slot;
  }

  /** Begins a day, where nothing is left of the one before: its timers, in any order; then `sort`. */
  lay(instant: number, slot: number): void {
    if (this.#laid === A_FEW) return this.#crowd.add(instant, slot);
    this.#laidInstants[this.#laid] = instant;
    this.#laidSlots[this.#laid++] = slot;
  }

  /**
   * Puts each where it belongs by counting how many are later. That compares all with all, and still
   * costs half of sorting them in, whose every step is a branch that no processor can foresee.
   */
  sort(): void {
    const [laid, length] = [this.#laidInstants, this.#laid];
    this.#laid = 0;
    let places = 0;
    for (let one = 0; one < length; one++) {
      const instant = laid[one] ?? 0;
      let later = 0;
      for (let other = 0; other < length; other++) later += Number((laid[other] ?? 0) > instant);
      this.#instants[later] = instant;
      this.#slots[later] = this.#laidSlots[one] ?? 0;
      places += later;
    }
    this.#few = length;
    // Two of one instant took one place.
    if (places * 2 !== length * (length - 1)) this.#sortIn(length);
  }

  #sortIn(length: number): void {
    this.#few = 0;
    for (let one = 0; one < length; one++) {
      this.add(this.#laidInstants[one] ?? 0, this.#laidSlots[one] ?? 0);
    }
  }

  add(instant: number, slot: number): void {
    if (this.#few === A_FEW) return this.#crowd.add(instant, slot);
    const [instants, slots] = [this.#instants, this.#slots];
    let at = this.#few++;
    for (; at > 0; at--) {
      const before = instants[at - 1] ?? 0;
      const its = slots[at - 1] ?? 0;
      if (before > instant || (before === instant && this.#isFirst(slot, its))) break;
      instants[at] = before;
      slots[at] = its;
    }
    instants[at] = instant;
    slots[at] = slot;
  }

  /** Keeps those for which it is so. */
  filter(isKept: (slot: number) => boolean): void {
    let kept = 0;
    for (let at = 0; at < this.#few; at++) {
      const slot = this.#slots[at] ?? 0;
      if (!isKept(slot)) continue;
      this.#instants[kept] = this.#instants[at] ?? 0;
      this.#slots[kept++] = slot;
    }
    this.#few = kept;
    this.#crowd.filter(isKept);
  }

  clear(): void {
    this.#few = 0;
    this.#crowd.clear();
  }

  /** Whether the first is among the few, and not the first of the crowd. */
  #isOfFew(): boolean {
    const crowd = this.#crowd;
    if (crowd.length === 0) return true;
    if (this.#few === 0) return false;
    const instant = this.#instants[this.#few - 1] ?? 0;
    if (instant !== crowd.instant) return instant < crowd.instant;
    return this.#isFirst(this.#slots[this.#few - 1] ?? 0, crowd.slot);
  }
}
