/**
 * Looking for collusion: once an epoch, everyone who keeps a ledger, each for itself.
 *
 *     epoch turns ──5 min, for what is under way──▶ window of 32 epochs ──▶ collusion ──▶ finding ──▶ ledger
 *                        └─ a record comes late ◀── all epochs since its block once more ◀─┘
 *
 * What is found is dated the epoch's first block and of effect from the next epoch on: by then all
 * have found the same. Whoever lacked a record finds anew when it has it, and the fuller finding counts.
 */
import { hasScores, windowOf, type Span } from '../protocols/evidence.ts';
import { foundEvent } from '../protocols/found.ts';
import { newLedger, recordsBetween, standingAt, type Ledger } from '../protocols/ledger.ts';
import { ownersIn, type ChainView, type Metagraph, type OwnerOf } from '../protocols/metagraph.ts';
import { decide, toDecide } from '../protocols/rules/appeals.ts';
import { enterPenalty, isNews } from '../protocols/rules/penalty-fold.ts';
import type { DecidedEvent } from '../protocols/rules/penalty-events.ts';
import { narrowWindows, type Penalty, type PenaltyMode } from '../protocols/rules/penalties.ts';
import { START } from '../protocols/rules/reputation.ts';
import {
  BLOCKS_PER_DAY,
  later,
  minutes,
  seconds,
  type Block,
  type Duration,
} from '../protocols/units.ts';
import { ask, nothing, type Context, type Effect, type Reply } from './actor.ts';

/** What may differ between subnets that try the rules. */
export interface CollusionRules {
  readonly mode: PenaltyMode;
  /** A window is so many epochs long. */
  readonly epochs: number;
}

export const COLLUSION_RULES: CollusionRules = { mode: 'immediate', epochs: 32 };

/** How far one has looked. */
export interface Watch {
  readonly epochs: number;
  /** Every epoch that begins at this block or before it was looked at. */
  looked: number;
  /** The epoch under way, and of its windows those not yet found, the one asked for first. */
  asked: { readonly at: Block; readonly windows: readonly Asked[] } | undefined;
  /** An alarm is set. */
  isAwake: boolean;
}

interface Asked extends Span {
  readonly narrow: boolean;
}

/** What a node that looks for collusion keeps. */
export interface Watching {
  readonly ledger: Ledger;
  /** Absent where one does not look, and nobody is ever flagged. */
  readonly watch?: Watch | undefined;
}

export const newWatching = (chain: ChainView, { mode, epochs }: CollusionRules): Watching => ({
  ledger: newLedger({ day: BLOCKS_PER_DAY, mode }),
  watch: { epochs, looked: chain.latest.epochStart, asked: undefined, isAwake: false },
});

export const COLLUSION_ALARM = 'collusion';

/** Settlements are under way for so long after their block: two minutes for countersigns, and the line. */
const UNDER_WAY: Duration = minutes(5);
/** The same in blocks; of a short epoch a quarter. */
const SETTLED_AFTER = 20;
/** An evaluation takes seconds, and nobody waits for it: it may take as long as an epoch does. */
const LOOK_TIME: Duration = minutes(60);
/** As a hint of how long the epoch still is. */
const BLOCK_HINT: Duration = seconds(12);

/** A record of that block has come: what was found of the epochs after it was found without it. */
export function noteRecordAt({ watch }: Watching, at: number): void {
  if (watch === undefined) return;
  if (watch.asked !== undefined && at < watch.asked.at) watch.asked = undefined;
  watch.looked = Math.min(watch.looked, at);
}

/** Sets the alarm for the next look where there is an epoch to look at. */
export function lookLater({ watch }: Watching, { now, chain }: Context): readonly Effect[] {
  if (watch === undefined || watch.isAwake || watch.asked !== undefined) return nothing;
  if (epochAfter(watch.looked, chain.latest) === undefined) return nothing;
  watch.isAwake = true;
  return [ask('alarm', { about: COLLUSION_ALARM }, later(now, UNDER_WAY))];
}

/** The alarm rings. */
export function look(watching: Watching, context: Context): readonly Effect[] {
  const { watch } = watching;
  if (watch === undefined) return nothing;
  watch.isAwake = false;
  return watch.asked === undefined ? lookOn(watching, watch, context) : nothing;
}

