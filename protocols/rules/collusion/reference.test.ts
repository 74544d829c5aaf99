import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey, type Score } from '../../units.ts';
import type { CollusionEvents, ScoreEvent } from './events.ts';
import {
  leniencyAt,
  qualitiesOf,
  referencesOf,
  scoreVariance,
  UNIT,
  type Believed,
} from './reference.ts';
import { tableOf, type Table } from './table.ts';

describe('referencesOf', () => {
  it('holds each score against the others, and a lone pair against nothing', () => {
    const all = tableOf(panel([70, 72, 74]));
    // Of two others the middle lies between them.
    expect([...referencesOf(all, trusting(all)).quality]).toEqual([730_000, 720_000, 710_000]);

    const two = tableOf(panel([70, 72]));
    expect([...referencesOf(two, trusting(two)).quality]).toEqual([-1, -1]);
  });

  it('takes the checks for one more scorer', () => {
    const table = tableOf({
      ...panel([70, 70]),
      audits: [{ batch: 'b', passRate: WHOLE, time: 9 }],
    });
    const { quality, weight } = referencesOf(table, trusting(table));
    expect([...weight]).toEqual([2 * UNIT, 2 * UNIT]);
    expect([...quality]).toEqual([850_000, 850_000]);
  });

  it('agrees with taking the row out and reckoning anew', () => {
    fc.assert(
      fc.property(someBatches, ({ table, believed }) => {
        const { quality, weight } = referencesOf(table, believed);
        for (const row of table.validatorOf.keys()) {
          const others = opinionsOn(table, believed, table.batchOf[row] ?? 0, row);
          expect(weight[row]).toBe(weightOf(others));
          expect(quality[row]).toBeCloseTo(slowly(others, table.sampleSize), 4);
        }
      }),
    );
  });

  it('moves by nothing however far a minority goes, and by no more than its share of 1.3 sd', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 49, max: 51 }), { minLength: 4, maxLength: 9 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 75, max: 99 }),
        (honest, far, where) => {
          const held = honest.map(() => where).slice(0, far);
          const near = qualityOf([...honest, ...held]);
          expect(qualityOf([...honest, ...held.map(() => 100)])).toBe(near);

          const sd = Math.sqrt(scoreVariance(0.5, 20)) * WHOLE;
          const share = held.length / (honest.length + held.length);
          expect(near).toBeLessThanOrEqual(percent(51) + 1.3 * sd * share + 1);
        },
      ),
    );
  });

  it('stays a quality', () => {
    fc.assert(
      fc.property(someBatches, ({ table, believed }) => {
        for (const quality of [
          ...referencesOf(table, believed).quality,
          ...qualitiesOf(table, believed),
        ]) {
          expect(quality === -1 || (quality >= 0 && quality <= WHOLE)).toBe(true);
        }
      }),
    );
  });
});

describe('qualitiesOf', () => {
  it('agrees with the same reckoning on all', () => {
    fc.assert(
      fc.property(someBatches, ({ table, believed }) => {
        for (const [batch, quality] of qualitiesOf(table, believed).entries()) {
          const all = opinionsOn(table, believed, batch, -1);
          expect(quality).toBeCloseTo(slowly(all, table.sampleSize), 4);
        }
      }),
    );
  });

  it('says the same of scores in another order and under other names, to the bit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 40 }),
        fc.func(fc.integer()),
        (scores, place) => {
          const shuffled = scores.toSorted((a, b) => place(a) - place(b));
          expect(qualityOf(shuffled)).toBe(qualityOf(scores));
        },
      ),
    );
  });
});

describe('leniencyAt', () => {
  it('adds nothing where there is no room, and never more than it is', () => {
    expect(leniencyAt(80_000, WHOLE)).toBe(0);
    expect(leniencyAt(80_000, 950_000)).toBe(40_000);
    expect(leniencyAt(80_000, 500_000)).toBe(80_000);
    expect(leniencyAt(-80_000, 0)).toBe(-0);
    expect(leniencyAt(-80_000, WHOLE)).toBe(-80_000);
  });
});

const WHOLE = percent(100);

interface Opinion {
  readonly value: number;
  readonly weight: number;
}

