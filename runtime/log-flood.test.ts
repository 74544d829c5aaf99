import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../protocols/arbitraries.ts';
import { later, minutes, seconds } from '../protocols/units.ts';
import { Flood, MOST_SORTS } from './log-flood.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('a flood of lines', () => {
  it('is written up to a bound a minute, and every line is written or counted', async () => {
    const anyLine = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(40_000));
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        async (lines, most) => {
          const { clock, flood, told } = begin();
          const written: { sort: string; at: number }[] = [];
          for (const [sort, wait] of lines) {
            await clock.run(later(clock.now(), seconds(wait / 1_000)));
            if (flood.allows(sort, most)) written.push({ sort, at: clock.now() });
          }
          flood.flush();
          const leftOut = told.reduce((sum, { count }) => sum + count, 0);
          expect(written.length + leftOut).toBe(lines.length);
          expect(flood.leftOut).toBe(leftOut);
          for (const { sort, at } of written) {
            const near = written.filter(
              (one) => one.sort === sort && Math.abs(one.at - at) < 30_000,
            );
            expect(near.length).toBeLessThanOrEqual(2 * most); // A minute ends and the next begins.
          }
        },
      ),
      { numRuns: 100 }, // Each waits for hours of virtual time.
    );
  });

  it('says by itself what it left out when the minute is over, and is quiet where it left out nothing', async () => {
    const { clock, flood, told } = begin();
    for (let n = 0; n < 10; n++) flood.allows('lost forged', 3);
    flood.allows('once', 3);
    await clock.run(later(START, minutes(1)));
    expect(told).toEqual([{ sort: 'lost forged', count: 7, since: START }]);
    expect(flood.allows('lost forged', 3)).toBe(true);
    await clock.run(later(START, minutes(5)));
    expect(told.length).toBe(1);
  });

  it('tells only so many sorts apart', () => {
    const { flood, told } = begin();
    let written = 0;
    for (let n = 0; n < 10 * MOST_SORTS; n++) if (flood.allows(`sort ${n}`, 2)) written++;
    flood.flush();
    expect(written).toBe(MOST_SORTS + 2);
    expect(told).toEqual([{ sort: 'the rest', count: 9 * MOST_SORTS - 2, since: START }]);
  });
});

function begin() {
  const clock = new VirtualClock(START);
  const told: { sort: string; count: number; since: number }[] = [];
  const flood = new Flood(clock, (sort, count, since) => told.push({ sort, count, since }));
  return { clock, flood, told };
}
