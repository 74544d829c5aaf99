/**
 * What validators made of a set of miners in a window: sums over their scores, by validator, for those
 * who have any.
 */
import type { Expected } from './models.ts';
import type { Pairs } from './pairs.ts';
import type { Residuals } from './residuals.ts';
import { roomForFloats, roomForWholes, type Room } from './room.ts';
import type { Period } from './periods.ts';
import { TWELFTHS, type Table } from './table.ts';
import type { Window } from './windows.ts';

/**
 * Of each pair up to the end of each twelfth: from `PARTS · pair` on, at first 0. Sums of whole numbers,
 * and of multiples of 1/1024, are exact; so those of a window are the differences between two.
 */
export interface Running {
  readonly n: Int32Array;
  readonly z: Float64Array;
}
const PARTS = TWELFTHS + 1;

export function runningSums(
  { rows, twelfthOf, starts, validatorOf }: Pairs,
  { told, z }: Residuals,
): Running {
  const length = PARTS * validatorOf.length;
  const sums = {
    n: new Int32Array(length),
    z: new Float64Array(length),
  };
  for (let pair = 0; pair < validatorOf.length; pair++) {
    const base = PARTS * pair;
    const last = starts[pair + 1] ?? 0;
    for (let place = starts[pair] ?? 0; place < last; place++) {
      const row = rows[place] ?? 0;
      if (told[row] === 0) continue;
      const part = base + 1 + (twelfthOf[place] ?? 0);
      sums.n[part] = (sums.n[part] ?? 0) + 1;
      sums.z[part] = (sums.z[part] ?? 0) + (z[row] ?? 0);
    }
    for (let part = base + 1; part < base + PARTS; part++) {
      sums.n[part] = (sums.n[part] ?? 0) + (sums.n[part - 1] ?? 0);
      sums.z[part] = (sums.z[part] ?? 0) + (sums.z[part - 1] ?? 0);
    }
  }
  return sums;
}

/** Of each pair, and of each validator, in a window. */
export interface Sums {
  readonly n: Int32Array;
  readonly z: Float64Array;
  readonly allN: Int32Array;
  readonly allZ: Float64Array;
}

export function sumsIn(
  { validators }: Table,
  { validatorOf }: Pairs,
  running: Running,
  { from, to }: Window,
): Sums {
  const sums = nothingOf(validatorOf.length, validators.length);
  for (let pair = 0; pair < validatorOf.length; pair++) {
    const before = PARTS * pair + from;
    const end = PARTS * pair + to;
    const n = (running.n[end] ?? 0) - (running.n[before] ?? 0);
    const z = (running.z[end] ?? 0) - (running.z[before] ?? 0);
    put(sums, pair, validatorOf[pair] ?? 0, n, z);
  }
  return sums;
}

const nothingOf = (pairs: number, validators: number): Sums => ({
  n: new Int32Array(pairs),
  z: new Float64Array(pairs),
  allN: new Int32Array(validators),
  allZ: new Float64Array(validators),
});

function put(sums: Sums, pair: number, validator: number, n: number, z: number): void {
  sums.n[pair] = n;
  sums.z[pair] = z;
  sums.allN[validator] = (sums.allN[validator] ?? 0) + n;
  sums.allZ[validator] = (sums.allZ[validator] ?? 0) + z;
}

/** Of the batches that are in, by batch. */
export function sumsOf(
  { validators, batchOf }: Table,
  { rows, starts, validatorOf }: Pairs,
  { told, z: off }: Residuals,
  isIn: Uint8Array,
): Sums {
  const sums = nothingOf(validatorOf.length, validators.length);
  for (let pair = 0; pair < validatorOf.length; pair++) {
    let n = 0;
    let z = 0;
    const last = starts[pair + 1] ?? 0;
    for (let place = starts[pair] ?? 0; place < last; place++) {
      const row = rows[place] ?? 0;
      if (told[row] === 0 || isIn[batchOf[row] ?? 0] === 0) continue;
      n++;
      z += off[row] ?? 0;
    }
    put(sums, pair, validatorOf[pair] ?? 0, n, z);
  }
  return sums;
}

/** Of all but those of a part. */
export const without = (all: Sums, part: Sums): Sums => ({
  n: all.n.map((own, at) => own - (part.n[at] ?? 0)),
  z: all.z.map((own, at) => own - (part.z[at] ?? 0)),
  allN: all.allN.map((own, at) => own - (part.allN[at] ?? 0)),
  allZ: all.allZ.map((own, at) => own - (part.allZ[at] ?? 0)),
});

/** Sums over a set of miners, of each validator that has any, in the order of the validators. */
export interface Over {
  readonly validators: Int32Array;
  readonly n: Int32Array;
  readonly z: Float64Array;
  /** Of these those on rivals: miners that are marked down beside the others. */
  readonly rivalN: Int32Array;
  readonly rivalZ: Float64Array;
  /** What is expected of `z`, less twice what is expected of `rivalZ`. */
  readonly expected: Float64Array;
  /** Σ τ²_m n_m². */
  readonly taste: Float64Array;
}

/** What the next sums over a set are put into. */
export interface OverRoom {
  readonly validators: Room<Int32Array>;
  readonly n: Room<Int32Array>;
  readonly z: Room<Float64Array>;
  readonly rivalN: Room<Int32Array>;
  readonly rivalZ: Room<Float64Array>;
  readonly expected: Room<Float64Array>;
  readonly taste: Room<Float64Array>;
}

