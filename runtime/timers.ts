/**
 * What is to happen, soonest first: the one queue under both clocks.
 *
 *     order = (instant, who scheduled it, in which order)
 *
 * The order is total and names no machine, so a run repeats whatever else goes on around it.
 * It holds what was asked for and is still to come, at most as much again of what was cancelled,
 * and `SLACK`: an actor that keeps its questions few keeps its timers few. The room once needed is kept.
 *
 * Each timer has a slot, and all that is known of a slot is in columns. A slot is a task's while it
 * waits; or an agent's of a lane for good: those that all do alike and wait for one instant at a time
 * need no task, no name and no way to cancel of their own.
 *
 * A heap of a hundred thousand costs seventeen steps a timer, each to another corner of memory. So
 * only what is due today lies in a heap, and later days in `#days` (`days.ts`), unsorted: that costs
 * the same for ten timers and for a million. `bench/simulation.ts` has the figures.
 */
import { invariant, type Instant } from '../protocols/units.ts';
import { Days } from './days.ts';
import { grown } from './heap.ts';
import type { Cancel } from './host.ts';
import { Today } from './today.ts';

type Task = () => void;

/** Agents that are numbered from 0 and handled alike. */
export interface Lane {
  readonly number: number;
  /** The slot of its first agent; the others follow. */
  readonly base: number;
  readonly handle: (agent: number) => void;
}

/** So few cancelled timers are not worth a sweep. */
const SLACK = 64;
/** A small subnet's timers fit without growing. */
const FIRST_CAPACITY = 64;
/** An agent comes before the tasks of its lane's name: numbers of tasks are never below 0. */
const BEFORE_TASKS = 2 ** 32;
/** Their numbers are of 16 bits. */
const MOST_LANES = 2 ** 15 - 1;

export class Timers {
  /** By slot: what is to be done, undefined where it is no task's, was cancelled, or is free. */
  readonly #tasks: (Task | undefined)[] = [];
  /** By slot: who scheduled it, or the name of the agent's lane. */
  readonly #by: string[] = [];
  /** By slot: its number among all tasks that were ever added, or that of an agent. */
  #sequences = new Float64Array(FIRST_CAPACITY);
  /** By slot: the number of the agent's lane, negative while the agent waits; 0 where it is no agent's. */
  #lane = new Int16Array(FIRST_CAPACITY);
  /** By number, which is never 0. */
  readonly #lanes: (Lane | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #today = new Today((slot, other) => this.#isFirst(slot, other));
  readonly #days = new Days();
  #cancelled = 0;
  #sequence = 0;

  /** How many are still to run. */
  get size(): number {
    return this.#today.length + this.#days.length - this.#cancelled;
  }

  /** The way to cancel it does nothing once it has run. */
  add(instant: Instant, task: Task, by: string): Cancel {
    const slot = this.#free.pop() ?? this.#newSlot();
    const sequence = this.#sequence++;
    this.#tasks[slot] = task;
    this.#by[slot] = by;
    this.#sequences[slot] = sequence;
    this.#put(instant, slot);
    return () => this.#cancel(slot, sequence);
  }

  /** At one instant agents come in the order of their numbers, at the place of the lane's name. */
  lane(name: string, agents: number, handle: (agent: number) => void): Lane {
    const base = this.#tasks.length;
    const number = this.#lanes.length;
    invariant(number <= MOST_LANES, 'a population is one lane, however large');
    for (let agent = 0; agent < agents; agent++) {
      const slot = this.#newSlot();
      this.#by[slot] = name;
      this.#sequences[slot] = slot - BEFORE_TASKS;
      this.#lane[slot] = number;
    }
    const lane = { number, base, handle };
    this.#lanes.push(lane);
    return lane;
  }

