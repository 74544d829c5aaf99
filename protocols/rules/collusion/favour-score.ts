/**
 * From hypotheses to V_fav: how likely a validator is one of a ring, times how much it moved.
 *
 *     P = Σ odds / (1 + Σ odds)           over hypotheses that share a miner
 *     V_fav = Σ w · min(p (P + (1−P)/4), 1/4 + 3/4 · min(1, others/0.5)) · min(1, shift/0.09) · few
 *
 * w is a hypothesis's part of the odds, p the membership in it, others the expected number of further
 * members, shift the mean residual as a share of the whole, few whether a ring would be no larger than
 * rings are. Fewer than 5 own scores: at most 0.65.
 */
import { exp } from '../../exact.ts';
import type { Hypothesis } from './favour.ts';

/** Hypotheses about one ring, as far as anyone can tell. */
export interface FavourGroup {
  readonly hypotheses: readonly Hypothesis[];
  /** Of each hypothesis: its part of the odds. */
  readonly weights: readonly number[];
  /** P: that one of them is true. */
  readonly probability: number;
  /** V_fav by validator, by this group alone. */
  readonly score: Float64Array;
}

const UNSURE = 0.25;
/** Alone nobody colludes. */
const ALONE = 0.25;
const ENOUGH_OTHERS = 0.5;
/** In millionths: from here up a deviation is worth a ring's trouble. */
const WORTH_IT = 90_000;
const LEAST_SCORES = 5;
const TOO_FEW = 0.65;
/** Expected numbers are sums of these: exact, in whatever order. */
const GRAIN = 1_073_741_824;

export function favourGroups(hypotheses: readonly Hypothesis[]): readonly FavourGroup[] {
  const groups: Hypothesis[][] = [];
  for (const hypothesis of hypotheses) {
    const own = groups.filter((group) => group.some((other) => isOfOneRing(other, hypothesis)));
    for (const group of own) groups.splice(groups.indexOf(group), 1);
    groups.push([...own.flat(), hypothesis]);
  }
  return groups.map(groupOf).toSorted((a, b) => b.probability - a.probability);
}

const isOfOneRing = (a: Hypothesis, b: Hypothesis): boolean =>
  a.miners.some((miner) => b.miners.includes(miner));

function groupOf(members: readonly Hypothesis[]): FavourGroup {
  const hypotheses = members.toSorted((a, b) => b.lnOdds - a.lnOdds);
  const most = hypotheses[0]?.lnOdds ?? 0;
  const parts = hypotheses.map(({ lnOdds }) => exp(lnOdds - most));
  const sum = parts.reduce((total, part) => total + part, 0);
  const probability = sum / (sum + exp(-most));
  const weights = parts.map((part) => part / sum);
  const scores = hypotheses.map((hypothesis) => scoresBy(hypothesis, probability));
  const score = Float64Array.from(scores[0] ?? [], (_, validator) =>
    scores.reduce((total, own, at) => total + (weights[at] ?? 0) * (own[validator] ?? 0), 0),
  );
  return { hypotheses, weights, probability, score };
}

function scoresBy({ members, shift, counts }: Hypothesis, probability: number): Float64Array {
  const sure = probability + (1 - probability) * UNSURE;
  const expected = members.reduce((sum, member) => sum + Math.round(member * GRAIN), 0) / GRAIN;
  const scorers = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  const { usual, most } = ringSizes(scorers);
  return members.map((member, validator) => {
    const others = expected - member;
    const few = Math.max(0, Math.min(1, (most - expected) / (most - usual)));
    const bound = ALONE + (1 - ALONE) * Math.min(1, others / ENOUGH_OTHERS);
    const size = Math.max(0, Math.min(1, (shift[validator] ?? 0) / WORTH_IT));
    const score = Math.min(member * sure, bound) * size * few;
    return (counts[validator] ?? 0) < LEAST_SCORES ? Math.min(score, TOO_FEW) : score;
  });
}

/**
 * Up to how many validators a ring is as likely as anything, and from how many on it is none: so many
 * who think alike of a miner look with one model. A network of twelve has rings of four.
 */
function ringSizes(scorers: number): { readonly usual: number; readonly most: number } {
  return {
    usual: Math.min(0.4 * scorers, Math.max(4.5, 0.17 * scorers)),
    most: Math.min(0.55 * scorers, Math.max(8, 0.3 * scorers)),
  };
}
