import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qualityOf, type Judged } from './judge.ts';

describe('qualityOf', () => {
  it('counts as books do', () => {
    const judged = [
      guilty(0.9),
      honest(0.8),
      guilty(0.7),
      honest(0.3),
      honest(0.2),
      guilty(0.1),
      honest(0),
    ];
    expect(qualityOf(judged, 0.7)).toEqual({
      auc: (4 + 3 + 1) / 12,
      averagePrecision: (1 + 2 / 3 + 3 / 6) / 3,
      precision: 2 / 3,
      recall: 2 / 3,
      f1: 2 / 3,
      wronglyFlagged: 1 / 4,
    });
  });

  it('is perfect where all guilty are above all honest, and a coin where none differs', () => {
    expect(qualityOf([guilty(0.8), honest(0.6)], 0.7)).toMatchObject({ auc: 1, f1: 1 });
    expect(qualityOf([guilty(0.5), honest(0.5), honest(0.5)], 0.7)).toMatchObject({
      auc: 0.5,
      averagePrecision: 1 / 3,
    });
  });

  it('has the AUC that counting all pairs has', () => {
    fc.assert(
      fc.property(fc.array(anyJudged), (judged) => {
        const [bad, good] = [true, false].map((kind) =>
          judged.filter(({ isGuilty }) => isGuilty === kind),
        ) as [Judged[], Judged[]];
        fc.pre(bad.length > 0 && good.length > 0);
        const pairs = bad.flatMap((one) =>
          good.map((other) => (Math.sign(one.score - other.score) + 1) / 2),
        );
        const share = pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
        expect(qualityOf(judged, 0.7).auc).toBeCloseTo(share, 10);
      }),
    );
  });
});

const guilty = (score: number): Judged => ({ score, isGuilty: true });
const honest = (score: number): Judged => ({ score, isGuilty: false });
const anyJudged = fc.record({
  score: fc.constantFrom(0, 0.25, 0.5, 0.75, 1),
  isGuilty: fc.boolean(),
});
