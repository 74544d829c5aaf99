/**
 * What a figure comes to over many seeds: its mean, and the band in which the mean of all seeds lies
 * with 95 % confidence.
 *
 *     mean ± t(0.975, n − 1) · s / √n      s² = Σ (x − mean)² / (n − 1)
 *
 * t is Student's (W. S. Gosset, Biometrika 6, 1908): a few runs say less than their spread shows.
 */
export interface Band {
  readonly seeds: number;
  readonly mean: number;
  /** Equal to the mean where there is but one seed: nothing is known of its spread. */
  readonly low: number;
  readonly high: number;
}

/** Undefined where there are no figures. */
export function bandOf(figures: readonly number[]): Band | undefined {
  const seeds = figures.length;
  if (seeds === 0) return undefined;
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / seeds;
  if (seeds === 1) return { seeds, mean, low: mean, high: mean };

  const squares = figures.reduce((sum, figure) => sum + (figure - mean) ** 2, 0);
  const half = student(seeds - 1) * Math.sqrt(squares / (seeds - 1) / seeds);
  return { seeds, mean, low: mean - half, high: mean + half };
}

/** The 0.975 quantile of Student's t by degrees of freedom, 1 to 30: NIST/SEMATECH e-Handbook, 1.3.6.7.2. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];
/** Of the normal distribution, which t comes to. */
const NORMAL = 1.959_964;

/** Above 30 by the first two terms of its expansion (Abramowitz and Stegun 26.7.5), good to 0.001. */
export function student(freedom: number): number {
  const known = QUANTILES[freedom - 1];
  if (known !== undefined) return known;
  const z = NORMAL;
  return (
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}
