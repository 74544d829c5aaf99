/**
 * Favour: validators whose errors, on the batches of the same few miners, go the same way.
 *
 *     for each window or spell and each set of miners, with or without rivals of theirs:
 *     ln odds = ln BF of two groups in how far each validator is off on them + ln prior + ln ring share
 *
 * How far off: `contrasts.ts`; which sets: `miner-sets.ts`; whether a ring is so large: `ring-size.ts`.
 */
import { ln } from '../../exact.ts';
import {
  judgedSets,
  likeliestMiners,
  newLookingRoom,
  type JudgedSet,
  type Looking,
} from './miner-sets.ts';
import type { Expecting } from './models.ts';
import { rawOver, runningSums, sumsIn, sumsOf, without } from './over.ts';
import type { Pairs } from './pairs.ts';
import { periodOf, periodOn, type Period } from './periods.ts';
import type { Residuals } from './residuals.ts';
import { ringShare } from './ring-size.ts';
import { spellsOf } from './spells.ts';
import type { Table } from './table.ts';
import type { Tastes } from './tastes.ts';
import { membershipsOf } from './two-groups.ts';
import { WHOLE, WINDOWS } from './windows.ts';

/** That these miners are favoured by some, in a period. */
export interface Hypothesis {
  readonly period: Period;
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
/** Twelfths: a window of fewer is a short one. */
const LONG = 6;
/** Miners of whom spells are looked for: who is favoured now and then is so a little on the whole. */
const SEARCHED = 12;
/** Below these ln odds a hypothesis says nothing. */
const LEAST_ODDS = -10;
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
  /** Nobody is mistrusted yet: it is too early to ask who comes and goes. */
  readonly isFirst: boolean;
}

/** All that say something, likeliest first. */
export function hypothesesOf(asked: FavourAsked): readonly Hypothesis[] {
  const { table, pairs, residuals } = asked;
  const running = runningSums(pairs, residuals);
  const room = newLookingRoom();
  const inWindows = WINDOWS.flatMap((window) =>
    inPeriod(
      {
        ...asked,
        sums: sumsIn(table, pairs, running, window),
        room,
        isShort: window.to - window.from < LONG,
      },
      periodOf(window, table),
    ),
  );
  if (asked.isFirst) return inWindows.toSorted(byOdds);
  const whole = sumsIn(table, pairs, running, WHOLE);
  const likeliest = likeliestMiners({ ...asked, sums: whole, room, isShort: false }, SEARCHED);
  const inSpells = spellsOf(asked, whole, likeliest).flatMap((spell) => {
    const period = periodOn(spell, table);
    const sums = sumsOf(table, pairs, residuals, period.isIn);
    return inPeriod({ ...asked, sums, beside: without(whole, sums), room, isShort: true }, period);
  });
  return [...inWindows, ...inSpells].toSorted(byOdds);
}

const byOdds = (a: Hypothesis, b: Hypothesis): number => b.lnOdds - a.lnOdds;

function inPeriod(looking: Looking, period: Period): readonly Hypothesis[] {
  const { table, lifted, tastes, sums } = looking;
  const lnPrior = ln(RINGS / table.miners.length) + period.lnShare;

  return judgedSets(looking).flatMap((set) => {
    const lift = Math.max(...set.miners.map((miner) => lifted[miner] ?? 1));
    const lnOdds = set.lnFactor + Math.min(lnPrior + ln(lift), ln(RINGS));
    if (lnOdds < LEAST_ODDS) return [];
    const members = membersOf(set, table.validators.length);
    const share = ringShare({ members, over: set.over, sums, common: tastes.common });
    return {
      period,
      miners: set.miners,
      rivals: set.rivals,
      lnOdds: lnOdds + ln(share + LEAST_SHARE),
      share,
      members,
      ...movedIn(looking, set, period),
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
  { isIn }: Period,
): Pick<Hypothesis, 'shift' | 'counts'> {
  const shift = rawOver(table, pairs, residuals, { miners, isIn });
  const against = rawOver(table, pairs, residuals, { miners: rivals, isIn });
  const counts = new Int32Array(table.validators.length);
  for (let place = 0; place < over.n.length; place++) {
    const validator = over.validators[place] ?? 0;
    const n = over.n[place] ?? 0;
    shift[validator] = ((shift[validator] ?? 0) - (against[validator] ?? 0)) / n;
    counts[validator] = n - (over.rivalN[place] ?? 0);
  }
  return { shift, counts };
}
