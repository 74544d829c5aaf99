import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBatchId, anyDigest, anyHotkey, around } from '../arbitraries.ts';
import { digest } from '../hash.ts';
import { ONE, type BatchId, type Digest, type Fraction, type Hotkey } from '../units.ts';
import { adaptiveShare, chosen, sampleOf, sampleSeed, sampleSize } from './sampling.ts';

describe('sampleSize', () => {
  it('is a fifth, rounded up, but ten where there are ten', () => {
    expect([0, 1, 9, 10, 11, 50, 51, 99, 100].map((count) => sampleSize(count))).toEqual([
      0, 1, 9, 10, 10, 10, 11, 20, 20,
    ]);
    expect(sampleSize(100, 500_000 as Fraction)).toBe(50);
    expect(sampleSize(100, ONE)).toBe(100);
  });

  it('is enough, no more than there is, and no smaller for more', () => {
    fc.assert(
      fc.property(anyCount, anyFraction, (count, share) => {
        const size = sampleSize(count, share);
        expect(size).toBeLessThanOrEqual(count);
        expect(size).toBeGreaterThanOrEqual(Math.min(count, 10));
        expect(size * ONE).toBeGreaterThanOrEqual(count * share);
        expect(size === Math.min(count, 10) || (size - 1) * ONE < count * share).toBe(true);
        expect(sampleSize(count + 1, share)).toBeGreaterThanOrEqual(size);
      }),
    );
  });
});

describe('sampleOf', () => {
  it('picks as many different leads of the batch as asked, in order', () => {
    fc.assert(
      fc.property(anyDigest, anyCount, anyCount, (seed, count, size) => {
        const sample = sampleOf(seed, count, size);
        expect(sample).toHaveLength(Math.min(count, size));
        expect(new Set(sample).size).toBe(sample.length);
        expect(sample).toEqual(sample.toSorted((a, b) => a - b));
        expect(sample.every((index) => index >= 0 && index < count)).toBe(true);
        expect(sampleOf(seed, count, size)).toEqual(sample);
      }),
    );
  });

  it('is pinned, for every node has to find the same', () => {
    expect(sampleOf(digest('a'), 100, 20)).toEqual(PINNED);
  });

  it('gives every lead the same chance', () => {
    const times = Array.from({ length: 50 }, () => 0);
    for (let run = 0; run < 5_000; run++) {
      for (const index of sampleOf(digest('run', run), 50, 10))
        times[index] = (times[index] ?? 0) + 1;
    }
    // 1 000 each, give or take four deviations of 28.
    expect(Math.min(...times)).toBeGreaterThan(886);
    expect(Math.max(...times)).toBeLessThan(1_114);
  });

  it('is the beginning of a larger one, before both are put in order', () => {
    fc.assert(
      fc.property(anyDigest, anyCount, anyCount, (seed, count, size) => {
        expect(chosen(seed, count, count).slice(0, size)).toEqual(chosen(seed, count, size));
      }),
    );
  });
});

describe('sampleSeed', () => {
  it('is this one, on every machine', () => {
    const [hash, batch] = ['ab', 'ef'].map((byte) => byte.repeat(32));
    expect(sampleSeed(hash as Digest, 'v0' as Hotkey, batch as BatchId)).toBe(
      '33e5475c040b250e36b477eb6cbe2b2a179ace0ad27a738d291f2b8b04875908',
    );
  });

  it('differs by block, validator and batch', () => {
    fc.assert(
      fc.property(seedParts, seedParts, (one, other) => {
        const [hash, validator, batch] = one;
        const [otherHash, otherValidator, otherBatch] = other;
        const seeds = [
          sampleSeed(hash, validator, batch),
          sampleSeed(otherHash, validator, batch),
          sampleSeed(hash, otherValidator, batch),
          sampleSeed(hash, validator, otherBatch),
        ];
        expect(new Set(seeds).size).toBe(4);
        expect(sampleSeed(hash, validator, batch)).toBe(seeds[0]);
      }),
    );
  });
});

describe('adaptiveShare', () => {
  it('is 10 % for the accurate, 50 % for the careless, and linear between', () => {
    const at = (accuracy: number): number => adaptiveShare(accuracy as Fraction);
    expect([0, 500_000, 500_001, 700_000, 899_999, 900_000, 1_000_000].map(at)).toEqual([
      500_000, 500_000, 499_999, 300_000, 100_001, 100_000, 100_000,
    ]);
  });
});

const anyCount = fc.oneof(around(10, { max: 300 }), around(100, { max: 300 }));
const anyFraction = around(200_000, { max: ONE }).map((share) => share as Fraction);
const seedParts = fc.tuple(anyDigest, anyHotkey, anyBatchId);
const PINNED: readonly number[] = [
  2, 3, 6, 8, 9, 11, 23, 25, 32, 38, 39, 40, 44, 53, 69, 72, 82, 86, 88, 91,
];
