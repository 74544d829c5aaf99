/**
 * How a pot is shared, to the last rao.
 *
 *     V_v = V · R_v / Σ R_u    over the validators with R_u > 15 points
 *     M_m = M · W_m / Σ W_n    over the miners with A_n > 0.5
 *
 * Each gets its share rounded down; what is left over goes, one rao each, to those who lost most by
 * the rounding. So the shares sum to the pot exactly, or to 0 where nobody qualifies.
 */
import { invariant, type Fraction, type Rao, type Reputation } from '../units.ts';
import { REPUTATION_FLOOR } from './final-score.ts';

/** A miner has to be better than this to earn: half of its leads are good. */
export const ACCURACY_FLOOR = 500_000 as Fraction;

/** What a validator's share is in proportion to: R_v, or 0 where it doesn't qualify. */
export const validatorClaim = (reputation: Reputation): Reputation =>
  (reputation > REPUTATION_FLOOR ? reputation : 0) as Reputation;

/** What a miner's share, and its weight on the chain, is in proportion to: W_m, or 0. */
export const minerClaim = (miner: {
  readonly accuracy: Fraction;
  readonly weight: Fraction;
}): Fraction => (miner.accuracy > ACCURACY_FLOOR ? miner.weight : 0) as Fraction;

/** The pot in proportion to the claims. Of two equal remainders the earlier one is served first. */
export function shares(claims: readonly (number | bigint)[], pot: Rao): Rao[] {
  const parts = claims.map(BigInt);
  invariant(pot >= 0n, 'a pot is not a debt');
  invariant(
    parts.every((part) => part >= 0n),
    'a claim is never negative',
  );
  const total = parts.reduce((sum, part) => sum + part, 0n);
  if (total === 0n) return parts.map(() => 0n as Rao);

  const whole = parts.map((part) => (pot * part) / total);
  const left = Number(pot - whole.reduce((sum, part) => sum + part, 0n));
  const served = new Set(byRemainder(parts.map((part) => (pot * part) % total)).slice(0, left));
  return whole.map((part, index) => (served.has(index) ? part + 1n : part) as Rao);
}

/** Where the remainders stand, the largest first. */
const byRemainder = (remainders: readonly bigint[]): number[] =>
  remainders
    .map((remainder, index) => ({ remainder, index }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
    )
    .map(({ index }) => index);
