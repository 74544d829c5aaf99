/**
 * A standing: what all that was folded says of everyone at a moment.
 *
 *     P_v, C_v, R_v of each validator · A_m, D_m, W_m of each miner     windows end at the moment
 */
import type { Folded } from './fold.ts';
import { minerScore, WINDOWS, type MinerScore } from './rules/miner-score.ts';
import { consistency, reputation, START } from './rules/reputation.ts';
import { totalSince, type Series } from './series.ts';
import { precisionOf, type Track } from './track.ts';
import type { Fraction, Hotkey, Reputation } from './units.ts';

/** What a validator is worth. */
export interface ValidatorStanding {
  /** P_v. */
  readonly precision: Reputation;
  /** C_v. */
  readonly consistency: Fraction;
  /** R_v. */
  readonly reputation: Reputation;
  /** F_v is 0. */
  readonly flagged: boolean;
}

/** Everyone of whom there is a record, if only that it scored or was asked. */
export interface Standing {
  readonly validators: ReadonlyMap<Hotkey, ValidatorStanding>;
  readonly miners: ReadonlyMap<Hotkey, MinerScore>;
  /** Also of those of whom there is no record; absent where nobody is flagged. */
  readonly isFlagged?: (validator: Hotkey) => boolean;
}

/** R_v; of whom there is no record, that of a newcomer. */
export const reputationOf = ({ validators, isFlagged }: Standing, hotkey: Hotkey): Reputation =>
  validators.get(hotkey)?.reputation ?? (isFlagged?.(hotkey) ? (0 as Reputation) : START);

/** Nobody flagged. `day` is in the unit of `now`. */
export const standingFrom = (folded: Folded, day: number, now: number): Standing => ({
  validators: mapped(folded.validators, (track) => validatorStanding(track, day, now)),
  miners: mapped(folded.miners, (series) => minerStanding(series, day, now)),
});

/** The same standing with F_v = 0 of some. */
export function withFlagged(
  { validators, miners }: Standing,
  isFlagged: (validator: Hotkey) => boolean,
): Standing {
  const judged = [...validators].map(([hotkey, one]) => {
    const flagged = isFlagged(hotkey);
    const worth = reputation(one.precision, one.consistency, flagged);
    return [hotkey, { ...one, reputation: worth, flagged }] as const;
  });
  return { validators: new Map(judged), miners, isFlagged };
}

const mapped = <K, A, B>(map: ReadonlyMap<K, A>, of: (value: A) => B): ReadonlyMap<K, B> =>
  new Map([...map].map(([key, value]) => [key, of(value)]));

/** Of one validator that is not flagged. */
export function validatorStanding(track: Track, day: number, now: number): ValidatorStanding {
  const windows = WINDOWS.map(({ days }) => {
    const [agreed = 0, scores = 0] = totalSince(track.scores, now - days * day);
    return { agreed, scores };
  });
  const precision = precisionOf(track);
  const steadiness = consistency(windows);
  const worth = reputation(precision, steadiness, false);
  return { precision, consistency: steadiness, reputation: worth, flagged: false };
}

const minerStanding = (series: Series, day: number, now: number): MinerScore =>
  minerScore(
    WINDOWS.map(({ days }) => {
      const [asked = 0, good = 0, queries = 0, approved = 0] = totalSince(series, now - days * day);
      return { asked, good, queries, approved };
    }),
  );
