import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../actors/testing/stage.ts';
import { auditScore } from '../../protocols/rules/audit.ts';
import { ONE, type Fraction } from '../../protocols/units.ts';
import { because, PASS, type Verdict } from '../../protocols/verdict.ts';
import { lowered, withFailed, type Looked } from './judging.ts';

describe('lowered', () => {
  it('lowers a score by its part of the leads that could be told, and the rest by chance', () => {
    const found = Array.from({ length: 50 }, () => PASS);
    const at = lookedAt(Array.from({ length: 10 }, (_, index) => index * 5));
    const scores = Array.from({ length: 1_000 }, (_, seed) =>
      auditScore(lowered(found, at, 80_000 as Fraction, randomFrom(`${seed}`)), at.sample),
    ).map(({ score = 0 }) => score);
    expect([...new Set(scores)].toSorted((a, b) => a - b)).toEqual([900_000, 1_000_000]);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    expect(Math.abs(mean - 920_000)).toBeLessThan(5_000);
  });

  it('takes exactly that part where it is a whole number of leads', () => {
    const found = Array.from({ length: 100 }, () => PASS);
    const at = lookedAt(Array.from({ length: 20 }, (_, index) => index));
    const marked = lowered(found, at, 200_000 as Fraction, randomFrom('any'));
    expect(auditScore(marked, at.sample)).toMatchObject({ sampled: 20, valid: 16 });
  });
});

describe('withFailed', () => {
  it('fails so many of the sampled that pass and touches no other', () => {
    fc.assert(
      fc.property(looked, fc.nat({ max: 25 }), ({ found, sample }, count) => {
        const before = auditScore(found, sample);
        const marked = withFailed(found, sample, count);
        const after = auditScore(marked, sample);
        expect(marked).toHaveLength(found.length);
        expect(after.valid).toBe(Math.max(0, before.valid - count));
        expect(after.unknown).toBe(before.unknown);
        const changed = found.flatMap((verdict, index) => (marked[index] === verdict ? [] : index));
        expect(changed.every((index) => sample.includes(index) && found[index] === PASS)).toBe(
          true,
        );
      }),
    );
  });

  it('lowers no score by more than a lead above its part', () => {
    fc.assert(
      fc.property(looked, fc.nat({ max: ONE }), fc.string(), ({ found, sample }, by, seed) => {
        const marked = lowered(found, lookedAt(sample), by as Fraction, randomFrom(seed));
        const before = auditScore(found, sample);
        const after = auditScore(marked, sample);
        const told = before.sampled - before.unknown;
        expect(before.valid - after.valid).toBeLessThanOrEqual(Math.ceil((told * by) / ONE));
        expect(before.valid - after.valid).toBeGreaterThanOrEqual(
          Math.min(before.valid, Math.floor((told * by) / ONE)),
        );
      }),
    );
  });
});

const lookedAt = (sample: readonly number[]): Looked => ({ sample }) as unknown as Looked;

const verdict: fc.Arbitrary<Verdict> = fc.constantFrom(
  PASS,
  PASS,
  because('bad_email'),
  because('checker_offline'),
);
const looked = fc
  .array(verdict, { minLength: 1, maxLength: 40 })
  .chain((found) =>
    fc.record({ found: fc.constant(found), sample: fc.subarray([...found.keys()]) }),
  );
