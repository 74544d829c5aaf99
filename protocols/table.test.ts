import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, findIn, newTable, takeFrom } from './table.ts';

describe('a table', () => {
  it('agrees with a map, whatever comes and goes, and however many are of one hash', () => {
    fc.assert(
      fc.property(hashes, fc.array(step, { maxLength: 200 }), (hashFrom, steps) => {
        const table = newTable(hashFrom);
        const there = new Set<number>();
        const find = (number: number): number | undefined =>
          findIn(table, hashFrom(number), (one) => one === number);
        for (const { number, isTaken } of steps) {
          if (isTaken) takeFrom(table, number);
          else if (!there.has(number)) addTo(table, number);
          if (isTaken) there.delete(number);
          else there.add(number);

          expect(table.size).toBe(there.size);
          expect(find(number)).toBe(isTaken ? undefined : number);
        }
        for (let number = 0; number < 60; number++) {
          expect(find(number)).toBe(there.has(number) ? number : undefined);
        }
      }),
    );
  });

  it('is never more than half full', () => {
    const table = newTable((number) => number);
    for (let number = 0; number < 1_000; number++) addTo(table, number);
    expect(table.slots.length).toBe(2_048);
  });
});

/** One slot for all, some few, the last and the first in turn, or as they come. */
const hashes = fc.constantFrom(
  () => 15,
  (number: number) => number % 3,
  (number: number) => -(number % 2) >>> 0,
  (number: number) => Math.imul(number, 0x9e37_79b1) >>> 0,
);
const step = fc.record({ number: fc.nat({ max: 59 }), isTaken: fc.boolean() });