/** What was found of a window: into the ledger, and on to the next. */
export function takeFinding(
  watching: Watching,
  { input, outcome }: Reply<'collusion'>,
  context: Context,
): readonly Effect[] {
  const { watch, ledger } = watching;
  const [first, ...left] = watch?.asked?.windows ?? [];
  if (watch?.asked === undefined || first === undefined) return nothing;
  // An answer of before a late record may still come.
  const isIt = input.narrow === first.narrow && input.window.name === windowOf(ledger, first).name;
  if (!isIt) return nothing;
  const { at } = watch.asked;
  if (!outcome.ok) {
    watch.asked = undefined;
    return lookLater(watching, context);
  }
  const event = foundEvent(outcome.value, input, ownersAt(at, context.chain));
  if (isNews(ledger.penalties, event)) enterPenalty(ledger.penalties, event);
  if (left.length > 0) {
    watch.asked = { at, windows: left };
    return askFor(ledger, left, context);
  }
  watch.asked = undefined;
  watch.looked = at;
  return lookOn(watching, watch, context);
}

/** Asks for the first window of the first epoch that was not looked at, if it is time. */
function lookOn(watching: Watching, watch: Watch, context: Context): readonly Effect[] {
  const { ledger } = watching;
  const { latest } = context.chain;
  const epoch = latest.tempo + 1;
  for (;;) {
    const at = epochAfter(watch.looked, latest);
    if (at === undefined) return nothing;
    if (latest.head.number < at + Math.min(SETTLED_AFTER, Math.floor(epoch / 4))) {
      return lookLater(watching, context);
    }
    countVotes(ledger, at, ownersAt(at, context.chain));
    const from = Math.max(0, at - watch.epochs * epoch);
    const windows = [
      { from, to: at, epoch, narrow: false },
      ...narrowWindows(ledger.penalties, from, at).map((begin) => ({
        from: begin,
        to: at,
        epoch,
        narrow: true,
      })),
    ].filter((span) => hasScores(windowOf(ledger, span)));
    if (windows.length > 0) {
      watch.asked = { at, windows };
      return askFor(ledger, windows, context);
    }
    watch.looked = at;
  }
}

function askFor(
  ledger: Ledger,
  [first]: readonly Asked[],
  { now, chain: { latest } }: Context,
): readonly Effect[] {
  if (first === undefined) return nothing;
  const { from, to, epoch, narrow } = first;
  const left = (latest.epochStart + latest.tempo + 1 - latest.head.number) * BLOCK_HINT;
  const by = later(now, Math.max(BLOCK_HINT, Math.min(LOOK_TIME, left)) as Duration);
  return [ask('collusion', { window: windowOf(ledger, { from, to, epoch }), narrow }, by)];
}

/** The first block of the epoch that begins after a block; undefined where none has yet. */
export function epochAfter(block: number, { epochStart, tempo }: Metagraph): Block | undefined {
  if (block >= epochStart) return undefined;
  const epoch = tempo + 1;
  return (epochStart - Math.floor((epochStart - block - 1) / epoch) * epoch) as Block;
}

/** Who owned whom at a block; now, where the chain no longer tells. */
export const ownersAt = (at: Block, chain: ChainView): OwnerOf =>
  ownersIn(chain.at(at) ?? chain.latest);

/** The appeals whose seven days are over, by their voters' standing at this epoch. */
function countVotes(ledger: Ledger, at: Block, ownerOf: OwnerOf): void {
  for (const flag of toDecide(ledger.penalties, at)) {
    const event = countOf(flag, ledger, at, ownerOf);
    if (event !== undefined) enterPenalty(ledger.penalties, event);
  }
}

function countOf(
  { owner, appeal }: Penalty,
  ledger: Ledger,
  at: Block,
  ownerOf: OwnerOf,
): DecidedEvent | undefined {
  if (appeal === undefined) return undefined;
  const { validators } = standingAt(ledger, at, ownerOf);
  const votes = [...appeal.votes.values()];
  const decision = decide(
    votes.map(({ lifts, validator }) => ({
      lifts,
      precision: validators.get(validator)?.precision ?? START,
      reputation: validators.get(validator)?.reputation ?? START,
    })),
  );
  const size = recordsBetween(ledger, -Infinity, at).length + votes.length;
  const { lifting, weight } = decision;
  return {
    kind: 'decided',
    at,
    key: `decided/${appeal.key}/${at}/${size}/${lifting}/${weight}`,
    appeal: appeal.key,
    accused: owner,
    size,
    decision,
  };
}
