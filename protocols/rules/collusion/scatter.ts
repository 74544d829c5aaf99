/**
 * Scatter: who is off by less than a sample can be.
 *
 *     q(v) = ln of the mean of min(z², 4), less the median of all validators
 *     honest N(0, σ²)      leaning on a sheet N(−0.5, σ² + 0.03)      σ² = 2.2/n, or as wide as q lies
 *
 * The mean of one's own sample and a sheet's scatters less than the sample alone. Who looks at more leads
 * scatters less as well; so it tells only beside errors that go together.
 */
import { ln } from '../../exact.ts';
import type { ByValidator } from './by-validator.ts';
import { finely } from './grains.ts';
import { medianOf, PER_MEDIAN } from './median.ts';

/** ln of how much likelier leaning is than looking, by validator: 0 to 5. */
export function leaningOf(
  { starts }: ByValidator,
  unusual: Float64Array,
  dispersion: Float64Array,
): Float64Array {
  const counts = new Int32Array(dispersion.length);
  const sizes = dispersion.map((own, validator) => {
    const first = starts[validator] ?? 0;
    const last = starts[validator + 1] ?? 0;
    let sum = 0;
    for (let place = first; place < last; place++) {
      const square = (unusual[place] ?? 0) * (unusual[place] ?? 0) * own;
      sum += finely(Math.min(square, MOST));
    }
    const count = last - first;
    counts[validator] = count;
    return count < LEAST_SCORES ? 0 : ln(Math.max(LEAST, sum / count));
  });
  const there = sizes.filter((_, validator) => (counts[validator] ?? 0) >= LEAST_SCORES);
  const centre = medianOf(there);
  const spread = PER_MEDIAN * medianOf(there.map((size) => Math.abs(size - centre)));
  return sizes.map((size, validator) => {
    const count = counts[validator] ?? 0;
    if (count < LEAST_SCORES) return 0;
    const variance = Math.max(OF_A_MEAN / count, spread * spread);
    return leaning(size - centre, variance);
  });
}

/** Of z². */
const MOST = 4;
const LEAST = 1e-6;
const LEAST_SCORES = 12;
const OF_A_MEAN = 2.2;
const LEANS_BY = 0.5;
const LEANS_VARIANCE = 0.03;
const MOST_TOLD = 5;

/** Beyond what leaning does it is as likely as there. */
function leaning(off: number, variance: number): number {
  if (off >= 0) return 0;
  const wide = variance + LEANS_VARIANCE;
  const beside = Math.max(0, off + LEANS_BY);
  const told =
    (off * off) / (2 * variance) - (beside * beside) / (2 * wide) - ln(wide / variance) / 2;
  return Math.max(0, Math.min(MOST_TOLD, told));
}
