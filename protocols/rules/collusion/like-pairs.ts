/**
 * A first look at all pairs of validators: whose errors go together more than those of honest ones.
 *
 *     s = Σ x·y over the n batches that both scored, x and y beyond what all had in common
 *     worth a closer look where n ≥ 16, s ≥ 0 and s² ≥ 6 n
 *
 * The products of all pairs are by far the most that is to be computed, so nothing else is beside them:
 * n is counted only where s is enough for as few batches as the two must have in common,
 * n ≥ n₁ + n₂ − all of them.
 */
import { noPlaces, turnTo, type ByValidator, type PlacesOf } from './by-validator.ts';
import { FOUR, productsOf } from './products.ts';
import type { Table } from './table.ts';

/** Fewer common batches say nothing. */
export const LEAST_COMMON = 16;
/** Pairs whose agreement is below this many standard deviations, squared, are not worth a closer look. */
const WORTH_A_LOOK = 6;

/** `beyond`: by row, multiples of 1/1024, and 0 in rows that `own` leaves out. The lower index comes first. */
export function likePairs(
  table: Table,
  own: ByValidator,
  beyond: Float64Array,
): readonly (readonly [number, number])[] {
  const all = table.validators.length;
  const products = productsOf(table, own, beyond);
  const places = noPlaces(table);
  const found: (readonly [number, number])[] = [];
  for (let first = 0; first < all; first += FOUR) {
    const sums = products(first);
    for (let one = first; one < Math.min(all, first + FOUR); one++) {
      const rest = lengthOf(one, own) - table.batches.length;
      for (let other = one + 1; other < all; other++) {
        const sum = sums[FOUR * other + one - first] ?? 0;
        const least = Math.max(LEAST_COMMON, lengthOf(other, own) + rest);
        if (sum < 0 || sum * sum < WORTH_A_LOOK * least) continue;
        turnTo(one, places, own);
        const common = commonWith(other, places, own);
        if (common < LEAST_COMMON || sum * sum < WORTH_A_LOOK * common) continue;
        found.push([one, other]);
      }
    }
  }
  return found;
}

const lengthOf = (validator: number, { starts }: ByValidator): number =>
  (starts[validator + 1] ?? 0) - (starts[validator] ?? 0);

/** How many batches the validator of `places` and another both scored. */
function commonWith(
  other: number,
  { byBatch: places }: PlacesOf,
  { starts, batchOf }: ByValidator,
): number {
  let count = 0;
  const end = starts[other + 1] ?? 0;
  for (let place = starts[other] ?? 0; place < end; place++) {
    if ((places[batchOf[place] ?? 0] ?? -1) >= 0) count++;
  }
  return count;
}
