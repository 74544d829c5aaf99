/**
 * The final score F of a batch: what the subnet as a whole holds to be true of it.
 *
 *     F = Σ (O_v · R_v) / Σ R_v      over the validators that have a say
 *
 * The sums are over integers, so neither the order of the reports nor the machine that adds them
 * can change the outcome, and F never leaves the range of the scores it was made from.
 *
 * Whatever F says, the trusted can deny a batch: three or more of them, of whom more than 67 %
 * reject it.
 */
import { BLOCKS_PER_DAY, percent, points, type Reputation, type Score } from '../units.ts';
import { isApproved } from './audit.ts';

/** One validator's view of one batch. */
export interface Opinion {
  /** O_v, what the validator gave the batch. */
  readonly score: Score;
  /** R_v when the report was filed; 0 while the validator is flagged for collusion. */
  readonly reputation: Reputation;
}

/** A validator has to rise above this to have a say. It is also where every validator starts. */
export const REPUTATION_FLOOR: Reputation = points(15);

/** Undefined where nobody has a say, which is not the same as a score of zero. */
export function finalScore(opinions: readonly Opinion[]): Score | undefined {
  const risen = opinions.filter(({ reputation }) => reputation > REPUTATION_FLOOR);
  return risen.length > 0 ? weightedMean(risen) : youngNetworkScore(opinions);
}

function weightedMean(opinions: readonly Opinion[]): Score {
  let weighted = 0; // At most 10^6 · 200 000 · 4096 uids, which is below 2^53.
  let weight = 0;
  for (const { score, reputation } of opinions) {
    weighted += score * reputation;
    weight += reputation;
  }

  return Math.floor(weighted / weight) as Score;
}

/**
 * The median of all who are not flagged, the lower of two middle ones. On a young network nobody is
 * above the floor, and F would never come about for anyone to rise by. A mean would let one liar
 * among four newcomers hold all of them down.
 */
function youngNetworkScore(opinions: readonly Opinion[]): Score | undefined {
  const scores = opinions.filter(({ reputation }) => reputation > 0).map(({ score }) => score);
  return scores.toSorted((a, b) => a - b)[Math.ceil(scores.length / 2) - 1];
}

/** An opinion, and for how long its validator has been registered. */
export interface AgedOpinion extends Opinion {
  /** In blocks, or in whatever unit the age to be trusted is given. */
  readonly age: number;
}

/** From here up a validator is trusted, if it has been there for long enough. */
export const TRUSTED_REPUTATION: Reputation = points(100);
/** In blocks: 30 days. */
export const TRUSTED_AGE: number = 30 * BLOCKS_PER_DAY;
/** Fewer could be one operator's. */
export const LEAST_TRUSTED = 3;
/** In per cent: more than this have to reject, so two of three don't do. */
export const DENIAL = 67;

/** Whether the trusted among those that scored a batch deny it. */
export function isDenied(
  opinions: readonly AgedOpinion[],
  trustedAge: number = TRUSTED_AGE,
): boolean {
  const trusted = opinions.filter(
    ({ reputation, age }) => reputation >= TRUSTED_REPUTATION && age >= trustedAge,
  );
  const rejecting = trusted.filter(({ score }) => !isApproved(score)).length;
  return trusted.length >= LEAST_TRUSTED && 100 * rejecting > DENIAL * trusted.length;
}

/** A score this far from F still agrees with it. */
export const AGREEMENT: Score = percent(10);

/** Whether a validator saw a batch as all did. It says something only where two or more scored. */
export const agrees = (score: Score, final: Score): boolean => Math.abs(score - final) <= AGREEMENT;
