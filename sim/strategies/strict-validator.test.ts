import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validator } from '../../actors/validator.ts';
import { percent } from '../../protocols/units.ts';
import { because, PASS } from '../../protocols/verdict.ts';
import { strictValidator } from './strict-validator.ts';
import { playPanel, STAGE } from './testing/panel.ts';

describe('a strict validator', () => {
  it('marks some batches lower than it found them, and none by more than 10 %', () => {
    const { scores, audits } = playPanel(strictValidator(validator), { leads: 50 });
    expect(audits).toBe(STAGE.miners.length);
    const said = new Set(scores.values());
    expect(said.difference(new Set([percent(90), percent(100)])).size).toBe(0);
    expect(said).toContain(percent(90));
  });

  it('never marks higher, and says of one batch the same whatever came of the others', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (good) => {
        const verdicts = good.map((isGood) => (isGood ? PASS : because('bad_email')));
        const [first, ...others] = STAGE.miners;
        const honest = playPanel(validator, { leads: 30, finds: () => verdicts });
        const strict = playPanel(strictValidator(validator), { leads: 30, finds: () => verdicts });
        const mixed = playPanel(strictValidator(validator), {
          leads: 30,
          finds: ({ miner }) => (miner === first ? verdicts : verdicts.map(() => PASS)),
        });
        for (const miner of STAGE.miners) {
          const found = honest.scores.get(miner) ?? 0;
          const said = strict.scores.get(miner) ?? 0;
          expect(said).toBeLessThanOrEqual(found);
          expect(said).toBeGreaterThanOrEqual(Math.max(0, found - percent(10)));
        }
        expect(first && mixed.scores.get(first)).toBe(first && strict.scores.get(first));
        expect(others).toHaveLength(3);
      }),
      { numRuns: 100 }, // Three whole panels each.
    );
  });
});
