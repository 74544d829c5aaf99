/**
 * What may stand in a scenario: its tables, their keys, and what each key holds.
 *
 *     format duration · [miners] [validators] [buyers] [pools] · [demand] [network] [services]
 *     [chain] · [[faults]] at and one of partition, outage, crash
 *
 * What is not said is as in `scenario.ts`. A key that is not known is refused, since a mistyped one
 * would change nothing, silently, and the answer would be to another question.
 */
import { MAX_LEADS, show } from '../protocols/query.ts';
import { ONE, RAO_PER_TAO, type Duration, type Fraction, type Rao } from '../protocols/units.ts';
import { SUBNET_DEFAULTS, type SubnetRules } from '../runtime/chain/subnet.ts';
import { maybe } from '../runtime/fields.ts';
import { nearest } from '../runtime/nearest.ts';
import { isUnreadable, readDistribution, readDuration, showDuration } from './distribution.ts';
import type { Distribution, Unreadable } from './distribution.ts';
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

/** The keys to a place in a document, and the places in lists. */
export type Path = readonly (string | number)[];

/** What is not as it must be, and where. */
export class Misfit extends Error {
  readonly path: Path;
  readonly came: string;
  readonly allowed: string;
  constructor(path: Path, came: string, allowed: string) {
    super(`${showPath(path)} is ${came}; allowed: ${allowed}`);
    this.name = 'Misfit';
    this.path = path;
    this.came = came;
    this.allowed = allowed;
  }
}

/** As a person writes it: `faults[0].partition.share`. */
export const showPath = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${showKey(step)}`))
    .join('')
    .slice(1);

const showKey = (key: string): string => (/^[\w-]{1,40}$/.test(key) ? key : show(key));

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
    },
    faults: (said.faults ?? []).map((fault, at) => faultIn(fault, ['faults', at])),
    chain: rulesIn(said.chain ?? {}),
  });
  refuseImpossible(read);
  return read;
}

/** What a value is, or a `Misfit` that says where it was not. */
type Reader<T> = (value: unknown, path: Path) => T;
type Keys = Readonly<Record<string, Reader<unknown>>>;
type Said<K extends Keys> = { readonly [N in keyof K]?: ReturnType<K[N]> };

/** A table that has none but these keys; `what` a key of it is for people. */
const table =
  <K extends Keys>(keys: K, what = 'key'): Reader<Said<K>> =>
  (value, path) => {
    const said = Object.entries(anyTable(value, path)).map(([key, held]) => {
      const read = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (read === undefined) throw unknownKey([...path, key], key, Object.keys(keys), what);
      return [key, read(held, [...path, key])] as const;
    });
    return Object.fromEntries(said) as Said<K>;
  };

function anyTable(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  // A date is an object too, but of a class.
  const isTable =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date);
  if (isTable) return value as Readonly<Record<string, unknown>>;
  throw misfit(path, value, `a table, as [${showPath(path)}]`);
}

const list =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value))
      throw misfit(path, value, `tables, each begun by [[${showPath(path)}]]`);
    return value.map((item, at) => read(item, [...path, at]));
  };

const wholeFrom =
  (least: number, most: number): Reader<number> =>
  (value, path) => {
    const isNumber = typeof value === 'number' && Number.isInteger(value);
    if (isNumber && value >= least && value <= most) return value;
    throw misfit(path, value, `a whole number, ${least} to ${most}`);
  };

/** As many as 16 bits can number. */
const MOST_NODES = 65_536;
const counts = <Name extends string>(strategies: readonly Name[]): Reader<Counts<Name>> =>
  table(
    Object.fromEntries(strategies.map((name) => [name, wholeFrom(0, MOST_NODES)])),
    'strategy',
  ) as Reader<Counts<Name>>;

const share: Reader<Fraction> = (value, path) => {
  const isShare = typeof value === 'number' && value >= 0 && value <= 1;
  const millionths = isShare ? Math.round(value * ONE) : NaN;
  // A share that is written with more places would be another one than is used.
  if (millionths / ONE === value) return millionths as Fraction;
  throw misfit(path, value, 'a share of 0 to 1, of six places at most');
};

const flag: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw misfit(path, value, 'true or false');
};

const oneOf =
  <T extends string>(words: readonly T[]): Reader<T> =>
  (value, path) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    const near = typeof value === 'string' ? `; the nearest is ${nearest(value, words)}` : '';
    throw misfit(path, value, `one of ${words.join(', ')}${near}`);
  };

const inText =
  <T>(read: (text: string) => T | Unreadable, example: string): Reader<T> =>
  (value, path) => {
    if (typeof value !== 'string') throw misfit(path, value, `text, as in "${example}"`);
    const found = read(value);
    if (isUnreadable(found)) throw new Misfit(path, found.came, found.allowed);
    return found;
  };
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

const must = <T>(value: T | undefined, path: Path, key: string, allowed: string): T => {
  if (value !== undefined) return value;
  throw new Misfit([...path, key], 'missing', allowed);
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
  }),
  network: table({ latency: distribution, loss: share, repetition: share, reordering: share }),
  services: table({ source: distribution, audit: distribution, checks: distribution }),
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
  }),
  faults: list(FAULT),
});
type Document = ReturnType<typeof SCENARIO>;

function rulesIn(said: NonNullable<Document['chain']>): Partial<SubnetRules> {
  return {
    ...maybe('netuid', said.netuid),
    ...maybe('tempo', said.tempo),
    ...maybe('immunity', said.immunity),
    ...maybe('burn', said.burn),
    ...maybe('maxUids', said.max_uids),
    ...maybe('maxValidators', said.max_validators),
    ...maybe('permitsRequired', said.permits_required),
    ...maybe('stakeThreshold', said.stake_threshold),
    ...maybe('minStake', said.min_stake),
    ...maybe('weightsRateLimit', said.weights_rate_limit),
  };
}

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

/** Tables and lists are named, not shown: they may be huge. */
function misfit(path: Path, value: unknown, allowed: string): Misfit {
  if (Array.isArray(value)) return new Misfit(path, 'a list', allowed);
  if (value instanceof Date) return new Misfit(path, 'a date', allowed);
  return new Misfit(path, typeof value === 'object' ? 'a table' : show(value), allowed);
}

const unknownKey = (path: Path, key: string, known: readonly string[], what: string): Misfit =>
  new Misfit(
    path,
    `no known ${what}`,
    `${known.join(', ')}; the nearest is ${nearest(key, known)}`,
  );
