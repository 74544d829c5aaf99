/**
 * What is due after today, by day: a calendar queue (R. Brown, 1988), whose days are as long as a
 * few timers take to come due, whatever that is in milliseconds.
 *
 *     day = ⌊(instant − origin) / length of a day⌋      page = day mod number of pages
 *
 * A page is a chain of slots in no order. A later instant never has an earlier day, so a day that is
 * taken out whole, and sorted by whoever takes it, keeps the order of all. How long a day is and how
 * many pages there are decides the cost alone: both follow what came due lately.
 */
import { grown } from './heap.ts';
import type { Today } from './today.ts';

/** Timers that come due a day: turning a page is shared by so many. */
const A_DAY = 5;
/** Timers a page, of this round and later ones: fewer pages stay in the cache. */
const A_PAGE = 2;
/** Days may be so many times too short or too long before they are measured anew. */
const TOLERATED = 2;
/** Pages may be so many times too many. */
const ROOMY = 8;
const FEWEST_PAGES = 64;
/** Of instants: no day is shorter than what tells two of them apart at the end of this century. */
const SHORTEST_DAY = 2 ** -10;
const NONE = -1;

export class Days {
  /** By slot. */
  #instants = new Float64Array(FEWEST_PAGES);
  /** By slot: the one behind it on its page. */
  #behind = new Int32Array(FEWEST_PAGES);
  /** By page: the first slot on it. A power of two of them. */
  #pages = new Int32Array(FEWEST_PAGES).fill(NONE);
  #length = 0;
  /** When day 0 begins. Until it is known, all is endlessly far off. */
  #origin = -Infinity;
  #perDay = 1;
  /** What is due on it or before is not here. */
  #today = -1;
  /** Since days were last measured: the day that was, and how many came due. */
  #since = 0;
  #cameDue = 0;
  /** Since then: pages that were looked at. */
  #turned = 0;

  get length(): number {
    return this.#length;
  }

  /** Takes in what is due after today. False where it is due today or before: it has no place here. */
  add(instant: number, slot: number): boolean {
    const day = this.#dayOf(instant);
    if (day <= this.#today) return false;
    while (slot >= this.#behind.length) {
      this.#instants = grown(this.#instants, Float64Array);
      this.#behind = grown(this.#behind, Int32Array);
    }
    this.#instants[slot] = instant;
    this.#file(slot, day);
    if (++this.#length > 2 * A_PAGE * this.#pages.length) this.#measure();
    return true;
  }

  /** Makes the next day on which anything is due today, and moves what is. Only where there is any. */
  turn(into: Today): void {
    if (this.#origin === -Infinity) this.#measure();
    if (Math.max(this.#cameDue, this.#turned) >= this.#pages.length) this.#review();
    const mask = this.#pages.length - 1;
    const before = this.#length;
    for (let turned = 0; this.#length === before; turned++) {
      // A whole round with nothing due: whatever comes is far off.
      if (turned > mask) this.#today = this.#firstDay() - 1;
      this.#today++;
      this.#turned++;
      this.#take(this.#today & mask, into);
    }
    this.#cameDue += before - this.#length;
    into.sort();
  }

  /** Keeps those for which it is so. */
  filter(isKept: (slot: number) => boolean): void {
    for (const slot of this.#takeAll()) {
      if (isKept(slot)) this.#file(slot, this.#dayOf(this.#instants[slot] ?? 0));
      else this.#length--;
    }
  }

  clear(): void {
    this.#pages.fill(NONE);
    this.#length = 0;
    this.#origin = -Infinity;
    this.#today = -1;
    this.#beginCount();
  }

  #dayOf(instant: number): number {
    return Math.floor((instant - this.#origin) * this.#perDay);
  }

  #file(slot: number, day: number): void {
    const page = day & (this.#pages.length - 1);
    this.#behind[slot] = this.#pages[page] ?? NONE;
    this.#pages[page] = slot;
  }

  /** Moves what is due today off its page; what is due in later rounds stays. */
  #take(page: number, into: Today): void {
    let slot = this.#pages[page] ?? NONE;
    if (slot === NONE) return;
    let stays = NONE;
    while (slot !== NONE) {
      const behind = this.#behind[slot] ?? NONE;
      const instant = this.#instants[slot] ?? 0;
      if (this.#dayOf(instant) > this.#today) {
        this.#behind[slot] = stays;
        stays = slot;
      } else {
        into.lay(instant, slot);
        this.#length--;
      }
      slot = behind;
    }
    this.#pages[page] = stays;
  }

  #firstDay(): number {
    let first = Infinity;
    for (const slot of this.#all()) first = Math.min(first, this.#instants[slot] ?? 0);
    return this.#dayOf(first);
  }

  /** Are days as long as they should be, and pages as many? */
  #review(): void {
    const crowd = this.#cameDue / Math.max(1, this.#today - this.#since);
    const isOff = crowd > A_DAY * TOLERATED || crowd * TOLERATED < A_DAY;
    const isRoomy = this.#pages.length > ROOMY * Math.max(FEWEST_PAGES, this.#length);
    if (isOff || isRoomy) this.#measure();
    this.#beginCount();
  }

  /**
   * Sets how long a day is and how many pages there are, and files all anew: by what came due since
   * the last time, or by how far off what waits is where that is little. The first that waits begins
   * day 0. What is not here is due before it, and so before today is over.
   */
  #measure(): void {
    const slots = this.#takeAll();
    const instants = slots.map((slot) => this.#instants[slot] ?? 0);
    const first = instants.reduce((a, b) => Math.min(a, b));
    const wait = instants.reduce((sum, instant) => sum + (instant - first), 0) / slots.length;
    const isTelling = this.#cameDue * 2 >= this.#pages.length;
    const apart = isTelling
      ? (this.#today - this.#since) / this.#perDay / this.#cameDue
      : wait / slots.length;

    this.#origin = first;
    this.#perDay = 1 / Math.max(SHORTEST_DAY, apart * A_DAY);
    this.#today = -1;
    this.#beginCount();
    let pages = FEWEST_PAGES;
    while (pages * A_PAGE < slots.length) pages *= 2;
    this.#pages = new Int32Array(pages).fill(NONE);
    for (const slot of slots) this.#file(slot, this.#dayOf(this.#instants[slot] ?? 0));
  }

  #beginCount(): void {
    this.#since = this.#today;
    this.#cameDue = 0;
    this.#turned = 0;
  }

  /** All slots, each off its page. */
  #takeAll(): number[] {
    const slots = [...this.#all()];
    this.#pages.fill(NONE);
    return slots;
  }

  *#all(): Generator<number> {
    for (const first of this.#pages) {
      for (let slot = first; slot !== NONE; slot = this.#behind[slot] ?? NONE) yield slot;
    }
  }
}
