/**
 * Any price list, with its tiers among the first hundred leads, where a test counts.
 */
import fc from 'fast-check';
import type { Rao } from '../../../protocols/units.ts';
import type { PriceList } from '../price.ts';

export const anyList: fc.Arbitrary<PriceList> = fc.record({
  by: fc.constantFrom('delivery', 'month'),
  prepaid: fc.boolean(),
  tiers: fc
    .uniqueArray(fc.integer({ min: 2, max: 100 }), { maxLength: 4 })
    .chain((starts) =>
      fc.tuple(
        ...[1, ...starts.toSorted((a, b) => a - b)].map((from, index) =>
          fc
            .oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 10n ** 10n }))
            .map((each) => ({ name: `tier ${index}`, from, each: each as Rao })),
        ),
      ),
    ),
});
