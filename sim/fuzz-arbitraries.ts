/**
 * Small scenarios of every kind, each run within a second: first faults rage, then there is quiet for
 * long enough that every query that was asked before it has to end.
 */
import fc from 'fast-check';
import { minutes, ONE, seconds, type Duration, type Fraction } from '../protocols/units.ts';
import type { Distribution } from './distribution.ts';
import { faultsEnd } from './faults.ts';
import {
  BUYER_STRATEGIES,
  MINER_STRATEGIES,
  POOL_STRATEGIES,
  scenario,
  VALIDATOR_STRATEGIES,
  type Counts,
  type Fault,
  type Scenario,
} from './scenario.ts';

/** What three attempts may take, and a little more. */
const QUIET: Duration = minutes(40);

const between = (min: number, max: number): fc.Arbitrary<Duration> =>
  fc.integer({ min, max }).map((value) => value as Duration);
const upTo = (most: number): fc.Arbitrary<Fraction> =>
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: most })).map((value) => value as Fraction);

/** Of each kind as often as it was drawn, the honest more often than any other. */
const crowd = <Name extends string>(
  names: readonly Name[],
  most: number,
): fc.Arbitrary<Counts<Name>> =>
  fc
    .array(fc.oneof(fc.constantFrom(...names.slice(0, 1)), fc.constantFrom(...names)), {
      minLength: 1,
      maxLength: most,
      size: 'max',
    })
    .map((drawn) => {
      const counts: Partial<Record<Name, number>> = {};
      for (const name of drawn) counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    });

const pace = (least: number, most: number): fc.Arbitrary<Distribution> =>
  fc.oneof(
    between(least, most).map((value) => ({ kind: 'fixed' as const, value })),
    fc.tuple(between(least, most), between(0, most)).map(([from, more]) => ({
      kind: 'uniform' as const,
      from,
      to: (from + more) as Duration,
    })),
    fc.record({
      kind: fc.constant('lognormal' as const),
      median: between(Math.max(1, least), most),
      sigma: upTo(ONE),
    }),
  );

const fault: fc.Arbitrary<Fault> = fc
  .record({
    at: between(0, minutes(15)),
    // Many are short: what comes back at once meets what it sent before.
    for: fc.oneof(between(1, seconds(30)), between(1, minutes(10))),
    share: fc.integer({ min: 1, max: ONE }).map((value) => value as Fraction),
  })
  .chain((common) =>
    fc.oneof(
      fc.boolean().map((oneSided) => ({ fault: 'partition' as const, ...common, oneSided })),
      fc
        .constantFrom('source' as const, 'audit' as const, 'verify' as const)
        .map((service) => ({ fault: 'outage' as const, ...common, service })),
      fc
        .constantFrom('miner' as const, 'validator' as const, 'pool' as const, 'any' as const)
        .map((role) => ({ fault: 'crash' as const, ...common, role })),
    ),
  );

const parts = {
  miners: crowd(MINER_STRATEGIES, 8),
  validators: crowd(VALIDATOR_STRATEGIES, 5),
  buyers: crowd(BUYER_STRATEGIES, 3),
  pools: crowd(POOL_STRATEGIES, 2),
  demand: fc.record({
    queriesPerDay: fc.integer({ min: 24, max: 288 }),
    leads: fc.integer({ min: 1, max: 12 }),
    validatorsEvery: fc.integer({ min: 0, max: 3 }),
    sealed: fc.boolean(),
  }),
  network: fc.record({
    latency: pace(0, seconds(2)),
    loss: upTo(ONE / 10),
    repetition: upTo(ONE / 5),
    reordering: upTo(ONE / 5),
  }),
  services: fc.record({
    source: pace(0, seconds(60)),
    audit: pace(0, seconds(60)),
    checks: pace(0, seconds(60)),
  }),
  faults: fc.array(fault, { maxLength: 4, size: 'max' }),
  chain: fc.integer({ min: 30, max: 100 }).map((tempo) => ({ tempo })),
};

export const runnable: fc.Arbitrary<Scenario> = fc.record(parts).map((drawn) => {
  const quietFrom = Math.max(faultsEnd(drawn), minutes(10));
  return scenario({ name: 'fuzz', duration: (quietFrom + QUIET) as Duration, ...drawn });
});
