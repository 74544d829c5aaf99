/**
 * Favour: validators whose errors, on the batches of the same few miners, go the same way.
 *
 *     for each window and each set G of miners:
 *     mean(v) = mean z of v on G − its mean z elsewhere         var = φ/n + φ/n' + τ²·Σn_m²/n²
 *     ln odds(G) = ln BF + ln prior                              G grows while ln BF grows by 1.5
 *
 * τ² is honest taste: see `tastes.ts`.
 */
import { ln } from '../../exact.ts';
import { medianWithin } from './median.ts';
import {
  added,
  copiedOver,
  newOverRoom,
  overOf,
  rawOver,
  runningSums,
  sumsIn,
  type Over,
  type OverRoom,
  type Running,
  type Sums,
} from './over.ts';
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import { roomForFloats, roomForWholes, type Room } from './room.ts';
import type { Table } from './table.ts';
import {
  copiedRatios,
  evidenceOf,
  gridOf,
  membershipsOf,
  mostEvidenceOf,
  newRatioRoom,
  ratiosOf,
  type Grid,
  type RatioRoom,
  type Ratios,
} from './two-groups.ts';
import { WINDOWS, type Window } from './windows.ts';

/** That these miners are favoured by some, in a window. */
export interface Hypothesis {
  readonly window: Window;
  /** Indices, as they were added. */
  readonly miners: readonly number[];
  readonly lnOdds: number;
  /** By validator. */
  readonly members: Float64Array;
  /** Mean raw residual on these miners in millionths; 0 where there is none. */
  readonly shift: Float64Array;
  /** Scores on these miners that could be told. */
  readonly counts: Int32Array;
}

/** Rings of a network, before anything is known of it. */
const RINGS = 0.7;
/** ln BF that one more miner must bring. */
const WORTH_A_MINER = 1.5;
/** Miners that a set begins with, and those that are tried beside it, of each window. */
const STARTS = 4;
const TRIED = 12;
/** Below these ln odds a hypothesis says nothing. */
const LEAST_ODDS = -7;
/** ln BF that could be, from which on a closer look is worth it. */
const LEAST_EVIDENCE = 1;
/** Scores elsewhere that a mean elsewhere is shrunk by. */
const ELSEWHERE_SCORES = 5;
export interface FavourAsked {
  readonly table: Table;
  readonly pairs: Pairs;
  readonly residuals: Residuals;
  /** τ² by miner. */
  readonly taste: Float64Array;
  /** By validator: 1 for those whose scores are another's, and no evidence of their own. */
  readonly copies: Uint8Array;
  /** By miner: how much likelier a ring is behind it, by what buyers say. */
  readonly lifted: Float64Array;
}

/** All that say something, likeliest first. */
export function hypothesesOf(asked: FavourAsked): readonly Hypothesis[] {
  const running = runningSums(asked.pairs, asked.residuals);
  const looking = { ...asked, room: newRoom() };
  return WINDOWS.flatMap((window) => inWindow(looking, running, window)).toSorted(
    (a, b) => b.lnOdds - a.lnOdds,
  );
}

/** Of the hundred thousand sets that are looked at few say anything: only of these a copy is made. */
interface LookingRoom {
  readonly over: OverRoom;
  readonly telling: Room<Int32Array>;
  readonly means: Room<Float64Array>;
  readonly variances: Room<Float64Array>;
  readonly parted: Room<Float64Array>;
  readonly ratios: RatioRoom;
}

const newRoom = (): LookingRoom => ({
  over: newOverRoom(),
  telling: roomForWholes(),
  means: roomForFloats(),
  variances: roomForFloats(),
  parted: roomForFloats(),
  ratios: newRatioRoom(),
});

interface Looking extends FavourAsked {
  readonly room: LookingRoom;
}

interface Judged {
  readonly miners: readonly number[];
  readonly over: Over;
  /** Places in it of those who bring evidence. */
  readonly telling: Int32Array;
  /** Of each of these. */
  readonly ratios: Ratios;
  readonly grid: Grid;
  readonly lnFactor: number;
}

function inWindow(asked: Looking, running: Running, window: Window): readonly Hypothesis[] {
  const { table, pairs, residuals, lifted } = asked;
  const sums = sumsIn(table, pairs, running, window);
  const lnPrior = ln((RINGS * window.share) / table.miners.length);

  return setsOf(asked, sums).flatMap(({ miners, over, telling, ratios, grid, lnFactor }) => {
    const lift = Math.max(...miners.map((miner) => lifted[miner] ?? 1));
    const lnOdds = lnFactor + Math.min(lnPrior + ln(lift), ln(RINGS));
    if (lnOdds < LEAST_ODDS) return [];
    const all = table.validators.length;
    const members = new Float64Array(all);
    const shift = rawOver(pairs, residuals, miners, window);
    const counts = new Int32Array(all);
    const memberships = membershipsOf(ratios, grid);
    for (let at = 0; at < telling.length; at++) {
      members[over.validators[telling[at] ?? 0] ?? 0] = memberships[at] ?? 0;
    }
    for (let place = 0; place < over.n.length; place++) {
      const validator = over.validators[place] ?? 0;
      const n = over.n[place] ?? 0;
      shift[validator] = (shift[validator] ?? 0) / n;
      counts[validator] = n;
    }
    return { window, miners, lnOdds, members, shift, counts };
  });
}

