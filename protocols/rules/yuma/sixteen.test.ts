import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floor16 } from './sixteen.ts';

describe('floor16', () => {
  it('rounds down', () => {
    expect([0, 0.25, 0.5, 0.75, 1].map(floor16)).toEqual([0, 16_383, 32_767, 49_151, 65_535]);
  });

  it('takes the last bits above 1 for 1', () => {
    expect(floor16(1.000_02)).toBe(65_535);
  });

  it('is 16 bits, keeps the order, and is less than a step below', () => {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(floor16(low)).toBeLessThanOrEqual(floor16(high));
        expect(floor16(high)).toBe(floor16(high) & 0xffff);
        expect(high * 65_535 - floor16(high)).toBeGreaterThanOrEqual(0);
        expect(high * 65_535 - floor16(high)).toBeLessThan(1);
      }),
    );
  });
});

const share = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat({ max: 65_535 }).map((step) => step / 65_535),
);