function opinionsOn(
  table: Table,
  { trust, leniency, quality }: Believed,
  batch: number,
  leftOut: number,
): readonly Opinion[] {
  const worth = quality[batch] ?? -1;
  const scores = [...table.validatorOf.entries()]
    .filter(([row]) => table.batchOf[row] === batch && row !== leftOut)
    .map(([row, validator]) => {
      const own = worth < 0 ? 0 : leniencyAt(leniency[validator] ?? 0, worth);
      return {
        value: (table.scoreOf[row] ?? 0) - Math.round(own),
        weight: trust[validator] ?? 0,
      };
    });
  const passRate = table.passRateOf[batch] ?? -1;
  if (passRate < 0) return scores;
  const samples = Math.min(3, (table.checkedOf[batch] ?? 0) / table.sampleSize);
  return [...scores, { value: passRate, weight: Math.round(samples * UNIT) }];
}

const weightOf = (opinions: readonly Opinion[]): number =>
  opinions.reduce((sum, { weight }) => sum + weight, 0);

function slowly(opinions: readonly Opinion[], sampleSize: number): number {
  const total = weightOf(opinions);
  if (total < 1.5 * UNIT) return -1;
  const sorted = opinions.filter(({ weight }) => weight > 0).toSorted((a, b) => a.value - b.value);
  // Half of the weight is at or below the one, half at or above the other.
  const lower = sorted.find((_, at) => 2 * weightOf(sorted.slice(0, at + 1)) >= total)?.value ?? 0;
  const upper = sorted.findLast((_, at) => 2 * weightOf(sorted.slice(at)) >= total)?.value ?? 0;
  const middle = clamp((lower + upper) / 2, 0, WHOLE);
  const reach = 1.3 * Math.sqrt(scoreVariance(middle / WHOLE, sampleSize)) * WHOLE;
  const sum = sorted.reduce(
    (all, { value, weight }) => all + weight * clamp(value, middle - reach, middle + reach),
    0,
  );
  return clamp(sum / total, 0, WHOLE);
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** One batch, and what validators gave it in per cent. */
const panel = (scores: readonly number[]): CollusionEvents => ({
  audits: [],
  feedback: [],
  scores: scores.map((score, at) => given({ validator: at, batch: 0, score: percent(score) })),
});

interface Given {
  readonly validator: number;
  readonly batch: number;
  readonly score: number;
}
const given = ({ validator, batch, score }: Given): ScoreEvent => ({
  epoch: 1,
  validator: `v${validator}` as Hotkey,
  miner: 'm' as Hotkey,
  batch: batch === 0 ? 'b' : `b${batch}`,
  score: score as Score,
  time: 1,
});

const trusting = ({ validators, batches }: Table): Believed => ({
  trust: new Int32Array(validators.length).fill(UNIT),
  leniency: new Int32Array(validators.length),
  quality: new Float64Array(batches.length).fill(-1),
});

function qualityOf(scores: readonly number[]): number {
  const table = tableOf(panel(scores));
  return qualitiesOf(table, trusting(table))[0] ?? -1;
}

/** Many scores are the same, as are many weights: there the median lies between two. */
const anyScore = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((found) => found * 50_000),
  fc.integer({ min: 0, max: WHOLE }),
);
const anyTrust = fc.oneof(fc.constant(UNIT), fc.integer({ min: 51, max: UNIT }));
const anyLeniency = fc.oneof(fc.constant(0), fc.integer({ min: -200_000, max: 200_000 }));

const someBatches = fc
  .record({
    given: fc.array(
      fc.record({
        validator: fc.integer({ min: 0, max: 30 }),
        batch: fc.integer({ min: 0, max: 1 }),
        score: anyScore,
      }),
      { minLength: 1, maxLength: 70 },
    ),
    checks: fc.array(
      fc.record({
        batch: fc.constantFrom('b', 'b1'),
        passRate: anyScore.map((rate) => rate as Score),
        checked: fc.integer({ min: 0, max: 100 }),
        time: fc.constant(2),
      }),
      { maxLength: 2 },
    ),
    trust: fc.array(anyTrust, { minLength: 31, maxLength: 31 }),
    leniency: fc.array(anyLeniency, { minLength: 31, maxLength: 31 }),
    worth: fc.array(fc.oneof(fc.constant(-1), anyScore), { minLength: 2, maxLength: 2 }),
  })
  .map(({ given: scores, checks, trust, leniency, worth }) => {
    const table = tableOf({ audits: checks, feedback: [], scores: scores.map(given) });
    const believed: Believed = {
      trust: Int32Array.from(table.validators, (_, at) => trust[at] ?? UNIT),
      leniency: Int32Array.from(table.validators, (_, at) => leniency[at] ?? 0),
      quality: Float64Array.from(table.batches, (_, at) => worth[at] ?? -1),
    };
    return { table, believed };
  });
