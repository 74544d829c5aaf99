/**
 * What buyers rate, 1 to 10.
 *
 *     honest    1 + 9 quality + error       loyal: of one miner alone; generous: a point or two more
 *     ring      4 · strength more for the ring's miners; a fifth of its ratings are honest, of others
 *     framer    10 for whatever one innocent validator scored, and it bears on that one alone
 *
 * A rating bears on up to five of those that scored the batch.
 */
import type { Random } from '../../actors/actor.ts';
import { normal } from '../draws.ts';
import type { MadeBatch } from './batches.ts';
import { between, drawnFrom, whole } from './draws.ts';
import type { BuyerPlan, Plan } from './plan.ts';
import type { Collusion } from './ring.ts';
import { numbers } from './roles.ts';
import type { MadeScore } from './scores.ts';

export interface MadeRating {
  readonly buyer: number;
  readonly batch: MadeBatch;
  readonly rating: number;
  /** Unix seconds. */
  readonly time: number;
  /** The validators that it bears on. */
  readonly on: readonly number[];
}

export interface RatingsInput {
  readonly plan: Plan;
  readonly batches: readonly MadeBatch[];
  readonly scores: readonly MadeScore[];
  readonly rings: readonly Collusion[];
  readonly framed: readonly number[];
}

/** Who is behind which ratings. The honest are numbered first, then each ring's, then each framed one's. */
export interface BuyerRoles {
  readonly loyal: readonly number[];
  readonly generous: readonly number[];
  readonly rings: readonly (readonly number[])[];
  readonly framers: readonly (readonly number[])[];
  readonly count: number;
}

const BEARS_ON = 5;
/** Of honest ratings, in points. */
const ERROR = 0.8;
/** What a ring's buyers add at strength 1, in points. */
const GREATEST_EXCESS = 4;
const FOR_THE_RING = 0.8;
/** Seconds until a buyer has looked. */
const SOONEST = 1_200;
export const RATINGS_LATEST = 4_000;

export function buyerRolesOf({ buyers, rings, decoys }: Plan): BuyerRoles {
  let next = buyers.honest;
  const take = (count: number): number[] => numbers(count).map(() => next++);
  const ofRings = rings.map((ring) => take(ring.buyers));
  const framers = numbers(decoys.framed).map(() => take(decoys.framers));
  return {
    loyal: numbers(buyers.loyal),
    generous: numbers(buyers.generous).map((at) => buyers.loyal + at),
    rings: ofRings,
    framers,
    count: next,
  };
}

export function ratingsOf(input: RatingsInput, roles: BuyerRoles, random: Random): MadeRating[] {
  const { plan, batches, scores, rings, framed } = input;
  const scored = Map.groupBy(scores, ({ batch }) => batch.number);
  const scorersOf = (batch: MadeBatch): number[] =>
    (scored.get(batch.number) ?? []).map(({ validator }) => validator);
  const rated = batches.filter((batch) => scored.has(batch.number));

  const honest = numbers(plan.buyers.honest).flatMap((buyer) => {
    const own = random.fork(`buyer/${buyer}`);
    const isLoyal = roles.loyal.includes(buyer);
    const miner = whole(own, 0, plan.miners - 1);
    const bias = 0.4 * normal(own) + (roles.generous.includes(buyer) ? between(own, 1, 2.5) : 0);
    const from = isLoyal ? rated.filter((batch) => batch.miner === miner) : [...rated];
    return some(own, from, plan.buyers).map((batch) =>
      rate(own, { buyer, batch, excess: bias, on: drawnOf(own, scorersOf(batch)) }),
    );
  });

  const ofRings = rings.flatMap(({ roles: ring, plan: { strength }, epochs }, at) => {
    const miners = new Set(ring.miners);
    const [own, other] = partition(
      rated,
      ({ miner, epoch }) => miners.has(miner) && epochs.has(epoch),
    );
    return (roles.rings[at] ?? []).flatMap((buyer) => {
      const draws = random.fork(`ring/${at}/${buyer}`);
      const theirs = some(draws, [...own], plan.buyers);
      const cover = Math.round((theirs.length * (1 - FOR_THE_RING)) / FOR_THE_RING);
      const covers = drawnFrom(draws, [...other], Math.min(cover, other.length));
      return [
        ...theirs.map((batch) => {
          const scorers = scorersOf(batch);
          const [members, strangers] = partition(scorers, (who) => ring.members.includes(who));
          const on = [...drawnOf(draws, members), ...drawnOf(draws, strangers)].slice(0, BEARS_ON);
          return rate(draws, { buyer, batch, excess: GREATEST_EXCESS * strength, on });
        }),
        ...covers.map((batch) =>
          rate(draws, { buyer, batch, excess: 0, on: drawnOf(draws, scorersOf(batch)) }),
        ),
      ];
    });
  });

  const framing = framed.flatMap((victim, at) => {
    const own = rated.filter((batch) => scorersOf(batch).includes(victim));
    return (roles.framers[at] ?? []).flatMap((buyer) => {
      const draws = random.fork(`framer/${at}/${buyer}`);
      const count = Math.min(plan.decoys.framing, own.length);
      return drawnFrom(draws, [...own], count).map((batch) => ({
        ...rate(draws, { buyer, batch, excess: 0, on: [victim] }),
        rating: 10,
      }));
    });
  });

  return [...honest, ...ofRings, ...framing];
}

interface Rated {
  readonly buyer: number;
  readonly batch: MadeBatch;
  readonly excess: number;
  readonly on: readonly number[];
}

function rate(random: Random, { buyer, batch, excess, on }: Rated): MadeRating {
  const points = Math.round(1 + 9 * batch.quality + ERROR * normal(random) + excess);
  const time = batch.time + whole(random, SOONEST, RATINGS_LATEST);
  return { buyer, batch, rating: Math.min(Math.max(points, 1), 10), time, on };
}

/** About as many as a buyer rates, half as many more or less, each batch once. */
function some(random: Random, from: MadeBatch[], { ratings }: BuyerPlan): MadeBatch[] {
  const count = whole(random, Math.ceil(ratings / 2), Math.ceil(ratings * 1.5));
  return drawnFrom(random, from, Math.min(count, from.length));
}

const drawnOf = (random: Random, scorers: readonly number[]): number[] =>
  drawnFrom(random, [...scorers], Math.min(BEARS_ON, scorers.length));

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
