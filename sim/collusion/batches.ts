/** The batches of a window: whose, how good, when, and which validators are asked to score them. */
import type { Random } from '../../actors/actor.ts';
import { drawnFrom, whole, within01 } from './draws.ts';
import type { Plan } from './plan.ts';
import { minerQuality } from './quality.ts';

/** Validators, miners and buyers go by their numbers here, and get their ids at the very end. */
export interface MadeBatch {
  readonly number: number;
  readonly epoch: number;
  readonly miner: number;
  /** 0 to 1. */
  readonly quality: number;
  /** Unix seconds. */
  readonly time: number;
  readonly panel: readonly number[];
}

export const WINDOW_START = 1_760_000_000;
/** 360 blocks of 12 s. */
export const EPOCH_SECONDS = 4_320;

/** In order of epochs. */
export function batchesOf(plan: Plan, poor: ReadonlySet<number>, random: Random): MadeBatch[] {
  const qualities = Array.from({ length: plan.miners }, (_, miner) =>
    minerQuality(plan.quality, poor.has(miner), random.fork(`miner/${miner}`)),
  );
  const [miners, levels, times, panels] = ['miners', 'levels', 'times', 'panels'].map((name) =>
    random.fork(name),
  ) as [Random, Random, Random, Random];
  const everyone = Array.from({ length: plan.validators }, (_, validator) => validator);

  return Array.from({ length: plan.batches }, (_, number) => {
    const epoch = Math.floor((number * plan.epochs) / plan.batches);
    const miner = whole(miners, 0, plan.miners - 1);
    const quality = qualities[miner]?.(epoch / plan.epochs, levels) ?? 0;
    return {
      number,
      epoch,
      miner,
      quality: within01(quality),
      time: WINDOW_START + epoch * EPOCH_SECONDS + whole(times, 0, EPOCH_SECONDS - 1),
      panel: drawnFrom(panels, everyone, plan.panel).toSorted((a, b) => a - b),
    };
  });
}
