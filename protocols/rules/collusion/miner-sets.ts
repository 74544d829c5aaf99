/**
 * Which sets of miners some may favour, and what the scores say of each.
 *
 *     each miner alone ──▶ the likeliest few ──▶ one miner more, or one rival marked down, while it is worth it
 *                                            ──▶ judged anew, beside what models explain
 *
 * A set grows while ln BF does so by 1.5, and by nearly all that a new miner is worth alone: two rings
 * are not one. What models explain depends on the whole set, and takes a matrix; so it is asked at the end.
 */
import { contrastsOf, newContrastRoom, widerOf, type ContrastRoom } from './contrasts.ts';
import type { FavourAsked } from './favour.ts';
import {
  added,
  copiedOver,
  expectedOver,
  newOverRoom,
  overOf,
  type Over,
  type OverRoom,
  type Sums,
} from './over.ts';
import { roomForWholes, type Room } from './room.ts';
import {
  copiedRatios,
  evidenceOf,
  gridOf,
  mostEvidenceOf,
  newRatioRoom,
  ratiosOf,
  type Grid,
  type RatioRoom,
  type Ratios,
} from './two-groups.ts';

/** ln BF that one more miner must bring. */
const WORTH_A_MINER = 1.5;
/** Of the evidence for a miner alone: two rings are not one, so their evidence together must be nearly the sum. */
const OWN_EVIDENCE = 0.8;
/** Of that for a rival: it is marked down by those who mark up, whose evidence is nearly all there already. */
const RIVAL_EVIDENCE = 0.2;
/** Miners that a set begins with, and those that are tried beside it, of each window. */
const STARTS = 4;
const TRIED = 12;
/** ln BF that could be, from which on a closer look is worth it. */
const LEAST_EVIDENCE = 1;

/** Miners that are marked up, and those that are marked down. */
interface MinerSet {
  readonly miners: readonly number[];
  readonly rivals: readonly number[];
}

export interface JudgedSet extends MinerSet {
  readonly over: Over;
  /** Places in it of those who bring evidence. */
  readonly telling: Int32Array;
  /** Of each of these. */
  readonly ratios: Ratios;
  readonly grid: Grid;
  readonly lnFactor: number;
}

/** Of the hundred thousand sets that are looked at few say anything: only of these a copy is made. */
interface LookingRoom {
  readonly over: OverRoom;
  readonly telling: Room<Int32Array>;
  readonly contrasts: ContrastRoom;
  readonly ratios: RatioRoom;
}

export const newLookingRoom = (): LookingRoom => ({
  over: newOverRoom(),
  telling: roomForWholes(),
  contrasts: newContrastRoom(),
  ratios: newRatioRoom(),
});

/** In one window. */
export interface Looking extends FavourAsked {
  readonly sums: Sums;
  readonly room: LookingRoom;
}

/** How much wider means lie in it than they should. */
interface Widened extends Looking {
  readonly wider: number;
}

/** The likeliest sets of miners, each grown from another. */
export function judgedSets(looking: Looking): readonly JudgedSet[] {
  const widened = { ...looking, wider: widthOf(looking) };
  const singles = singlesOf(widened, false);
  const beside = [...singles, ...singlesOf(widened, true)];
  const begun: JudgedSet[] = [];
  for (const single of singles) {
    if (begun.length >= STARTS) break;
    if (begun.some(({ miners }) => miners.includes(single.miners[0] ?? -1))) continue;
    begun.push(grown(widened, single, beside));
  }
  return begun.flatMap((set) => besideModels(widened, set) ?? []);
}

/** Each miner alone, as one that is favoured or as a rival: those that say most. */
function singlesOf(looking: Widened, isRival: boolean): readonly JudgedSet[] {
  return [...looking.table.miners.keys()]
    .flatMap((miner) => {
      const set = isRival ? { miners: [], rivals: [miner] } : { miners: [miner], rivals: [] };
      return judged(looking, set, single(looking, miner, isRival), 0) ?? [];
    })
    .filter(({ lnFactor }) => lnFactor > 0)
    .toSorted((a, b) => b.lnFactor - a.lnFactor)
    .slice(0, TRIED);
}

