/**
 * What is to happen, soonest first: the one binary heap under both clocks.
 *
 *     order = (instant, who scheduled it, in which order)
 *
 * The order is total and names no machine, so a run repeats whatever else goes on around it.
 * It holds what was asked for and is still to come, at most as much again of what was cancelled,
 * and `SLACK`: an actor that keeps its questions few keeps its timers few. The room once needed is kept.
 *
 * All is in columns. The heap moves an instant and a ticket, and looks behind the ticket only where
 * two instants are equal. A ticket from 0 up is the slot of a task; one below 0 is an agent of a lane:
 * those that all do alike and wait for one instant at a time need no task, no name and no way to
 * cancel of their own. Moving an object for each timer was several times slower: `bench/simulation.ts`.
 */
import { invariant, type Instant } from '../protocols/units.ts';
import type { Cancel } from './host.ts';

type Task = () => void;

/** Agents that are numbered from 0 and handled alike. */
export interface Lane {
  /** Has an agent handled at an instant. It waits for one at a time. */
  wait(agent: number, until: Instant): void;
}

/** So few cancelled timers are not worth a sweep. */
const SLACK = 64;
/** A small subnet's timers fit without growing. */
const FIRST_CAPACITY = 64;

export class Timers {
  /** In the order of the heap; `#length` of them count. */
  #instants = new Float64Array(FIRST_CAPACITY);
  #tickets = new Int32Array(FIRST_CAPACITY);
  /** By slot: what is to be done, undefined where it was cancelled or the slot is free. */
  readonly #tasks: (Task | undefined)[] = [];
  /** By slot: who scheduled it. */
  readonly #by: string[] = [];
  /** By slot: its number among all that were ever added. */
  #sequences = new Float64Array(FIRST_CAPACITY);
  readonly #free: number[] = [];
  readonly #lanes: AnyLane[] = [];
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
    const last = this.#lanes.at(-1);
    const base = last === undefined ? 0 : last.base + last.waits.length;
    const waits = new Uint8Array(agents);
    this.#lanes.push({ name, base, waits, handle });
    return {
      wait: (agent, until) => {
        invariant(waits[agent] === 0, 'an agent waits for one instant at a time');
        waits[agent] = 1;
        this.#put(until, -1 - base - agent);
      },
    };
  }

  /** When the soonest is due; undefined where there is none. */
  next(): Instant | undefined {
    if (this.#isFirstTaken) this.#closeGap();
    while (this.#length > 0) {
      const ticket = this.#tickets[0] ?? 0;
      if (ticket < 0 || this.#tasks[ticket] !== undefined) return this.#instants[0] as Instant;
      this.#closeGap();
      this.#free.push(ticket);
      this.#cancelled--;
    }
    return undefined;
  }

  /** Removes the soonest and returns its task; undefined where there is none. */
  take(): Task | undefined {
    if (this.next() === undefined) return undefined;
    const ticket = this.#tickets[0] ?? 0;
    this.#isFirstTaken = true;
    return ticket < 0 ? () => this.#handle(ticket) : this.#taken(ticket);
  }

  /** Removes the soonest and runs it; nothing where there is none. */
  run(): void {
    if (this.next() === undefined) return;
    const ticket = this.#tickets[0] ?? 0;
    this.#isFirstTaken = true;
    if (ticket < 0) this.#handle(ticket);
    else this.#taken(ticket)?.();
  }

  clear(): void {
    for (const lane of this.#lanes) lane.waits.fill(0);
    this.#tasks.fill(undefined);
    this.#free.length = 0;
    for (let slot = 0; slot < this.#tasks.length; slot++) this.#free.push(slot);
    this.#length = 0;
    this.#isFirstTaken = false;
    this.#cancelled = 0;
  }

  #taken(slot: number): Task | undefined {
    const task = this.#tasks[slot];
    this.#tasks[slot] = undefined;
    this.#free.push(slot);
    return task;
  }

  #handle(ticket: number): void {
    const number = -1 - ticket;
    const lane = this.#laneOf(number);
    const agent = number - lane.base;
    lane.waits[agent] = 0;
    lane.handle(agent);
  }

  #laneOf(number: number): AnyLane {
    for (let at = this.#lanes.length - 1; at >= 0; at--) {
      const lane = this.#lanes[at];
      if (lane !== undefined && number >= lane.base) return lane;
    }
    invariant(false, 'an agent is of some lane');
  }

  #put(instant: number, ticket: number): void {
    if (this.#isFirstTaken) {
      this.#isFirstTaken = false;
      this.#sink(0, instant, ticket);
      return;
    }
    const at = this.#length++;
    if (at === this.#tickets.length) {
      this.#instants = grown(this.#instants, Float64Array);
      this.#tickets = grown(this.#tickets, Int32Array);
    }
    this.#rise(at, instant, ticket);
  }

  #newSlot(): number {
    const slot = this.#tasks.length;
    this.#tasks.push(undefined);
    this.#by.push('');
    if (slot === this.#sequences.length) this.#sequences = grown(this.#sequences, Float64Array);
    return slot;
  }

  /** Costs a mark now, and later its share of a sweep. */
  #cancel(slot: number, sequence: number): void {
    if (this.#sequences[slot] !== sequence || this.#tasks[slot] === undefined) return;
    this.#tasks[slot] = undefined;
    this.#cancelled++;
    if (this.#cancelled > SLACK && this.#cancelled * 2 > this.#length) this.#sweep();
  }

  /** The last comes to the top and sinks. */
  #closeGap(): void {
    this.#isFirstTaken = false;
    const last = --this.#length;
    if (last > 0) this.#sink(0, this.#instants[last] ?? 0, this.#tickets[last] ?? 0);
  }

  #sweep(): void {
    if (this.#isFirstTaken) this.#closeGap();
    let kept = 0;
    for (let at = 0; at < this.#length; at++) {
      const ticket = this.#tickets[at] ?? 0;
      if (ticket >= 0 && this.#tasks[ticket] === undefined) {
        this.#free.push(ticket);
      } else {
        this.#instants[kept] = this.#instants[at] ?? 0;
        this.#tickets[kept++] = ticket;
      }
    }
    this.#length = kept;
    this.#cancelled = 0;
    for (let at = (kept >> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#instants[at] ?? 0, this.#tickets[at] ?? 0);
    }
  }

  #rise(from: number, instant: number, ticket: number): void {
    const [instants, tickets] = [this.#instants, this.#tickets];
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = instants[above] ?? 0;
      if (parent < instant) break;
      const its = tickets[above] ?? 0;
      if (parent === instant && !this.#isFirst(ticket, its)) break;
      instants[at] = parent;
      tickets[at] = its;
      at = above;
    }
    instants[at] = instant;
    tickets[at] = ticket;
  }

  #sink(from: number, instant: number, ticket: number): void {
    const [instants, tickets, length] = [this.#instants, this.#tickets, this.#length];
    let at = from;
    for (let below = 2 * at + 1; below < length; below = 2 * at + 1) {
      let child = instants[below] ?? 0;
      if (below + 1 < length) {
        const right = instants[below + 1] ?? 0;
        if (
          right < child ||
          (right === child && this.#isFirst(tickets[below + 1] ?? 0, tickets[below] ?? 0))
        ) {
          child = right;
          below++;
        }
      }
      if (child > instant) break;
      const its = tickets[below] ?? 0;
      if (child === instant && !this.#isFirst(its, ticket)) break;
      instants[at] = child;
      tickets[at] = its;
      at = below;
    }
    instants[at] = instant;
    tickets[at] = ticket;
  }

  /** Whether one comes before another of the same instant. */
  #isFirst(ticket: number, other: number): boolean {
    const [a, b] = [this.#nameOf(ticket), this.#nameOf(other)];
    if (a !== b) return a < b;
    // Of a lane the smaller number first, and before tasks of the lane's name.
    if (ticket < 0 || other < 0) return ticket < 0 && (other >= 0 || ticket > other);
    return (this.#sequences[ticket] ?? 0) < (this.#sequences[other] ?? 0);
  }

  #nameOf(ticket: number): string {
    return ticket < 0 ? this.#laneOf(-1 - ticket).name : (this.#by[ticket] ?? '');
  }
}

interface AnyLane {
  readonly name: string;
  /** The number of its first agent among those of all lanes. */
  readonly base: number;
  /** By agent: 1 while it waits. */
  readonly waits: Uint8Array;
  readonly handle: (agent: number) => void;
}

function grown<Column extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  column: Column,
  make: new (length: number) => Column,
): Column {
  const larger = new make(column.length * 2);
  larger.set(column);
  return larger;
}
