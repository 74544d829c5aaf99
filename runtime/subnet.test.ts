import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../actors/actor.ts';
import { standingAt } from '../protocols/ledger.ts';
import { addressOf, type Role } from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import { heldIn } from '../protocols/rules/held.ts';
import { newStock } from '../protocols/rules/pool.ts';
import {
  hours,
  later,
  minutes,
  seconds,
  tao,
  type Duration,
  type Fraction,
  type Instant,
  type Rao,
} from '../protocols/units.ts';
import { InMemoryChain } from './chain/in-memory.ts';
import { randomFrom } from './random.ts';
import { auditPort } from './services/audit.ts';
import { sourcePort } from './services/source.ts';
import { verifyPort } from './services/verify.ts';
import { synthetic } from './sources/synthetic.ts';
import { honest, Subnet, type SubnetOptions } from './subnet.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('a subnet', () => {
  it('answers a query with as many good leads as were asked for', async () => {
    const { ask } = await subnetOf();
    const { leads, partial, attempts } = await ask({ leads: 10, industry: 'Tech & AI' });
    expect(leads).toHaveLength(10);
    expect(new Set(leads.map(({ lead }) => lead['Owner(s) Email'])).size).toBe(10);
    expect(leads.every(({ lead }) => lead.Industry === 'Tech & AI')).toBe(true);
    expect({ partial, attempts: attempts.length }).toEqual({ partial: false, attempts: 1 });
  });

  it('rejects what is bad, and the road says why', async () => {
    const { ask, subnet } = await subnetOf({ careless: [3, 4] });
    const { attempts } = await ask({ leads: 10 });
    const bad = attempts[0]?.road.filter(({ miner }) =>
      ['miner-3', 'miner-4'].includes(subnet.nameOf(miner)),
    );
    expect(bad?.map(({ outcome }) => outcome)).toEqual(['rejected', 'rejected']);
    expect(bad?.every(({ reasons }) => reasons.length > 0)).toBe(true);
  });

  it('answers although a miner and a validator die in the middle of the query', async () => {
    const { subnet, clock, begin } = await subnetOf();
    const answer = begin({ leads: 10 });
    await clock.run(later(clock.now(), seconds(13)));
    subnet.kill(subnet.hotkeyOf('miner-1'));
    subnet.kill(subnet.hotkeyOf('validator-1'));
    const { leads, attempts } = await answer();
    expect(leads).toHaveLength(10);
    expect(attempts.at(-1)?.road.map(({ outcome }) => outcome)).toContain('missed');
  });

  it.each([
    ['miners', 'no_miner'],
    ['validators', 'no_validator'],
    ['pools', 'no_pool'],
  ] as const)('without %s says so', async (what, failure) => {
    const { ask } = await subnetOf({ [what]: 0 });
    const { leads, attempts } = await ask({ leads: 10 });
    expect({ leads, failures: attempts.map((attempt) => attempt.failure) }).toEqual({
      leads: [],
      failures: [failure],
    });
  });

  it.each([
    ['miner', 'no_batch', 'missed'],
    ['validator', 'no_batch', 'unreported'],
    ['pool', 'pool_silent', undefined],
  ] as const)('with every %s dead says so by attempt', async (role, failure, outcome) => {
    const { subnet, ask } = await subnetOf();
    for (const { plan, hotkey } of subnet.nodes) if (plan.role === role) subnet.kill(hotkey);
    const { leads, attempts } = await ask({ leads: 10 });
    expect(leads).toEqual([]);
    expect(attempts.map((attempt) => attempt.failure)).toEqual([failure, failure, failure]);
    const outcomes = attempts.flatMap(({ road }) => road.map((step) => step.outcome));
    expect([...new Set(outcomes)]).toEqual(outcome === undefined ? [] : [outcome]);
  });

  it('refuses a buyer with too little stake and says by how much', async () => {
    const { ask } = await subnetOf({ stakes: { buyer: tao(12) } });
    const { leads, attempts } = await ask({ leads: 10 });
    expect(leads).toEqual([]);
    expect(attempts).toMatchObject([
      {
        failure: 'refused',
        refusal: {
          reason: 'no_standing',
          shortfall: { requirement: 'stake', need: tao(50), has: tao(12) },
        },
      },
    ]);
  });

  it('draws no validator and asks no pool with too little stake', async () => {
    const { ask } = await subnetOf({ stakes: { validator: tao(19) } });
    expect((await ask({ leads: 10 })).attempts[0]?.failure).toBe('no_validator');
    const other = await subnetOf({ stakes: { pool: tao(19) } });
    expect((await other.ask({ leads: 10 })).attempts[0]?.failure).toBe('no_pool');
  });

  it('never gives a buyer the same lead twice, and ends up with one standing everywhere', async () => {
    const { subnet, ask, settle } = await subnetOf({ careless: [4], pools: 2 });
    const emails: string[] = [];
    for (let query = 0; query < 6; query++) {
      const { leads } = await ask({ leads: 20, region: 'DE' });
      emails.push(...leads.map(({ lead }) => lead['Owner(s) Email'].toLowerCase()));
      await settle();
    }
    expect(emails.length).toBeGreaterThan(100);
    expect(new Set(emails).size).toBe(emails.length);
    const [first, ...others] = standings(subnet);
    expect(first).not.toEqual('[]');
    expect(others).toEqual(others.map(() => first));
  });

  it('moves precision by a rating, once', async () => {
    const { subnet, ask, settle, clock } = await subnetOf();
    const { query } = await ask({ leads: 10 });
    await settle();
    const before = precisions(subnet);
    subnet.rate(query, 1);
    subnet.rate(query, 1);
    await clock.run(later(clock.now(), minutes(1)));
    // Four batches agreed upon had brought each to 55; one rating of 1 takes 25.
    expect(before).toEqual([55_000, 55_000, 55_000]);
    expect(precisions(subnet)).toEqual([30_000, 30_000, 30_000]);
    expect(subnet.observer.counts().refused.get('rating repeated')).toBe(1);
  });

  it('fills the pool by validators’ own queries and sets weights at the epoch', async () => {
    const { subnet, clock, chain } = await subnetOf({ queryEvery: 1 });
    await clock.run(later(clock.now(), hours(3)));
    const pool = subnet.poolAt(subnet.hotkeyOf('pool-1'));
    expect(heldIn(pool?.state?.stock ?? newStock()).length).toBeGreaterThan(100);
    expect(pool?.state?.stock.delivered.size).toBe(0);
    const setters = chain.view.latest.neurons.filter(({ uid }) => chain.weightsOf(uid).length > 0);
    expect(setters.map(({ hotkey }) => subnet.nameOf(hotkey)).toSorted()).toEqual([
      'validator-1',
      'validator-2',
      'validator-3',
    ]);
  });

  it('is harmed by nothing that comes over the line', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }),
        async (junk) => {
          const { subnet, ask } = await subnetOf();
          const victims = subnet.nodes.map(({ plan, hotkey }) => addressOf(plan.role, hotkey));
          junk.forEach((bytes, index) => {
            const to = victims[index % victims.length];
            const from = victims[(index + 1) % victims.length];
            if (to !== undefined && from !== undefined) subnet.bus.inject(to, bytes, from);
          });
          expect((await ask({ leads: 3 })).leads).toHaveLength(3);
          expect(subnet.observer.counts().lost.get('malformed') ?? 0).toBe(junk.length);
        },
      ),
      { numRuns: 10 }, // A whole subnet each.
    );
  });

  it('does the same again from the same seed, and something else from another', async () => {
    const emails = async (seed: string): Promise<readonly string[]> => {
      const { ask } = await subnetOf({ seed });
      return (await ask({ leads: 10 })).leads.map(({ lead }) => lead['Owner(s) Email']);
    };
    expect(await emails('a')).toEqual(await emails('a'));
    expect(await emails('a')).not.toEqual(await emails('b'));
  });

  it('goes the same way whether bytes cross the line or the bodies themselves', async () => {
    const answers = await Promise.all(
      (['wire', 'reference'] as const).map(async (codec) => {
        const { ask } = await subnetOf({ codec, careless: [2] });
        return ask({ leads: 30 });
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
  });
});

const START = 1_790_000_000_000 as Instant;

type Wish = Partial<Pick<SubnetOptions, 'codec' | 'queryEvery' | 'seed'>> & {
  /** How many there are of each role; 4 miners, 3 validators, a pool and a buyer where absent. */
  readonly miners?: number;
  readonly validators?: number;
  readonly pools?: number;
  /** Miners, from 1, that do not look at what they send. */
  readonly careless?: readonly number[];
  readonly stakes?: Partial<Record<Role, Rao>>;
};

/** A subnet that has begun, on virtual time. */
async function subnetOf({
  miners = 4,
  validators = 3,
  pools = 1,
  careless = [],
  seed = 'test',
  codec = 'reference',
  queryEvery = 0,
  stakes = {},
}: Wish = {}) {
  const clock = new VirtualClock(START);
  const chain = new InMemoryChain({ clock, seed });
  const delay = { from: seconds(2), to: seconds(20) };
  const source = (index: number) =>
    sourcePort({
      clock,
      delay,
      source: synthetic(careless.includes(index + 1) ? { careless: 500_000 as Fraction } : {}),
    });
  const subnet = new Subnet({
    seed,
    clock,
    chain,
    random: randomFrom(seed),
    nodes: [
      ...honest('miner', miners).map((plan, index) => ({
        ...plan,
        services: { source: source(index) },
      })),
      ...honest('validator', validators),
      ...honest('pool', pools),
      ...honest('buyer', 1),
    ].map((plan) => {
      const stake = stakes[plan.role];
      return stake === undefined ? plan : { ...plan, stake };
    }),
    services: {
      audit: auditPort(),
      verify: verifyPort({ clock, simulatedDelay: seconds(1) }),
    },
    queryEvery,
    codec,
    delay: () => 30 as Duration,
  });
  await finished(clock, subnet.start());
  const begin = (want: Want) => {
    let answer: QueryAnswer | undefined;
    subnet.ask(want).subscribe((value) => (answer = value));
    return async (): Promise<QueryAnswer> => {
      await clock.run(() => answer !== undefined);
      if (answer === undefined) throw new Error('no answer came');
      return answer;
    };
  };
  return {
    clock,
    chain,
    subnet,
    begin,
    ask: (want: Want): Promise<QueryAnswer> => begin(want)(),
    settle: () => clock.run(later(clock.now(), minutes(3))),
  };
}

async function finished(clock: VirtualClock, work: Observable<unknown>): Promise<void> {
  let isDone = false;
  work.subscribe({ complete: () => (isDone = true) });
  await clock.run(() => isDone);
  expect(isDone).toBe(true);
}

/** What each keeper of a ledger holds of everyone, as text. */
function standings(subnet: Subnet): readonly string[] {
  return subnet.nodes.flatMap(({ hotkey }) => {
    const state = subnet.validatorAt(hotkey)?.state ?? subnet.poolAt(hotkey)?.state;
    if (state === undefined) return [];
    const { validators, miners } = standingAt(state.ledger, Number.MAX_SAFE_INTEGER);
    const all = [...validators, ...miners].map((one) => JSON.stringify(one));
    return [JSON.stringify(all.toSorted())];
  });
}

function precisions(subnet: Subnet): readonly (number | undefined)[] {
  const hotkeys = subnet.nodes.filter(({ plan }) => plan.role === 'validator').map((n) => n.hotkey);
  const state = hotkeys[0] && subnet.validatorAt(hotkeys[0])?.state;
  const standing = state && standingAt(state.ledger, Number.MAX_SAFE_INTEGER);
  return hotkeys.map((hotkey) => standing?.validators.get(hotkey)?.precision);
}
