/**
 * What is to happen, soonest first: the one binary heap under both clocks.
 *
 *     order = (instant, who scheduled it, in which order)
 *
 * The order is total and names no machine, so a run repeats whatever else goes on around it.
 * It holds what was asked for and is still to come, at most as much again of what was cancelled,
 * and `SLACK`: an actor that keeps its questions few keeps its timers few.
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

export class Timers {
  #heap: Timer[] = [];
  #cancelled = 0;
  #sequence = 0;

  /** How many are still to run. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(instant: Instant, task: () => void, by: string): Timer {
    const timer = { instant, by, sequence: this.#sequence++, task };
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return timer;
  }

  /** Does nothing to one that ran. Costs a mark now, and later its share of a sweep. */
  cancel(timer: Timer): void {
    if (timer.task === undefined) return;
    timer.task = undefined;
    this.#cancelled++;
    if (this.#cancelled > SLACK && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  /** When the soonest is due; undefined where there is none. */
  next(): Instant | undefined {
    for (;;) {
      const soonest = this.#heap[0];
      if (soonest === undefined || soonest.task !== undefined) return soonest?.instant;
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
    for (const timer of this.#heap) timer.task = undefined;
    this.#heap = [];
    this.#cancelled = 0;
  }

  #removeFirst(): Timer | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ task }) => task !== undefined);
    this.#cancelled = 0;
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const timer = heap[from];
    if (timer === undefined) return;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const timer = heap[from];
    if (timer === undefined) return;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      let child = heap[left];
      if (child === undefined) break;
      let below = left;
      const right = heap[left + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        below = left + 1;
      }
      if (!isBefore(child, timer)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.instant !== b.instant) return a.instant < b.instant;
  if (a.by !== b.by) return a.by < b.by;
  return a.sequence < b.sequence;
}