/** The likeliest sets of miners, each grown from another. */
function setsOf(asked: Looking, sums: Sums): readonly Judged[] {
  const { pairs, taste, room } = asked;
  const singles = [...asked.table.miners.keys()]
    .flatMap((miner) => {
      const over = overOf(pairs, taste, sums, { miner, room: room.over });
      return judged(asked, sums, [miner], over, 0) ?? [];
    })
    .filter(({ lnFactor }) => lnFactor > 0)
    .toSorted((a, b) => b.lnFactor - a.lnFactor)
    .slice(0, TRIED);

  const found: Judged[] = [];
  for (const single of singles) {
    if (found.length >= STARTS) break;
    if (found.some(({ miners }) => miners.includes(single.miners[0] ?? -1))) continue;
    found.push(grown(asked, sums, single, singles));
  }
  return found;
}

/** Adds the miner that explains most, while one is worth it. */
function grown(asked: Looking, sums: Sums, start: Judged, candidates: readonly Judged[]): Judged {
  let best = start;
  for (;;) {
    let gain = 0;
    let more: Judged | undefined;
    for (const { miners, over, lnFactor } of candidates) {
      if (best.miners.includes(miners[0] ?? -1)) continue;
      const due = best.lnFactor + Math.max(WORTH_A_MINER, OWN_EVIDENCE * lnFactor);
      const both = added(best.over, over, asked.room.over);
      const joint = judged(asked, sums, [...best.miners, ...miners], both, due + gain);
      if (joint === undefined) continue;
      const own = joint.lnFactor - best.lnFactor - Math.max(WORTH_A_MINER, OWN_EVIDENCE * lnFactor);
      if (own <= gain) continue;
      gain = own;
      more = joint;
    }
    if (more === undefined) return best;
    best = more;
  }
}
/** Of the evidence for a miner alone: two rings are not one, so their evidence together must be nearly the sum. */
const OWN_EVIDENCE = 0.8;

/**
 * Undefined where nothing can come of it: no grid gives more than the evidence at each one's own mean;
 * and where ln BF is surely not above `needed`.
 */
function judged(
  { residuals, copies, room }: Looking,
  { allN, allZ }: Sums,
  miners: readonly number[],
  over: Over,
  needed: number,
): Judged | undefined {
  const telling = placesOf(over, copies, room.telling);
  const means = room.means(telling.length);
  const variances = room.variances(telling.length);
  for (let at = 0; at < telling.length; at++) {
    const place = telling[at] ?? 0;
    const validator = over.validators[place] ?? 0;
    const n = over.n[place] ?? 0;
    const z = over.z[place] ?? 0;
    const dispersion = residuals.dispersion[validator] ?? 1;
    const elsewhere = (allN[validator] ?? 0) - n;
    const shrunk = elsewhere + ELSEWHERE_SCORES;
    means[at] = z / n - ((allZ[validator] ?? 0) - z) / shrunk;
    variances[at] =
      dispersion / n +
      (dispersion * elsewhere) / (shrunk * shrunk) +
      (over.taste[place] ?? 0) / (n * n);
  }
  const parted = room.parted(means.length);
  parted.set(means);
  const centre = medianWithin(parted);
  for (let at = 0; at < means.length; at++) means[at] = (means[at] ?? 0) - centre;
  if (mostOf(means, variances) < LEAST_EVIDENCE) return undefined;

  const ratios = ratiosOf(means, variances, room.ratios);
  if (mostEvidenceOf(ratios) <= needed) return undefined;
  const grid = gridOf(ratios);
  return {
    miners,
    over: copiedOver(over),
    telling: telling.slice(),
    ratios: copiedRatios(ratios),
    grid,
    lnFactor: evidenceOf(grid),
  };
}

/** Of those who are no copies. */
function placesOf({ validators }: Over, copies: Uint8Array, room: Room<Int32Array>): Int32Array {
  const places = room(validators.length);
  let count = 0;
  for (let place = 0; place < validators.length; place++) {
    if (copies[validators[place] ?? 0] === 0) places[count++] = place;
  }
  return room(count);
}

/** Σ x²/2var over those above the centre: ln BF of a ring that has each one's own mean. */
function mostOf(means: Float64Array, variances: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < means.length; at++) {
    const mean = means[at] ?? 0;
    if (mean > 0) sum += (mean * mean) / (2 * (variances[at] ?? 1));
  }
  return sum;
}
