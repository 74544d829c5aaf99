/**
 * Who takes part in a run, on what network, with what faults, for how long: frozen data. A run is a
 * scenario and a seed, and nothing else.
 */
import { COLLUSION_RULES, type CollusionRules } from '../actors/watching.ts';
import type { SubnetRules } from '../runtime/chain/subnet.ts';
import type { SamePerson } from '../protocols/rules/pool.ts';
import { hours, type Duration, type Fraction } from '../protocols/units.ts';
import type { Distribution } from './distribution.ts';

export const MINER_STRATEGIES = [
  'honest',
  'garbage',
  'recycler',
  'near-duplicate',
  'duplicating',
  'slow',
  'silent',
  'selective',
  'erratic',
] as const;
export const VALIDATOR_STRATEGIES = [
  'honest',
  'lazy',
  'strict',
  'copying',
  'colluding',
  'offline',
] as const;
export const BUYER_STRATEGIES = ['honest', 'generous', 'shill', 'never-rating'] as const;
export const POOL_STRATEGIES = ['honest', 'dishonest', 'leaking'] as const;

export type MinerStrategy = (typeof MINER_STRATEGIES)[number];
export type ValidatorStrategy = (typeof VALIDATOR_STRATEGIES)[number];
export type BuyerStrategy = (typeof BUYER_STRATEGIES)[number];
export type PoolStrategy = (typeof POOL_STRATEGIES)[number];

/** How many there are of each strategy; none where a name is absent. */
export type Counts<Name extends string> = Readonly<Partial<Record<Name, number>>>;

export interface Scenario {
  readonly name: string;
  readonly duration: Duration;
  readonly miners: Counts<MinerStrategy>;
  readonly validators: Counts<ValidatorStrategy>;
  readonly buyers: Counts<BuyerStrategy>;
  readonly pools: Counts<PoolStrategy>;
  readonly demand: {
    /** Of each buyer, spread evenly with chance. */
    readonly queriesPerDay: number;
    readonly leads: number;
    /** Epochs from one of a validator's own queries to the next; 0 = never. */
    readonly validatorsEvery: number;
    /** Whether people ask for sealed reports. */
    readonly sealed: boolean;
  };
  readonly network: {
    /** One way, drawn for each message. */
    readonly latency: Distribution;
    /** Of messages, in millionths. */
    readonly loss: Fraction;
    readonly repetition: Fraction;
    /** Of messages that may overtake those before them. */
    readonly reordering: Fraction;
  };
  /** How long the world takes to answer. */
  readonly services: {
    readonly source: Distribution;
    readonly audit: Distribution;
    readonly checks: Distribution;
    /** An evaluation of an epoch's window. */
    readonly collusion: Distribution;
  };
  readonly faults: readonly Fault[];
  /** Changes to the rules that are tried; the rules as they stand where they are not named. */
  readonly rules: { readonly samePerson: SamePerson };
  /** How everyone looks for collusion, where anyone does. */
  readonly collusion: CollusionRules & { readonly enabled: boolean };
  /** What differs from a new subnet on the chain. */
  readonly chain: Partial<SubnetRules>;
}

/** Something goes wrong at a time after the beginning. */
export type Fault =
  | {
      readonly fault: 'partition';
      readonly at: Duration;
      readonly for: Duration;
      /** Of the nodes, cut off from the others. */
      readonly share: Fraction;
      /** Whether those cut off still hear the others. */
      readonly oneSided: boolean;
    }
  | {
      readonly fault: 'outage';
      readonly at: Duration;
      readonly for: Duration;
      readonly service: 'source' | 'audit' | 'verify';
      /** Of the nodes that ask it. */
      readonly share: Fraction;
    }
  | {
      /** Nodes go away and come back with nothing of what they knew. */
      readonly fault: 'crash';
      readonly at: Duration;
      readonly for: Duration;
      readonly role: 'miner' | 'validator' | 'pool' | 'any';
      readonly share: Fraction;
    };

/** A scenario in ten lines: what is not said is as in `baseline`, with nobody taking part. */
export type ScenarioParts = Partial<
  Omit<Scenario, 'demand' | 'network' | 'services' | 'rules' | 'collusion'>
> & {
  readonly rules?: Partial<Scenario['rules']>;
  readonly collusion?: Partial<Scenario['collusion']>;
  readonly demand?: Partial<Scenario['demand']>;
  readonly network?: Partial<Scenario['network']>;
  readonly services?: Partial<Scenario['services']>;
};

export function scenario(parts: ScenarioParts): Scenario {
  return change(EMPTY, parts);
}

/** The same scenario with other parts. */
export const change = (base: Scenario, parts: ScenarioParts): Scenario => ({
  ...base,
  ...parts,
  demand: { ...base.demand, ...parts.demand },
  network: { ...base.network, ...parts.network },
  services: { ...base.services, ...parts.services },
  rules: { ...base.rules, ...parts.rules },
  collusion: { ...base.collusion, ...parts.collusion },
});

const EMPTY: Scenario = {
  name: 'unnamed',
  duration: hours(24),
  miners: {},
  validators: {},
  buyers: {},
  pools: { honest: 1 },
  demand: { queriesPerDay: 24, leads: 10, validatorsEvery: 0, sealed: false },
  network: {
    latency: { kind: 'lognormal', median: 40 as Duration, sigma: 500_000 as Fraction },
    loss: 0 as Fraction,
    repetition: 0 as Fraction,
    reordering: 0 as Fraction,
  },
  services: {
    source: { kind: 'lognormal', median: 15_000 as Duration, sigma: 700_000 as Fraction },
    audit: { kind: 'lognormal', median: 8_000 as Duration, sigma: 500_000 as Fraction },
    checks: { kind: 'lognormal', median: 5_000 as Duration, sigma: 500_000 as Fraction },
    collusion: { kind: 'lognormal', median: 2_000 as Duration, sigma: 500_000 as Fraction },
  },
  faults: [],
  rules: { samePerson: 'address' },
  collusion: { enabled: true, ...COLLUSION_RULES },
  chain: {},
};
