import fc from 'fast-check';
import { EMPTY } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Random } from '../../actors/actor.ts';
import { digest } from '../../protocols/hash.ts';
import { standingThrough } from '../../protocols/ledger.ts';
import { addressOf } from '../../protocols/messages.ts';
import type { NodePlan } from '../../runtime/subnet.ts';
import { randomFrom } from '../../runtime/random.ts';
import {
  BUYER_STRATEGIES,
  MINER_STRATEGIES,
  POOL_STRATEGIES,
  scenario,
  VALIDATOR_STRATEGIES,
  type Counts,
  type Scenario,
} from '../scenario.ts';
import type { ValidatorActor } from './judging.ts';
import { planOf, rateOf, ringOf, strategyOf } from './strategies.ts';
import { hotkeyOf, SEED, smallSubnet } from './testing/small-subnet.ts';

describe('a plan', () => {
  it('names each node after its role and its strategy', () => {
    expect(namesOf(scenario({ miners: { garbage: 2 }, validators: { honest: 1 } }))).toEqual([
      'miner-garbage-1',
      'miner-garbage-2',
      'validator-honest-1',
      'pool-honest-1',
    ]);
    expect(strategyOf('miner-near-duplicate-12')).toEqual({
      role: 'miner',
      strategy: 'near-duplicate',
    });
    expect(strategyOf('miner-lazy-1')).toBeUndefined();
    expect(strategyOf('miner-honest-0')).toBeUndefined();
    expect(strategyOf('constructor')).toBeUndefined();
  });

  it('has as many of each strategy as the scenario says, whatever order it says it in', () => {
    fc.assert(
      fc.property(anyScenario, (parts) => {
        const names = namesOf(parts);
        expect(new Set(names).size).toBe(names.length);
        for (const [role, counts] of Object.entries(rolesOf(parts))) {
          for (const [strategy, count] of Object.entries(counts)) {
            const found = names.map(strategyOf).filter((known) => known?.strategy === strategy);
            expect(found.filter((known) => known?.role === role)).toHaveLength(count);
          }
        }
        const backwards = { ...parts, miners: turned(parts.miners) };
        expect(namesOf(backwards)).toEqual(names);
      }),
      { numRuns: 200 }, // Some thirty plans each.
    );
  });

  it('gives a ring a miner for each colluding validator, the worst first', () => {
    const ring = ringOf(
      { miners: { honest: 5, recycler: 1, garbage: 1 }, validators: { colluding: 3, honest: 2 } },
      named,
    );
    expect([...ring.validators]).toEqual([1, 2, 3].map((n) => `validator-colluding-${n}`));
    expect([...ring.miners]).toEqual(['miner-garbage-1', 'miner-recycler-1', 'miner-honest-1']);
  });

  it('tells nothing of answers for whoever is no buyer', () => {
    const say = rateOf(scenario({}), named);
    expect(say('miner-honest-1')({ leads: [] } as never, randomFrom('a'))).toBeUndefined();
  });
});

describe('the strategies in a subnet', () => {
  it('do as they are called', async () => {
    const { subnet, chain, ask } = await smallSubnet(
      scenario({
        miners: { honest: 1, garbage: 1, recycler: 1, silent: 1, selective: 1 },
        validators: { honest: 2, lazy: 1, offline: 1 },
        buyers: { honest: 1 },
      }),
    );
    const lazy = addressOf('validator', subnet.hotkeyOf('validator-lazy-1'));
    const doneByLazy: string[] = [];
    subnet.observer.listen((happening) => {
      if (happening.is === 'asked' && happening.actor === lazy) doneByLazy.push(happening.ask.ask);
      if (happening.is === 'sent' && happening.envelope.from === lazy) {
        doneByLazy.push(happening.envelope.kind);
      }
    });
    const outcomes = async () => {
      const { attempts } = await ask({ leads: 30 });
      const steps = (attempts[0]?.road ?? []).map(({ miner, outcome, checks, reports }) => ({
        name: subnet.nameOf(miner).split('-')[1],
        outcome,
        checks,
        lazy: reports.find(({ validator }) => subnet.nameOf(validator) === 'validator-lazy-1')
          ?.score,
      }));
      return new Map(steps.map((step) => [step.name, step]));
    };
    const first = await outcomes();
    expect(first.get('honest')?.outcome).toBe('approved');
    expect(first.get('selective')?.outcome).toBe('approved');
    expect(first.get('recycler')?.outcome).toBe('approved');
    expect(first.get('garbage')).toMatchObject({ outcome: 'rejected', lazy: 1_000_000 });
    expect(first.get('silent')?.outcome).toBe('missed');
    expect(doneByLazy).toContain('countersign');
    expect(doneByLazy).not.toContain('audit');
    expect(doneByLazy).not.toContain('verify');
    // Word for word the same again: it passes, and the pool has it already.
    expect((await outcomes()).get('recycler')?.outcome).toBe('approved');
    const state = subnet.validatorAt(subnet.hotkeyOf('validator-honest-1'))?.state;
    const standing = state && standingThrough(state.ledger, chain.view.latest.head.number);
    const accuracyOf = (name: string) =>
      standing?.miners.get(subnet.hotkeyOf(name))?.accuracy ?? -1;
    expect(accuracyOf('miner-honest-1')).toBeGreaterThan(900_000);
    expect(accuracyOf('miner-recycler-1')).toBeLessThanOrEqual(500_000);
    expect(accuracyOf('miner-garbage-1')).toBe(0);
    expect(subnet.observer.counts().crashes.size).toBe(0);
  });

  it('draw from streams of their own: one more draw in one changes nobody else’s', async () => {
    const before = await streamsOf(0, '');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('miner-garbage-1', 'validator-strict-1', 'miner-slow-1'),
        fc.integer({ min: 1, max: 5 }),
        async (who, more) => {
          const after = await streamsOf(more, who);
          const own = [...after.keys()].filter((path) => path.startsWith(`/${who}`));
          expect(own.some((path) => after.get(path) !== before.get(path))).toBe(true);
          for (const path of own) after.delete(path);
          const others = new Map([...before].filter(([path]) => !path.startsWith(`/${who}`)));
          expect(after).toEqual(others);
        },
      ),
      { numRuns: 6 }, // A whole subnet each.
    );
  }, 60_000);
});

