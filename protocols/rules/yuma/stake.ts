/**
 * Stake as an epoch counts it: who may validate, and what share of the say each has.
 *
 *     A_i = S_i / Σ S      over the validators that hold a permit and are active
 */
import type { Rao } from '../../units.ts';

/** As many of the highest stakes get a permit; a parameter of the subnet, this is its default. */
export const MOST_VALIDATORS = 64;

/**
 * Who gets a validator's permit for the next epoch: the highest stakes that are not 0. Of equal
 * stakes the higher uid is served first, because the chain strikes out from the lowest uid on.
 */
export function permitsFor(stakes: readonly Rao[], most: number = MOST_VALIDATORS): boolean[] {
  const highest = stakes
    .map((stake, uid) => ({ stake, uid }))
    .filter(({ stake }) => stake > 0n)
    .toSorted((a, b) => (a.stake === b.stake ? b.uid - a.uid : a.stake > b.stake ? -1 : 1))
    .slice(0, most);
  const permitted = new Set(highest.map(({ uid }) => uid));
  return stakes.map((_, uid) => permitted.has(uid));
}

export const totalOf = (stakes: readonly Rao[]): Rao =>
  stakes.reduce((sum, stake) => sum + stake, 0n) as Rao;

/** One, in the steps that `proportions` counts in: the least stake of all keeps its 53 bits. */
const STEPS = 1n << 128n;

/**
 * Each stake as a part of all, to the precision of a double; all 0 where there is none. Divided as
 * integers, so that they are the same to the bit whatever unit the stakes are in.
 */
export function proportions(stakes: readonly Rao[]): number[] {
  const total = totalOf(stakes);
  if (total === 0n) return stakes.map(() => 0);
  return stakes.map((stake) => Number((stake * STEPS) / total) / Number(STEPS));
}
