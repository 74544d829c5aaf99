/**
 * What every clock keeps to, run by the tests of each. `pass` lets time go on until an instant has
 * passed with all that happens at it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, type Duration, type Instant } from '../protocols/units.ts';
import type { Clock } from './host.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  readonly pass: (until: Instant) => Promise<void>;
}

/** `runs`: how often each property is tried; fewer where time is real. */
export function clockContract(
  name: string,
  make: () => ClockUnderTest,
  options: { readonly runs?: number } = {},
): void {
  const often = options.runs === undefined ? {} : { numRuns: options.runs };

  describe(name, () => {
    it('never runs a task within `at`, also where its instant has passed', async () => {
      const { clock, pass } = make();
      let ran = 0;
      const start = clock.now();
      for (const offset of [-1_000_000, -1, 0]) clock.at(ms(start, offset), () => ran++);
      expect(ran).toBe(0);
      await pass(ms(start, 1));
      expect(ran).toBe(3);
    });

    it('runs each task once, not before its instant, in the order of instant, who and when', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { maxLength: 20 }), async (wishes) => {
          const { clock, pass } = make();
          const start = clock.now();
          const ran: number[] = [];
          let early = 0;
          for (const [index, { offset, by }] of wishes.entries()) {
            const due = ms(start, offset);
            const task = (): void => {
              if (clock.now() < due) early++;
              ran.push(index);
            };
            clock.at(due, task, by);
          }
          await pass(ms(start, LAST));
          expect(early).toBe(0);
          expect(ran).toEqual(expectedOrder(wishes));
        }),
        often,
      );
    });

    it('runs all but what was cancelled, and cancelling what ran does nothing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { maxLength: 20 }), async (wishes) => {
          const { clock, pass } = make();
          const start = clock.now();
          const ran: number[] = [];
          const cancels = wishes.map(({ offset, by }, index) =>
            clock.at(ms(start, offset), () => ran.push(index), by),
          );
          for (const [index, { cancelled }] of wishes.entries()) {
            if (cancelled) cancels[index]?.();
          }
          await pass(ms(start, LAST));
          const expected = expectedOrder(wishes).filter((index) => !wishes[index]?.cancelled);
          expect(ran).toEqual(expected);
          for (const cancel of cancels) cancel();
          await pass(ms(start, LAST + 1));
          expect(ran).toEqual(expected);
        }),
        often,
      );
    });

    it('lets a task cancel another of the same instant', async () => {
      const { clock, pass } = make();
      const due = ms(clock.now(), 1);
      let ran = false;
      clock.at(due, () => cancel(), 'a');
      const cancel = clock.at(due, () => (ran = true), 'b');
      await pass(ms(due, 1));
      expect(ran).toBe(false);
    });

    it('runs what a task schedules', async () => {
      const { clock, pass } = make();
      const start = clock.now();
      const seen: string[] = [];
      let last = start;
      clock.at(ms(start, 1), () => {
        // A real clock may have run on: `later` is from when this runs, not from the start.
        last = ms(clock.now(), 1);
        clock.at(start, () => seen.push('as soon as may be'));
        clock.at(last, () => seen.push('later'));
        seen.push('first');
      });
      await pass(ms(start, LAST));
      await pass(last);
      expect(seen).toEqual(['first', 'as soon as may be', 'later']);
    });

    it('never goes back', async () => {
      const { clock, pass } = make();
      const start = clock.now();
      await pass(ms(start, 2));
      expect(clock.now()).toBeGreaterThanOrEqual(ms(start, 2));
      clock.at(start, () => {});
      await pass(clock.now());
      expect(clock.now()).toBeGreaterThanOrEqual(ms(start, 2));
    });
  });
}

interface Wish {
  readonly offset: number;
  readonly by: string;
  readonly cancelled: boolean;
}

const LAST = 6;
const ms = (from: Instant, by: number): Instant => later(from, by as Duration);

const wish: fc.Arbitrary<Wish> = fc.record({
  offset: fc.integer({ min: 0, max: LAST - 1 }),
  by: fc.constantFrom('', 'miner/a', 'miner/b'),
  cancelled: fc.boolean(),
});

const expectedOrder = (wishes: readonly Wish[]): number[] =>
  [...wishes.keys()].toSorted((a, b) => {
    const [one, other] = [wishes[a], wishes[b]];
    if (one === undefined || other === undefined) return 0;
    return one.offset - other.offset || (one.by < other.by ? -1 : one.by > other.by ? 1 : a - b);
  });
