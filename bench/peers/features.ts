/**
 * What peers that look for odd rows are given: a row of numbers for each validator.
 *
 * A residual is a score less F as published, or less the mean of the batch where none is. The rich
 * rows hold what someone who knows the subnet would think of; the plain ones the scores alone.
 */
import type { CollusionEvents, ScoreEvent } from '../../protocols/rules/collusion/events.ts';
import { ONE, type Hotkey } from '../../protocols/units.ts';

export interface Features {
  readonly validators: readonly Hotkey[];
  readonly rich: readonly (readonly number[])[];
  readonly plain: readonly (readonly number[])[];
  /** Mean absolute difference of two validators' scores of the same batches; 1 where they share none. */
  readonly distances: readonly (readonly number[])[];
  /** Correlation of two validators' residuals; 0 where they share few batches. */
  readonly correlations: readonly (readonly number[])[];
}

/** Fewer common batches tell nothing of a pair. */
const LEAST_COMMON = 12;

export function featuresOf(events: CollusionEvents): Features {
  const validators = [...new Set(events.scores.map(({ validator }) => validator))].toSorted();
  const own = validators.map((): Own[] => []);
  const places = new Map(validators.map((validator, at) => [validator, at]));
  const audits = new Map(events.audits.map(({ batch, passRate }) => [batch, passRate / ONE]));
  const truths = new Map<string, number>();
  for (const [batch, given] of Map.groupBy(events.scores, (event) => event.batch)) {
    const truth = (given[0]?.finalScore ?? mean(given.map(({ score }) => score))) / ONE;
    truths.set(batch, truth);
    const order = given.toSorted((a, b) => a.time - b.time);
    for (const [rank, event] of order.entries()) {
      own[places.get(event.validator) ?? 0]?.push({
        event,
        score: event.score / ONE,
        residual: event.score / ONE - truth,
        lateness: rank / Math.max(order.length - 1, 1),
      });
    }
  }
  const rated = Map.groupBy(events.feedback, ({ validator }) => validator);
  const { distances, correlations } = pairsOf(own);

  return {
    validators,
    distances,
    correlations,
    plain: own.map((scores, at) => {
      const values = scores.map(({ score }) => score);
      const ratings = (rated.get(validators[at] as Hotkey) ?? []).map(({ rating }) => rating);
      return [mean(values), deviation(values), values.length, mean(ratings)];
    }),
    rich: own.map((scores, at) => {
      const residuals = scores.map(({ residual }) => residual);
      const byMiner = meansBy(scores, ({ event }) => event.miner);
      const byTime = meansBy(scores, ({ event }) => `${event.miner} ${event.epoch >> 3}`);
      const mates = (correlations[at] ?? []).toSorted((a, b) => b - a);
      const audited = scores.flatMap(({ event, score }) => {
        const passed = audits.get(event.batch);
        return passed === undefined ? [] : [score - passed];
      });
      const ratings = rated.get(validators[at] as Hotkey) ?? [];
      const excess = ratings.map(
        ({ batch, rating }) => rating - 1 - 9 * (truths.get(batch) ?? (rating - 1) / 9),
      );
      return [
        mean(residuals),
        deviation(residuals),
        mean(residuals.map(Math.abs)),
        Math.max(...byMiner),
        Math.min(...byMiner),
        deviation(byMiner),
        Math.max(...byTime),
        Math.min(...byTime),
        mates[0] ?? 0,
        mean(mates.slice(0, 3)),
        mean(distances[at] ?? []),
        mean(scores.map(({ lateness }) => lateness)),
        scores.length,
        mean(audited),
        mean(excess),
        ratings.length,
      ];
    }),
  };
}

interface Own {
  readonly event: ScoreEvent;
  readonly score: number;
  readonly residual: number;
  /** 0 for the first of a batch, 1 for the last. */
  readonly lateness: number;
}

function pairsOf(own: readonly (readonly Own[])[]) {
  const byBatch = own.map((scores) => new Map(scores.map((one) => [one.event.batch, one])));
  const distances = own.map(() => own.map(() => 1));
  const correlations = own.map(() => own.map(() => 0));
  for (const [a, scores] of own.entries()) {
    for (let b = 0; b < a; b++) {
      const pairs = scores.flatMap((one): [Own, Own][] => {
        const other = byBatch[b]?.get(one.event.batch);
        return other === undefined ? [] : [[one, other]];
      });
      const isTelling = pairs.length >= LEAST_COMMON;
      const distance =
        pairs.length > 0 ? mean(pairs.map(([x, y]) => Math.abs(x.score - y.score))) : 1;
      const correlation = isTelling ? correlationOf(pairs) : 0;
      for (const [x, y] of [
        [a, b],
        [b, a],
      ] as const) {
        (distances[x] as number[])[y] = distance;
        (correlations[x] as number[])[y] = correlation;
      }
    }
    (distances[a] as number[])[a] = 0;
  }
  return { distances, correlations };
}

function correlationOf(pairs: readonly (readonly [Own, Own])[]): number {
  const [x, y] = [pairs.map(([one]) => one.residual), pairs.map(([, other]) => other.residual)];
  const [meanX, meanY] = [mean(x), mean(y)];
  const product = mean(x.map((value, at) => (value - meanX) * ((y[at] ?? 0) - meanY)));
  const scale = deviation(x) * deviation(y);
  return scale > 0 ? product / scale : 0;
}

/** Of groups of at least three. */
function meansBy(scores: readonly Own[], key: (one: Own) => string): number[] {
  const groups = [...Map.groupBy(scores, key).values()].filter(({ length }) => length >= 3);
  return groups.length > 0
    ? groups.map((group) => mean(group.map(({ residual }) => residual)))
    : [0];
}

/** 0 where there is nothing. */
const mean = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
