import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyScore } from '../arbitraries.ts';
import { percent, points, WHOLE, type Score } from '../units.ts';
import { challenge } from './canary.ts';

describe('challenge', () => {
  it('costs 10 points from just beyond 0.10, and earns nothing', () => {
    const known = percent(50);
    expect(challenge(percent(60), known)).toBe(0);
    expect(challenge(percent(40), known)).toBe(0);
    expect(challenge((percent(60) + 1) as Score, known)).toBe(points(-10));
    expect(challenge((percent(40) - 1) as Score, known)).toBe(points(-10));
  });

  it('tells the same of both sides, and of nothing but the distance', () => {
    fc.assert(
      fc.property(anyScore, anyScore, (score, known) => {
        const far = Math.abs(score - known) > WHOLE / 10;
        expect(challenge(score, known)).toBe(far ? points(-10) : 0);
        expect(challenge(known, score)).toBe(challenge(score, known));
      }),
    );
  });
});