const single = ({ pairs, tastes, sums, room }: Looking, miner: number, isRival: boolean): Over =>
  overOf(pairs, tastes.byMiner, sums, { miner, isRival, room: room.over });

/** Adds what explains most, while one is worth it. */
function grown(looking: Widened, start: JudgedSet, candidates: readonly JudgedSet[]): JudgedSet {
  let best = start;
  for (;;) {
    let gain = 0;
    let more: JudgedSet | undefined;
    for (const { miners, rivals, over, lnFactor } of candidates) {
      if ([...miners, ...rivals].some((one) => isIn(best, one))) continue;
      const own = (rivals.length > 0 ? RIVAL_EVIDENCE : OWN_EVIDENCE) * lnFactor;
      const due = best.lnFactor + Math.max(WORTH_A_MINER, own);
      const both = added(best.over, over, looking.room.over);
      const set = { miners: [...best.miners, ...miners], rivals: [...best.rivals, ...rivals] };
      const joint = judged(looking, set, both, due + gain);
      if (joint === undefined || joint.lnFactor - due <= gain) continue;
      gain = joint.lnFactor - due;
      more = joint;
    }
    if (more === undefined) return best;
    best = more;
  }
}

const isIn = ({ miners, rivals }: MinerSet, miner: number): boolean =>
  miners.includes(miner) || rivals.includes(miner);

/** The same set, of each validator less what its scores of all other miners tell of it. */
function besideModels(looking: Widened, { miners, rivals }: MinerSet): JudgedSet | undefined {
  const { pairs, sums, room, expecting } = looking;
  // In one order, whichever miner the set began with: then the sums are the same.
  const both = [...miners, ...rivals].toSorted((a, b) => a - b);
  const [first, ...others] = expecting(both).map((expected) =>
    expectedOver(pairs, sums, {
      expected,
      isRival: rivals.includes(expected.miner),
      room: room.over,
    }),
  );
  if (first === undefined) return undefined;
  const over = others.reduce((sum, one) => copiedOver(added(sum, one, room.over)), first);
  return judged(looking, { miners, rivals }, over, 0);
}

/**
 * Undefined where nothing can come of it: no grid gives more than the evidence at each one's own mean;
 * and where ln BF is surely not above `needed`.
 */
function judged(
  { residuals, copies, room, sums, wider }: Widened,
  { miners, rivals }: MinerSet,
  over: Over,
  needed: number,
): JudgedSet | undefined {
  const places = placesOf(over, copies, room.telling);
  const { dispersion } = residuals;
  const { means, variances } = contrastsOf(
    sums,
    { over, places },
    { dispersion, wider },
    room.contrasts,
  );
  if (mostOf(means, variances) < LEAST_EVIDENCE) return undefined;

  const ratios = ratiosOf(means, variances, room.ratios);
  if (mostEvidenceOf(ratios) <= needed) return undefined;
  const grid = gridOf(ratios);
  return {
    miners,
    rivals,
    over: copiedOver(over),
    telling: places.slice(),
    ratios: copiedRatios(ratios),
    grid,
    lnFactor: evidenceOf(grid),
  };
}

/** κ of this window. */
function widthOf(looking: Looking): number {
  const { table, pairs, residuals, copies, room, sums } = looking;
  const squares = new Float64Array(pairs.validatorOf.length);
  let count = 0;
  for (const miner of table.miners.keys()) {
    const over = single(looking, miner, false);
    const places = placesOf(over, copies, room.telling);
    const { means, variances } = contrastsOf(
      sums,
      { over, places },
      { dispersion: residuals.dispersion, wider: 1 },
      room.contrasts,
    );
    for (let at = 0; at < means.length; at++) {
      const mean = means[at] ?? 0;
      squares[count++] = (mean * mean) / (variances[at] ?? 1);
    }
  }
  return widerOf(squares.subarray(0, count));
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
