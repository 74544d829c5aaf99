/**
 * What may stand in a scenario: its tables, their keys, and what each key holds.
 *
 *     format duration · [miners] [validators] [buyers] [pools] · [demand] [network] [services]
 *     [chain] [rules] [collusion] · [[faults]] at and one of partition, outage, crash
 *
 * What is not said is as in `scenario.ts`.
 */
import { MAX_LEADS } from '../protocols/query.ts';
import { ONE, RAO_PER_TAO, type Duration, type Fraction, type Rao } from '../protocols/units.ts';
import type { YumaVersion } from '../protocols/rules/yuma/bonds.ts';
import { SUBNET_DEFAULTS, type SubnetRules } from '../runtime/chain/subnet.ts';
import { maybe } from '../runtime/fields.ts';
import {
  readDistribution,
  readDuration,
  showDistribution,
  showDuration,
  type Distribution,
} from './distribution.ts';
import {
  anyTable,
  flag,
  inText,
  list,
  Misfit,
  misfit,
  must,
  oneOf,
  share,
  share16,
  showShare16,
  table,
  wholeFrom,
  type Path,
  type Reader,
} from './keys.ts';
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

export const SCENARIO_FORMAT = 'leadpoet.scenario/1';

/** The scenario that a document says; throws a `Misfit` for the first thing that is wrong. */
export function scenarioIn(document: unknown, name: string): Scenario {
  // Before all else: another version has other keys.
  const { format } = anyTable(document, []);
  if (format !== SCENARIO_FORMAT) throw misfit(['format'], format, SCENARIO_FORMAT);

  const said = SCENARIO(document, []);
  const { duration, miners, validators, buyers, pools, network, services } = said;
  const read = scenario({
    name,
    ...maybe('duration', duration),
    ...maybe('miners', miners),
    ...maybe('validators', validators),
    ...maybe('buyers', buyers),
    ...maybe('pools', pools),
    ...maybe('network', network),
    ...maybe('services', services),
    demand: {
      ...maybe('queriesPerDay', said.demand?.queries_per_day),
      ...maybe('leads', said.demand?.num_leads),
      ...maybe('validatorsEvery', said.demand?.validators_every),
      ...maybe('sealed', said.demand?.sealed),
    },
    faults: (said.faults ?? []).map((fault, at) => faultIn(fault, ['faults', at])),
    rules: { ...maybe('samePerson', said.rules?.same_person) },
    ...maybe('collusion', said.collusion),
    chain: rulesIn(said.chain ?? {}),
  });
  refuseImpossible(read);
  return read;
}

/** As many as 16 bits can number. */
const MOST_NODES = 65_536;
const counts = <Name extends string>(strategies: readonly Name[]): Reader<Counts<Name>> =>
  table(
    Object.fromEntries(strategies.map((name) => [name, wholeFrom(0, MOST_NODES)])),
    'strategy',
  ) as Reader<Counts<Name>>;

const time: Reader<Duration> = inText(readDuration, '10m');
const distribution: Reader<Distribution> = inText(readDistribution, 'lognormal(40ms, 0.5)');

/** More than nothing: a run or a fault of no time asks nothing. */
const timeAbove0: Reader<Duration> = (value, path) => {
  const read = time(value, path);
  if (read > 0) return read;
  throw misfit(path, value, 'a time above 0');
};

/** More TAO than there will ever be cannot be asked for. */
const MOST_TAO = 21_000_000;
const taoAmount: Reader<Rao> = (value, path) => {
  const isAmount = typeof value === 'number' && value >= 0 && value <= MOST_TAO;
  const rao = isAmount ? Math.round(value * Number(RAO_PER_TAO)) : NaN;
  if (rao / Number(RAO_PER_TAO) === value) return BigInt(rao) as Rao;
  throw misfit(path, value, `TAO, 0 to ${MOST_TAO}, of nine places at most`);
};

/** What asks, by the names that `[services]` has. The checks ask what the rules call `verify`. */
const SERVICES = { source: 'source', audit: 'audit', checks: 'verify' } as const;

const FAULT = table({
  at: time,
  partition: table({ for: timeAbove0, share, one_sided: flag }),
  outage: table({ service: oneOf(['source', 'audit', 'checks']), for: timeAbove0, share }),
  crash: table({ role: oneOf(['miner', 'validator', 'pool', 'any']), for: timeAbove0, share }),
});

