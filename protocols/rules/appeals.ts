/**
 * Appeals: a flag is lifted where those of good standing hold it to be wrong.
 *
 *     lifted  iff  Σ E_v · H_v / Σ H_v > 0.66   and at least three voted
 *     H_v = 5, 3, 2, 1      P_v of the voter > 90, > 80, > 70, else
 *
 * Once a flag, with seven days for votes. One vote a coldkey, of which the last counts. Votes are
 * weighed at the first epoch after the seven days, by the voters' standing there. Where fewer than
 * three count the flag stands, as it does meanwhile.
 */
import { BLOCKS_PER_DAY, points, type Reputation } from '../units.ts';
import { REPUTATION_FLOOR } from './final-score.ts';
import { flagOf, type Penalties, type Penalty } from './penalties.ts';
import type { AppealEvent, DecidedEvent, Owner, VoteEvent } from './penalty-events.ts';

/** Votes are taken through so many blocks after the appeal's: 7 days. */
export const APPEAL_BLOCKS: number = 7 * BLOCKS_PER_DAY;
/** Fewer could be one operator and a friend. */
export const QUORUM = 3;
/** In per cent of the votes' weight: more than this lifts. */
export const LIFTING = 66;

/** An appeal under way or over. */
export interface Appealed {
  readonly key: string;
  readonly at: number;
  /** The last block of a vote. */
  readonly until: number;
  /** The last one of each coldkey. */
  readonly votes: Map<Owner, VoteEvent>;
  decided?: DecidedEvent;
}

export type AppealRefusal =
  /** There is no flag to appeal against. */
  | 'not_flagged'
  /** Once a flag. */
  | 'second_appeal';

export type VoteRefusal =
  /** Nobody has appealed, or not before this block. */
  | 'no_appeal'
  /** The seven days are over. */
  | 'late'
  | 'own'
  | 'ring_mate'
  | 'flagged'
  /** R_v is not above 15. */
  | 'no_standing';

/** Why an appeal does not count; the flag that it is against where it does. */
export function appealAgainst(
  penalties: Penalties,
  { owner, at }: Pick<AppealEvent, 'owner' | 'at'>,
): Penalty | AppealRefusal {
  const flag = flagOf(penalties, owner, at);
  if (flag === undefined) return 'not_flagged';
  return flag.appeal === undefined ? flag : 'second_appeal';
}

/** Why a vote does not count, but for its voter's standing; the appeal that it is on where it does. */
export function appealVotedOn(
  penalties: Penalties,
  { owner, accused, at }: Pick<VoteEvent, 'owner' | 'accused' | 'at'>,
): Appealed | Exclude<VoteRefusal, 'no_standing'> {
  const flag = penalties.validators
    .get(accused)
    ?.penalties.findLast(({ appeal }) => appeal !== undefined && appeal.at < at);
  if (flag?.appeal === undefined) return 'no_appeal';
  if (at > flag.appeal.until) return 'late';
  if (owner === accused) return 'own';
  if (flag.ring.includes(owner)) return 'ring_mate';
  if (flagOf(penalties, owner, at) !== undefined) return 'flagged';
  return flag.appeal;
}

/** One vote and its voter's standing when it is counted. */
export interface Ballot {
  readonly lifts: boolean;
  /** P_v. */
  readonly precision: Reputation;
  /** R_v. */
  readonly reputation: Reputation;
}

/** How an appeal ended, with the figures that it ended by. */
export interface Decision {
  readonly lifted: boolean;
  /** Those of standing. */
  readonly voters: number;
  /** Σ E_v · H_v. */
  readonly lifting: number;
  /** Σ H_v. */
  readonly weight: number;
}

/** H_v. */
export function voteWeight(precision: Reputation): number {
  if (precision > points(90)) return 5;
  if (precision > points(80)) return 3;
  return precision > points(70) ? 2 : 1;
}

/** Whether a voter has the standing: R_v > 15. */
export const mayVote = (reputation: Reputation): boolean => reputation > REPUTATION_FLOOR;

/** One ballot a coldkey; those without standing make no difference. */
export function decide(ballots: readonly Ballot[]): Decision {
  const counted = ballots.filter(({ reputation }) => mayVote(reputation));
  const weightOf = (some: readonly Ballot[]): number =>
    some.reduce((sum, { precision }) => sum + voteWeight(precision), 0);
  const weight = weightOf(counted);
  const lifting = weightOf(counted.filter(({ lifts }) => lifts));
  const lifted = counted.length >= QUORUM && 100 * lifting > LIFTING * weight;
  return { lifted, voters: counted.length, lifting, weight };
}

/** Appeals whose votes are all in at a block and that nobody has counted, in the order of their keys. */
export const toDecide = ({ validators }: Penalties, block: number): readonly Penalty[] =>
  [...validators.values()]
    .flatMap(({ penalties }) => penalties)
    .filter(
      ({ appeal }) => appeal !== undefined && appeal.until < block && !isDecided(appeal, block),
    )
    .toSorted((a, b) => a.at - b.at || (a.owner < b.owner ? -1 : 1));

/** A count of before that block stands; one of it may have to be made anew. */
const isDecided = ({ decided }: Appealed, block: number): boolean =>
  decided !== undefined && decided.at < block;
