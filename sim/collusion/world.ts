/**
 * A world: the events of a window, and what is true of them.
 *
 *     plan, seed ──▶ batches ──▶ honest scores ──▶ rings collude ──▶ audits, ratings ──▶ events
 *
 * Each step draws from a stream of its own, so that a ring of strength 0 leaves the very scores of a
 * world without it, and the same seed makes the same world on any machine.
 */
import type { Random } from '../../actors/actor.ts';
import type { CollusionEvents, ScoreEvent } from '../../protocols/rules/collusion/events.ts';
import { ONE, type Hotkey, type Score } from '../../protocols/units.ts';
import { randomFrom } from '../../runtime/random.ts';
import { AUDITS_LATEST, auditsOf } from './audits.ts';
import { batchesOf, EPOCH_SECONDS, WINDOW_START, type MadeBatch } from './batches.ts';
import { charactersOf } from './characters.ts';
import { between } from './draws.ts';
import { RING_KINDS, type RingKind } from './kinds.ts';
import { strongestLiking } from './liked.ts';
import type { Plan } from './plan.ts';
import { buyerRolesOf, RATINGS_LATEST, ratingsOf, type MadeRating } from './ratings.ts';
import { collude, epochsOf, type Collusion } from './ring.ts';
import { rolesOf, type Roles } from './roles.ts';
import { honestScores, type MadeScore } from './scores.ts';

export interface World {
  readonly plan: Plan;
  /** Unix seconds, both ends included. */
  readonly window: { readonly from: number; readonly to: number };
  readonly events: CollusionEvents;
  readonly truth: Truth;
}

export interface Truth {
  readonly rings: readonly PlantedRing[];
  /** Buyers that rate 10 to make an innocent validator look bad. */
  readonly framers: readonly Hotkey[];
  readonly innocent: Innocents;
}

export interface PlantedRing {
  readonly kind: RingKind;
  /** 0 to 1. At 0 its members are innocent. */
  readonly strength: number;
  readonly validators: readonly Hotkey[];
  readonly miners: readonly Hotkey[];
  readonly buyers: readonly Hotkey[];
}

/** Those that look guilty, by why they do. */
export interface Innocents {
  readonly strict: readonly Hotkey[];
  readonly lenient: readonly Hotkey[];
  readonly sparse: readonly Hotkey[];
  /** Rated by framers, or fond of the miner that a ring picked for that. */
  readonly framed: readonly Hotkey[];
  /** Whose scores a ring copies. */
  readonly copied: readonly Hotkey[];
  readonly loyalBuyers: readonly Hotkey[];
  readonly generousBuyers: readonly Hotkey[];
}

export function makeWorld(plan: Plan, seed: string): World {
  const random = randomFrom(`collusion-worlds/1/${seed}`);
  const roles = rolesOf(plan, random.fork('roles'));
  const batches = batchesOf(plan, roles.poor, random.fork('batches'));
  const characters = charactersOf(plan, roles, random.fork('characters'));
  const scores = honestScores(batches, characters, plan.noise, random.fork('scores'));

  const liked: number[] = [];
  const rings = plan.rings.map((ring, at): Collusion => {
    const own = random.fork(`ring/${at}`);
    const { when, miners } = RING_KINDS[ring.kind];
    const ringRoles = roles.rings[at] ?? { members: [], miners: [], rivals: [] };
    const liking =
      miners === 'liked'
        ? strongestLiking(scores, roles.ordinary, freeMiners(roles, at))
        : undefined;
    if (liking !== undefined && ring.strength > 0) liked.push(liking.validator);
    return {
      plan: ring,
      roles: liking === undefined ? ringRoles : { ...ringRoles, miners: [liking.miner] },
      epochs: epochsOf(when, plan.epochs, own.fork('epochs')),
      noise: plan.noise,
      random: own,
    };
  });
  for (const ring of rings) collude(scores, ring);

  const buyers = buyerRolesOf(plan);
  const input = { plan, batches, scores, rings, framed: roles.framed };
  const ratings = ratingsOf(input, buyers, random.fork('ratings'));
  const names = namesOf(plan, buyers.count);
  const last = Math.max(AUDITS_LATEST, RATINGS_LATEST);

  return {
    plan,
    window: { from: WINDOW_START, to: WINDOW_START + plan.epochs * EPOCH_SECONDS + last },
    events: {
      audits: auditsOf(batches, plan.audits, names.batch, random.fork('audits')),
      scores: scoreEvents(plan, scores, names, random.fork('reputations')),
      feedback: ratings.flatMap(feedbackEvents(names)),
      ...(plan.noise.isTold ? { sampleSize: plan.noise.leads } : {}),
    },
    truth: {
      rings: rings.map(({ plan: { kind, strength }, roles: ring }, at) => ({
        kind,
        strength,
        validators: ring.members.map(names.validator),
        miners: ring.miners.map(names.miner),
        buyers: (buyers.rings[at] ?? []).map(names.buyer),
      })),
      framers: buyers.framers.flat().map(names.buyer),
      innocent: {
        strict: shiftedBy(roles, -1).map(names.validator),
        lenient: shiftedBy(roles, 1).map(names.validator),
        sparse: [...roles.sparse].map(names.validator),
        framed: [...roles.framed, ...liked].map(names.validator),
        copied: roles.rings.flatMap(({ leader }) => leader ?? []).map(names.validator),
        loyalBuyers: buyers.loyal.map(names.buyer),
        generousBuyers: buyers.generous.map(names.buyer),
      },
    },
  };
}

