/** What the tests of miners' strategies stand on: a source that finds good leads, and wants. */
import fc from 'fast-check';
import { INDUSTRIES } from '../../../protocols/lead.ts';
import type { Want } from '../../../protocols/query.ts';
import type { LeadSource } from '../../../runtime/services/source.ts';
import { synthetic } from '../../../runtime/sources/synthetic.ts';

/** Counts how often it was asked. */
export function counted(): { readonly find: LeadSource; readonly asked: () => number } {
  const source = synthetic();
  let asked = 0;
  return {
    asked: () => asked,
    find: (random, want) => {
      asked++;
      return source(random, want);
    },
  };
}

export const anyWant: fc.Arbitrary<Want> = fc
  .record({
    leads: fc.oneof(fc.constantFrom(1, 2, 100), fc.integer({ min: 1, max: 100 })),
    industry: fc.option(fc.constantFrom(...INDUSTRIES), { nil: undefined }),
    region: fc.option(fc.constantFrom('US', 'DE'), { nil: undefined }),
  })
  .map(({ leads, industry, region }) => ({
    leads,
    ...(industry !== undefined && { industry }),
    ...(region !== undefined && { region }),
  }));