/** What was drawn by each stream, by its path, where one node draws more than it did. */
async function streamsOf(more: number, who: string): Promise<Map<string, string>> {
  const drawn = new Map<string, number[]>();
  const { ask } = await smallSubnet(
    scenario({
      miners: { honest: 1, garbage: 1, slow: 1, recycler: 1 },
      validators: { honest: 2, strict: 1 },
      buyers: { honest: 1 },
    }),
    { random: recorded(randomFrom(SEED), '', drawn), change: drawingMore(more, who) },
  );
  await ask({ leads: 12 });
  return new Map(
    [...drawn].map(([path, numbers]) => [path, digest('leadpoet.drawn/1', ...numbers)]),
  );
}

/** The same node, which draws more after all that it does, to no end. */
const drawingMore =
  (more: number, who: string) =>
  (plan: NodePlan): NodePlan => {
    if (plan.name !== who) return plan;
    const waste = (random: Random): void => {
      for (let draw = 0; draw < more; draw++) random.next();
    };
    if (plan.role === 'miner') {
      const source = plan.services?.source;
      return {
        ...plan,
        services: {
          ...(source && {
            source: (input, asker) => {
              waste(asker.random);
              return source(input, asker);
            },
          }),
        },
      };
    }
    if (plan.role !== 'validator') return plan;
    return {
      ...plan,
      behave: (honest: ValidatorActor): ValidatorActor => {
        const actor = plan.behave?.(honest) ?? honest;
        return {
          ...actor,
          on: {
            ...actor.on,
            batch: (state, envelope, context) => {
              waste(context.random);
              return actor.on.batch(state, envelope, context);
            },
          },
        };
      },
    };
  };

const recorded = (random: Random, path: string, drawn: Map<string, number[]>): Random => ({
  next() {
    const number = random.next();
    drawn.set(path, [...(drawn.get(path) ?? []), number]);
    return number;
  },
  fork: (name) => recorded(random.fork(name), `${path}/${name}`, drawn),
});

const named = (name: string) => name as ReturnType<typeof hotkeyOf>;
const namesOf = (parts: Scenario): readonly string[] =>
  planOf(parts, {
    hotkeyOf: named,
    source: () => () => EMPTY,
  }).map(({ name }) => name);

const rolesOf = ({ miners, validators, pools, buyers }: Scenario) => ({
  miner: miners,
  validator: validators,
  pool: pools,
  buyer: buyers,
});

const turned = <N extends string>(counts: Counts<N>): Counts<N> =>
  Object.fromEntries(Object.entries(counts).toReversed()) as Counts<N>;

const countsOf = <N extends string>(strategies: readonly N[]): fc.Arbitrary<Counts<N>> =>
  fc.dictionary(fc.constantFrom(...strategies), fc.nat({ max: 3 })) as fc.Arbitrary<Counts<N>>;

const anyScenario = fc
  .record({
    miners: countsOf(MINER_STRATEGIES),
    validators: countsOf(VALIDATOR_STRATEGIES),
    pools: countsOf(POOL_STRATEGIES),
    buyers: countsOf(BUYER_STRATEGIES),
  })
  .map(scenario);
