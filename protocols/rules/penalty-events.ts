/**
 * The events that penalties are made of, each a record with its block and its key.
 *
 *     found     what an evaluation says of the events of a window
 *     appeal    a flagged validator's, once a flag
 *     vote      another validator's on an appeal
 *     decided   the votes counted, when the appeal's seven days are over
 */
import type { Recorded } from '../place.ts';
import type { Fraction, Hotkey, Unit } from '../units.ts';
import type { Decision } from './appeals.ts';

/** The coldkey behind a hotkey; of a hotkey that nobody has registered, the hotkey itself. */
export type Owner = Unit<string, 'Owner'>;

export type PenaltyEvent = FoundEvent | AppealEvent | VoteEvent | DecidedEvent;

/** Of the events in the blocks from `from` up to `at`, which is an epoch's first block. */
export interface FoundEvent extends Recorded {
  readonly kind: 'found';
  readonly from: number;
  /** It is of those alone whose evidence before `from`, and no later, is spent. */
  readonly narrow: boolean;
  /** How many records the window had: of two findings of it the one that knew more counts. */
  readonly size: number;
  /** Those of 0.25 or more. */
  readonly validators: readonly Suspect[];
  /** Those that are to be restricted. */
  readonly buyers: readonly Suspect[];
}

export interface Suspect {
  readonly owner: Owner;
  /** Its hotkeys that the finding speaks of. */
  readonly hotkeys: readonly Hotkey[];
  /** V_c, or a buyer's own score: the highest of its hotkeys'. */
  readonly score: Fraction;
  /** The validators of its rings, but for itself. */
  readonly ring: readonly Owner[];
  readonly why: string;
}

export interface AppealEvent extends Recorded {
  readonly kind: 'appeal';
  readonly owner: Owner;
}

export interface VoteEvent extends Recorded {
  readonly kind: 'vote';
  readonly owner: Owner;
  /** Who votes: its own precision weighs the vote. */
  readonly validator: Hotkey;
  readonly accused: Owner;
  /** E_v: 1 where the flag is to be lifted. */
  readonly lifts: boolean;
}

export interface DecidedEvent extends Recorded {
  readonly kind: 'decided';
  /** The appeal's key. */
  readonly appeal: string;
  readonly accused: Owner;
  /** How many records were known of: of two counts of one appeal the one that knew more counts. */
  readonly size: number;
  readonly decision: Decision;
}