export const newOverRoom = (): OverRoom => ({
  validators: roomForWholes(),
  n: roomForWholes(),
  z: roomForFloats(),
  rivalN: roomForWholes(),
  rivalZ: roomForFloats(),
  expected: roomForFloats(),
  taste: roomForFloats(),
});

const overIn = (
  { validators, n, z, rivalN, rivalZ, expected, taste }: OverRoom,
  count: number,
): Over => ({
  validators: validators(count),
  n: n(count),
  z: z(count),
  rivalN: rivalN(count),
  rivalZ: rivalZ(count),
  expected: expected(count),
  taste: taste(count),
});

/** The same, whatever is put into its room. */
export const copiedOver = ({ validators, n, z, rivalN, rivalZ, expected, taste }: Over): Over => ({
  validators: validators.slice(),
  n: n.slice(),
  z: z.slice(),
  rivalN: rivalN.slice(),
  rivalZ: rivalZ.slice(),
  expected: expected.slice(),
  taste: taste.slice(),
});

/** Over one miner. */
export function overOf(
  pairs: Pairs,
  taste: Float64Array,
  sums: Sums,
  {
    miner,
    isRival,
    room,
  }: { readonly miner: number; readonly isRival: boolean; readonly room: OverRoom },
): Over {
  const first = pairs.ofMiner[miner] ?? 0;
  const last = pairs.ofMiner[miner + 1] ?? 0;
  const over = overIn(room, last - first);
  let count = 0;
  for (let pair = first; pair < last; pair++) {
    const n = sums.n[pair] ?? 0;
    if (n === 0) continue;
    over.validators[count] = pairs.validatorOf[pair] ?? 0;
    over.n[count] = n;
    over.z[count] = sums.z[pair] ?? 0;
    over.rivalN[count] = isRival ? n : 0;
    over.rivalZ[count] = isRival ? (sums.z[pair] ?? 0) : 0;
    over.expected[count] = 0;
    over.taste[count] = grained((taste[miner] ?? 0) * n * n);
    count++;
  }
  return overIn(room, count);
}

/** Over one miner, beside what is expected of each validator. */
export function expectedOver(
  pairs: Pairs,
  sums: Sums,
  { expected: { miner, told, taste }, isRival, room }: ExpectedOf,
): Over {
  const over = copiedOver(overOf(pairs, new Float64Array(0), sums, { miner, isRival, room }));
  for (let place = 0; place < over.n.length; place++) {
    const n = over.n[place] ?? 0;
    const due = n * (told[over.validators[place] ?? 0] ?? 0);
    over.expected[place] = isRival ? -due : due;
    over.taste[place] = grained((taste[over.validators[place] ?? 0] ?? 0) * n * n);
  }
  return over;
}

interface ExpectedOf {
  readonly expected: Expected;
  readonly isRival: boolean;
  readonly room: OverRoom;
}

/** A multiple of 2⁻¹⁶: sums of such are exact, in whatever order miners are added. */
const grained = (value: number): number => Math.round(value * 65_536) / 65_536;

/** Over the miners of both, neither of which is in that room. */
export function added(a: Over, b: Over, room: OverRoom): Over {
  const sum = overIn(room, a.n.length + b.n.length);
  let count = 0;
  let inA = 0;
  let inB = 0;
  while (inA < a.n.length || inB < b.n.length) {
    const validator = Math.min(a.validators[inA] ?? Infinity, b.validators[inB] ?? Infinity);
    sum.validators[count] = validator;
    sum.n[count] = 0;
    sum.z[count] = 0;
    sum.rivalN[count] = 0;
    sum.rivalZ[count] = 0;
    sum.expected[count] = 0;
    sum.taste[count] = 0;
    if (a.validators[inA] === validator) addTo(sum, count, a, inA++);
    if (b.validators[inB] === validator) addTo(sum, count, b, inB++);
    count++;
  }
  return overIn(room, count);
}

function addTo(sum: Over, at: number, own: Over, place: number): void {
  sum.n[at] = (sum.n[at] ?? 0) + (own.n[place] ?? 0);
  sum.z[at] = (sum.z[at] ?? 0) + (own.z[place] ?? 0);
  sum.rivalN[at] = (sum.rivalN[at] ?? 0) + (own.rivalN[place] ?? 0);
  sum.rivalZ[at] = (sum.rivalZ[at] ?? 0) + (own.rivalZ[place] ?? 0);
  sum.expected[at] = (sum.expected[at] ?? 0) + (own.expected[place] ?? 0);
  sum.taste[at] = (sum.taste[at] ?? 0) + (own.taste[place] ?? 0);
}

/** By validator, the sum of its raw residuals on a set of miners in a period, in millionths. */
export function rawOver(
  { batchOf }: Table,
  { rows, starts, validatorOf, ofMiner }: Pairs,
  { told, raw, counts }: Residuals,
  { miners, isIn }: Pick<Period, 'isIn'> & { readonly miners: readonly number[] },
): Float64Array {
  const sums = new Float64Array(counts.length);
  for (const miner of miners) {
    const end = ofMiner[miner + 1] ?? 0;
    for (let pair = ofMiner[miner] ?? 0; pair < end; pair++) {
      const validator = validatorOf[pair] ?? 0;
      const last = starts[pair + 1] ?? 0;
      for (let place = starts[pair] ?? 0; place < last; place++) {
        const row = rows[place] ?? 0;
        if (told[row] === 0 || isIn[batchOf[row] ?? 0] === 0) continue;
        sums[validator] = (sums[validator] ?? 0) + (raw[row] ?? 0);
      }
    }
  }
  return sums;
}
