/**
 * What an audit costs here and what it costs in the pool, as measured while running, and so which
 * of the two is over sooner:
 *
 *     in line    bytes · rate here
 *     pooled     trip + (bytes under way + bytes) · rate there / threads that have work
 *
 * Costs go by the bytes of the leads, which are known without decoding and cannot be made up.
 * `bench/audit-pool.ts` holds the choice against both.
 */

/** Before anything was measured: 100 leads of 25 KB in 0.5 ms. `bench/audit-pool.ts`, 2 cores. */
const FIRST_RATE = 0.5 / 25_000;
/** Before anything was measured, in ms: there and back, the bytes copied, an empty pool. Same bench. */
const FIRST_TRIP = 0.1;
/** How much of a new measurement counts: some ten of them forget what was before. */
const WEIGHT = 0.1;
/** Whichever was not used for a while is worth another try: bit by bit it is taken for a new one. */
const DRIFT = 0.03;
/** A smaller run says more of the timer than of the work. */
const LEAST_MEASURED = 10_000;

/** All in milliseconds; bytes are those of the leads. */
export interface AuditCosts {
  inLine(bytes: number): number;
  /** With `ways` threads that have something to do, and `ahead` bytes that they have yet to do. */
  pooled(bytes: number, ways: number, ahead: number): number;
  ranInLine(bytes: number, took: number): void;
  /** One task: `took` of its `whole` time was the work itself. */
  ranPooled(bytes: number, took: number, whole: number): void;
}

export function measuredCosts(): AuditCosts {
  let here: number = FIRST_RATE;
  let there: number = FIRST_RATE;
  let trip: number = FIRST_TRIP;
  return {
    inLine: (bytes) => bytes * here,
    pooled: (bytes, ways, ahead) => trip + ((ahead + bytes) * there) / ways,
    ranInLine(bytes, took) {
      if (bytes < LEAST_MEASURED) return;
      here = mix(here, took / bytes, WEIGHT);
      there = mix(there, here, DRIFT);
      trip = mix(trip, FIRST_TRIP, DRIFT);
    },
    ranPooled(bytes, took, whole) {
      if (bytes >= LEAST_MEASURED) there = mix(there, took / bytes, WEIGHT);
      trip = mix(trip, Math.max(0, whole - took), WEIGHT);
      here = mix(here, Math.min(here, FIRST_RATE), DRIFT);
    },
  };
}

const mix = (before: number, now: number, weight: number): number =>
  before + (now - before) * weight;
