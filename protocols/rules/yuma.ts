/**
 * Yuma consensus: the chain's way from weights to pay, one epoch of it.
 *
 *     weights ──▶ consensus of the stake ──▶ incentive of the miners ─────────────┬──▶ emission
 *                                       └──▶ bonds ──▶ dividends of the validators ┘
 *
 * What counts are the rows of those that hold a permit, without what a neuron gives itself (only the
 * subnet's owner keeps that); an inactive validator's row stays, but has no stake behind it.
 *
 *     emission = (I + d) / (Σ I + Σ d),  or by active stake, or by stake, where all of that is 0
 *
 * The chain counts in fixed point and these are doubles, added in the order of uids: they agree within
 * 2 of 65535 (`yuma.test.ts` has what a runtime gave). Only `+ − · /` and integers are used, so every
 * machine gets the same bits.
 */
import { invariant, type Rao, type Uid } from '../units.ts';
import { bondsAfter, type BondTerms } from './yuma/bonds.ts';
import { consensusOn, type Consensus, type Say } from './yuma/consensus.ts';
import { normalised, rowsNormalised, type Matrix, type Row16 } from './yuma/matrix.ts';
import { permitsFor, proportions } from './yuma/stake.ts';

/** A subnet as an epoch finds it, each list by uid. `yuma/conditions.ts` makes one of the chain's. */
export interface YumaSubnet {
  readonly stake: readonly Rao[];
  readonly weights: readonly Row16[];
  /** As the epoch before left them; empty rows where there was none. */
  readonly bonds: readonly Row16[];
  readonly permits: readonly boolean[];
  /** Who has set weights lately. */
  readonly active: readonly boolean[];
  /** Who may weigh itself; nobody where absent. */
  readonly owner?: Uid;
}

/** What a subnet's owner sets. */
export type YumaTerms = BondTerms &
  Pick<Say, 'kappa'> & {
    /** How many hold a permit; 64 where absent. */
    readonly maxValidators?: number;
  };

/** Proportions of 0 to 1, by uid. */
export interface YumaEpoch extends Omit<Consensus, 'clipped'> {
  /** What each validator gets of the validators' pay. */
  readonly dividends: readonly number[];
  /** As the chain keeps them; empty for whoever has no permit for the next epoch. */
  readonly bonds: readonly Row16[];
  /** What each gets of all that is paid. They add up to 1, or to 0 where nobody has any stake. */
  readonly emission: readonly number[];
  /** Who may validate in the next epoch. */
  readonly permits: readonly boolean[];
}

export function yumaEpoch(subnet: YumaSubnet, terms: YumaTerms): YumaEpoch {
  invariant(isWhole(subnet), 'each of a subnet’s lists has an entry a neuron');
  const stake = subnet.stake.map((own, uid) => (hasSay(subnet, uid) ? own : (0n as Rao)));
  const shares = proportions(stake);
  const weights = rowsNormalised(countedWeights(subnet));
  const permits = permitsFor(subnet.stake, terms.maxValidators);

  const { clipped, ...consensus } = consensusOn(weights, { stake, kappa: terms.kappa });
  const { incentive } = consensus;
  const held = subnet.bonds.map((row) => toNeurons(row, subnet));
  const bonding = { weights, clipped, bonds: held, stake: shares, incentive };
  const { bonds, dividends } = bondsAfter(bonding, terms);
  return {
    ...consensus,
    dividends,
    bonds: bonds.map((row, uid) => (permits[uid] === true ? row : [])),
    emission: emissionBy([
      incentive.map((share, uid) => share + (dividends[uid] ?? 0)),
      shares,
      proportions(subnet.stake),
    ]),
    permits,
  };
}

const isWhole = ({ stake, weights, bonds, permits, active }: YumaSubnet): boolean =>
  [weights, bonds, permits, active].every((list) => list.length === stake.length);

const hasSay = ({ permits, active }: YumaSubnet, uid: number): boolean =>
  permits[uid] === true && active[uid] === true;

function countedWeights(subnet: YumaSubnet): Matrix {
  const { weights, permits, owner } = subnet;
  return weights.map((row, from) =>
    permits[from] === true
      ? toNeurons(row, subnet).filter(([to]) => to !== from || to === owner)
      : [],
  );
}

/** Nothing goes to slots that the subnet doesn't have. */
const toNeurons = (row: Row16, { stake }: YumaSubnet): Row16 =>
  row.filter(([to]) => to < stake.length);

/** By the first of these claims that anyone has. */
function emissionBy(claims: readonly (readonly number[])[]): number[] {
  const [first = [], ...others] = claims;
  const isNothing = first.every((claim) => claim === 0);
  return isNothing && others.length > 0 ? emissionBy(others) : normalised(first);
}
