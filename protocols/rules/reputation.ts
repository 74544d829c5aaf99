/**
 * What a validator's word is worth, and what moves it.
 *
 *     R_v = P_v · C_v · F_v
 *     C_v = 1 + 0.55·J₁₄ + 0.25·J₃₀ + 0.20·J₉₀    J_d = agreements / max(scores, 5)   over d days
 *
 * P_v, the precision, walks between 0 and 100 from 15: each event adds or takes points, and what
 * would lead out of that range is lost. F_v is 0 while the validator is flagged for collusion, else 1.
 */
import {
  invariant,
  ONE,
  points,
  ratio,
  type Fraction,
  type Reputation,
  type Unit,
} from '../units.ts';
import { weighted } from './miner-score.ts';

/** Of P_v, in thousandths of a point: below 0 it is a loss. */
export type Change = Unit<number, 'Change'>;

const change = (count: number): Change => points(count) as number as Change;

/** Where every validator begins. */
export const START: Reputation = points(15);
/** The most that P_v can be. */
export const FULL_PRECISION: Reputation = points(100);

/** |O_v − F| is at most 0.10 of a batch that at least two validators scored. */
export const AGREED: Change = change(10);
/** It is more. */
export const DISAGREED: Change = change(-10);
/** It approved a batch that failed the automated checks. */
export const APPROVED_A_FAILURE: Change = change(-20);

/** All ratings of one day move P_v no further than this. */
export const DAY_LOSS: Change = change(-25);
export const DAY_GAIN: Change = change(15);

/** A window's J_d is of at least so many scores: two agreements don't make a validator steady. */
export const LEAST_SCORES = 5;

/** Agreement needs two: fewer scores of a batch move nobody. */
export const LEAST_SCORERS = 2;

/** A whole number, 1 to 10; anything else is refused. */
export const isRating = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 10;

/** What a buyer's rating of 1 to 10 says of those who approved the batch. */
export function ratingChange(rating: number): Change {
  invariant(isRating(rating), 'a rating is 1 to 10');
  if (rating >= 9) return change(15);
  if (rating >= 7) return change(10);
  if (rating >= 5) return change(2);
  if (rating >= 2) return change(-10);
  return change(-25);
}

/** One buyer's rating of a batch that the validator approved. */
export interface Rated {
  readonly buyer: string;
  /** 1 to 10. */
  readonly rating: number;
}

/**
 * What each of a day's ratings of one validator adds, in their order: only a buyer's first counts,
 * and together they stay within the day's limits at every step.
 */
export function dayOfRatings(ratings: readonly Rated[]): readonly Change[] {
  const buyers = new Set<string>();
  let sum = 0;
  return ratings.map(({ buyer, rating }) => {
    if (buyers.has(buyer)) return change(0);
    buyers.add(buyer);
    const before = withinDay(sum);
    sum += ratingChange(rating);
    return (withinDay(sum) - before) as Change;
  });
}

const withinDay = (sum: number): number => Math.min(Math.max(sum, DAY_LOSS), DAY_GAIN);

/** P_v after one event. */
export const moved = (precision: Reputation, by: Change): Reputation =>
  Math.min(Math.max(precision + by, 0), FULL_PRECISION) as Reputation;

/** What a validator's scores in one window agreed with. */
export interface Agreement {
  readonly agreed: number;
  readonly scores: number;
}

/** C_v, 1 to 2. `windows` are those of the last 14, 30 and 90 days, in that order. */
export const consistency = (windows: readonly Agreement[]): Fraction =>
  (ONE + weighted(windows.map(agreementIn))) as Fraction;

function agreementIn({ agreed, scores }: Agreement): Fraction {
  invariant(agreed >= 0 && agreed <= scores, 'agreements are among the scores');
  return ratio(agreed, Math.max(scores, LEAST_SCORES)) as Fraction;
}

/** R_v, 0 to 200 points. */
export const reputation = (
  precision: Reputation,
  steadiness: Fraction,
  flagged: boolean,
): Reputation => (flagged ? 0 : Math.floor((precision * steadiness) / ONE)) as Reputation;
