/**
 * What is to happen, soonest first: the one binary heap under both clocks.
 *
 *     order = (instant, who scheduled it, in which order)
 *
 * The order is total and names no machine, so a run repeats whatever else goes on around it.
 * It holds what was asked for and is still to come, at most as much again of what was cancelled,
 * and `SLACK`: an actor that keeps its questions few keeps its timers few. The room once needed is kept.
 *
 * All is in columns. The heap moves an instant and the slot of what is to happen then, and looks
 * into the slot only where two instants are equal. Moving an object for each timer was several
 * times slower: `bench/simulation.ts`.
 */
import type { Instant } from '../protocols/units.ts';
import type { Cancel } from './host.ts';

type Task = () => void;

/** So few cancelled timers are not worth a sweep. */
const SLACK = 64;
/** A small subnet's timers fit without growing. */
const FIRST_CAPACITY = 64;

export class Timers {
  /** In the order of the heap; `#length` of them count. */
  #instants = new Float64Array(FIRST_CAPACITY);
  /** Every slot once: first those in use, in the order of the heap, then the free ones. */
  #slots = Int32Array.from({ length: FIRST_CAPACITY }, (_, slot) => slot);
  /** By slot: what is to be done, undefined where it was cancelled or the slot is free. */
  #tasks: (Task | undefined)[] = filled(FIRST_CAPACITY, undefined);
  /** By slot: who scheduled it. */
  #by: string[] = filled(FIRST_CAPACITY, '');
  /** By slot: its number among all that were ever added. */
  #sequences = new Float64Array(FIRST_CAPACITY);
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

  /** The way to cancel it does nothing once it has run. */
  add(instant: Instant, task: Task, by: string): Cancel {
    const at = this.#isFirstTaken ? 0 : this.#length;
    if (at === this.#slots.length) this.#grow();
    const slot = this.#slots[at] ?? 0;
    const sequence = this.#sequence++;
    this.#tasks[slot] = task;
    this.#by[slot] = by;
    this.#sequences[slot] = sequence;
    if (this.#isFirstTaken) {
      this.#isFirstTaken = false;
      this.#sink(0, instant, slot);
    } else {
      this.#length++;
      this.#rise(at, instant, slot);
    }
    return () => this.#cancel(slot, sequence);
  }

  /** When the soonest is due; undefined where there is none. */
  next(): Instant | undefined {
    if (this.#isFirstTaken) this.#closeGap();
    while (this.#length > 0) {
      if (this.#tasks[this.#slots[0] ?? 0] !== undefined) return this.#instants[0] as Instant;
      this.#closeGap();
      this.#cancelled--;
    }
    return undefined;
  }

  /** Removes the soonest and returns its task; undefined where there is none. */
  take(): Task | undefined {
    if (this.next() === undefined) return undefined;
    const slot = this.#slots[0] ?? 0;
    const task = this.#tasks[slot];
    this.#tasks[slot] = undefined;
    this.#isFirstTaken = true;
    return task;
  }

  clear(): void {
    this.#tasks.fill(undefined);
    this.#length = 0;
    this.#isFirstTaken = false;
    this.#cancelled = 0;
  }

  /** Costs a mark now, and later its share of a sweep. */
  #cancel(slot: number, sequence: number): void {
    if (this.#sequences[slot] !== sequence || this.#tasks[slot] === undefined) return;
    this.#tasks[slot] = undefined;
    this.#cancelled++;
    if (this.#cancelled > SLACK && this.#cancelled * 2 > this.#length) this.#sweep();
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
      if (this.#tasks[slot] === undefined) {
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
    this.#instants = grown(this.#instants);
    this.#sequences = grown(this.#sequences);
    const slots = new Int32Array(before * 2);
    slots.set(this.#slots);
    this.#slots = slots;
    for (let slot = before; slot < before * 2; slot++) {
      slots[slot] = slot;
      this.#tasks.push(undefined);
      this.#by.push('');
    }
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
    const [a, b] = [this.#by[slot] ?? '', this.#by[other] ?? ''];
    if (a !== b) return a < b;
    return (this.#sequences[slot] ?? 0) < (this.#sequences[other] ?? 0);
  }
}

function grown(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}

const filled = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
