/**
 * A proportion as the chain keeps it: 16 bits, rounded down.
 *
 *     floor(65535 · x)
 */
import type { Weight16 } from '../../units.ts';
import { FULL_WEIGHT } from '../weights.ts';

/** What doubles bring a little above 1 is 1. */
export const floor16 = (proportion: number): Weight16 =>
  Math.min(Math.floor(proportion * FULL_WEIGHT), FULL_WEIGHT) as Weight16;
