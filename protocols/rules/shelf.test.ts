import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant, Score } from '../units.ts';
import { better, bestOf, newShelf, shelve, unshelve, type Ranked } from './shelf.ts';

describe('a shelf', () => {
  it('agrees with sorting a list, whatever comes and goes in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ranked, fc.boolean(), fc.nat()), { maxLength: 80 }),
        (steps) => {
          const shelf = newShelf<Ranked>();
          let list: Ranked[] = [];
          for (const [item, isTaken, pick] of steps) {
            const one = list[pick % Math.max(1, list.length)];
            if (isTaken && one !== undefined) {
              unshelve(shelf, one);
              // Taken down once, it is not there any more.
              unshelve(shelf, one);
              list = list.filter((other) => other !== one);
            } else if (!list.some(({ person }) => person === item.person)) {
              shelve(shelf, item);
              list.push(item);
            }
            expect([...bestOf(shelf)]).toEqual(list.toSorted(better));
            expect(shelf.size).toBe(list.length);
            expect(shelf.piles.every(({ items, from }) => items.length > from)).toBe(true);
          }
        },
      ),
    );
  });

  it('lets the oldest go from the bottom, however many, and takes others meanwhile', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 0, max: 150 }),
        (count, gone) => {
          const shelf = newShelf<Ranked>();
          const items = Array.from({ length: count }, (_, at) => one(String(at), at % 2, at));
          for (const item of items) shelve(shelf, item);
          for (const item of items.slice(0, gone)) unshelve(shelf, item);
          const late = one('late', 1, count >> 1);
          shelve(shelf, late);
          const left = [...items.slice(gone), late];
          expect([...bestOf(shelf)]).toEqual(left.toSorted(better));
          for (const item of left) unshelve(shelf, item);
          expect([shelf.size, shelf.piles]).toEqual([0, []]);
        },
      ),
    );
  });

  it('has the higher F first, then the later, then the smaller digest', () => {
    const shelf = newShelf<Ranked>();
    const items = [one('d', 9, 1), one('c', 9, 2), one('b', 8, 3), one('a', 9, 2)];
    for (const item of items) shelve(shelf, item);
    expect([...bestOf(shelf)].map(({ person }) => person)).toEqual(['a', 'c', 'd', 'b']);
  });
});

const one = (person: string, finalScore: number, admittedAt: number): Ranked => ({
  person,
  of: { finalScore: finalScore as Score, admittedAt: admittedAt as Instant },
});

const ranked = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.nat(3), fc.nat(4))
  .map(([person, score, at]) => one(String(person), score, at));
