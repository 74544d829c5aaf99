/**
 * Courses: what validators made of some miners in the course of time, slot by slot, beside what they make
 * of others and what models explain.
 */
import type { FavourAsked } from './favour.ts';
import { meanElsewhere } from './cells.ts';
import { noiseOf } from './contrasts.ts';
import type { Sums } from './over.ts';
import { grained } from './residuals.ts';

/** Of some miners. Numbers by validator and slot stand at `slots · validator + slot`. */
export interface Course {
  readonly miners: readonly number[];
  /** Marked down: what is made of them counts the other way. */
  readonly rivals: readonly number[];
  readonly slots: number;
  /** Those in which anybody scored them, in order. */
  readonly live: readonly number[];
  readonly n: Int32Array;
  /** Sums of z beside what is expected: multiples of 1/1024. */
  readonly off: Float64Array;
  /** By validator: φ, and one over it as a multiple of 1/1024. */
  readonly noise: Float64Array;
  readonly sureness: Float64Array;
  /** τ² of a mean over these miners. */
  readonly taste: number;
}

/** Of each of some miners alone, but for copies, which tell nothing. `whole`: of the whole window. */
export function coursesOf(
  asked: FavourAsked,
  whole: Sums,
  miners: readonly number[],
): readonly Course[] {
  const noise = asked.residuals.dispersion.map((own) => noiseOf(own));
  const sureness = noise.map((own) => grained(1 / own));
  return miners.map((miner) => ({
    miners: [miner],
    rivals: [],
    slots: asked.table.slots,
    noise,
    sureness,
    ...madeOf(asked, whole, miner),
  }));
}

function madeOf(
  { table, pairs, residuals, expecting, copies }: FavourAsked,
  whole: Sums,
  miner: number,
): Pick<Course, 'live' | 'n' | 'off' | 'taste'> {
  const { slots, slotOf, batchOf, validators } = table;
  const [expected] = expecting([miner]);
  const n = new Int32Array(validators.length * slots);
  const off = new Float64Array(n.length);
  const isLive = new Uint8Array(slots);
  for (let pair = pairs.ofMiner[miner] ?? 0; pair < (pairs.ofMiner[miner + 1] ?? 0); pair++) {
    const validator = pairs.validatorOf[pair] ?? 0;
    if (copies[validator] === 1) continue;
    const elsewhere = meanElsewhere(
      (whole.allN[validator] ?? 0) - (whole.n[pair] ?? 0),
      (whole.allZ[validator] ?? 0) - (whole.z[pair] ?? 0),
    );
    const due = grained(elsewhere + (expected?.told[validator] ?? 0));
    for (let at = pairs.starts[pair] ?? 0; at < (pairs.starts[pair + 1] ?? 0); at++) {
      const row = pairs.rows[at] ?? 0;
      if (residuals.told[row] === 0) continue;
      const slot = slotOf[batchOf[row] ?? 0] ?? 0;
      const cell = slots * validator + slot;
      n[cell] = (n[cell] ?? 0) + 1;
      off[cell] = (off[cell] ?? 0) + (residuals.z[row] ?? 0) - due;
      isLive[slot] = 1;
    }
  }
  const live = [...isLive.keys()].filter((slot) => isLive[slot] === 1);
  return { live, n, off, taste: expected?.taste[0] ?? 0 };
}

/** The same of a rival: what is made of it counts the other way. */
export const reversed = (course: Course): Course => ({
  ...course,
  miners: course.rivals,
  rivals: course.miners,
  off: course.off.map((sum) => -sum),
});

/** Of the miners and rivals of both. */
export function joined(one: Course, other: Course): Course {
  const miners = [...one.miners, ...other.miners];
  const rivals = [...one.rivals, ...other.rivals];
  const ofOne = one.miners.length + one.rivals.length;
  const ofOther = other.miners.length + other.rivals.length;
  const both = ofOne + ofOther;
  return {
    ...one,
    miners,
    rivals,
    live: [...new Set([...one.live, ...other.live])].toSorted((a, b) => a - b),
    n: one.n.map((count, cell) => count + (other.n[cell] ?? 0)),
    off: one.off.map((sum, cell) => sum + (other.off[cell] ?? 0)),
    taste: (one.taste * ofOne * ofOne + other.taste * ofOther * ofOther) / (both * both),
  };
}
