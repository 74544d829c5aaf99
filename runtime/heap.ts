/**
 * What is to happen, soonest first: the one binary heap under both clocks.
 *
 *     order = (instant, who scheduled it, in which order)
 *
 * The order is total and names no machine, so a run repeats whatever else goes on around it.
 * It holds what was asked for and is still to come, at most as much again of what was cancelled,
 * and `SLACK`: an actor that keeps its questions few keeps its timers few.
 *
 * The heap moves numbers in columns, an instant and the slot of its timer, and looks at a timer only
 * where two instants are equal. Moving the timers themselves is several times slower once there are
 * many: `bench/simulation.ts`.
 */
import type { Instant } from '../protocols/units.ts';

export interface Timer {
  readonly instant: Instant;
  readonly by: string;
  readonly sequence: number;
  /** Undefined once it has run or was cancelled. */
  task: (() => void) | undefined;
}

/** So few cancelled timers are not worth a sweep. */
const SLACK = 64;
/** A small subnet's timers fit without growing. */
const FIRST_CAPACITY = 64;

export class Timers {
  /** In the order of the heap; `#length` of them count. */
  #instants = new Float64Array(FIRST_CAPACITY);
  /** Every slot once: first those in use, in the order of the heap, then the free ones. */
  #slots = Int32Array.from({ length: FIRST_CAPACITY }, (_, slot) => slot);
  /** By slot. */
  #timers: (Timer | undefined)[] = emptySlots(FIRST_CAPACITY);
  #length = 0;
  /**
   * The first was taken and nothing has its place yet. Who takes one mostly adds one, and that one
   * sinks from the top at once: half the work of filling the gap and then rising from the bottom.
   */
  #isFirstTaken = false;
  #cancelled = 0;
  #sequence = 0;

  /** How many are still to run. */
  get size(): number {
    return this.#length - this.#cancelled - (this.#isFirstTaken ? 1 : 0);
  }

  add(instant: Instant, task: () => void, by: string): Timer {
    const timer = { instant, by, sequence: this.#sequence++, task };
    if (this.#isFirstTaken) {
      this.#isFirstTaken = false;
      const slot = this.#slots[0] ?? 0;
      this.#timers[slot] = timer;
      this.#sink(0, instant, slot);
    } else {
      const last = this.#length++;
      if (last === this.#slots.length) this.#grow();
      const slot = this.#slots[last] ?? 0;
      this.#timers[slot] = timer;
      this.#rise(last, instant, slot);
    }
    return timer;
  }

  /** Does nothing to one that ran. Costs a mark now, and later its share of a sweep. */
  cancel(timer: Timer): void {
    if (timer.task === undefined) return;
    timer.task = undefined;
    this.#cancelled++;
    if (this.#cancelled > SLACK && this.#cancelled * 2 > this.#length) this.#sweep();
  }

  /** When the soonest is due; undefined where there is none. */
  next(): Instant | undefined {
    for (;;) {
      if (this.#isFirstTaken) this.#closeGap();
      if (this.#length === 0) return undefined;
      const soonest = this.#timers[this.#slots[0] ?? 0];
      if (soonest?.task !== undefined) return soonest.instant;
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  /** Removes the soonest and returns its task; undefined where there is none. */
  take(): (() => void) | undefined {
    if (this.next() === undefined) return undefined;
    const soonest = this.#removeFirst();
    const task = soonest?.task;
    if (soonest !== undefined) soonest.task = undefined;
    return task;
  }

  clear(): void {
    for (const timer of this.#timers) if (timer !== undefined) timer.task = undefined;
    this.#timers = emptySlots(this.#timers.length);
    this.#length = 0;
    this.#isFirstTaken = false;
    this.#cancelled = 0;
  }

  #removeFirst(): Timer | undefined {
    const slot = this.#slots[0] ?? 0;
    const first = this.#timers[slot];
    this.#timers[slot] = undefined;
    this.#isFirstTaken = true;
    return first;
  }

  /** The last comes to the top and sinks; the slot that was there becomes the first free one. */
  #closeGap(): void {
    this.#isFirstTaken = false;
    const last = --this.#length;
    const freed = this.#slots[0] ?? 0;
    const slot = this.#slots[last] ?? 0;
    const instant = this.#instants[last] ?? 0;
    this.#slots[last] = freed;
    if (last > 0) this.#sink(0, instant, slot);
  }

  #sweep(): void {
    if (this.#isFirstTaken) this.#closeGap();
    const free: number[] = [];
    let kept = 0;
    for (let at = 0; at < this.#length; at++) {
      const slot = this.#slots[at] ?? 0;
      if (this.#timers[slot]?.task === undefined) {
        this.#timers[slot] = undefined;
        free.push(slot);
      } else {
        this.#instants[kept] = this.#instants[at] ?? 0;
        this.#slots[kept++] = slot;
      }
    }
    this.#slots.set(free, kept);
    this.#length = kept;
    this.#cancelled = 0;
    for (let at = (kept >> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#instants[at] ?? 0, this.#slots[at] ?? 0);
    }
  }

  #grow(): void {
    const before = this.#slots.length;
    const instants = new Float64Array(before * 2);
    instants.set(this.#instants);
    const slots = Int32Array.from({ length: before * 2 }, (_, slot) => slot);
    slots.set(this.#slots);
    this.#instants = instants;
    this.#slots = slots;
    this.#timers.push(...emptySlots(before));
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

  /** Whether one comes before another of the same instant. */
  #isFirst(slot: number, other: number): boolean {
    const [a, b] = [this.#timers[slot], this.#timers[other]];
    if (a === undefined || b === undefined) return false;
    return a.by === b.by ? a.sequence < b.sequence : a.by < b.by;
  }
}

const emptySlots = (count: number): undefined[] => Array.from({ length: count }, () => undefined);