  /** Has an agent handled at an instant. It waits for one at a time. */
  wait({ number, base }: Lane, agent: number, until: Instant): void {
    const slot = base + agent;
    invariant(this.#lane[slot] === number, 'an agent waits for one instant at a time');
    this.#lane[slot] = -number;
    this.#put(until, slot);
  }

  /** When the soonest is due; never where there is none: a clock asks for every task. */
  get soonest(): number {
    const today = this.#today;
    if (today.length > 0 && this.#cancelled === 0) return today.instant;
    return this.#look() ? today.instant : Infinity;
  }

  /** Removes the soonest and returns its task; undefined where there is none. */
  take(): Task | undefined {
    if (!this.#look()) return undefined;
    const slot = this.#today.take();
    return this.#lane[slot] === 0 ? this.#taken(slot) : () => this.#handle(slot);
  }

  /** Removes the soonest, of which it was asked when it is due, and runs it. */
  run(): void {
    const slot = this.#today.take();
    if (this.#lane[slot] === 0) this.#taken(slot)?.();
    else this.#handle(slot);
  }

  clear(): void {
    this.#today.clear();
    this.#days.clear();
    this.#cancelled = 0;
    this.#free.length = 0;
    for (let slot = 0; slot < this.#tasks.length; slot++) {
      this.#tasks[slot] = undefined;
      const lane = Math.abs(this.#lane[slot] ?? 0);
      this.#lane[slot] = lane;
      if (lane === 0) this.#free.push(slot);
    }
  }

  /** Has the soonest that was not cancelled come first today. False where there is none. */
  #look(): boolean {
    const [today, days] = [this.#today, this.#days];
    for (;;) {
      while (today.length > 0) {
        if (this.#cancelled === 0 || this.#isLive(today.slot)) return true;
        this.#forget(today.take());
      }
      if (days.length === 0) return false;
      days.turn(today);
    }
  }

  #put(instant: number, slot: number): void {
    if (!this.#days.add(instant, slot)) this.#today.add(instant, slot);
  }

  #taken(slot: number): Task | undefined {
    const task = this.#tasks[slot];
    this.#tasks[slot] = undefined;
    this.#free.push(slot);
    return task;
  }

  #handle(slot: number): void {
    const number = -(this.#lane[slot] ?? 0);
    const lane = this.#lanes[number];
    invariant(lane !== undefined, 'an agent that is due waited in a lane');
    this.#lane[slot] = number;
    lane.handle(slot - lane.base);
  }

  #newSlot(): number {
    const slot = this.#tasks.length;
    this.#tasks.push(undefined);
    this.#by.push('');
    if (slot === this.#sequences.length) {
      this.#sequences = grown(this.#sequences, Float64Array);
      this.#lane = grown(this.#lane, Int16Array);
    }
    return slot;
  }

  /** An agent that is in the queue waits: it can't be cancelled. */
  #isLive(slot: number): boolean {
    return this.#tasks[slot] !== undefined || this.#lane[slot] !== 0;
  }

  /** Costs a mark now, and later its share of a sweep. */
  #cancel(slot: number, sequence: number): void {
    if (this.#sequences[slot] !== sequence || this.#tasks[slot] === undefined) return;
    this.#tasks[slot] = undefined;
    this.#cancelled++;
    const length = this.#today.length + this.#days.length;
    if (this.#cancelled > SLACK && this.#cancelled * 2 > length) this.#sweep();
  }

  #forget(slot: number): void {
    this.#free.push(slot);
    this.#cancelled--;
  }

  #sweep(): void {
    const isKept = (slot: number): boolean => {
      if (this.#isLive(slot)) return true;
      this.#forget(slot);
      return false;
    };
    this.#today.filter(isKept);
    this.#days.filter(isKept);
  }

  /** Whether one comes before another of the same instant. */
  #isFirst(slot: number, other: number): boolean {
    const [a, b] = [this.#by[slot] ?? '', this.#by[other] ?? ''];
    if (a !== b) return a < b;
    return (this.#sequences[slot] ?? 0) < (this.#sequences[other] ?? 0);
  }
}
