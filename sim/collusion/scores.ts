/** What validators make of batches before anybody colludes. */
import type { Random } from '../../actors/actor.ts';
import { invariant } from '../../protocols/units.ts';
import { normal } from '../draws.ts';
import type { MadeBatch } from './batches.ts';
import type { Character } from './characters.ts';
import { beta, binomial, happens, heavy, whole, within01 } from './draws.ts';
import type { Noise } from './noises.ts';

/** A score on its way: a ring may still change what it is, and when it comes. */
export interface MadeScore {
  readonly validator: number;
  readonly batch: MadeBatch;
  /** 0 to 1, a multiple of the noise's step. */
  score: number;
  /** Unix seconds. */
  time: number;
}

/** Seconds until the first and the last score of a batch. */
const SOONEST = 20;
const LATEST = 900;
/** Of a gross error: outages, a wrong region, a model that read half of a page. */
const GROSS = 0.15;

/** Batch by batch; of each the validators in the order of their numbers. */
export function honestScores(
  batches: readonly MadeBatch[],
  characters: readonly Character[],
  noise: Noise,
  random: Random,
): MadeScore[] {
  const draws = characters.map((_, validator) => random.fork(`validator/${validator}`));
  return batches.flatMap((batch) =>
    batch.panel.flatMap((validator) => {
      const [character, own] = [characters[validator], draws[validator]];
      invariant(character !== undefined && own !== undefined, 'who is asked is there');
      if (happens(own, character.missing)) return [];

      const p = within01(batch.quality + character.bias(batch.miner, batch.epoch));
      const error = character.isCareless ? noise.carelessness * normal(own) : 0;
      const score = toStep(sampleMean(p, noise, own) + error, noise);
      return [{ validator, batch, score, time: batch.time + whole(own, SOONEST, LATEST) }];
    }),
  );
}

/** What a sample says of a batch of which `p` is good. */
export function sampleMean(p: number, noise: Noise, random: Random): number {
  const chance = beta(random, p, noise.scatter);
  const mean = binomial(random, noise.leads, chance) / noise.leads;
  return happens(random, noise.gross) ? mean + GROSS * heavy(random) : mean;
}

/** The nearest that can be given. */
export const toStep = (score: number, { step }: Noise): number =>
  within01(Math.round(score / step) * step);
