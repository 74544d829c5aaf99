/**
 * What a world is made from, all but its seed: who is in it, how the honest err, who colludes how.
 *
 * Scores, qualities, shares and strengths are real numbers, 0 to 1; a deviation is in score.
 */
import type { RingKind } from './kinds.ts';
import type { Noise } from './noises.ts';
import type { QualityKind } from './quality.ts';

export interface Plan {
  readonly validators: number;
  readonly miners: number;
  /** The window's. */
  readonly epochs: number;
  readonly batches: number;
  /** How many validators are asked for each batch; all of them where as many as there are. */
  readonly panel: number;
  readonly quality: QualityKind;
  /** So many miners deliver worse than others: those that have a use for a ring. */
  readonly poorMiners: number;
  readonly noise: Noise;
  readonly habits: Habits;
  readonly audits: AuditPlan;
  readonly rings: readonly RingPlan[];
  readonly decoys: Decoys;
  readonly buyers: BuyerPlan;
  /** F stands with the scores. */
  readonly hasFinalScores: boolean;
}

/** How honest validators differ for good. */
export interface Habits {
  /** Deviation of a validator's constant shift. */
  readonly leniency: number;
  /** Deviation of what a validator makes of one miner more than of others. */
  readonly taste: number;
  /** Validators audit with one of so many models; 0 where each has its own. */
  readonly models: number;
  /** Deviation of what all users of one model make of one miner. */
  readonly blindness: number;
}

export interface AuditPlan {
  /** Of the batches, how many were checked afterwards. */
  readonly share: number;
  /** What the checks pass more (or less, below 0) than a validator that errs nowhere. */
  readonly shift: number;
}

export interface RingPlan {
  readonly kind: RingKind;
  /** 0 does nothing, 1 is blatant: `GREATEST_SHIFT` on every batch concerned. */
  readonly strength: number;
  readonly validators: number;
  readonly miners: number;
  readonly buyers: number;
}

/** Innocents that look guilty. */
export interface Decoys {
  /** Validators that give less everywhere, each by as much. */
  readonly strict: readonly number[];
  /** Validators that give more everywhere, each by as much. */
  readonly lenient: readonly number[];
  /** Validators that score only some of what they are asked. */
  readonly sparse: number;
  /** Validators that buyers rate 10 again and again, unasked. */
  readonly framed: number;
  /** Buyers behind each of those. */
  readonly framers: number;
  /** Ratings of each of those buyers. */
  readonly framing: number;
}

export interface BuyerPlan {
  readonly honest: number;
  /** Honest ones that buy of one miner alone. */
  readonly loyal: number;
  /** Honest ones that give a point or two more to everyone. */
  readonly generous: number;
  /** Ratings of each. */
  readonly ratings: number;
}