/** The poor miners but for those of other rings. */
const freeMiners = ({ poor, rings }: Roles, ring: number): number[] =>
  [...poor].filter(
    (miner) => !rings.some(({ miners }, at) => at !== ring && miners.includes(miner)),
  );

const shiftedBy = ({ shifts }: Roles, sign: number): number[] =>
  [...shifts].filter(([, shift]) => shift * sign > 0).map(([who]) => who);

interface Names {
  readonly validator: (number: number) => Hotkey;
  readonly miner: (number: number) => Hotkey;
  readonly buyer: (number: number) => Hotkey;
  readonly batch: (batch: MadeBatch) => string;
}

/** `v007` where there are hundreds: as wide as the last one, so that ids sort as their numbers do. */
function namesOf(plan: Plan, buyers: number): Names {
  const named = (letter: string, count: number) => (number: number) =>
    `${letter}${number.toString().padStart(String(count - 1).length, '0')}`;
  const batchName = named('b', plan.batches);
  return {
    validator: named('v', plan.validators) as Names['validator'],
    miner: named('m', plan.miners) as Names['miner'],
    buyer: named('u', buyers) as Names['buyer'],
    batch: ({ number }) => batchName(number),
  };
}

/** With F as the mean weighted by reputations, some above the floor for each. */
function scoreEvents(
  plan: Plan,
  scores: readonly MadeScore[],
  names: Names,
  random: Random,
): ScoreEvent[] {
  const reputations = Array.from({ length: plan.validators }, () => between(random, 16, 100));
  const finals = new Map(
    [...Map.groupBy(scores, ({ batch }) => batch.number)].map(([batch, given]) => {
      let [weighted, weight] = [0, 0];
      for (const { validator, score } of given) {
        const reputation = reputations[validator] ?? 0;
        weighted += reputation * score;
        weight += reputation;
      }
      return [batch, toScore(weighted / weight)];
    }),
  );
  return scores.map(({ validator, batch, score, time }) => {
    const finalScore = finals.get(batch.number);
    return {
      epoch: batch.epoch,
      validator: names.validator(validator),
      miner: names.miner(batch.miner),
      batch: names.batch(batch),
      score: toScore(score),
      ...(plan.hasFinalScores && finalScore !== undefined ? { finalScore } : {}),
      time,
    };
  });
}

const toScore = (score: number): Score => Math.round(score * ONE) as Score;

const feedbackEvents =
  (names: Names) =>
  ({ buyer, batch, rating, time, on }: MadeRating) =>
    on.map((validator) => ({
      buyer: names.buyer(buyer),
      validator: names.validator(validator),
      batch: names.batch(batch),
      rating,
      time,
    }));
