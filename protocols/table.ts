/**
 * Numbers found again by what they stand for: a hash table of some 9 bytes a number, outside the heap.
 *
 *     hash ──▶ slot ──▶ a number; it stands for another key? ──▶ the next slot
 *
 * What a number stands for lies with whoever asks, so that no key is held for the table's sake: a `Map`
 * of a million digests is 120 MB, and each of its keys is looked at in every collection of garbage.
 */

export interface Table {
  /** A number and 1, or 0 where there is none. At most half of them are taken. */
  slots: Uint32Array;
  size: number;
  /** The hash of what a number stands for: 0 to 2^32 - 1, and as good as chance. */
  readonly hashOf: (number: number) => number;
}

/** The largest number that a table holds. */
export const MOST_NUMBER = 0xffff_fffe;
const FIRST_SLOTS = 16;

export const newTable = (hashOf: Table['hashOf']): Table => ({
  slots: new Uint32Array(FIRST_SLOTS),
  size: 0,
  hashOf,
});

/** The number of that hash of which `isIt` holds. */
export function findIn(
  { slots }: Table,
  hash: number,
  isIt: (number: number) => boolean,
): number | undefined {
  const mask = slots.length - 1;
  for (let at = hash & mask; ; at = (at + 1) & mask) {
    const number = (slots[at] ?? 0) - 1;
    if (number < 0) return undefined;
    if (isIt(number)) return number;
  }
}

/** Puts in a number that is not there. */
export function addTo(table: Table, number: number): void {
  table.size++;
  if (table.size * 2 > table.slots.length) {
    const before = table.slots;
    table.slots = new Uint32Array(before.length * 2);
    for (const slot of before) if (slot > 0) place(table, slot);
  }
  place(table, number + 1);
}

function place({ slots, hashOf }: Table, slot: number): void {
  const mask = slots.length - 1;
  let at = hashOf(slot - 1) & mask;
  while (slots[at] !== 0) at = (at + 1) & mask;
  slots[at] = slot;
}

/** Takes out a number, if it is there. What it stands for must still be so. */
export function takeFrom(table: Table, number: number): void {
  const { slots, hashOf } = table;
  const mask = slots.length - 1;
  let hole = hashOf(number) & mask;
  while (slots[hole] !== number + 1) {
    if (slots[hole] === 0) return;
    hole = (hole + 1) & mask;
  }
  table.size--;
  slots[hole] = 0;
  // Who had to go on because of it comes back: nobody is looked for beyond an empty slot.
  for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
    const slot = slots[at] ?? 0;
    if (slot === 0) return;
    const home = hashOf(slot - 1) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    slots[hole] = slot;
    slots[at] = 0;
    hole = at;
  }
}
