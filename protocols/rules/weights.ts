/**
 * A validator's weights as the chain takes them: 16 bits a miner, the greatest 65535.
 *
 *     weight = round(W_m · 65535 / max W)
 *
 * Rounded to the nearest, because rounding down would take the smallest miners' last step from them:
 * a miner gets 0 only below half a step. So each weight, scaled back, is off by half a step at most,
 * which is half of 1/65535 of the greatest, and the order is kept.
 */
import type { Metagraph } from '../metagraph.ts';
import { remembered } from '../remembered.ts';
import { invariant, type Fraction, type Hotkey, type Uid, type Weight16 } from '../units.ts';
import { minerClaim } from './emissions.ts';
import type { MinerScore } from './miner-score.ts';

export const FULL_WEIGHT = 65_535 as Weight16;

/** In the order given; all 0 where nobody has any. */
export function quantise(weights: readonly Fraction[]): Weight16[] {
  invariant(
    weights.every((weight) => weight >= 0),
    'a weight is never negative',
  );
  const greatest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  if (greatest === 0) return weights.map(() => 0 as Weight16);
  // Twice the quotient and a half, over integers: at most 2 · 2 000 000 · 65 535, below 2^53.
  return weights.map(
    (weight) => Math.floor((2 * weight * FULL_WEIGHT + greatest) / (2 * greatest)) as Weight16,
  );
}

/**
 * What a validator sets: the registered miners that earn, by uid. Empty where none does. In one
 * process all validators mostly have the same standing, and the first one's look serves them all.
 */
export const minerWeights = (
  miners: ReadonlyMap<Hotkey, MinerScore>,
  { neurons }: Pick<Metagraph, 'neurons'>,
): readonly (readonly [Uid, Weight16])[] => weightsBy(miners)(neurons);

const weightsBy = remembered((miners: ReadonlyMap<Hotkey, MinerScore>) =>
  remembered((neurons: Metagraph['neurons']) => weightsOf(miners, neurons)),
);

function weightsOf(
  miners: ReadonlyMap<Hotkey, MinerScore>,
  neurons: Metagraph['neurons'],
): (readonly [Uid, Weight16])[] {
  const earning = neurons
    .map(({ uid, hotkey }) => ({ uid, miner: miners.get(hotkey) }))
    .map(({ uid, miner }) => ({ uid, claim: miner ? minerClaim(miner) : (0 as Fraction) }))
    .toSorted((a, b) => a.uid - b.uid);
  const weights = quantise(earning.map(({ claim }) => claim));
  return earning
    .map(({ uid }, index) => [uid, weights[index] ?? (0 as Weight16)] as const)
    .filter(([, weight]) => weight > 0);
}
