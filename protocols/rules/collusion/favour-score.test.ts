import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { favourGroups } from './favour-score.ts';
import type { Hypothesis } from './favour.ts';

describe('V_fav', () => {
  it('is how likely one is of a ring, where the ring is certain and moves much', () => {
    const [group] = favourGroups([hypothesis({})]);
    expect(group?.probability).toBeGreaterThan(0.999);
    expect(scoreOf({ members: [0.9, 0.8, 0.1] })).toEqual([0.9, 0.8, 0.1]);
  });

  it('is at most a quarter for who has no partner', () => {
    expect(scoreOf({ members: [1, 0, 0] })[0]).toBe(0.25);
    expect(scoreOf({ members: [1, 0.25, 0] })[0]).toBe(0.625);
  });

  it('is at most 0.65 for fewer than five scores', () => {
    expect(scoreOf({ counts: [4, 5, 5] })[0]).toBe(0.65);
    expect(scoreOf({ counts: [5, 5, 5] })[0]).toBeGreaterThan(0.95);
  });

  it('is less where one moved less than 0.09, and nothing where it moved the other way', () => {
    expect(scoreOf({ shift: [45_000, 90_000, -90_000] })).toEqual([0.5, 1, 0]);
  });

  it('is as much less as so many are likelier to look with one model', () => {
    expect(scoreOf({ share: 0.5 })[0]).toBeCloseTo(0.5, 6);
    expect(scoreOf({ share: 0 })[0]).toBe(0);
  });

  it('joins hypotheses that share a miner, and only those', () => {
    const groups = favourGroups([
      hypothesis({ miners: [0] }),
      hypothesis({ miners: [2] }),
      hypothesis({ miners: [1, 0], lnOdds: 9 }),
    ]);
    const miners = groups.map(({ hypotheses }) => hypotheses.flatMap((one) => one.miners));
    expect(miners.toSorted((a, b) => a.length - b.length)).toEqual([[2], [0, 1, 0]]);
  });

  it('leaves two rings two, where a third hypothesis has the miners of both', () => {
    const second = { miners: [2], members: [0, 0, 0, 1, 1, 1], lnOdds: 20 };
    const groups = favourGroups([
      hypothesis({ miners: [0] }),
      hypothesis({ miners: [0, 2], lnOdds: 30 }),
      hypothesis(second),
    ]);
    expect(groups.map(({ hypotheses }) => hypotheses.length)).toEqual([2, 1]);
    for (const own of [...(groups[1]?.score ?? [])].slice(3, 6)) expect(own).toBeCloseTo(1, 6);
  });

  it('is less for one group where another is likelier, while neither is likely', () => {
    const unlikely = { lnOdds: -4, members: [1, 1, 1] };
    const [alone] = favourGroups([hypothesis(unlikely)]);
    const beside = favourGroups([
      hypothesis(unlikely),
      hypothesis({ miners: [1], lnOdds: -4 + Math.log(3) }),
    ]).find(({ hypotheses }) => hypotheses[0]?.miners[0] === 0);
    const probability = 1 / (1 + Math.exp(4));
    expect(alone?.score[0]).toBeCloseTo(probability + (1 - probability) / 4, 6);
    expect(beside?.score[0]).toBeCloseTo(probability + (1 - probability) / 8, 6);
  });

  it('is a share, whatever the hypotheses', () => {
    fc.assert(
      fc.property(fc.array(anyHypothesis, { maxLength: 6 }), (hypotheses) => {
        for (const { score, probability, weights } of favourGroups(hypotheses)) {
          for (const own of [...score, probability, ...weights]) {
            expect(own >= 0 && own <= 1 + 1e-12).toBe(true);
          }
        }
      }),
    );
  });
});

/** Three members among twenty, of a ring that is nearly certain. */
function hypothesis(
  some: Partial<Record<'members' | 'shift' | 'counts', readonly number[]>> &
    Partial<Pick<Hypothesis, 'miners' | 'lnOdds' | 'share'>>,
): Hypothesis {
  const padded = (values: readonly number[], usual: number): readonly number[] =>
    Array.from({ length: 20 }, (_, at) => values[at] ?? usual);
  return {
    period: { lnShare: 0, isIn: new Uint8Array(0), said: '' },
    miners: some.miners ?? [0],
    rivals: [],
    lnOdds: some.lnOdds ?? 40,
    share: some.share ?? 1,
    members: Float64Array.from(padded(some.members ?? [1, 1, 1], 0)),
    shift: Float64Array.from(padded(some.shift ?? [], 200_000)),
    counts: Int32Array.from(padded(some.counts ?? [], 10)),
  };
}

/** V_fav of the first three. */
const scoreOf = (some: Parameters<typeof hypothesis>[0]): readonly number[] =>
  [...(favourGroups([hypothesis(some)])[0]?.score ?? [])].slice(0, 3);

const anyHypothesis = fc
  .record({
    miners: fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 }),
    lnOdds: fc.double({ min: -7, max: 900, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    members: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
    shift: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 20 }),
    counts: fc.array(fc.nat({ max: 4 }), { maxLength: 20 }),
  })
  .map(hypothesis);
