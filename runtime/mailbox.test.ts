import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mailbox } from './mailbox.ts';

describe('Mailbox', () => {
  it('gives back in order what it was given, until it is full', () => {
    const mailbox = new Mailbox<string>(2);
    expect([mailbox.offer('a'), mailbox.offer('b'), mailbox.offer('c')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([mailbox.take(), mailbox.take(), mailbox.take()]).toEqual(['a', 'b', undefined]);
  });

  it('agrees with a plain list, whatever is offered and taken', () => {
    fc.assert(
      fc.property(bounds, fc.array(burst, { maxLength: 40 }), (bound, bursts) => {
        const mailbox = new Mailbox<number>(bound);
        const list: number[] = [];
        let next = 0;
        for (const count of bursts) {
          for (let at = 0; at < count; at++) {
            expect(mailbox.offer(next)).toBe(list.length < bound);
            if (list.length < bound) list.push(next);
            next++;
          }
          for (let at = 0; at > count; at--) expect(mailbox.take()).toBe(list.shift());
          expect(mailbox.length).toBe(list.length);
        }
      }),
    );
  });

  it('is as good as new after a burst that it gave its ring back for', () => {
    const mailbox = new Mailbox<number>(5_000);
    for (const size of [3, 1_024, 1_025, 5_000, 5]) {
      for (let at = 0; at < size; at++) expect(mailbox.offer(at)).toBe(true);
      for (let at = 0; at < size; at++) expect(mailbox.take()).toBe(at);
      expect(mailbox.take()).toBeUndefined();
    }
  });
});

const bounds = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom(7, 8, 9, 16, 17, Infinity),
);
/** So many offered, or where below 0 so many taken. */
const burst = fc.integer({ min: -20, max: 20 });
