/** Correlations, and Fisher's transform of them: atanh ρ of n pairs is nearly normal, of variance 1/(n − 3). */
import { ln } from '../../exact.ts';

/** As high as a correlation is taken to be: of ±1 there is no transform. */
export const MOST_RHO = 0.995;

export const atanh = (rho: number): number => ln((1 + rho) / (1 - rho)) / 2;

/** ln of the density of a transformed correlation about a mean, but for what all have in common. */
export const lnDensity = (f: number, mean: number, common: number): number =>
  (-(common - 3) * (f - mean) * (f - mean)) / 2;

/** Sums over pairs of numbers that lie around 0. */
export interface Products {
  common: number;
  product: number;
  own: number;
  other: number;
}

export function add(sums: Products, own: number, other: number): void {
  sums.common++;
  sums.product += own * other;
  sums.own += own * own;
  sums.other += other * other;
}

/** 0 where one of the two is never off. */
export function rhoOf({ product, own, other }: Products): number {
  const size = Math.sqrt(own) * Math.sqrt(other);
  return size === 0 ? 0 : Math.max(-MOST_RHO, Math.min(MOST_RHO, product / size));
}

export const noProducts = (): Products => ({ common: 0, product: 0, own: 0, other: 0 });

/** The chance that odds stand for. */
export const sure = (odds: number): number => odds / (1 + odds);
