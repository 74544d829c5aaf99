/**
 * A small network for tests: batches of 0.7, which every validator scores as a bias has it, and by chance
 * as of twenty leads.
 */
import type { Hotkey, Score } from '../../../units.ts';
import type { FavourAsked } from '../favour.ts';
import { expecting } from '../models.ts';
import { pairsOf } from '../pairs.ts';
import { residualsOf } from '../residuals.ts';
import { believedAtFirst } from '../suspicion.ts';
import { tableOf } from '../table.ts';
import { tastesOf } from '../tastes.ts';
import { noiseFrom } from './noise.ts';

export interface Scene {
  /** Added to what a validator sees of a miner's batch in an epoch: a share of the whole. */
  readonly bias: (validator: number, miner: number, epoch: number) => number;
  readonly seed: number;
  readonly validators?: number;
  /** Batch by batch in turn. */
  readonly miners?: number;
  readonly batches?: number;
  /** One after the other, each with as many batches. */
  readonly epochs?: number;
}

/** What favour is looked for in. Ids are in the order of the numbers. */
export function sceneOf({
  bias,
  seed,
  validators = 40,
  miners = 8,
  batches = 240,
  epochs = 1,
}: Scene): FavourAsked {
  const noise = noiseFrom(seed);
  const scores = Array.from({ length: batches }, (_, batch) => {
    const epoch = Math.floor((batch * epochs) / batches);
    return Array.from({ length: validators }, (__, validator) => ({
      epoch,
      validator: `v${String(validator).padStart(2, '0')}` as Hotkey,
      miner: `m${batch % miners}` as Hotkey,
      batch: `b${String(batch).padStart(3, '0')}`,
      score: scoreOf(0.7 + bias(validator, batch % miners, epoch) + 0.1 * noise()),
      time: batch,
    }));
  }).flat();
  const table = tableOf({ audits: [], feedback: [], scores });
  const pairs = pairsOf(table);
  const believed = believedAtFirst(table);
  const residuals = residualsOf(table, believed);
  return {
    table,
    pairs,
    residuals,
    tastes: tastesOf(table, pairs, residuals, believed.trust),
    expecting: expecting(table, pairs, residuals, believed.trust),
    copies: new Uint8Array(validators),
    lifted: new Float64Array(miners).fill(1),
    isFirst: false,
  };
}

const scoreOf = (share: number): Score =>
  (Math.round(Math.max(0, Math.min(1, share)) * 20) * 50_000) as Score;
