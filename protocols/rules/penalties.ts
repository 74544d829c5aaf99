/**
 * What collusion costs, counted in blocks and bound to the coldkey.
 *
 *     clear ──V_c ≥ 0.25──▶ watch ──V_c ≥ 0.70──▶ flagged: F_v = 0 for 648 000 blocks ──▶ expired
 *                             └──▶ provisional ──▶  ┘ └──an appeal is upheld by the voters──▶ overturned
 *                                (`confirm` alone: until later events reach 0.70 by themselves)
 *
 * A buyer in the evidence is restricted for 216 000 blocks, and its ratings of the window are void.
 *
 * All of it is told by events with their blocks (`penalty-events.ts`), folded in the order (block,
 * key), so whoever has the same events has the same penalties, whatever the order in which they came.
 * What is dated block S is of effect at the blocks after S: so everybody knows of it in time.
 */
import type { Place } from '../place.ts';
import { BLOCKS_PER_DAY, type Fraction, type Hotkey } from '../units.ts';
import type { AppealRefusal, Appealed, VoteRefusal } from './appeals.ts';
import type { Owner, PenaltyEvent } from './penalty-events.ts';

/** F_v is 0 for so long: 90 days. */
export const FLAG_BLOCKS: number = 90 * BLOCKS_PER_DAY;
/** A buyer's queries are refused for so long: 30 days. */
export const RESTRICTION_BLOCKS: number = 30 * BLOCKS_PER_DAY;

/**
 * Whether the first finding of 0.70 is enough. `confirm` wants the events after it to reach 0.70 by
 * themselves, which spares most of those who were framed.
 */
export type PenaltyMode = 'immediate' | 'confirm';

export type Status = 'clear' | 'watch' | 'provisional' | 'flagged' | 'expired' | 'overturned';

/** A flag, or a buyer's restriction. */
export interface Penalty {
  readonly owner: Owner;
  readonly hotkeys: readonly Hotkey[];
  /** Of effect after this block, */
  readonly at: number;
  /** and through this one. */
  readonly until: number;
  /** The evidence is of the blocks from here up to `at`. */
  readonly from: number;
  /** V_c, or a buyer's own score. */
  readonly score: Fraction;
  readonly why: string;
  /** With whom: they have no vote on it. */
  readonly ring: readonly Owner[];
  /** A restricted buyer's flagged ring, as of then; empty for a flag. */
  readonly ties: readonly Penalty[];
  /** Overturned at this block: of no effect after it. */
  lifted?: number;
  appeal?: Appealed;
}

/** What became of one coldkey, as validator or as buyer, each list in the order of blocks. */
export interface History {
  readonly watches: { readonly at: number; readonly watched: boolean }[];
  /** Found once, in `confirm`, and waiting for more. */
  readonly suspicions: Suspicion[];
  readonly penalties: Penalty[];
}

export interface Suspicion {
  readonly at: number;
  readonly from: number;
  /** When it was confirmed, or came to nothing. */
  ended?: number;
}

/** Only `enterPenalty` changes it. */
export interface Penalties {
  readonly mode: PenaltyMode;
  /** All that was entered, by key. */
  readonly events: Map<string, PenaltyEvent>;
  /** Those of effect, by what they are of: of two findings of one window the fuller one. */
  readonly effective: Map<string, PenaltyEvent>;
  /** Where the fold stands. */
  last: Place | undefined;
  readonly validators: Map<Owner, History>;
  readonly buyers: Map<Owner, History>;
  /** Appeals and votes that do not count, by key. */
  readonly refused: Map<string, AppealRefusal | VoteRefusal>;
}

export const newPenalties = (mode: PenaltyMode = 'immediate'): Penalties => ({
  mode,
  events: new Map(),
  effective: new Map(),
  last: undefined,
  validators: new Map(),
  buyers: new Map(),
  refused: new Map(),
});

/** Whether a penalty is of effect at a block. */
export const isInForce = ({ at, until, lifted }: Penalty, block: number): boolean =>
  at < block && block <= until && (lifted === undefined || block <= lifted);

/** The flag of a coldkey at a block: then F_v is 0 of all its validators. */
export const flagOf = (
  { validators }: Penalties,
  owner: Owner,
  block: number,
): Penalty | undefined => inForce(validators.get(owner), block);

