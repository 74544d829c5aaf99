import { describe, expect, it } from 'vitest';
import type { Hotkey, Score } from '../../units.ts';
import { hypothesesOf, type Hypothesis } from './favour.ts';
import { expecting } from './models.ts';
import { pairsOf } from './pairs.ts';
import { residualsOf } from './residuals.ts';
import { believedAtFirst } from './suspicion.ts';
import { tableOf } from './table.ts';
import { tastesOf } from './tastes.ts';
import { noiseFrom } from './testing/noise.ts';

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
    for (const { miners, window, counts } of hypotheses) {
      for (const [validator, count] of counts.entries()) {
        if (count !== 0) expect(count).toBe(countIn(validator, miners, window));
      }
    }
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
  const noise = noiseFrom(3);
  const bias = (v: number, m: number): number => {
    const model = blindness * ((m % 3) - 1);
    if (v >= members) return 0;
    return model + (m === 0 ? up : m === 1 ? -down : 0);
  };
  const scores = Array.from({ length: 240 }, (_, batch) =>
    Array.from({ length: 30 }, (__, v) => ({
      epoch: 1,
      validator: `v${String(v).padStart(2, '0')}` as Hotkey,
      miner: `m${batch % 8}` as Hotkey,
      batch: `b${String(batch).padStart(3, '0')}`,
      score: scoreOf(0.7 + bias(v, batch % 8) + 0.1 * noise()),
      time: batch,
    })),
  ).flat();
  const table = tableOf({ audits: [], feedback: [], scores });
  const pairs = pairsOf(table);
  const believed = believedAtFirst(table);
  const residuals = residualsOf(table, believed);
  const hypotheses = hypothesesOf({
    table,
    pairs,
    residuals,
    tastes: tastesOf(table, pairs, residuals, believed.trust),
    expecting: expecting(table, pairs, residuals, believed.trust),
    copies: new Uint8Array(30),
    lifted: new Float64Array(8).fill(1),
  });
  const countIn = (validator: number, miners: readonly number[], { from, to }: Window): number =>
    residuals.told.filter((told, row) => {
      const batch = table.batchOf[row] ?? 0;
      const twelfth = table.twelfthOf[batch] ?? 0;
      const isIn = miners.includes(table.minerOf[batch] ?? -1) && twelfth >= from && twelfth < to;
      return told === 1 && table.validatorOf[row] === validator && isIn;
    }).length;
  return { hypotheses, countIn };
}
type Window = Hypothesis['window'];

const scoreOf = (share: number): Score =>
  (Math.round(Math.max(0, Math.min(1, share)) * 20) * 50_000) as Score;
