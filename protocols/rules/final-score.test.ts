import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyScore, reordered } from '../arbitraries.ts';
import { percent, points, type Reputation, type Score } from '../units.ts';
import {
  agrees,
  finalScore,
  isDenied,
  REPUTATION_FLOOR,
  TRUSTED_AGE,
  type AgedOpinion,
  type Opinion,
} from './final-score.ts';

describe('finalScore', () => {
  it('weighs each validator by its reputation', () => {
    expect(finalScore([say(100, 50), say(80, 30), say(0, 15)])).toBe(percent(92.5));
  });

  it('lets a young network start, where nobody has risen above the floor', () => {
    expect(finalScore([say(100, 15), say(90, 15), say(0, 15)])).toBe(percent(90));
    expect(finalScore([say(100, 15), say(90, 15)])).toBe(percent(90));
  });

  it('gives a say from just above 15 points', () => {
    const above = { score: percent(100), reputation: 15_001 as Reputation };
    expect(finalScore([above, say(0, 15)])).toBe(percent(100));
  });

  it('is undefined, not zero, where nobody has a say', () => {
    expect(finalScore([])).toBeUndefined();
    expect(finalScore([say(100, 0)])).toBeUndefined();
  });

  it('rounds down, so that no batch is approved by rounding', () => {
    const justBelow = { score: 899_999 as Score, reputation: points(99) };
    expect(finalScore([justBelow, say(90, 99)])).toBe(justBelow.score);
  });

  it('lies between the lowest and the highest score that has a say', () => {
    fc.assert(
      fc.property(fc.array(risen, { minLength: 1 }), fc.array(grounded), (opinions, strangers) => {
        const scores = opinions.map(({ score }) => score);
        const final = finalScore([...opinions, ...strangers]);
        expect(final).toBeGreaterThanOrEqual(Math.min(...scores));
        expect(final).toBeLessThanOrEqual(Math.max(...scores));
      }),
    );
  });

  it('is one of the scores of the unflagged on a young network, with half of them on each side', () => {
    fc.assert(
      fc.property(fc.array(newcomer, { minLength: 1 }), fc.array(flagged), (opinions, others) => {
        const scores = opinions.map(({ score }) => score);
        const final = finalScore([...others, ...opinions]) as Score;
        expect(scores).toContain(final);
        expect(2 * scores.filter((score) => score <= final).length).toBeGreaterThanOrEqual(
          scores.length,
        );
        expect(2 * scores.filter((score) => score < final).length).toBeLessThan(scores.length);
      }),
    );
  });

  it('is a whole number of millionths from 0 to 1, never anything else', () => {
    fc.assert(
      fc.property(fc.array(anyone, { minLength: 1 }), (opinions) => {
        const final = finalScore(opinions) ?? 0;
        expect(Number.isInteger(final) && final >= 0 && final <= percent(100)).toBe(true);
      }),
    );
  });

  it('does not depend on the order of the reports', () => {
    fc.assert(
      fc.property(reordered(fc.array(aged)), ([opinions, shuffled]) => {
        expect(finalScore(shuffled)).toBe(finalScore(opinions));
        expect(isDenied(shuffled)).toBe(isDenied(opinions));
      }),
    );
  });

  it('cannot be moved from the floor or below, once anyone has risen', () => {
    fc.assert(
      fc.property(fc.array(risen, { minLength: 1 }), fc.array(grounded), (opinions, strangers) => {
        expect(finalScore([...strangers, ...opinions])).toBe(finalScore(opinions));
      }),
    );
  });

  it('cannot be moved by the flagged, ever', () => {
    fc.assert(
      fc.property(fc.array(anyone), fc.array(flagged), (opinions, colluders) => {
        expect(finalScore([...colluders, ...opinions])).toBe(finalScore(opinions));
      }),
    );
  });

  it('never falls where one validator scores higher', () => {
    fc.assert(
      fc.property(fc.array(anyone), anyone, anyScore, (others, { score, reputation }, other) => {
        const [low, high] = score < other ? [score, other] : [other, score];
        const before = finalScore([...others, { score: low, reputation }]) ?? 0;
        const after = finalScore([...others, { score: high, reputation }]) ?? 0;
        expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('gives one validator nothing for posing as two', () => {
    fc.assert(
      fc.property(fc.array(anyone), risen, (others, half) => {
        const whole = { ...half, reputation: (half.reputation * 2) as Reputation };
        expect(finalScore([...others, half, half])).toBe(finalScore([...others, whole]));
      }),
    );
  });
});

describe('isDenied', () => {
  it('takes three of the trusted, and more than 67 % of them', () => {
    expect(isDenied([trust(0), trust(0), trust(0)])).toBe(true);
    expect(isDenied([trust(0), trust(0)])).toBe(false);
    expect(isDenied([trust(0), trust(0), trust(100)])).toBe(false);
    expect(isDenied([trust(0), trust(0), trust(0), trust(100)])).toBe(true);
  });

  it('takes 68 of 100, not 67', () => {
    const split = (rejecting: number): readonly AgedOpinion[] =>
      Array.from({ length: 100 }, (_, index) => trust(index < rejecting ? 89.9999 : 90));
    expect(isDenied(split(67))).toBe(false);
    expect(isDenied(split(68))).toBe(true);
  });

  it('hears nobody who is not trusted, by reputation or by age', () => {
    const three = [trust(0), trust(0), trust(0)] as const;
    fc.assert(
      fc.property(fc.array(untrusted), (others) => {
        expect(isDenied(others)).toBe(false);
        expect(isDenied([...others, ...three])).toBe(true);
      }),
    );
    const [one, two] = three;
    const third = trust(0);
    expect(isDenied([one, two, { ...third, age: TRUSTED_AGE - 1 }])).toBe(false);
    expect(isDenied([one, two, { ...third, reputation: 99_999 as Reputation }])).toBe(false);
    expect(isDenied([one, two, { ...third, age: 30 * 7_200, reputation: points(100) }])).toBe(true);
    expect(isDenied([one, two, { ...third, age: 5 }], 5)).toBe(true);
    expect(isDenied([one, two, { ...third, age: 30 * 7_200 - 1 }])).toBe(false);
  });

  it('is never brought about by a higher score', () => {
    fc.assert(
      fc.property(fc.array(aged), aged, anyScore, (others, { score, ...who }, other) => {
        const [low, high] = score < other ? [score, other] : [other, score];
        const before = isDenied([...others, { ...who, score: low }]);
        expect(before || !isDenied([...others, { ...who, score: high }])).toBe(true);
      }),
    );
  });
});

describe('agrees', () => {
  it('allows ten points either way', () => {
    fc.assert(
      fc.property(
        anyScore,
        fc.constantFrom(-100_001, -100_000, 0, 100_000, 100_001),
        (final, by) => {
          const score = (final + by) as Score;
          expect(agrees(score, final)).toBe(by >= -100_000 && by <= 100_000);
          expect(agrees(final, score)).toBe(agrees(score, final));
        },
      ),
    );
  });
});

const say = (score: number, reputation: number): Opinion => ({
  score: percent(score),
  reputation: points(reputation),
});
const trust = (score: number): AgedOpinion => ({ ...say(score, 100), age: TRUSTED_AGE });

const between = (min: number, max: number): fc.Arbitrary<Opinion> =>
  fc.record({ score: anyScore, reputation: fc.integer({ min, max }).map((r) => r as Reputation) });

const flagged = between(0, 0);
const grounded = between(0, REPUTATION_FLOOR);
const newcomer = fc.oneof(
  between(1, REPUTATION_FLOOR),
  between(REPUTATION_FLOOR, REPUTATION_FLOOR),
);
const risen = between(REPUTATION_FLOOR + 1, points(200));
const anyone = fc.oneof(grounded, risen);

const withAge = (
  opinion: fc.Arbitrary<Opinion>,
  min: number,
  max: number,
): fc.Arbitrary<AgedOpinion> =>
  fc.tuple(opinion, fc.integer({ min, max })).map(([said, age]) => ({ ...said, age }));
const trusted = withAge(between(points(100), points(200)), TRUSTED_AGE, TRUSTED_AGE * 2);
const untrusted = fc.oneof(
  withAge(between(0, points(100) - 1), 0, TRUSTED_AGE * 2),
  withAge(between(0, points(200)), 0, TRUSTED_AGE - 1),
);
const aged = fc.oneof(trusted, untrusted);
