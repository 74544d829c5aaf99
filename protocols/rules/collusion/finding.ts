/**
 * What an evaluation says: V_c of each validator, a score of each buyer, and why.
 *
 * Everyone who evaluates the same events gets the same finding, to the last millionth.
 */
import type { Fraction, Hotkey } from '../../units.ts';

/**
 * Grows with every change of how findings are made, whose constants are many and each in the file that
 * uses it: who evaluates otherwise is known by it.
 */
export const COLLUSION_METHOD = 4;
/** From here up a validator is flagged, and a buyer restricted. */
export const FLAGGED: Fraction = 700_000 as Fraction;
/** From here up a validator is watched, which has no consequence. */
export const WATCHED: Fraction = 250_000 as Fraction;

export interface Finding {
  /** False where there is too little data to say anything: then every score is 0. */
  readonly sufficient: boolean;
  /** Every validator that scored, in the order of their ids. */
  readonly validators: readonly ValidatorFinding[];
  /** Every buyer that rated, in the order of their ids. */
  readonly buyers: readonly BuyerFinding[];
  /** Who colluded with whom: each validator in at most one, largest first. */
  readonly rings: readonly Ring[];
}

export interface ValidatorFinding {
  readonly validator: Hotkey;
  /** V_c. */
  readonly score: Fraction;
  readonly components: { readonly favour: Fraction; readonly copy: Fraction };
  /** Most telling first; empty below `WATCHED`. */
  readonly evidence: readonly Evidence[];
}

/** One reason for a validator's score. */
export interface Evidence {
  /** `favour`: its errors serve miners. `copy`: its errors are another's. */
  readonly channel: 'favour' | 'copy';
  readonly with: readonly Hotkey[];
  readonly miners: readonly Hotkey[];
  readonly buyers: readonly Hotkey[];
  /** Those that tell most, most telling first. */
  readonly batches: readonly string[];
  /** A sentence with the figures. */
  readonly why: string;
}

export interface BuyerFinding {
  readonly buyer: Hotkey;
  readonly score: Fraction;
  /** How many (batch, rating)s of the window are this buyer's. */
  readonly ratings: number;
  /** Of those, how many are of a batch of a miner that a flagged ring favours, which a member approved. */
  readonly forRings: number;
  /** Own score ≥ 0.70, or tied to a flagged ring: ≥ 2 ratings for it, half of all by whom they bear on. */
  readonly restricted: boolean;
}

export interface Ring {
  readonly validators: readonly Hotkey[];
  readonly miners: readonly Hotkey[];
  readonly buyers: readonly Hotkey[];
}
