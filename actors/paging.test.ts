import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, type Duration, type Hotkey, type Instant } from '../protocols/units.ts';
import { PAGE_PAUSE, takeUnsent, type Paged } from './paging.ts';

describe('links that were sent lately', () => {
  it('are not sent again, whatever the question for them', () => {
    const paged: Paged = new Map();
    expect(ask(paged, 0, 4)).toEqual([0, 1, 2, 3]);
    expect(ask(paged, 0, 4)).toEqual([]);
    expect(ask(paged, 2, 6)).toEqual([4, 5]);
  });

  it('are sent to another, and of another chain', () => {
    const paged: Paged = new Map();
    ask(paged, 0, 4);
    expect(takeUnsent(paged, { ...question(0, 2), asker: 'validator/b' }, START)).toEqual([0, 1]);
    expect(takeUnsent(paged, { ...question(0, 2), pool: '5Q' as Hotkey }, START)).toEqual([0, 1]);
  });

  it('are sent again once the pause is over, and not at its last instant', () => {
    const paged: Paged = new Map();
    ask(paged, 0, 2);
    expect(ask(paged, 0, 2, later(START, PAGE_PAUSE))).toEqual([]);
    expect(ask(paged, 0, 2, later(START, (PAGE_PAUSE + 1) as Duration))).toEqual([0, 1]);
  });

  it('never wait for longer than the pause, however often others beside them are asked for', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const paged: Paged = new Map();
        const sentAt = new Map<number, number[]>();
        let now: number = START;
        for (const { pause, from, count } of steps) {
          now += pause;
          const sent = ask(paged, from, from + count, now as Instant);
          for (let number = from; number < from + count; number++) {
            const times = sentAt.get(number) ?? [];
            const last = times.at(-1) ?? -Infinity;
            if (now > last + PAGE_PAUSE) expect(sent).toContain(number);
            if (!sent.includes(number)) continue;
            // Once in each pause, and once more where the block's time ends between.
            expect(times.filter((at) => at >= now - PAGE_PAUSE).length).toBeLessThanOrEqual(1);
            sentAt.set(number, [...times, now]);
          }
        }
      }),
    );
  });

  it('are remembered a number for thirty-two, and only while they may not be sent', () => {
    const paged: Paged = new Map();
    for (let number = 0; number < 640; number++) ask(paged, number, number + 1);
    expect(paged.size).toBe(20);
    ask(paged, 0, 1, later(START, (PAGE_PAUSE + 1) as Duration));
    expect(paged.size).toBe(1);
  });
});

const START = 1_700_000_000_000 as Instant;
const question = (from: number, to: number) => ({
  asker: 'validator/a',
  pool: '5P' as Hotkey,
  from,
  to,
});
const ask = (paged: Paged, from: number, to: number, now: Instant = START) =>
  takeUnsent(paged, question(from, to), now);

/** Questions about links around the end of a block, at times around the end of a pause. */
const step = fc.record({
  pause: fc.oneof(
    fc.integer({ min: 0, max: 2_000 }),
    fc.constantFrom(PAGE_PAUSE - 1, PAGE_PAUSE, PAGE_PAUSE + 1),
  ),
  from: fc.integer({ min: 26, max: 36 }),
  count: fc.integer({ min: 0, max: 10 }),
});
