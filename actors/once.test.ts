import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, seconds, type Instant } from '../protocols/units.ts';
import { firstTime, keep, type Open, type Seen } from './once.ts';

describe('firstTime', () => {
  it('is true once, through the last instant at which an id may come again', () => {
    const seen: Seen<string> = new Map();
    const now = 5 as Instant;
    const last = 7 as Instant;

    expect(firstTime(seen, 'a', last, now)).toBe(true);
    expect(firstTime(seen, 'a', last, last)).toBe(false);
    expect(firstTime(seen, 'a', last, later(last, seconds(1)))).toBe(true);
  });

  it('keeps no id longer than it may come again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.string(), (ids, next) => {
        const start = 0 as Instant;
        const seen: Seen<string> = new Map();
        for (const id of ids) firstTime(seen, id, start, start);

        const after = later(start, seconds(1));
        expect(firstTime(seen, next, after, after)).toBe(true);
        expect([...seen.keys()]).toEqual([next]);
      }),
    );
  });

  it('never takes an id twice in its time, however the others lapse', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyId, fc.nat({ max: 3 }), fc.nat({ max: 5 }))), (arrivals) => {
        const seen: Seen<string> = new Map();
        const taken = new Map<string, number>();
        let now = 0;
        for (const [id, wait, life] of arrivals) {
          now += wait;
          const last = (now + life) as Instant;
          if (!firstTime(seen, id, last, now as Instant)) continue;
          expect(taken.get(id) ?? -1).toBeLessThan(now);
          taken.set(id, last);
        }
      }),
    );
  });
});

describe('keep', () => {
  it('takes no more than so many, but what has lapsed makes room', () => {
    const open: Open<string, number> = new Map();
    const until = 10 as Instant;
    const now = until;

    expect(keep(open, 'a', 1, { until, now, limit: 1 })).toBe(true);
    expect(keep(open, 'b', 2, { until, now, limit: 1 })).toBe(false);
    expect(keep(open, 'a', 3, { until, now, limit: 1 })).toBe(true);
    expect(keep(open, 'b', 2, { until, now: 11 as Instant, limit: 1 })).toBe(true);
    expect([...open]).toEqual([['b', { until, work: 2 }]]);
  });

  it('holds nothing that has lapsed longer than until the next piece comes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyId), anyId, (ids, next) => {
        const open: Open<string, number> = new Map();
        const [until, now] = [10 as Instant, 10 as Instant];
        for (const id of ids) keep(open, id, 1, { until, now, limit: 99 });
        keep(open, next, 2, { until: 20 as Instant, now: 11 as Instant, limit: 99 });
        expect([...open.keys()]).toEqual([next]);
      }),
    );
  });

  it('is never above its limit, and never drops what somebody waits for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyId, fc.nat({ max: 3 }), fc.nat({ max: 5 }))),
        fc.integer({ min: 1, max: 4 }),
        (pieces, limit) => {
          const open: Open<string, number> = new Map();
          let now = 0;
          for (const [id, wait, life] of pieces) {
            now += wait;
            const waiting = [...open].filter(([, { until }]) => until >= now).map(([key]) => key);
            keep(open, id, now, { until: (now + life) as Instant, now: now as Instant, limit });

            expect(open.size).toBeLessThanOrEqual(limit);
            for (const key of waiting) expect(open.has(key)).toBe(true);
          }
        },
      ),
    );
  });
});

const anyId = fc.constantFrom('a', 'b', 'c', 'd', 'e');
