/**
 * Buyers that rate for a ring.
 *
 *     praises       what it says for the ring lies above what it says elsewhere      own score ≥ 0.70
 *     is tied       ≥ 2 ratings for what a flagged ring favours, and by weight half of all it said
 *
 * Somebody who is generous with all is generous; somebody who buys from one miner alone is loyal. Only
 * praise beyond the honest share makes a score (`praise.ts`). No buyer raises a validator by itself.
 */
import type { Hotkey } from '../../units.ts';
import { FLAGGED, type BuyerFinding } from './finding.ts';
import { LEAST_WORDS, sideOf, suspicionOf, type Side } from './praise.ts';
import type { Rated, Ratings } from './ratings.ts';
import type { RingOf } from './rings.ts';
import type { Table } from './table.ts';

/** Whoever rated, by how it rated for each ring. */
export function buyersOf(
  { buyers, rated }: Ratings,
  table: Table,
  rings: readonly RingOf[],
): readonly BuyerFinding[] {
  const byBuyer = Map.groupBy(rated, ({ buyer }) => buyer);
  const sides = rings.map((ring) => sideOf(ring, table, rated));
  return buyers.map((buyer, at) => {
    const own = byBuyer.get(at) ?? [];
    const score = sides.reduce<BuyerFinding['score']>((most, side) => {
      const one = suspicionOf(own, side);
      return one > most ? one : most;
    }, NONE);
    const forRings = own.filter((one) => sides.some(({ made }) => made(one)));
    return {
      buyer,
      score,
      ratings: own.length,
      forRings: forRings.length,
      restricted: score >= FLAGGED || isTied(own, forRings, sides),
    };
  });
}
const NONE = 0 as BuyerFinding['score'];

/**
 * A rating is for a ring as far as it bears on members: with five on a panel, of whom one is a member, it
 * says four times as much of the others.
 */
function isTied(
  own: readonly Rated[],
  forRings: readonly Rated[],
  sides: readonly Side[],
): boolean {
  if (forRings.length < LEAST_WORDS) return false;
  const all = own.reduce((sum, { on }) => sum + on.length, 0);
  const theirs = forRings.reduce(
    (sum, one) =>
      sum + Math.max(...sides.map(({ made, members }) => (made(one) ? members(one) : 0))),
    0,
  );
  return 2 * theirs >= all;
}

/** The restricted buyers that praise for a ring, or rated what it favours twice; in the order of their ids. */
export function behind(
  ring: RingOf,
  { rated, buyers }: Ratings,
  table: Table,
  found: readonly BuyerFinding[],
): readonly Hotkey[] {
  const side = sideOf(ring, table, rated);
  const byBuyer = Map.groupBy(rated, ({ buyer }) => buyer);
  return buyers.filter((_, at) => {
    if (found[at]?.restricted !== true) return false;
    const own = byBuyer.get(at) ?? [];
    return own.filter(side.made).length >= LEAST_WORDS || suspicionOf(own, side) >= FLAGGED;
  });
}

/**
 * By miner: how much likelier a ring is behind it, since buyers that rate little else praise it. From 1
 * where none do to 21 where all do.
 */
export function liftsOf({ rated, buyers }: Ratings, { miners, minerOf }: Table): Float64Array {
  const minerAt = ({ batch }: Rated): number => minerOf[batch] ?? 0;
  const suspects = new Int32Array(miners.length);
  const raters = new Int32Array(miners.length);
  for (const own of Map.groupBy(rated, ({ buyer }) => buyer).values()) {
    for (const [miner, items] of Map.groupBy(own, minerAt)) {
      raters[miner] = (raters[miner] ?? 0) + 1;
      const isDrawn = items.length >= LEAST_PRAISES && 2 * items.length >= own.length;
      if (!isDrawn || meanExcess(items) < WORTH_LIFTING) continue;
      suspects[miner] = (suspects[miner] ?? 0) + 1;
    }
  }
  if (buyers.length === 0) return new Float64Array(miners.length).fill(1);
  return Float64Array.from(
    suspects,
    (count, miner) => 1 + (MOST_LIFT * count) / Math.max(1, raters[miner] ?? 1),
  );
}
const LEAST_PRAISES = 3;
/** In points beyond what the batches are worth: the buyers of a weak ring praise as little. */
const WORTH_LIFTING = 1;
const MOST_LIFT = 20;

/** Sums of multiples of 1/1024 are exact. */
const meanExcess = (items: readonly Rated[]): number =>
  items.reduce((sum, { excess }) => sum + excess, 0) / items.length;
