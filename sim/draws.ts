/**
 * Chance as a real number, the same to the last bit on every engine.
 *
 *     normal = √(−2 ln u) cos 2πv
 */
import type { Random } from '../actors/actor.ts';
import { cos, ln, PI } from '../protocols/exact.ts';

/** From 0 to below 1, in steps of 2⁻⁵³: two draws of the stream. */
export function part(random: Random): number {
  const high = random.next() >>> 5;
  const low = random.next() >>> 6;
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

/** Of mean 0 and variance 1, by Box and Muller. The second that they give away is let go. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * ln(1 - part(random)));
  return radius * cos(2 * PI * part(random));
}
