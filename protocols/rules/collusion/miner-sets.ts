/**
 * Which sets of miners some may favour, and what the scores say of each.
 *
 *     each miner alone ──▶ the likeliest few ──▶ one miner more, or one rival marked down, while it is worth it
 *                                   │        ──▶ judged anew, beside what models explain
 *                                   └─▶ two of them, beside what models explain
 *
 * A set grows while ln BF does so by 1.5, and by nearly all that a new miner is worth alone: two rings
 * are not one. What models explain depends on the whole set, and takes a matrix; so it is asked at the end.
 */
import { meanElsewhere } from './cells.ts';
import { contrastsOf, newContrastRoom, noiseOf, widerOf, type ContrastRoom } from './contrasts.ts';
import type { FavourAsked } from './favour.ts';
import type { Expected } from './models.ts';
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
import type { Pairs } from './pairs.ts';
import { grained, type Residuals } from './residuals.ts';
import { roomForWholes, type Room } from './room.ts';
import {
  copiedRatios,
  evidenceOf,
  gridOf,
  mostEvidenceOf,
  newRatioRoom,
  ODD,
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
/** Miners of which each two are looked at together: each pair takes a matrix of its own. */
const PAIRED = 6;
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

/** In one period. */
export interface Looking extends FavourAsked {
  readonly sums: Sums;
  /** Of all other epochs, where only some here and there are looked at. */
  readonly beside?: Sums;
  readonly room: LookingRoom;
  /** Too little of the window for two miners to say what neither does alone. */
  readonly isShort: boolean;
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
  const known = begun.flatMap((set) => besideModels(widened, set, 0) ?? []);
  return looking.isShort ? known : [...known, ...pairedSets(widened, known, singles)];
}

/** Two miners together, where these say what neither does alone once what models explain is gone. */
function pairedSets(
  looking: Widened,
  known: readonly JudgedSet[],
  singles: readonly JudgedSet[],
): readonly JudgedSet[] {
  const likeliest = likeliestOf(looking, singles, PAIRED).map((miner) => ({
    miner,
    own: besideModels(looking, { miners: [miner], rivals: [] }, 0)?.lnFactor ?? 0,
  }));
  const isKnown = ({ miners, rivals }: MinerSet): boolean =>
    known.some((set) => isSame(set.miners, miners) && isSame(set.rivals, rivals));

  return likeliest
    .flatMap((one, at) =>
      likeliest.slice(at + 1).flatMap((other) => {
        const set = { miners: [one.miner, other.miner], rivals: [] };
        const both = OWN_EVIDENCE * (one.own + other.own);
        const due = Math.max(one.own, other.own, both) + WORTH_A_MINER;
        const joint = isKnown(set) ? undefined : besideModels(looking, set, due);
        if (joint === undefined || joint.lnFactor <= due) return [];
        // As dear as where a set grows: there are many more pairs than miners.
        return { ...joint, lnFactor: joint.lnFactor - WORTH_A_MINER };
      }),
    )
    .toSorted((a, b) => b.lnFactor - a.lnFactor)
    .slice(0, STARTS);
}

/** So many miners that are likelier favoured than others, be it ever so unlikely. */
export function likeliestMiners(looking: Looking, most: number): readonly number[] {
  const widened = { ...looking, wider: widthOf(looking) };
  return likeliestOf(widened, singlesOf(widened, false), most);
}

/** Those of `singles`, which are the likeliest already, where they are enough. */
function likeliestOf(
  looking: Widened,
  singles: readonly JudgedSet[],
  most: number,
): readonly number[] {
  const all = singles.length >= most ? singles : everyOf(looking);
  return all.slice(0, most).map(({ miners: [miner = 0] }) => miner);
}

const everyOf = (looking: Widened): readonly JudgedSet[] =>
  [...looking.table.miners.keys()]
    .flatMap((miner) => {
      const set = { miners: [miner], rivals: [] };
      return judged(looking, set, single(looking, miner, false), -Infinity) ?? [];
    })
    .toSorted((a, b) => b.lnFactor - a.lnFactor);

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((miner) => other.includes(miner));

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
function besideModels(
  looking: Widened,
  { miners, rivals }: MinerSet,
  needed: number,
): JudgedSet | undefined {
  const { pairs, sums, beside, room, expecting, residuals } = looking;
  // In one order, whichever miner the set began with: then the sums are the same.
  const both = [...miners, ...rivals].toSorted((a, b) => a - b);
  const [first, ...others] = expecting(both).map((always) => {
    const expected = beside === undefined ? always : besideOthers(always, pairs, beside, residuals);
    return expectedOver(pairs, sums, {
      expected,
      isRival: rivals.includes(expected.miner),
      room: room.over,
    });
  });
  if (first === undefined) return undefined;
  const over = others.reduce((sum, one) => copiedOver(added(sum, one, room.over)), first);
  return judged(looking, { miners, rivals }, over, needed);
}

/** The same, by what each made of the miner in all other epochs: who favours it now and then does not always. */
function besideOthers(
  { miner, told, taste }: Expected,
  { ofMiner, validatorOf }: Pairs,
  { n, z, allN, allZ }: Sums,
  { dispersion }: Residuals,
): Expected {
  const now = { miner, told: told.slice(), taste: taste.slice() };
  for (let pair = ofMiner[miner] ?? 0; pair < (ofMiner[miner + 1] ?? 0); pair++) {
    const scores = n[pair] ?? 0;
    if (scores === 0) continue;
    const validator = validatorOf[pair] ?? 0;
    const sum = z[pair] ?? 0;
    const elsewhere = meanElsewhere((allN[validator] ?? 0) - scores, (allZ[validator] ?? 0) - sum);
    const usual = sum / scores - elsewhere;
    const noise = noiseOf(dispersion[validator]) / scores;
    const differs = taste[validator] ?? 0;
    const known = differs / (differs + noise);
    const due = told[validator] ?? 0;
    now.told[validator] = grained(due + known * (usual - due));
    now.taste[validator] = differs * (1 - known);
  }
  return now;
}

/**
 * Undefined where nothing can come of it: no grid gives more than the evidence at each one's own mean;
 * and where ln BF is surely not above `needed`.
 */
function judged(
  { residuals, copies, room, sums, beside, wider }: Widened,
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
  if (needed >= 0 && mostOf(means, variances) < LEAST_EVIDENCE) return undefined;

  const odd = beside === undefined ? ODD.always : ODD.inSpells;
  const ratios = ratiosOf({ means, variances, odd }, room.ratios);
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
