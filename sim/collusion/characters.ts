/**
 * How each honest validator differs from others for good: what it adds to a batch's quality before it
 * looks at a sample.
 *
 *     p = quality + leniency + taste(miner) + blindness(model, miner) + mood(epoch)
 */
import type { Random } from '../../actors/actor.ts';
import { normal } from '../draws.ts';
import { happens, whole } from './draws.ts';
import type { Plan } from './plan.ts';
import type { Roles } from './roles.ts';

export interface Character {
  /** Of the validators that audit with the same model; absent where it has one of its own. */
  readonly model?: number;
  readonly isCareless: boolean;
  /** Of the scores that it is asked for, those that it never gives. */
  readonly missing: number;
  /** What it adds to the quality of a miner's batch in an epoch. */
  bias(miner: number, epoch: number): number;
}

/** Of what a sparse validator is asked. */
const SPARSE_MISSING = 0.8;

export function charactersOf(plan: Plan, roles: Roles, random: Random): Character[] {
  const { habits, noise } = plan;
  const models = Array.from({ length: habits.models }, (_, model) =>
    deviations(random.fork(`model/${model}`), plan.miners, habits.blindness),
  );
  return Array.from({ length: plan.validators }, (_, validator) => {
    const own = random.fork(`validator/${validator}`);
    const shift = roles.shifts.get(validator) ?? habits.leniency * normal(own.fork('leniency'));
    const taste = deviations(own.fork('taste'), plan.miners, habits.taste);
    const moods = moodsOf(plan, own.fork('mood'));
    const model = models.length > 0 ? whole(own.fork('model'), 0, models.length - 1) : undefined;
    const blindness = model === undefined ? undefined : models[model];

    return {
      ...(model === undefined ? {} : { model }),
      isCareless: happens(own.fork('care'), noise.careless),
      missing: roles.sparse.has(validator) ? SPARSE_MISSING : noise.missing,
      bias: (miner, epoch) =>
        shift + (taste[miner] ?? 0) + (blindness?.[miner] ?? 0) + (moods[epoch] ?? 0),
    };
  });
}

const deviations = (random: Random, count: number, deviation: number): number[] =>
  Array.from({ length: count }, () => deviation * normal(random));

/** One an epoch. Each leans on the last by `hold`, and all are as wide as the first. */
function moodsOf({ noise, epochs }: Plan, random: Random): number[] {
  const fresh = Math.sqrt(1 - noise.hold * noise.hold);
  let mood = noise.mood * normal(random);
  return Array.from({ length: epochs }, () => {
    const now = mood;
    mood = noise.hold * mood + fresh * noise.mood * normal(random);
    return now;
  });
}
