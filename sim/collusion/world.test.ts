import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ONE } from '../../protocols/units.ts';
import { randomFrom } from '../../runtime/random.ts';
import { drawPlan, type Wanted } from './draw-plan.ts';
import { EVERY, HELD_OUT, TUNING } from './families.ts';
import { RING_KINDS, type RingKind } from './kinds.ts';
import type { Plan } from './plan.ts';
import { makeWorld, type World } from './world.ts';

describe('a world', () => {
  it('is the same from the same plan and seed, and another from another seed', () => {
    fc.assert(
      fc.property(anyPlan, fc.string(), (plan, seed) => {
        const made = makeWorld(plan, seed);
        expect(JSON.stringify(makeWorld(plan, seed))).toBe(JSON.stringify(made));
        expect(makeWorld(plan, `${seed}'`).events).not.toEqual(made.events);
      }),
      FEW,
    );
  });

  it('has events that a file of them may have', () => {
    fc.assert(
      fc.property(anyPlan, fc.string(), (plan, seed) => {
        const { events, window } = makeWorld(plan, seed);
        const all = [...events.scores, ...events.audits, ...events.feedback];
        expect(all.filter(({ time }) => time < window.from || time > window.to)).toEqual([]);
        expect(all.every((event) => Number.isInteger(event.time))).toBe(true);
        const { scores, audits, feedback } = events;
        const scored = scores.flatMap(({ score, finalScore = score }) => [score, finalScore]);
        const millionths = [...scored, ...audits.map(({ passRate }) => passRate)];
        expect(millionths.every((one) => Number.isInteger(one) && one >= 0 && one <= ONE)).toBe(
          true,
        );
        expect(scores.every(({ epoch }) => epoch >= 0 && epoch < plan.epochs)).toBe(true);
        expect(feedback.every(({ rating }) => RATINGS.includes(rating))).toBe(true);
      }),
      FEW,
    );
  });

  it('has each validator score a batch once, and at most a panel of them', () => {
    fc.assert(
      fc.property(anyPlan, fc.string(), (plan, seed) => {
        const { scores } = makeWorld(plan, seed).events;
        const pairs = new Set(scores.map(({ validator, batch }) => `${validator} ${batch}`));
        expect(pairs.size).toBe(scores.length);
        for (const given of Map.groupBy(scores, ({ batch }) => batch).values()) {
          expect(given.length).toBeLessThanOrEqual(plan.panel);
        }
      }),
      FEW,
    );
  });

  it('is the honest one where a ring has no strength, but for who would have been in it', () => {
    fc.assert(
      fc.property(anyKind, fc.string(), (kind, seed) => {
        const plan = planFor([{ kind, strength: 0 }], seed);
        const without: Plan = { ...plan, rings: [] };
        expect(makeWorld(plan, seed).events.scores).toEqual(makeWorld(without, seed).events.scores);
      }),
      FEW,
    );
  });

  it('changes the scores of members alone, the more the stronger', () => {
    fc.assert(
      fc.property(anyKind, fc.string(), (kind, seed) => {
        const [none, half, full] = [0, 0.5, 1].map((strength) => {
          const plan = planFor([{ kind, strength }], seed);
          return makeWorld(plan, seed);
        }) as [World, World, World];
        const members = new Set(none.truth.rings.flatMap(({ validators }) => validators));
        const outside = ({ events }: World) =>
          events.scores
            .filter(({ validator }) => !members.has(validator))
            .map(({ validator, batch, score, time }) => ({ validator, batch, score, time }));
        expect(outside(full)).toEqual(outside(none));

        // A sheet that happens to agree, or a leader, may draw less at full strength: by little.
        const slack = 0.02 * none.events.scores.length;
        expect(changed(none, half)).toBeLessThanOrEqual(changed(none, full) + slack);
      }),
      FEW,
    );
  });

  it('tells of everyone by ids that are in its events', () => {
    fc.assert(
      fc.property(anyPlan, fc.string(), (plan, seed) => {
        const { events, truth } = makeWorld(plan, seed);
        const raters = new Set(events.feedback.map(({ buyer }) => buyer));
        for (const { validators } of truth.rings) {
          const scorers = new Set(events.scores.map(({ validator }) => validator));
          expect(validators.filter((validator) => !scorers.has(validator))).toEqual([]);
        }
        expect(truth.framers.filter((buyer) => !raters.has(buyer))).toEqual([]);
      }),
      FEW,
    );
  });
});

/** A world has ten thousand events: a few are a look. */
const FEW = { numRuns: 8 };
const RATINGS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** How much of the scores is not as it was, in whole scores. */
const changed = (from: World, to: World): number =>
  to.events.scores.reduce(
    (sum, { score }, at) => sum + Math.abs(score - (from.events.scores[at]?.score ?? score)) / ONE,
    0,
  );

const planFor = (wanted: readonly Wanted[], seed: string): Plan =>
  drawPlan(EVERY, wanted, randomFrom(seed));

const anyKind = fc.constantFrom(...(Object.keys(RING_KINDS) as RingKind[]));
const anyWanted = fc.record({
  kind: anyKind,
  strength: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
});
const anyPlan = fc
  .record({
    family: fc.constantFrom(TUNING, HELD_OUT, EVERY),
    wanted: fc.array(anyWanted, { maxLength: 2 }),
    seed: fc.string(),
  })
  .map(({ family, wanted, seed }) => drawPlan(family, wanted, randomFrom(seed)));
