import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyReputation, around } from '../arbitraries.ts';
import { points, tao, type Fraction, type Rao, type Reputation } from '../units.ts';
import { minerClaim, shares, validatorClaim } from './emissions.ts';
import { REPUTATION_FLOOR } from './final-score.ts';

describe('shares', () => {
  it('pays 1000 TAO to two miners of W 1.71 and 1.35', () => {
    const paid = shares([1_710_000, 1_350_000], tao(1_000));
    expect(paid.map((rao) => (Number(rao) / 1e9).toFixed(4))).toEqual(['558.8235', '441.1765']);
    expect(shares([1_710_000, 1_350_000], 1_000_000n as Rao)).toEqual([558_824n, 441_176n]);
  });

  it('gives what is left over to the largest remainders, and of equal ones to the earlier', () => {
    expect(shares([1, 1, 1], 2n as Rao)).toEqual([1n, 1n, 0n]);
    expect(shares([1, 1, 1], 4n as Rao)).toEqual([2n, 1n, 1n]);
    // 1.25, 3.75 of 5: the second lost more.
    expect(shares([1, 3], 5n as Rao)).toEqual([1n, 4n]);
  });

  it('pays nobody where nobody qualifies', () => {
    expect(shares([0, 0], tao(1))).toEqual([0n, 0n]);
    expect(shares([], tao(1))).toEqual([]);
  });

  it('sums to the pot, or to 0 where nobody qualifies', () => {
    fc.assert(
      fc.property(anyClaims, anyPot, (claims, pot) => {
        const paid = shares(claims, pot);
        expect(paid.every((share) => share >= 0n)).toBe(true);
        const qualifies = claims.some((claim) => claim > 0);
        expect(paid.reduce((sum, share) => sum + share, 0n)).toBe(qualifies ? pot : 0n);
      }),
    );
  });

  it('pays each within one rao of its exact share, and nothing for no claim', () => {
    fc.assert(
      fc.property(anyClaims, anyPot, (claims, pot) => {
        const total = claims.reduce((sum, claim) => sum + BigInt(claim), 0n);
        for (const [index, share] of shares(claims, pot).entries()) {
          const claim = BigInt(claims[index] ?? 0);
          const off = share * total - pot * claim;
          expect(total === 0n || (off > -total && off < total)).toBe(true);
          if (claim === 0n) expect(share).toBe(0n);
        }
      }),
    );
  });

  it('pays no smaller claim more', () => {
    fc.assert(
      fc.property(anyClaims, anyPot, (claims, pot) => {
        const paid = shares(claims, pot);
        for (const [i, one] of claims.entries()) {
          for (const [j, other] of claims.entries()) {
            if (one > other) expect((paid[i] ?? 0n) >= (paid[j] ?? 0n)).toBe(true);
          }
        }
      }),
    );
  });

  it('scales with the pot', () => {
    fc.assert(
      fc.property(anyClaims, anyPot, fc.bigInt(1n, 1_000n), (claims, pot, times) => {
        const paid = shares(claims, pot);
        const more = shares(claims, (pot * times) as Rao);
        for (const [index, share] of more.entries()) {
          const off = share - (paid[index] ?? 0n) * times;
          // Each of the two is within one rao of exact, and the first one's is scaled too.
          expect(off <= times && off >= -times).toBe(true);
        }
      }),
    );
  });

  it('depends on the proportions of the claims alone', () => {
    fc.assert(
      fc.property(anyClaims, anyPot, fc.bigInt(1n, 10n ** 12n), (claims, pot, times) => {
        const scaled = claims.map((claim) => BigInt(claim) * times);
        expect(shares(scaled, pot)).toEqual(shares(claims, pot));
      }),
    );
  });

  it('refuses debts', () => {
    expect(() => shares([1], -1n as Rao)).toThrow('broken invariant');
    expect(() => shares([1, -1], 1n as Rao)).toThrow('broken invariant');
  });
});

describe('validatorClaim', () => {
  it('is R_v above 15 points, and nothing from there down', () => {
    expect(validatorClaim(REPUTATION_FLOOR)).toBe(0);
    expect(validatorClaim((REPUTATION_FLOOR + 1) as Reputation)).toBe(REPUTATION_FLOOR + 1);
  });

  it("lets the grounded and the flagged move nobody's emission", () => {
    fc.assert(
      fc.property(fc.array(anyReputation), fc.array(grounded), anyPot, (some, low, pot) => {
        const alone = shares(some.map(validatorClaim), pot);
        const beside = shares([...low, ...some].map(validatorClaim), pot);
        expect(beside).toEqual([...low.map(() => 0n), ...alone]);
      }),
    );
  });
});

describe('minerClaim', () => {
  it('is W_m where more than half of the leads are good', () => {
    const miner = (accuracy: number) => ({
      accuracy: accuracy as Fraction,
      weight: (accuracy * 2) as Fraction,
    });
    expect(minerClaim(miner(500_000))).toBe(0);
    expect(minerClaim(miner(500_001))).toBe(1_000_002);
  });
});

const grounded = around(REPUTATION_FLOOR, { max: REPUTATION_FLOOR }).map((r) => r as Reputation);

const anyClaims = fc.array(
  fc.oneof(
    fc.constantFrom(0, 1, 2, points(15), 1_000_000),
    fc.nat({ max: 2_000_000 }),
    fc.nat({ max: 5 }),
  ),
  { maxLength: 12 },
);

const anyPot = fc
  .oneof(
    fc.bigInt(0n, 5n),
    fc.constantFrom(1_000_000n, tao(1_000)),
    fc.bigInt(0n, 21_000_000n * 10n ** 9n),
  )
  .map((pot) => pot as Rao);
