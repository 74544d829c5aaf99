import { describe, expect, it } from 'vitest';
import { digest } from '../../protocols/hash.ts';
import { WHOLE } from '../../protocols/units.ts';
import { RING_KINDS } from './kinds.ts';
import type { Plan } from './plan.ts';
import type { World } from './world.ts';
import { ladderStrength, planOf, WORLD_SETS, worldOf, type WorldSet } from './worlds.ts';

describe('worldOf', () => {
  it('makes the same world again, to the byte', () => {
    for (const set of SETS) expect(worldOf(set, 3)).toEqual(worldOf(set, 3));
    // Pinned, so that a figure of last year is of the same worlds.
    expect(digest('world', JSON.stringify(worldOf('heldOut', 7)))).toBe(HELD_OUT_7);
  });

  it('makes no two alike', () => {
    const first = SETS.map((set) => JSON.stringify(worldOf(set, 0).events));
    expect(new Set(first).size).toBe(SETS.length);
    expect(worldOf('heldOut', 1).events).not.toEqual(worldOf('heldOut', 2).events);
  });

  it('knows how many worlds a set has', () => {
    expect(() => worldOf('heldOut', WORLD_SETS.heldOut)).toThrow('heldOut has 60 worlds');
  });
});

describe.each(['tuning', 'heldOut'] as const)('the %s worlds', (set) => {
  const plans = plansOf(set);

  it('all have rings, of 2 to 10 and at most a third of the validators', () => {
    for (const { validators, rings } of plans) {
      expect(rings.length).toBeGreaterThan(0);
      expect(rings.filter((ring) => ring.validators < 2 || ring.validators > 10)).toEqual([]);
      expect(membersOf({ rings })).toBeLessThanOrEqual(validators / 3);
    }
  });

  it('are weak in a third of the worlds and in a third of those who collude', () => {
    const weak = plans.filter(({ rings }) => rings.every(({ strength }) => strength <= 0.45));
    expect(weak.length).toBeGreaterThanOrEqual(plans.length / 3);
    expect(sum(weak.map(membersOf)) * 3).toBe(sum(plans.map(membersOf)));
  });

  it('have rings of each kind', () => {
    const kinds = new Set(plans.flatMap(({ rings }) => rings.map(({ kind }) => kind)));
    expect([...kinds].toSorted()).toEqual(Object.keys(RING_KINDS).toSorted());
  });

  it('have panels of five and panels of all, audits of few and of many, small and large', () => {
    const panels = new Set(plans.map(({ panel, validators }) => Math.sign(panel - validators)));
    expect(panels).toEqual(new Set([-1, 0]));
    const shares = plans.map(({ audits }) => audits.share);
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.5);
    const sizes = plans.map(({ validators }) => validators);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([12, 130]);
  });
});

describe('the held-out worlds', () => {
  it('err in other ways than those that are tuned on', () => {
    const noisesOf = (set: WorldSet) => new Set(plansOf(set).map(({ noise }) => noise));
    const [tuned, heldOut] = [noisesOf('tuning'), noisesOf('heldOut')];
    expect(heldOut.difference(tuned).size).toBeGreaterThan(heldOut.size / 2);
  });
});

describe('worlds without rings', () => {
  it('have nobody who colludes', () => {
    for (const set of ['honest', 'strict', 'lenient', 'perfect', 'framedByBuyers'] as const) {
      expect(plansOf(set).flatMap(({ rings }) => rings)).toEqual([]);
      expect(worldOf(set, 0).truth.rings).toEqual([]);
    }
  });

  it('have their one decoy', () => {
    expect(worldOf('strict', 0).truth.innocent).toMatchObject({ strict: [ONE_ID], lenient: [] });
    expect(worldOf('lenient', 0).truth.innocent).toMatchObject({ strict: [], lenient: [ONE_ID] });
    expect(worldOf('framedByBuyers', 0).truth).toMatchObject({ innocent: { framed: [ONE_ID] } });
  });

  it('are perfect where everybody is', () => {
    const { scores } = worldOf('perfect', 0).events;
    expect(new Set(scores.map(({ score }) => score))).toEqual(new Set([WHOLE]));
  });

  it('have fifteen buyers who rate the framed one 10, six times each', () => {
    const { events, truth } = worldOf('framedByBuyers', 0);
    const framing = events.feedback.filter(({ buyer }) => truth.framers.includes(buyer));
    expect(framing).toHaveLength(15 * 6);
    expect(new Set(framing.map(({ rating }) => rating))).toEqual(new Set([10]));
    expect(new Set(framing.map(({ validator }) => validator))).toEqual(
      new Set(truth.innocent.framed),
    );
  });
});

describe('the special rings', () => {
  it('raise the miner that an innocent likes', () => {
    const { truth } = worldOf('framedByRing', 0);
    expect(truth.innocent.framed).toHaveLength(1);
    expect(colluders({ truth })).not.toContain(truth.innocent.framed[0]);
    expect(truth.rings).toMatchObject([{ kind: 'framing', miners: [expect.any(String)] }]);
  });

  it('come later than whom they copy', () => {
    const { events, truth } = worldOf('copied', 0);
    const given = Map.groupBy(events.scores, ({ batch }) => batch);
    const [leader] = truth.innocent.copied;
    for (const scores of given.values()) {
      const first = scores.find(({ validator }) => validator === leader);
      const same = scores.filter(
        ({ validator, score }) =>
          colluders({ truth }).includes(validator) && score === first?.score,
      );
      // A score of its own may be the same by chance, and sooner: most are not.
      expect(same.filter(({ time }) => time < (first?.time ?? 0)).length).toBeLessThanOrEqual(2);
    }
  });

  it('have half of the validators, and then more', () => {
    expect(colluders(worldOf('majority', 0))).toHaveLength(12);
    expect(colluders(worldOf('majority', 19))).toHaveLength(14);
  });
});

describe('the ladder', () => {
  it('differs in nothing but its strength from step to step', () => {
    const [none, some] = [worldOf('ladder', 0), worldOf('ladder', 18)];
    expect([ladderStrength(0), ladderStrength(18), ladderStrength(41)]).toEqual([0, 0.45, 0.9]);
    expect(some.truth.rings[0]?.validators).toEqual(none.truth.rings[0]?.validators);
    expect(some.events.audits).toEqual(none.events.audits);

    const members = new Set(colluders(some));
    const miners = new Set(some.truth.rings.flatMap((ring) => ring.miners));
    for (const [at, after] of some.events.scores.entries()) {
      const before = none.events.scores[at];
      const isConcerned = members.has(after.validator) && miners.has(after.miner);
      if (isConcerned) expect(after.score).toBeGreaterThanOrEqual(before?.score ?? 0);
      else expect(after.score).toBe(before?.score);
    }
  });
});

const SETS = Object.keys(WORLD_SETS) as WorldSet[];
const ONE_ID = expect.stringMatching(/^v\d+$/);
const HELD_OUT_7 = '6c80f9e5119f138f3644e35dfe268d31ddd760a6b3e322b2cefa8359fb3afe21';

const plansOf = (set: WorldSet): Plan[] =>
  Array.from({ length: WORLD_SETS[set] }, (_, index) => planOf(set, index));

const membersOf = ({ rings }: Pick<Plan, 'rings'>): number =>
  sum(rings.map(({ validators }) => validators));
const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

const colluders = ({ truth }: Pick<World, 'truth'>) =>
  truth.rings.flatMap(({ validators }) => validators);
