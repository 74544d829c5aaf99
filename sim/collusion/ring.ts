/** What the members of a ring do with the scores that they would have given. */
import type { Random } from '../../actors/actor.ts';
import { between, drawnFrom, happens, whole } from './draws.ts';
import { RING_KINDS, type Act, type RingWays } from './kinds.ts';
import type { Noise } from './noises.ts';
import type { RingPlan } from './plan.ts';
import { numbers, type RingRoles } from './roles.ts';
import { sampleMean, toStep, type MadeScore } from './scores.ts';

/** At strength 1: from a good batch to one that is not approved. */
export const GREATEST_SHIFT = 0.3;
/** Members don't agree to the last digit, or anybody would see it. */
const LEAST_PART = 0.7;
const MOST_PART = 1.3;
/** Of copied scores, those that are changed by a step so that they look like one's own. */
const JITTERED = 0.3;
/** Seconds after the score that is copied. */
const COPY_SOONEST = 5;
const COPY_LATEST = 120;

export interface Collusion {
  readonly plan: RingPlan;
  readonly roles: RingRoles;
  /** In which it colludes. */
  readonly epochs: ReadonlySet<number>;
  readonly noise: Noise;
  readonly random: Random;
}

/** Changes the scores in place. A strength of 0 leaves them as they are. */
export function collude(scores: readonly MadeScore[], collusion: Collusion): void {
  const { plan, roles, epochs } = collusion;
  if (plan.strength === 0) return;

  const members = new Set(roles.members);
  const concerned = scores.filter(
    ({ validator, batch }) => members.has(validator) && epochs.has(batch.epoch),
  );
  for (const act of RING_KINDS[plan.kind].acts) ACTS[act](concerned, collusion, scores);
}

/** In which epochs a ring is at it. */
export function epochsOf(when: RingWays['when'], epochs: number, random: Random): Set<number> {
  const all = numbers(epochs);
  switch (when) {
    case 'always':
      return new Set(all);
    case 'part-time':
      return new Set(drawnFrom(random, all, Math.ceil(epochs * between(random, 0.4, 0.7))));
    case 'burst': {
      const length = Math.ceil(epochs * between(random, 0.2, 0.35));
      const first = whole(random, 0, epochs - length);
      return new Set(all.slice(first, first + length));
    }
  }
}

type ActOn = (
  concerned: readonly MadeScore[],
  collusion: Collusion,
  all: readonly MadeScore[],
) => void;

const ACTS: Readonly<Record<Act, ActOn>> = {
  favour: (concerned, collusion) => shift(concerned, collusion, collusion.roles.miners, 1),
  rivals: (concerned, collusion) => shift(concerned, collusion, collusion.roles.rivals, -1),

  sheet(concerned, { plan, noise, random }) {
    const draws = random.fork('sheet');
    const sheet = new Map<number, number>();
    for (const { batch } of concerned) {
      if (!sheet.has(batch.number))
        sheet.set(batch.number, sampleMean(batch.quality, noise, draws));
    }
    for (const given of concerned) {
      const shared = sheet.get(given.batch.number) ?? given.score;
      given.score = toStep((1 - plan.strength) * given.score + plan.strength * shared, noise);
    }
  },

  copy(concerned, { plan, roles, noise, random }, all) {
    const draws = random.fork('copy');
    const led = new Map(
      all
        .filter(({ validator }) => validator === roles.leader)
        .map((given) => [given.batch.number, given]),
    );
    for (const given of concerned) {
      const first = led.get(given.batch.number);
      if (!happens(draws, plan.strength) || first === undefined) continue;
      const jitter = happens(draws, JITTERED) ? noise.step * (happens(draws, 0.5) ? 1 : -1) : 0;
      given.score = toStep(first.score + jitter, noise);
      given.time = first.time + whole(draws, COPY_SOONEST, COPY_LATEST);
    }
  },
};

function shift(
  concerned: readonly MadeScore[],
  { plan, noise, random }: Collusion,
  of: readonly number[],
  sign: 1 | -1,
): void {
  const draws = random.fork(sign > 0 ? 'favour' : 'rivals');
  const miners = new Set(of);
  for (const given of concerned) {
    if (!miners.has(given.batch.miner)) continue;
    const size = GREATEST_SHIFT * plan.strength * between(draws, LEAST_PART, MOST_PART);
    given.score = toStep(given.score + sign * size, noise);
  }
}