/** A year of 360-block epochs has 7 300. */
const MOST_EPOCHS = 10_000;
const MOST_BLOCKS = 10_000_000;
const blocks = wholeFrom(0, MOST_BLOCKS);

/** The ways in which a chain comes to consensus that `yuma.ts` knows. */
const yumaVersion: Reader<YumaVersion> = (value, path) => {
  if (value === 2 || value === 3) return value;
  throw misfit(path, value, '2 or 3');
};

const SCENARIO = table({
  format: (value: unknown) => value,
  duration: timeAbove0,
  miners: counts(MINER_STRATEGIES),
  validators: counts(VALIDATOR_STRATEGIES),
  buyers: counts(BUYER_STRATEGIES),
  pools: counts(POOL_STRATEGIES),
  demand: table({
    // One a second.
    queries_per_day: wholeFrom(0, 86_400),
    num_leads: wholeFrom(1, MAX_LEADS),
    validators_every: wholeFrom(0, MOST_EPOCHS),
    sealed: flag,
  }),
  network: table({ latency: distribution, loss: share, repetition: share, reordering: share }),
  services: table({
    source: distribution,
    audit: distribution,
    checks: distribution,
    collusion: distribution,
  }),
  chain: table({
    netuid: wholeFrom(0, 65_535),
    tempo: wholeFrom(1, 65_535),
    immunity: blocks,
    burn: taoAmount,
    max_uids: wholeFrom(1, MOST_NODES),
    max_validators: wholeFrom(1, MOST_NODES),
    permits_required: flag,
    stake_threshold: taoAmount,
    min_stake: taoAmount,
    weights_rate_limit: blocks,
    activity_cutoff: blocks,
    emission_per_block: taoAmount,
    yuma_version: yumaVersion,
    kappa: share16,
    bonds_penalty: share16,
    alpha: share,
  }),
  faults: list(FAULT),
  rules: table({ same_person: oneOf(['address', 'mailbox']) }),
  collusion: table({
    enabled: flag,
    mode: oneOf(['immediate', 'confirm']),
    epochs: wholeFrom(1, MOST_EPOCHS),
  }),
});
/** The chain's own names beside those of the file. */
const RULES = [
  ['netuid', 'netuid'],
  ['tempo', 'tempo'],
  ['immunity', 'immunity'],
  ['burn', 'burn'],
  ['maxUids', 'max_uids'],
  ['maxValidators', 'max_validators'],
  ['permitsRequired', 'permits_required'],
  ['stakeThreshold', 'stake_threshold'],
  ['minStake', 'min_stake'],
  ['weightsRateLimit', 'weights_rate_limit'],
  ['activityCutoff', 'activity_cutoff'],
  ['emissionPerBlock', 'emission_per_block'],
  ['yumaVersion', 'yuma_version'],
  ['kappa', 'kappa'],
  ['bondsPenalty', 'bonds_penalty'],
  ['alpha', 'alpha'],
] as const satisfies readonly (readonly [keyof SubnetRules, string])[];

const rulesIn = (said: Document): Partial<SubnetRules> =>
  Object.fromEntries(
    RULES.filter(([, key]) => said[key] !== undefined).map(([name, key]) => [name, said[key]]),
  );

const KINDS = ['partition', 'outage', 'crash'] as const;

function faultIn(said: ReturnType<typeof FAULT>, path: Path): Fault {
  const at = must(said.at, path, 'at', 'when it begins, such as 2h');
  const kinds = KINDS.filter((kind) => said[kind] !== undefined);
  if (kinds.length !== 1) {
    const came = kinds.length === 0 ? 'no fault' : kinds.join(' and ');
    throw new Misfit(path, came, `at, and one of ${KINDS.join(', ')}`);
  }

  const { partition, outage, crash } = said;
  const lasts = (from: Duration | undefined, kind: string): Duration =>
    must(from, [...path, kind], 'for', 'how long it lasts, such as 10m');
  const hits = (part: Fraction | undefined, kind: string): Fraction =>
    must(part, [...path, kind], 'share', 'the share of the nodes that it hits, 0 to 1');
  if (partition !== undefined) {
    return {
      fault: 'partition',
      at,
      for: lasts(partition.for, 'partition'),
      share: hits(partition.share, 'partition'),
      oneSided: partition.one_sided ?? false,
    };
  }
  if (outage !== undefined) {
    const service = must(outage.service, [...path, 'outage'], 'service', 'source, audit or checks');
    return {
      fault: 'outage',
      at,
      for: lasts(outage.for, 'outage'),
      service: SERVICES[service],
      share: outage.share ?? ONE,
    };
  }
  return {
    fault: 'crash',
    at,
    for: lasts(crash?.for, 'crash'),
    role: crash?.role ?? 'any',
    share: hits(crash?.share, 'crash'),
  };
}

