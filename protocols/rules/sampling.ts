/**
 * Which leads of a batch a validator looks at: a fifth of them, and no fewer than ten where there
 * are ten, so that one lead of a small batch does not decide.
 *
 *     seed = H(hash of the first block after the batch came in, validator's hotkey, batch)
 *
 * No miner can predict it, for the block comes after the leads are fixed; everyone can repeat it.
 */
import { below, digest, numbersFrom } from '../hash.ts';
import {
  ONE,
  percent,
  WHOLE,
  type BatchId,
  type Digest,
  type Fraction,
  type Hotkey,
  type Score,
} from '../units.ts';

export const SAMPLE_SHARE: Fraction = 200_000 as Fraction;
/** A smaller batch is looked at whole. */
export const LEAST_SAMPLE = 10;

/** Rounded up; never more than there are. */
export function sampleSize(count: number, share: Fraction = SAMPLE_SHARE): number {
  const part = Math.ceil((count * share) / ONE);
  return Math.min(count, Math.max(part, LEAST_SAMPLE));
}

export const sampleSeed = (hash: Digest, validator: Hotkey, batch: BatchId): Digest =>
  digest('leadpoet.sample/1', hash, validator, batch);

/** The indices to look at, lowest first, each once; all with the same chance. */
export const sampleOf = (seed: Digest, count: number, size: number): readonly number[] =>
  chosen(seed, count, size).toSorted((a, b) => a - b);

/** `size` different numbers below `count`, in the order in which the seed draws them. */
export function chosen(seed: Digest, count: number, size: number): readonly number[] {
  const left = Array.from({ length: count }, (_, index) => index);
  const numbers = numbersFrom(seed);
  const picked: number[] = [];
  while (picked.length < size && left.length > 0) {
    const at = below(left.length, numbers.next().value);
    const last = left.pop();
    const pick = left[at] ?? last;
    if (at < left.length && last !== undefined) left[at] = last;
    if (pick !== undefined) picked.push(pick);
  }
  return picked;
}

/** At this accuracy and above a miner is trusted with the smallest sample. */
const ACCURATE: Score = percent(90);
/** At this and below every second lead is looked at. */
const CARELESS: Score = percent(50);

/**
 * Off by default. 10 % for an A_m of 0.9 and more, 50 % for 0.5 and less. The line between the two
 * falls by as much as the accuracy rises: what is looked at is what may well be bad.
 */
export const adaptiveShare = (accuracy: Fraction): Fraction =>
  (WHOLE - Math.min(ACCURATE, Math.max(CARELESS, accuracy))) as Fraction;
