import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyWant } from '../../protocols/arbitraries.ts';
import { duplicateVerdicts } from '../../protocols/rules/duplicates.ts';
import { PASS } from '../../protocols/verdict.ts';
import { randomFrom } from '../../runtime/random.ts';
import { synthetic } from '../../runtime/sources/synthetic.ts';
import { duplicating } from './duplicating-miner.ts';

describe('a duplicating miner', () => {
  it('sends as many as were wanted, each person twice, and the rules find all of them', () => {
    fc.assert(
      fc.property(anyWant, fc.integer(), (want, seed) => {
        const leads = duplicating(synthetic())(randomFrom(String(seed)), want);
        expect(leads).toHaveLength(want.leads);
        const found = duplicateVerdicts(leads).filter((verdict) => verdict !== PASS);
        expect(found).toHaveLength(Math.floor(want.leads / 2));
        expect(new Set(leads.map((lead) => lead['Owner(s) Email'])).size).toBe(leads.length);
      }),
      { numRuns: 200 }, // Up to a hundred made-up leads each.
    );
  });
});
