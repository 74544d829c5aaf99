import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAGGED } from './finding.ts';
import { suspicionOf, type Side } from './praise.ts';
import type { Rated } from './ratings.ts';

describe('a buyer that praises what a ring approved and marks down the rest', () => {
  it('is found where others are content with those whom it marks down', () => {
    const own = [...words(4, { isRings: true }), ...words(5, { excess: -9 })];
    expect(suspicionOf(own, sideFor(own))).toBeGreaterThanOrEqual(FLAGGED);
  });

  it('is not where others dislike them, too', () => {
    const own = [...words(4, { isRings: true }), ...words(5, { excess: -9, dislike: -9 })];
    expect(suspicionOf(own, sideFor(own))).toBe(0);
  });

  it('is not for its dislike of one miner, however often it says so', () => {
    const own = [...words(6, { isRings: true }), ...words(5, { excess: -9, miner: 90 })];
    expect(suspicionOf(own, sideFor(own))).toBe(0);
    const one = [...own, ...words(2, { from: 50 })];
    expect(suspicionOf(one, sideFor(one))).toBeLessThan(FLAGGED);
  });

  it('is not where it is as often content with the rest', () => {
    const own = [
      ...words(4, { isRings: true }),
      ...words(3, { from: 30 }),
      ...words(3, { excess: -9, from: 60 }),
    ];
    expect(suspicionOf(own, sideFor(own))).toBeLessThan(FLAGGED);
  });

  it('is not after a word or two for the ring', () => {
    const own = [...words(2, { isRings: true }), ...words(9, { excess: -9 })];
    expect(suspicionOf(own, sideFor(own))).toBe(0);
  });

  it('is found by more words only where most are as cross as it is', () => {
    const few = [...words(3, { isRings: true }), ...words(4, { excess: -9 })];
    expect(suspicionOf(few, sideFor(few))).toBeGreaterThanOrEqual(FLAGGED);
    expect(suspicionOf(few, sideFor(few, CROSS))).toBeLessThan(FLAGGED);
    const more = [...words(4, { isRings: true }), ...words(5, { excess: -9 })];
    expect(suspicionOf(more, sideFor(more, CROSS))).toBeGreaterThanOrEqual(FLAGGED);
  });
});

describe('a buyer whose ring is drawn by lot', () => {
  it('is rarely taken for a shill, whatever it thinks of whom', () => {
    // Of nine batches four bear on the ring. However its words fall, two of the 126 ways to draw these
    // at most would make a shill of it, where all are as cross as it is.
    for (let cross = 0; cross <= 9; cross++) {
      for (let happy = 0; happy <= 9 - cross; happy++) {
        const excessOf = (at: number): number => (at < cross ? -9 : Number(at < cross + happy));
        const found = waysOf(9, 4).filter((ring) => {
          const own = Array.from({ length: 9 }, (_, at) =>
            word(at, { excess: excessOf(at), isRings: ring.includes(at) }),
          );
          return suspicionOf(own, sideFor(own, CROSS)) >= FLAGGED;
        });
        expect(found.length).toBeLessThanOrEqual(2);
      }
    }
  });

  it('is judged the same in whatever order its words come', () => {
    fc.assert(
      fc.property(someWords, ([own, shuffled]) => {
        const score = suspicionOf(own, sideFor(own));
        expect(suspicionOf(shuffled, sideFor(shuffled))).toBe(score);
        expect(Number.isInteger(score) && score >= 0 && score <= 1_000_000).toBe(true);
      }),
    );
  });

  it('is no likelier a shill than the lot is unlikely', () => {
    // Four of the five good words fell to the ring's five: so they do, or all five do, in 26 of 252 cases.
    const own = [
      ...words(4, { isRings: true }),
      word(50, { isRings: true, excess: -9 }),
      ...words(4, { excess: -9 }),
      word(60, {}),
    ];
    const odds = (0.05 * 252) / 26;
    expect(suspicionOf(own, sideFor(own, CROSS))).toBe(Math.round((1e6 * odds) / (1 + odds)));
  });

  it('has a score after any number of words', () => {
    const many = [
      ...words(900, { isRings: true }),
      ...words(450, { from: 900 }),
      ...words(450, { excess: -9, from: 1_350 }),
    ];
    expect(suspicionOf(many, sideFor(many))).toBeGreaterThanOrEqual(FLAGGED);
  });
});

