/**
 * Who takes part in a scenario, node by node.
 *
 *     { miners: { honest: 80, garbage: 10 } } ──▶ miner-honest-1 … miner-garbage-10
 *
 * A node's name says its role and its strategy, and its keys and its chance follow from the name: one
 * more of a kind changes none of the others.
 */
import type { Role } from '../../protocols/messages.ts';
import { newStock, type SamePerson } from '../../protocols/rules/pool.ts';
import type { Fraction, Hotkey } from '../../protocols/units.ts';
import type { ServicePort } from '../../runtime/host.ts';
import type { LeadSource } from '../../runtime/services/source.ts';
import { synthetic } from '../../runtime/sources/synthetic.ts';
import type { NodePlan } from '../../runtime/subnet.ts';
import {
  BUYER_STRATEGIES,
  MINER_STRATEGIES,
  POOL_STRATEGIES,
  VALIDATOR_STRATEGIES,
  type BuyerStrategy,
  type Counts,
  type MinerStrategy,
  type PoolStrategy,
  type Scenario,
  type ValidatorStrategy,
} from '../scenario.ts';
import { colludingValidator } from './colluding-validator.ts';
import { copyingValidator } from './copying-validator.ts';
import { dishonestPool, type PoolActor } from './dishonest-pool.ts';
import { duplicating } from './duplicating-miner.ts';
import { erratic } from './erratic-miner.ts';
import { garbage } from './garbage-miner.ts';
import type { ValidatorActor } from './judging.ts';
import { lazyValidator } from './lazy-validator.ts';
import { looking } from './looking.ts';
import { newLeak, type Leak } from './leak.ts';
import { leakingPool } from './leaking-pool.ts';
import { nearDuplicating } from './near-duplicate-miner.ts';
import { offlineValidator } from './offline-validator.ts';
import { appealing, honestly } from './pleading.ts';
import { rate, type Rate } from './rating.ts';
import { recycling } from './recycling-miner.ts';
import type { Ring } from './ring.ts';
import { selective } from './selective-miner.ts';
import { silentMiner, type MinerActor } from './silent-miner.ts';
import { slowMiner } from './slow-miner.ts';
import { strictValidator } from './strict-validator.ts';

/** What the nodes of a made-up world are given by it. */
export interface PlanOptions {
  /** The hotkey that a node's name stands for. */
  readonly hotkeyOf: (name: string) => Hotkey;
  /** A miner's source as a service that takes its time. */
  readonly source: (find: LeadSource) => ServicePort<'source'>;
}

/** Everybody in the scenario, in an order that is the scenario's alone. */
export function planOf(scenario: Scenario, { hotkeyOf, source }: PlanOptions): readonly NodePlan[] {
  const ring = ringOf(scenario, hotkeyOf);
  const favoured = favouredBy(scenario, hotkeyOf);
  const leak = newLeak(leakingIn(scenario, hotkeyOf));
  return [
    ...named('miner', MINER_STRATEGIES, scenario.miners).map(({ name, strategy }): NodePlan => {
      const behave = MINERS[strategy];
      const services = { source: source(sourceOf(strategy)) };
      return { role: 'miner', name, services, ...(behave && { behave }) };
    }),
    ...named('validator', VALIDATOR_STRATEGIES, scenario.validators).map(
      ({ name, strategy }): NodePlan => {
        const behave = validatorBehaviour(strategy, ring, leak);
        // Those of a ring may not vote on their own, and care for nobody else.
        const plead = strategy === 'colluding' ? appealing : honestly;
        return {
          role: 'validator',
          name,
          behave: (honest) => plead(looking(scenario.collusion)(behave?.(honest) ?? honest)),
        };
      },
    ),
    ...named('pool', POOL_STRATEGIES, scenario.pools).map(({ name, strategy }): NodePlan => ({
      role: 'pool',
      name,
      behave: (honest) =>
        looking(scenario.collusion)(
          knowingBy(scenario.rules.samePerson)(poolBehaviour(strategy, favoured, leak)(honest)),
        ),
    })),
    ...named('buyer', BUYER_STRATEGIES, scenario.buyers).map(({ name }): NodePlan => ({
      role: 'buyer',
      name,
    })),
  ];
}

/** A pool that knows a person by this. */
const knowingBy =
  (same: SamePerson) =>
  (pool: PoolActor): PoolActor => ({
    ...pool,
    begin(context) {
      const [state, ...effects] = pool.begin(context);
      return [{ ...state, stock: newStock(same) }, ...effects];
    },
  });

/** What the person behind a buyer says of each answer. */
export function rateOf(
  scenario: Scenario,
  hotkeyOf: PlanOptions['hotkeyOf'],
): (name: string) => Rate {
  const ring = ringOf(scenario, hotkeyOf);
  const silence: Rate = () => undefined;
  return (name) => {
    const known = strategyOf(name);
    return known?.role === 'buyer' ? rate(known.strategy, ring) : silence;
  };
}