/** The document that says a scenario, all of it but the name; `scenarioIn` reads it back. */
export function documentOf(told: Scenario): Document {
  const { duration, miners, validators, buyers, pools, demand, network, services } = told;
  return {
    format: SCENARIO_FORMAT,
    duration: showDuration(duration),
    miners,
    validators,
    buyers,
    pools,
    demand: {
      queries_per_day: demand.queriesPerDay,
      num_leads: demand.leads,
      validators_every: demand.validatorsEvery,
      // The seeds of a sweep are drawn from this text: they must not change for what is not used.
      ...(demand.sealed ? { sealed: true } : {}),
    },
    network: {
      latency: showDistribution(network.latency),
      loss: network.loss / ONE,
      repetition: network.repetition / ONE,
      reordering: network.reordering / ONE,
    },
    services: {
      source: showDistribution(services.source),
      audit: showDistribution(services.audit),
      checks: showDistribution(services.checks),
      collusion: showDistribution(services.collusion),
    },
    rules: { same_person: told.rules.samePerson },
    collusion: told.collusion,
    chain: rulesOf(told.chain),
    faults: told.faults.map(faultOf),
  };
}

export type Document = Readonly<Record<string, unknown>>;

function rulesOf(rules: Partial<SubnetRules>): Document {
  const said = RULES.map(([name, key]) => [key, shown(rules, name)] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== undefined));
}

/** As it is written in a file. */
function shown(rules: Partial<SubnetRules>, name: (typeof RULES)[number][0]): unknown {
  const value = rules[name];
  if (typeof value === 'bigint') return Number(value) / RAO;
  if (name === 'alpha' && rules.alpha !== undefined) return rules.alpha / ONE;
  const weight = name === 'kappa' || name === 'bondsPenalty' ? rules[name] : undefined;
  return weight === undefined ? value : showShare16(weight);
}
const RAO = Number(RAO_PER_TAO);

function faultOf(fault: Fault): Document {
  const lasts = { for: showDuration(fault.for), share: fault.share / ONE };
  const at = showDuration(fault.at);
  switch (fault.fault) {
    case 'partition':
      return { at, partition: { ...lasts, one_sided: fault.oneSided } };
    case 'outage': {
      const service = fault.service === 'verify' ? 'checks' : fault.service;
      return { at, outage: { ...lasts, service } };
    }
    case 'crash':
      return { at, crash: { ...lasts, role: fault.role } };
  }
}

/** Each value may be well and the whole still not. */
function refuseImpossible({ duration, miners, validators, pools, faults, chain }: Scenario): void {
  for (const [index, { at }] of faults.entries()) {
    if (at >= duration) {
      const end = showDuration(duration);
      throw new Misfit(['faults', index, 'at'], showDuration(at), `before the end at ${end}`);
    }
  }

  const { maxUids, maxValidators, permitsRequired } = { ...SUBNET_DEFAULTS, ...chain };
  const permits = sum(validators) + sum(pools);
  const slots = sum(miners) + permits;
  if (slots > maxUids) {
    const who = 'for each miner, validator and pool has a slot';
    throw new Misfit(['chain', 'max_uids'], `${maxUids}`, `at least ${slots}, ${who}`);
  }
  if (permitsRequired && permits > maxValidators) {
    const who = 'for each validator and pool needs a permit';
    throw new Misfit(
      ['chain', 'max_validators'],
      `${maxValidators}`,
      `at least ${permits}, ${who}`,
    );
  }
}

const sum = (numbers: Counts<string>): number =>
  Object.values(numbers).reduce<number>((all, count) => all + (count ?? 0), 0);