/** The restriction of a buyer's coldkey at a block. */
export const restrictionOf = (
  { buyers }: Penalties,
  owner: Owner,
  block: number,
): Penalty | undefined => inForce(buyers.get(owner), block);

const inForce = (history: History | undefined, block: number): Penalty | undefined =>
  history?.penalties.find((penalty) => isInForce(penalty, block));

/** The coldkeys that are flagged at a block. */
export function flaggedAt({ validators }: Penalties, block: number): ReadonlySet<Owner> {
  if (validators.size === 0) return NOBODY;
  const flagged = [...validators].filter(([, history]) => inForce(history, block) !== undefined);
  return new Set(flagged.map(([owner]) => owner));
}
const NOBODY: ReadonlySet<Owner> = new Set();

/** How a validator's coldkey stands at a block. */
export function statusAt({ validators }: Penalties, owner: Owner, block: number): Status {
  const history = validators.get(owner);
  if (history === undefined) return 'clear';
  if (inForce(history, block) !== undefined) return 'flagged';
  if (suspicionAt(history, block) !== undefined) return 'provisional';
  if (isWatchedAt(history, block)) return 'watch';
  const past = history.penalties.findLast(({ at }) => at < block);
  if (past === undefined) return 'clear';
  return past.lifted !== undefined && past.lifted < block ? 'overturned' : 'expired';
}

/** The suspicion that waits for confirmation at a block. */
export const suspicionAt = ({ suspicions }: History, block: number): Suspicion | undefined =>
  suspicions.find(({ at, ended }) => at < block && (ended === undefined || block <= ended));

export const isWatchedAt = ({ watches }: History, block: number): boolean =>
  watches.findLast(({ at }) => at < block)?.watched ?? false;

/** Evidence of blocks before this one is spent, by what is dated before `block`; −Infinity where none is. */
export const spentBefore = ({ suspicions, penalties }: History, block: number = Infinity): number =>
  Math.max(
    suspicions.findLast(({ at }) => at < block)?.at ?? -Infinity,
    penalties.findLast(({ at }) => at < block)?.at ?? -Infinity,
  );

/**
 * Where windows that end at a block have to begin for those whose evidence is spent in part: each of
 * them has but its own later events against it.
 */
export function narrowWindows(penalties: Penalties, from: number, block: number): number[] {
  const spent = [...penalties.validators.values(), ...penalties.buyers.values()]
    .filter((history) => inForce(history, block + 1) === undefined)
    .map((history) => spentBefore(history, block))
    .filter((at) => from < at);
  return [...new Set(spent)].toSorted((a, b) => a - b);
}

/** Ratings that do not count, each buyer's by the blocks in which it gave them. */
export interface Voids {
  /** The same for the same ratings, and for no others. */
  readonly name: string;
  readonly ranges: ReadonlyMap<Hotkey, readonly Range[]>;
}

interface Range {
  readonly from: number;
  /** Not itself among them. */
  readonly to: number;
}

export const NO_VOIDS: Voids = { name: '', ranges: new Map() };

/** Whether a rating does not count. */
export const isVoid = (
  { ranges }: Voids,
  { buyer, at }: { readonly buyer: Hotkey; readonly at: number },
): boolean => ranges.get(buyer)?.some(({ from, to }) => from <= at && at < to) ?? false;

/**
 * The ratings that restrictions have made void, as of a block. They stay so when the restriction is
 * over, and count again where it was lifted.
 */
export function voidsAt({ buyers }: Penalties, block: number): Voids {
  if (buyers.size === 0) return NO_VOIDS;
  const ranges = new Map<Hotkey, Range[]>();
  for (const { penalties } of buyers.values()) {
    for (const { at, from, lifted, hotkeys } of penalties) {
      if (at >= block || (lifted !== undefined && lifted < block)) continue;
      for (const hotkey of hotkeys) {
        ranges.set(hotkey, [...(ranges.get(hotkey) ?? []), { from, to: at }]);
      }
    }
  }
  if (ranges.size === 0) return NO_VOIDS;
  const named = [...ranges].map(([hotkey, list]) => [
    hotkey,
    ...list.map((r) => `${r.from}-${r.to}`),
  ]);
  return {
    name: named
      .map((one) => one.join(' '))
      .toSorted()
      .join('\n'),
    ranges,
  };
}
