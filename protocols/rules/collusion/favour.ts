/**
 * Favour: validators whose errors, on the batches of the same few miners, go the same way.
 *
 *     for each window and each set of miners, with or without rivals of theirs:
 *     ln odds = ln BF of two groups in how far each validator is off on them + ln prior + ln ring share
 *
 * How far off: `contrasts.ts`; which sets: `miner-sets.ts`; whether a ring is so large: `ring-size.ts`.
 */
import { ln } from '../../exact.ts';
import { judgedSets, newLookingRoom, type JudgedSet, type Looking } from './miner-sets.ts';
import type { Expecting } from './models.ts';
import { rawOver, runningSums, sumsIn, type Running } from './over.ts';
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import { ringShare } from './ring-size.ts';
import type { Table } from './table.ts';
import type { Tastes } from './tastes.ts';
import { membershipsOf } from './two-groups.ts';
import { WINDOWS, type Window } from './windows.ts';

/** That these miners are favoured by some, in a window. */
export interface Hypothesis {
  readonly window: Window;
  /** Indices, as they were added. */
  readonly miners: readonly number[];
  /** Marked down beside them. */
  readonly rivals: readonly number[];
  readonly lnOdds: number;
  /** How likely so many are a ring and no model: 0 to 1. */
  readonly share: number;
  /** By validator. */
  readonly members: Float64Array;
  /** Mean raw residual on these miners, on rivals the other way, in millionths; 0 where there is none. */
  readonly shift: Float64Array;
  /** Scores on these miners, and on no rivals, that could be told. */
  readonly counts: Int32Array;
}

/** Rings of a network, before anything is known of it. */
const RINGS = 0.7;
/** Below these ln odds a hypothesis says nothing. */
const LEAST_ODDS = -7;
/** That a model's group is a ring after all: then the odds are less by this much at the most. */
const LEAST_SHARE = 0.003;

export interface FavourAsked {
  readonly table: Table;
  readonly pairs: Pairs;
  readonly residuals: Residuals;
  readonly tastes: Tastes;
  /** What is to be expected of honest validators, of which models they look with. */
  readonly expecting: Expecting;
  /** By validator: 1 for those whose scores are another's, and no evidence of their own. */
  readonly copies: Uint8Array;
  /** By miner: how much likelier a ring is behind it, by what buyers say. */
  readonly lifted: Float64Array;
}

/** All that say something, likeliest first. */
export function hypothesesOf(asked: FavourAsked): readonly Hypothesis[] {
  const running = runningSums(asked.pairs, asked.residuals);
  const room = newLookingRoom();
  return WINDOWS.flatMap((window) => inWindow(asked, running, window, room)).toSorted(
    (a, b) => b.lnOdds - a.lnOdds,
  );
}

function inWindow(
  asked: FavourAsked,
  running: Running,
  window: Window,
  room: Looking['room'],
): readonly Hypothesis[] {
  const { table, pairs, lifted, tastes } = asked;
  const sums = sumsIn(table, pairs, running, window);
  const lnPrior = ln((RINGS * window.share) / table.miners.length);

  return judgedSets({ ...asked, sums, room }).flatMap((set) => {
    const lift = Math.max(...set.miners.map((miner) => lifted[miner] ?? 1));
    const lnOdds = set.lnFactor + Math.min(lnPrior + ln(lift), ln(RINGS));
    if (lnOdds < LEAST_ODDS) return [];
    const members = membersOf(set, table.validators.length);
    const share = ringShare({ members, over: set.over, sums, common: tastes.common });
    return {
      window,
      miners: set.miners,
      rivals: set.rivals,
      lnOdds: lnOdds + ln(share + LEAST_SHARE),
      share,
      members,
      ...movedIn(asked, set, window),
    };
  });
}

function membersOf({ over, telling, ratios, grid }: JudgedSet, all: number): Float64Array {
  const members = new Float64Array(all);
  const memberships = membershipsOf(ratios, grid);
  for (let at = 0; at < telling.length; at++) {
    members[over.validators[telling[at] ?? 0] ?? 0] = memberships[at] ?? 0;
  }
  return members;
}

function movedIn(
  { table, pairs, residuals }: FavourAsked,
  { miners, rivals, over }: JudgedSet,
  window: Window,
): Pick<Hypothesis, 'shift' | 'counts'> {
  const shift = rawOver(pairs, residuals, miners, window);
  const against = rawOver(pairs, residuals, rivals, window);
  const counts = new Int32Array(table.validators.length);
  for (let place = 0; place < over.n.length; place++) {
    const validator = over.validators[place] ?? 0;
    const n = over.n[place] ?? 0;
    shift[validator] = ((shift[validator] ?? 0) - (against[validator] ?? 0)) / n;
    counts[validator] = n - (over.rivalN[place] ?? 0);
  }
  return { shift, counts };
}
