/** Scenarios of every kind that a file may say, however large: to be read, not all to be run. */
import fc from 'fast-check';
import { hours, ONE, tao, type Duration, type Fraction, type Rao } from '../protocols/units.ts';
import { LONGEST_DRAW, type Distribution } from './distribution.ts';
import {
  BUYER_STRATEGIES,
  MINER_STRATEGIES,
  POOL_STRATEGIES,
  VALIDATOR_STRATEGIES,
  type Counts,
  type Fault,
  type Scenario,
} from './scenario.ts';

const whole = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
const duration = (min: number, max: number): fc.Arbitrary<Duration> =>
  fc.oneof(whole(min, max), whole(min, Math.min(min + 100, max))).map((value) => value as Duration);

export const anyTime: fc.Arbitrary<Duration> = duration(0, LONGEST_DRAW);
export const anyShare: fc.Arbitrary<Fraction> = whole(0, ONE).map((value) => value as Fraction);

export const anyDistribution: fc.Arbitrary<Distribution> = fc.oneof(
  fc.record({ kind: fc.constant('fixed' as const), value: anyTime }),
  fc.tuple(anyTime, anyTime).map((ends) => {
    const [from = ends[0], to = ends[1]] = ends.toSorted((a, b) => a - b);
    return { kind: 'uniform' as const, from, to };
  }),
  fc.record({ kind: fc.constant('exponential' as const), mean: anyTime }),
  fc.record({
    kind: fc.constant('lognormal' as const),
    median: anyTime,
    sigma: whole(0, 10 * ONE).map((value) => value as Fraction),
  }),
);

const counts = <Name extends string>(
  names: readonly Name[],
  most: number,
): fc.Arbitrary<Counts<Name>> =>
  fc.dictionary(fc.constantFrom(...names), whole(0, most), {
    noNullPrototype: true,
  }) as fc.Arbitrary<Counts<Name>>;

const faultBefore = (end: Duration): fc.Arbitrary<Fault> => {
  const common = { at: duration(0, end - 1), for: duration(1, 3 * end), share: anyShare };
  return fc.oneof(
    fc.record({ fault: fc.constant('partition' as const), ...common, oneSided: fc.boolean() }),
    fc.record({
      fault: fc.constant('outage' as const),
      ...common,
      service: fc.constantFrom('source' as const, 'audit' as const, 'verify' as const),
    }),
    fc.record({
      fault: fc.constant('crash' as const),
      ...common,
      role: fc.constantFrom<'miner' | 'validator' | 'pool' | 'any'>(
        'miner',
        'validator',
        'pool',
        'any',
      ),
    }),
  );
};

/** Enough for what the counts below come to, at most. */
const SLOTS = { maxUids: 8 * 5 + 6 * 3 + 2 * 2, maxValidators: 6 * 3 + 2 * 2 };

const rules: fc.Arbitrary<Scenario['chain']> = fc
  .record(
    {
      netuid: whole(0, 65_535),
      tempo: whole(1, 65_535),
      permitsRequired: fc.boolean(),
      burn: fc.bigInt({ min: 0n, max: tao(1_000) }).map((value) => value as Rao),
      stakeThreshold: fc.constantFrom(tao(0), tao(21_000_000), 1n as Rao),
      minStake: fc.constantFrom(tao(0), tao(2)),
      immunity: whole(0, 10_000_000),
      weightsRateLimit: whole(0, 10_000_000),
      activityCutoff: whole(0, 10_000_000),
      emissionPerBlock: fc.constantFrom(tao(0), tao(1), 1n as Rao),
      yumaVersion: fc.constantFrom(2, 3),
      kappa: whole(0, 65_535),
      bondsPenalty: whole(0, 65_535),
      alpha: whole(0, 1_000_000),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .chain((some) =>
    fc.constantFrom(some, { ...some, ...SLOTS }, { ...some, maxUids: 65_536 }),
  ) as fc.Arbitrary<Scenario['chain']>;

export const anyScenario: fc.Arbitrary<Scenario> = duration(1, 36_500 * hours(24)).chain((end) =>
  fc.record({
    name: fc.constantFrom('mine', 'unnamed'),
    duration: fc.constant(end),
    miners: counts(MINER_STRATEGIES, 5),
    validators: counts(VALIDATOR_STRATEGIES, 3),
    buyers: counts(BUYER_STRATEGIES, 65_536),
    pools: counts(POOL_STRATEGIES, 2),
    demand: fc.record({
      queriesPerDay: whole(0, 86_400),
      leads: whole(1, 100),
      validatorsEvery: whole(0, 10_000),
      sealed: fc.boolean(),
    }),
    network: fc.record({
      latency: anyDistribution,
      loss: anyShare,
      repetition: anyShare,
      reordering: anyShare,
    }),
    rules: fc.record({ samePerson: fc.constantFrom('address', 'mailbox') }),
    collusion: fc.record({
      enabled: fc.boolean(),
      mode: fc.constantFrom('immediate', 'confirm'),
      epochs: whole(1, 10_000),
    }),
    services: fc.record({
      source: anyDistribution,
      audit: anyDistribution,
      checks: anyDistribution,
      collusion: anyDistribution,
    }),
    faults: fc.array(faultBefore(Math.min(end, 12_000 * hours(24)) as Duration), { maxLength: 4 }),
    chain: rules,
  }),
);
