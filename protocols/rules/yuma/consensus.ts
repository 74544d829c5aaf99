/**
 * Consensus: what a majority of the stake holds a neuron to be worth. Whoever weighs it higher is
 * clipped to that, so a minority can praise its own miners and gains them nothing.
 *
 *     C_j  = the smallest w with  Σ A_i  over the validators with W_ij ≤ w  >  1 − κ
 *     Wc_ij = min(W_ij, C_j)      T_i = Σ_j Wc_ij      I = normalise(Σ_i A_i · Wc_ij)
 *
 * κ is a little less than half, as the chain has it, so exactly half of the stake is enough to win.
 * The majority is looked for among integers: no rounding decides who has it.
 */
import { FULL_WEIGHT } from '../weights.ts';
import type { Rao, Weight16 } from '../../units.ts';
import { changed, columnSums, normalised, rowSums, type Matrix } from './matrix.ts';
import { proportions, totalOf } from './stake.ts';

/** The stake's say. */
export interface Say {
  /** By uid; 0 for whoever has no permit or is not active. */
  readonly stake: readonly Rao[];
  /** κ, the share of the stake that makes a majority, of 65535. */
  readonly kappa: Weight16;
}

/** Proportions of 0 to 1, by uid. */
export interface Consensus {
  /** C_j. */
  readonly consensus: readonly number[];
  /** W_ij as far as the majority agrees. */
  readonly clipped: Matrix;
  /** T_i, how much of a validator's weights the majority shares. */
  readonly validatorTrust: readonly number[];
  /** I_j, a miner's share. They add up to 1, or to 0 where there is no consensus on anyone. */
  readonly incentive: readonly number[];
}

/** `weights` have rows that add up to 1, or are empty. */
export function consensusOn(weights: Matrix, say: Say): Consensus {
  const consensus = majorityWeights(weights, say);
  const clipped = changed(weights, (weight, _, to) => Math.min(weight, consensus[to] ?? 0));
  const shares = proportions(say.stake);
  const ranks = columnSums(changed(clipped, (weight, from) => (shares[from] ?? 0) * weight));
  return {
    consensus,
    clipped,
    validatorTrust: rowSums(clipped),
    incentive: normalised(ranks),
  };
}

/** A weight, and the stake behind it. */
interface Vote {
  readonly weight: number;
  readonly stake: Rao;
}

function majorityWeights(weights: Matrix, { stake, kappa }: Say): number[] {
  const columns: Vote[][] = weights.map(() => []);
  for (const [from, row] of weights.entries()) {
    const own = stake[from] ?? (0n as Rao);
    if (own === 0n) continue;
    for (const [to, weight] of row) columns[to]?.push({ weight, stake: own });
  }
  const total = totalOf(stake);
  return columns.map((votes) => majorityWeight(votes, total, kappa));
}

/** Whoever is not among the votes gives 0. */
function majorityWeight(votes: readonly Vote[], total: Rao, kappa: Weight16): number {
  const enough = BigInt(FULL_WEIGHT - kappa) * total;
  const isEnough = (held: bigint): boolean => BigInt(FULL_WEIGHT) * held > enough;

  let held = total - totalOf(votes.map(({ stake }) => stake));
  let weight = 0;
  for (const vote of votes.toSorted((a, b) => a.weight - b.weight)) {
    if (isEnough(held)) break;
    held += vote.stake;
    weight = vote.weight;
  }
  return weight;
}
