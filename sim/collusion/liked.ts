/**
 * The miner that an honest validator happened to like most, by what everybody sees of it: whoever
 * colludes for that miner makes the innocent look like one of them. The worst case of framing.
 */
import type { MadeScore } from './scores.ts';

export interface Liking {
  readonly validator: number;
  readonly miner: number;
}

/** Least scores of a validator for a miner that tell of a liking. */
const LEAST_SCORES = 4;

/** The strongest liking there is: the mean of how far above the others, in its own deviations. */
export function strongestLiking(
  scores: readonly MadeScore[],
  validators: readonly number[],
  miners: readonly number[],
): Liking | undefined {
  const byBatch = Map.groupBy(scores, ({ batch }) => batch.number);
  const means = new Map([...byBatch].map(([batch, given]) => [batch, mean(given.map(scoreOf))]));

  const among = new Set(validators);
  const likings = miners.flatMap((miner) => {
    const own = scores.filter((given) => given.batch.miner === miner && among.has(given.validator));
    return [...Map.groupBy(own, ({ validator }) => validator)]
      .filter(([, given]) => given.length >= LEAST_SCORES)
      .map(([validator, given]) => {
        const above = given.map(({ score, batch }) => score - (means.get(batch.number) ?? score));
        return { validator, miner, strength: mean(above) * Math.sqrt(given.length) };
      });
  });
  return likings.toSorted((a, b) => b.strength - a.strength)[0];
}

/** Of at least one. */
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const scoreOf = ({ score }: MadeScore): number => score;
