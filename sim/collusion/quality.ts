/**
 * How good batches are: what a validator that errs nowhere would give.
 *
 *     high       nearly all good, 0.88 to 1           steady    each miner its own, 0.6 to 0.95
 *     uniform    anything from 0.35 to 1              bimodal   0.95 or 0.5, more or less often
 *     drifting   each miner better or worse by the epoch        perfect   1, the poor ones too
 *
 * Poor miners deliver 0.5 to 0.78 in all of them but the last: a ring of good ones would gain nothing.
 */
import type { Random } from '../../actors/actor.ts';
import { normal } from '../draws.ts';
import { between, happens, within01 } from './draws.ts';

export type QualityKind = 'high' | 'uniform' | 'steady' | 'bimodal' | 'drifting' | 'perfect';

/** Quality of a miner's batch at `time`, 0 at the window's begin to 1 at its end. */
export type MinerQuality = (time: number, random: Random) => number;

export function minerQuality(kind: QualityKind, isPoor: boolean, random: Random): MinerQuality {
  if (kind === 'perfect') return () => 1;
  if (isPoor) return around(between(random, 0.5, 0.78), 0.06);

  switch (kind) {
    case 'high':
      return around(between(random, 0.9, 0.98), 0.03);
    case 'uniform':
      return (_, draws) => between(draws, 0.35, 1);
    case 'steady':
      return around(between(random, 0.6, 0.95), 0.05);
    case 'bimodal': {
      const goodness = between(random, 0.4, 0.95);
      return (_, draws) => (happens(draws, goodness) ? 0.95 : 0.5) + 0.02 * normal(draws);
    }
    case 'drifting': {
      const middle = between(random, 0.65, 0.85);
      const drift = between(random, -0.25, 0.25);
      return (time, draws) => middle + drift * (time - 0.5) + 0.04 * normal(draws);
    }
  }
}

const around =
  (mean: number, deviation: number): MinerQuality =>
  (_, random) =>
    within01(mean + deviation * normal(random));