export type Known =
  | { readonly role: 'miner'; readonly strategy: MinerStrategy }
  | { readonly role: 'validator'; readonly strategy: ValidatorStrategy }
  | { readonly role: 'pool'; readonly strategy: PoolStrategy }
  | { readonly role: 'buyer'; readonly strategy: BuyerStrategy };

/** What a node's name says of it; undefined where it is no name of this kind. */
export const strategyOf = (name: string): Known | undefined =>
  KNOWN.get(name.replace(/-[1-9][0-9]*$/, ''));

const KNOWN: ReadonlyMap<string, Known> = new Map(
  [
    ...MINER_STRATEGIES.map((strategy) => ({ role: 'miner', strategy }) as const),
    ...VALIDATOR_STRATEGIES.map((strategy) => ({ role: 'validator', strategy }) as const),
    ...POOL_STRATEGIES.map((strategy) => ({ role: 'pool', strategy }) as const),
    ...BUYER_STRATEGIES.map((strategy) => ({ role: 'buyer', strategy }) as const),
  ].map((known) => [`${known.role}-${known.strategy}`, known]),
);

/** One in a hundred: whoever looks for leads finds a bad one now and then. */
const SLIPS = 10_000 as Fraction;

/** Each miner's own: some remember what they sent. */
function sourceOf(strategy: MinerStrategy): LeadSource {
  const find = synthetic({ careless: SLIPS });
  switch (strategy) {
    case 'garbage':
      return garbage(find);
    case 'recycler':
      return recycling(find);
    case 'near-duplicate':
      return nearDuplicating(find);
    case 'duplicating':
      return duplicating(find);
    case 'selective':
      return selective(find);
    case 'erratic':
      return erratic(find);
    case 'honest':
    case 'slow':
    case 'silent':
      return find;
  }
}

/** How it acts; the others act honestly on what they found. */
const MINERS: Readonly<Partial<Record<MinerStrategy, (honest: MinerActor) => MinerActor>>> = {
  slow: slowMiner,
  silent: silentMiner,
};

function validatorBehaviour(
  strategy: ValidatorStrategy,
  ring: Ring,
  leak: Leak,
): ((honest: ValidatorActor) => ValidatorActor) | undefined {
  switch (strategy) {
    case 'honest':
      return undefined;
    case 'lazy':
      return lazyValidator;
    case 'strict':
      return strictValidator;
    case 'copying':
      return (honest) => copyingValidator(honest, leak);
    case 'colluding':
      return colludingValidator(ring);
    case 'offline':
      return offlineValidator;
  }
}

function poolBehaviour(
  strategy: PoolStrategy,
  favoured: ReadonlySet<Hotkey>,
  leak: Leak,
): (honest: PoolActor) => PoolActor {
  switch (strategy) {
    case 'honest':
      return (honest) => honest;
    case 'dishonest':
      return dishonestPool(favoured);
    case 'leaking':
      return leakingPool(leak);
  }
}

/** The pools that leak, to every copying validator. */
const leakingIn = ({ pools }: Scenario, hotkeyOf: PlanOptions['hotkeyOf']): ReadonlySet<Hotkey> =>
  new Set(named('pool', ['leaking'] as const, pools).map(({ name }) => hotkeyOf(name)));

/** Whom a ring serves: first those that could not make a living without it. */
const PROTECTED: readonly MinerStrategy[] = [
  'garbage',
  'recycler',
  'near-duplicate',
  'selective',
  'honest',
];

/** The colluding validators, and for each of them a miner that it serves. */
export function ringOf(
  { miners, validators }: Pick<Scenario, 'miners' | 'validators'>,
  hotkeyOf: PlanOptions['hotkeyOf'],
): Ring {
  const colluding = named('validator', ['colluding'] as const, validators);
  const served = named('miner', PROTECTED, miners).slice(0, colluding.length);
  return {
    validators: new Set(colluding.map(({ name }) => hotkeyOf(name))),
    miners: new Set(served.map(({ name }) => hotkeyOf(name))),
  };
}

/** Miners whose leads pass, for no pool can favour those whose leads do not. */
const PASSING: readonly MinerStrategy[] = ['selective', 'near-duplicate', 'honest'];
/** Of so many miners one is a dishonest pool's, and so every second draw has one. */
const FAVOURED_OF = 10;

/** The miners that a dishonest pool favours. */
function favouredBy({ miners }: Scenario, hotkeyOf: PlanOptions['hotkeyOf']): ReadonlySet<Hotkey> {
  const count = Math.ceil(named('miner', MINER_STRATEGIES, miners).length / FAVOURED_OF);
  const first = named('miner', PASSING, miners).slice(0, count);
  return new Set(first.map(({ name }) => hotkeyOf(name)));
}

const named = <S extends string>(
  role: Role,
  strategies: readonly S[],
  counts: Counts<S>,
): readonly { readonly name: string; readonly strategy: S }[] =>
  strategies.flatMap((strategy) =>
    Array.from({ length: counts[strategy] ?? 0 }, (_, index) => ({
      name: `${role}-${strategy}-${index + 1}`,
      strategy,
    })),
  );
