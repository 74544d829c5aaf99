import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../runtime/random.ts';
import { PASS } from '../../protocols/verdict.ts';
import { truthOf } from '../truth.ts';
import { erratic } from './erratic-miner.ts';
import { anyWant, counted } from './testing/finding.ts';

describe('an erratic miner', () => {
  it('has two bad days in five, on which a third of its leads are stale, and is good on others', () => {
    const shares = Array.from({ length: 1_000 }, (_, day) => {
      const found = erratic(counted().find)(randomFrom(day), { leads: 50 });
      return found.filter((lead) => truthOf(lead) !== PASS).length / found.length;
    });
    const bad = shares.filter((share) => share > 0);
    expect(bad.length / shares.length).toBeCloseTo(0.4, 1);
    expect(bad.reduce((sum, share) => sum + share, 0) / bad.length).toBeCloseTo(0.33, 1);
  });

  it('finds as many leads as an honest one, of the same people, asking its source once', () => {
    fc.assert(
      fc.property(anyWant, fc.nat(), (want, seed) => {
        const source = counted();
        const found = erratic(source.find)(randomFrom(seed), want);
        const honest = counted().find(randomFrom(seed), want);
        const emails = (leads: typeof found) => leads.map((lead) => lead['Owner(s) Email']);
        expect(emails(found)).toEqual(emails(honest));
        expect(source.asked()).toBe(1);
      }),
    );
  });
});
