import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rao } from '../../protocols/units.ts';
import { costOf, tierOf, worstOf, type PriceList } from './price.ts';
import { anyList } from './testing/price-arbitraries.ts';

describe('what leads cost', () => {
  it('is for each what the tier says that its number falls into', () => {
    expect(costOf(LIST, { before: 0, leads: 100 })).toBe(900_000_000n);
    expect(costOf(LIST, { before: 0, leads: 50 })).toBe(500_000_000n);
    expect(costOf(LIST, { before: 49, leads: 2 })).toBe(18_000_000n);
    expect(costOf(LIST, { before: 1_000, leads: 1 })).toBe(8_000_000n);
    expect(costOf(LIST, { before: 7, leads: 0 })).toBe(0n);
    expect([1, 50, 51, 999].map((number) => tierOf(LIST, number).name)).toEqual([
      'starter',
      'starter',
      'volume',
      'volume',
    ]);
  });

  it('agrees to the rao with a sum over one lead after the other', () => {
    fc.assert(
      fc.property(anyList, anyCount, anyCount, (list, before, leads) => {
        let sum = 0n;
        for (let number = before + 1; number <= before + leads; number++) {
          sum += tierOf(list, number).each;
        }
        expect(costOf(list, { before, leads })).toBe(sum);
      }),
    );
  });

  it('never falls where more is delivered, and is never below nothing', () => {
    fc.assert(
      fc.property(anyList, anyCount, anyCount, anyCount, (list, before, leads, more) => {
        const cost = costOf(list, { before, leads });
        expect(cost).toBeGreaterThanOrEqual(0n);
        expect(costOf(list, { before, leads: leads + more })).toBeGreaterThanOrEqual(cost);
      }),
    );
  });

  it('is the same in one delivery or in two of a month', () => {
    fc.assert(
      fc.property(anyList, anyCount, anyCount, anyCount, (list, before, first, second) => {
        const one = costOf(list, { before, leads: first });
        const two = costOf(list, { before: before + first, leads: second });
        expect(one + two).toBe(costOf(list, { before, leads: first + second }));
      }),
    );
  });

  it('is never more than the worst, however many others of the month come in between', () => {
    fc.assert(
      fc.property(
        anyList,
        anyCount,
        anyCount,
        anyCount,
        anyCount,
        (list, before, asked, less, others) => {
          const leads = Math.max(0, asked - less);
          const then = list.by === 'delivery' ? 0 : before + others;
          expect(costOf(list, { before: then, leads })).toBeLessThanOrEqual(
            worstOf(list, { before, leads: asked }),
          );
        },
      ),
    );
  });
});

const LIST: PriceList = {
  by: 'delivery',
  prepaid: true,
  tiers: [
    { name: 'starter', from: 1, each: 10_000_000n as Rao },
    { name: 'volume', from: 51, each: 8_000_000n as Rao },
  ],
};

const anyCount = fc.integer({ min: 0, max: 120 });
