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

/** Before anything was measured: 100 leads of 25 KB in 0.3 ms. `bench/audit-pool.ts`, 2 cores. */
const FIRST_RATE = 0.3 / 25_000;
/** Before anything was measured, in ms: there and back, the bytes copied, an empty pool. Same bench. */
const FIRST_TRIP = 0.15;
/** How much of a new measurement counts: some ten of them forget what was before. */
const WEIGHT = 0.1;
/** What was not used for a while is worth another try: it drifts back to what was first assumed. */
const DRIFT = 0.01;
/** A smaller run says more of the timer than of the work. */
const LEAST_MEASURED = 10_000;

export class AuditCosts {
  /** Milliseconds a byte. */
  #here: number = FIRST_RATE;
  #there: number = FIRST_RATE;
  #trip: number = FIRST_TRIP;

  inLine(bytes: number): number {
    return bytes * this.#here;
  }

  /** With `ways` threads that have something to do, and `ahead` bytes that they have yet to do. */
  pooled(bytes: number, ways: number, ahead: number): number {
    return this.#trip + ((ahead + bytes) * this.#there) / ways;
  }

  ranInLine(bytes: number, took: number): void {
    if (bytes >= LEAST_MEASURED) this.#here = mix(this.#here, took / bytes, WEIGHT);
    this.#there = mix(this.#there, this.#here, DRIFT);
    this.#trip = mix(this.#trip, FIRST_TRIP, DRIFT);
  }

  /** One task: `took` of its time from end to end was the work itself. */
  ranPooled(bytes: number, took: number, wholly: number): void {
    if (bytes >= LEAST_MEASURED) this.#there = mix(this.#there, took / bytes, WEIGHT);
    this.#trip = mix(this.#trip, Math.max(0, wholly - took), WEIGHT);
  }
}

const mix = (before: number, now: number, weight: number): number =>
  before + (now - before) * weight;
