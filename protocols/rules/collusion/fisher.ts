/** Fisher's transform: atanh ρ of n pairs is nearly normal, of variance 1/(n − 3). */
import { ln } from '../../exact.ts';

/** As high as a correlation is taken to be: of ±1 there is no transform. */
export const MOST_RHO = 0.995;

export const atanh = (rho: number): number => ln((1 + rho) / (1 - rho)) / 2;

/** ln of the density of a transformed correlation about a mean, but for what all have in common. */
export const lnDensity = (f: number, mean: number, common: number): number =>
  (-(common - 3) * (f - mean) * (f - mean)) / 2;