describe('a buyer that praises what a ring’s miners made', () => {
  it('is found by two words that are far above what else it says', () => {
    const own = [
      ...words(4, { isRings: true, excess: 4, from: 1_000 }).map((one) => ({
        ...one,
        batch: 1_000 + one.batch,
      })),
      ...words(4, { from: 50 }),
    ];
    expect(suspicionOf(own, sideFor(own))).toBeGreaterThanOrEqual(FLAGGED);
  });

  it('is the more suspect, the more of what it says is for the ring', () => {
    const own = [
      ...words(3, { isRings: true, excess: 1.5, from: 1_000 }),
      ...words(2, { from: 50 }),
    ];
    const [drawn, usual] = [0.1, 0.6].map((share) => suspicionOf(own, { ...sideFor(own), share }));
    expect(drawn).toBeGreaterThan(usual ?? 0);
  });

  // As in seed 60508217726279 of `sim sweep strategies`, where a buyer was restricted for it.
  it('is not where it is merely content, and of no use was what it bought elsewhere', () => {
    const own = [
      ...words(2, { isRings: true, excess: 0.1, from: 1_000 }).map((one) => ({
        ...one,
        batch: 1_000 + one.batch,
      })),
      ...words(3, { excess: -0.5, from: 50 }),
      ...words(3, { excess: -8.9, dislike: -8.9, miner: 90 }),
    ];
    expect(suspicionOf(own, sideFor(own))).toBeLessThan(250_000);
  });

  it('is not where it disagrees with others as much as that elsewhere', () => {
    const own = [
      ...words(2, { isRings: true, excess: 0.1, from: 1_000 }),
      ...words(3, { excess: -0.5, from: 50 }),
      ...words(3, { excess: -8.9, from: 60 }),
    ];
    expect(suspicionOf(own, sideFor(own))).toBeLessThan(FLAGGED / 2);
  });
});

interface Said {
  readonly excess?: number;
  readonly dislike?: number;
  readonly isRings?: boolean;
  /** Of all words; each of a miner of its own where absent. */
  readonly miner?: number;
  readonly from?: number;
}

const RING = 1;
const OTHER = 0;

const word = (at: number, { excess = 0, dislike = 0, isRings = false, miner }: Said): Rated => ({
  buyer: 0,
  batch: miner ?? at,
  on: isRings ? [OTHER, RING] : [OTHER],
  rating: 10,
  excess: Math.round(excess * 1_024) / 1_024,
  dislike: Math.round(dislike * 1_024) / 1_024,
});

const words = (count: number, said: Said): Rated[] =>
  Array.from({ length: count }, (_, at) =>
    word((said.from ?? (said.isRings === true ? 0 : 100)) + at, said),
  );

const MINER_OF = Int32Array.from({ length: 2_000 }, (_, at) => at);
/** Of other buyers, the share of their words that are grudges. */
const CROSS = [1, 1, 1, 1];

/** A batch's number is its miner's; those from 1 000 on are made by the ring's. Other buyers have no grudges. */
const sideFor = (own: readonly Rated[], others: readonly number[] = [0, 0, 0, 0]): Side => {
  const approved = ({ on }: Rated): boolean => on.includes(RING);
  const made = (one: Rated): boolean => approved(one) && one.batch >= 1_000;
  const grudges = own.filter(({ excess, dislike }) => excess - dislike <= -3).length / own.length;
  return {
    made,
    share: 0.1,
    approved,
    members: (one) => Number(approved(one)),
    minerOf: MINER_OF,
    grudges: [grudges, ...others],
  };
};

/** Every way to choose so many of the first whole numbers. */
function waysOf(all: number, some: number, from = 0): readonly (readonly number[])[] {
  if (some === 0) return [[]];
  return Array.from({ length: Math.max(0, all - from - some + 1) }, (_, at) => from + at).flatMap(
    (first) => waysOf(all, some - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

const someWords = fc
  .array(
    fc
      .record({
        excess: fc.integer({ min: -9 * 1_024, max: 9 * 1_024 }),
        isRings: fc.boolean(),
        at: fc.oneof(fc.nat(20), fc.integer({ min: 1_000, max: 1_010 })),
      })
      .map(({ excess, isRings, at }) => word(at, { excess: excess / 1_024, isRings })),
    { minLength: 1, maxLength: 30 },
  )
  .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
