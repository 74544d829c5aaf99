import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, START } from '../arbitraries.ts';
import type { Query } from '../messages.ts';
import type { Block, Hotkey, Instant, QueryId } from '../units.ts';
import { batchDue, isStale, reportDue, settleDue } from './deadlines.ts';

describe('the deadlines of a query', () => {
  it('give a miner two minutes and two seconds a lead, from the last round on', () => {
    expect(batchDue(asked(100, 0))).toBe(START + 320_000);
    expect(batchDue(asked(1, 0))).toBe(START + 122_000);
    expect(batchDue(asked(10, 0, 400_000))).toBe(START + 400_000 + 140_000);
  });

  it('give a report two minutes and the settlement four', () => {
    expect(reportDue(START)).toBe(START + 120_000);
    expect(settleDue(asked(100, 0))).toBe(START + 320_000 + 240_000);
  });

  it('let more leads and a later round only ever take longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), anyDelay, anyDelay, (leads, first, more) => {
        const query = asked(leads, first);
        expect(batchDue(asked(leads + 1, first)) - batchDue(query)).toBe(2_000);
        expect(batchDue(asked(leads, first, first + more)) - batchDue(query)).toBe(more);
      }),
    );
  });
});

describe('isStale', () => {
  it('begins after 30 s, not with them', () => {
    fc.assert(
      fc.property(around(30_000, { max: 200_000 }), anyDelay, (after, last) => {
        const query = asked(7, 0, last);
        expect(isStale(query, (START + last + after) as Instant)).toBe(after > 30_000);
      }),
    );
  });
});

const anyDelay = fc.integer({ min: 1, max: 600_000 });

const asked = (leads: number, ...delays: number[]): Query => ({
  id: 'q' as QueryId,
  buyer: '5B' as Hotkey,
  account: 'buyer',
  openedAt: START,
  nonce: 0,
  want: { leads },
  rounds: delays.map((delay) => ({ askedAt: (START + delay) as Instant, block: 1 as Block })),
  pool: '5P' as Hotkey,
});
