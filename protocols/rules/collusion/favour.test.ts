import { describe, expect, it } from 'vitest';
import { hypothesesOf, type Hypothesis } from './favour.ts';
import { sceneOf } from './testing/scene.ts';

describe('a hypothesis', () => {
  it('has the miners that a ring gives more, and the rivals that it marks down', () => {
    const [best] = scene({ up: 0.08, down: 0.08 }).hypotheses;
    expect(best?.miners).toEqual([0]);
    expect(best?.rivals).toEqual([1]);
    expect(likelyIn(best)).toEqual([0, 1, 2, 3]);
  });

  it('is likelier with the rivals than without', () => {
    for (const by of [0.07, 0.1, 0.12]) {
      const alone = scene({ up: by, down: 0 }).hypotheses[0]?.lnOdds ?? -7;
      const beside = scene({ up: by, down: by }).hypotheses[0]?.lnOdds ?? -7;
      expect(beside).toBeGreaterThan(alone + 1);
    }
  });

  // Four honest validators once were flagged for two scores of a miner and many of its rivals.
  it('counts as own scores those of the miners that are favoured, and no others', () => {
    const { hypotheses, countIn } = scene({ up: 0.2, down: 0.2 });
    expect(hypotheses.some(({ rivals }) => rivals.length > 0)).toBe(true);
    for (const hypothesis of hypotheses) {
      for (const [validator, count] of hypothesis.counts.entries()) {
        if (count !== 0) expect(count).toBe(countIn(validator, hypothesis));
      }
    }
  });

  // Two models make a miner a matter of taste: of either miner alone nothing is to be seen.
  it('has two miners of whom neither says anything alone, once models are out of the way', () => {
    const models = (v: number, m: number): number => (v % 2 === 0 ? 1 : -1) * (MODEL[m] ?? 0);
    const ring = (v: number, m: number): number => (v < 5 && m < 2 ? 0.07 : 0);
    const found = hypothesesOf(
      sceneOf({ bias: (v, m) => models(v, m) + ring(v, m), seed: 4, validators: 60 }),
    );
    expect(inOrder(found[0]?.miners ?? [])).toEqual([0, 1]);
    expect(found[0]?.lnOdds).toBeGreaterThan(2);
    expect(likelyIn(found[0])).toEqual([0, 1, 2, 3, 4]);
    const sets = found.map(({ period, miners, rivals }) =>
      JSON.stringify([period.said, inOrder(miners), inOrder(rivals)]),
    );
    expect(new Set(sets).size).toBe(sets.length);
    const honest = hypothesesOf(sceneOf({ bias: models, seed: 4, validators: 60 }));
    expect(honest[0]?.lnOdds ?? -Infinity).toBeLessThan(0);
  });

  it('is less likely where so many are a model and no ring', () => {
    const [ring] = scene({ up: 0.2, down: 0 }).hypotheses;
    expect(ring?.share).toBe(1);
    const many = scene({ up: 0.08, down: 0, members: 12, blindness: 0.06 }).hypotheses;
    for (const { share } of many.filter((one) => likelyIn(one).length > 10)) {
      expect(share).toBeLessThan(0.7);
    }
  });
});

const inOrder = (miners: readonly number[]): readonly number[] => miners.toSorted((a, b) => a - b);

/** What a model makes of each miner; another one the opposite. */
const MODEL = [0.05, -0.05, 0.06, -0.04, 0.05, -0.06, 0.04, -0.05];

const likelyIn = (hypothesis?: Hypothesis): readonly number[] =>
  [...(hypothesis?.members ?? [])].flatMap((member, at) => (member > 0.5 ? [at] : []));

interface Scene {
  /** What members add to the first miner, and take from the second. */
  readonly up: number;
  readonly down: number;
  readonly members?: number;
  /** Of those who look with one model, on all miners. */
  readonly blindness?: number;
}

/** Thirty validators and eight miners, of whom each has thirty batches of 0.7. */
function scene({ up, down, members = 4, blindness = 0 }: Scene) {
  const bias = (v: number, m: number): number => {
    const model = blindness * ((m % 3) - 1);
    if (v >= members) return 0;
    return model + (m === 0 ? up : m === 1 ? -down : 0);
  };
  const asked = sceneOf({ bias, seed: 3, validators: 30 });
  const hypotheses = hypothesesOf(asked);
  const { table, residuals } = asked;
  const countIn = (validator: number, { miners, period }: Hypothesis): number =>
    residuals.told.filter((told, row) => {
      const batch = table.batchOf[row] ?? 0;
      const isIn = miners.includes(table.minerOf[batch] ?? -1) && period.isIn[batch] === 1;
      return told === 1 && table.validatorOf[row] === validator && isIn;
    }).length;
  return { hypotheses, countIn };
}
