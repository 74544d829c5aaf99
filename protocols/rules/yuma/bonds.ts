/**
 * Bonds: what a validator has put on a miner over the epochs. They decide what it earns, so whoever
 * finds a good miner early earns most by it.
 *
 *     Wb = W + β · (Wc − W)      β = 1: what goes beyond consensus buys nothing
 *
 *     Yuma 2    B' = ‖ α · ‖A_i · Wb_ij‖ + (1 − α) · ‖B‖ ‖      d = normalise(Σ_j B'_ij · I_j)
 *     Yuma 3    B' = α · Wb + (1 − α) · B                       d = normalise(A_i · Σ_j ‖B'‖_ij · I_j)
 *
 * ‖ ‖ makes each column add up to 1. In Yuma 2 a column that nobody weighs keeps its bonds, and the
 * first ones come at once; in Yuma 3 all fade and build up. The chain keeps bonds in 16 bits, Yuma 2
 * with each column's greatest scaled to 65535, and the next epoch starts from what was kept.
 */
import { ONE, type Fraction, type Uid, type Weight16 } from '../../units.ts';
import { FULL_WEIGHT } from '../weights.ts';
import {
  changed,
  columnsNormalised,
  columnTops,
  normalised,
  part,
  rowSums,
  type Matrix,
  type Row,
  type Row16,
} from './matrix.ts';
import { floor16 } from './sixteen.ts';

export type YumaVersion = 2 | 3;

/** What a subnet's owner sets about bonds. */
export interface BondTerms {
  readonly version: YumaVersion;
  /** β, of 65535: how much of what goes beyond consensus is taken off. */
  readonly bondsPenalty: Weight16;
  /** α: how much of an epoch's bonds is new. */
  readonly alpha: Fraction;
}

export interface Bonding {
  /** W_ij and Wc_ij. */
  readonly weights: Matrix;
  readonly clipped: Matrix;
  /** B_ij as the epoch before left them. */
  readonly bonds: readonly Row16[];
  /** A_i and I_j, each adding up to 1 or all 0. */
  readonly stake: readonly number[];
  readonly incentive: readonly number[];
}

export interface Bonds {
  /** As the chain keeps them, by rising uid, without those that come to 0. */
  readonly bonds: readonly Row16[];
  /** A validator's share. They add up to 1, or to 0 where no bond earned anything. */
  readonly dividends: readonly number[];
}

export function bondsAfter(bonding: Bonding, terms: BondTerms): Bonds {
  const penalised = penalise(bonding, terms.bondsPenalty);
  const held = changed(bonding.bonds, (bond) => bond / FULL_WEIGHT);
  return terms.version === 2
    ? proportionalBonds(penalised, held, bonding, terms)
    : plainBonds(penalised, held, bonding, terms);
}

function proportionalBonds(
  weights: Matrix,
  held: Matrix,
  { stake, incentive }: Bonding,
  { alpha }: BondTerms,
): Bonds {
  const bought = changed(weights, (weight, from) => (stake[from] ?? 0) * weight);
  const bonds = columnsNormalised(blend(columnsNormalised(bought), columnsNormalised(held), alpha));
  const tops = columnTops(bonds);
  return {
    bonds: kept(changed(bonds, (bond, _, to) => part(bond, tops[to] ?? 0))),
    dividends: normalised(earnings(bonds, incentive)),
  };
}

function plainBonds(
  weights: Matrix,
  held: Matrix,
  { stake, incentive }: Bonding,
  { alpha }: BondTerms,
): Bonds {
  const bonds = blend(weights, held, alpha);
  const earned = earnings(columnsNormalised(bonds), incentive);
  return {
    bonds: kept(bonds),
    dividends: normalised(earned.map((sum, from) => (stake[from] ?? 0) * sum)),
  };
}

/** Wb. Its rows and columns are those of W, as those of Wc are. */
function penalise({ weights, clipped }: Bonding, penalty: Weight16): Matrix {
  const beta = penalty / FULL_WEIGHT;
  return weights.map((row, from) =>
    // As (1 − β) · W + β · Wc, which is Wc to the bit where β is 1, and never below 0.
    row.map(([to, weight], at) => {
      const agreed = clipped[from]?.[at]?.[1] ?? 0;
      return [to, (1 - beta) * weight + beta * agreed];
    }),
  );
}

/** α of the new and the rest of the old, by rising uid. */
const blend = (fresh: Matrix, old: Matrix, alpha: Fraction): Matrix =>
  fresh.map((row, from) => blendRow(row, old[from] ?? [], alpha));

function blendRow(fresh: Row, old: Row, alpha: Fraction): Row {
  const values = new Map<Uid, number>(fresh.map(([to, value]) => [to, (alpha / ONE) * value]));
  for (const [to, value] of old) {
    values.set(to, (values.get(to) ?? 0) + ((ONE - alpha) / ONE) * value);
  }
  return [...values].toSorted(([a], [b]) => a - b);
}

/** What each row has on those that earn. */
const earnings = (bonds: Matrix, incentive: readonly number[]): number[] =>
  rowSums(changed(bonds, (bond, _, to) => bond * (incentive[to] ?? 0)));

const kept = (bonds: Matrix): readonly Row16[] =>
  bonds.map((row) =>
    row.map(([to, bond]) => [to, floor16(bond)] as const).filter(([, bond]) => bond > 0),
  );
