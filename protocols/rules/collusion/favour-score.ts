/**
 * From hypotheses to V_fav: how likely a validator is one of a ring, times how much it moved.
 *
 *     P = Σ odds / (1 + Σ odds)           over the likeliest and all that share a miner with it
 *     V_fav = Σ w · min(p (P + (1−P) √g/4), 1/4 + 3/4 · min(1, others/0.5)) · min(1, shift/0.09) · s
 *
 * w is a hypothesis's part of its group's odds, g the group's part of all, p the membership in it, others
 * the expected number of further members, shift the mean residual as a share of the whole, s how likely so
 * many are a ring and no model. Fewer than 5 own scores of the miners themselves: at most 0.65.
 */
import { exp } from '../../exact.ts';
import type { Hypothesis } from './favour.ts';
import { sizeOf } from './ring-size.ts';

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

/** Each of the likeliest that are of no ring yet begins one, and all that share a miner with it are of it. */
export function favourGroups(hypotheses: readonly Hypothesis[]): readonly FavourGroup[] {
  const groups: FavourGroup[] = [];
  let rest = hypotheses.toSorted((a, b) => b.lnOdds - a.lnOdds);
  const odds = oddsOf(rest);
  for (let first = rest[0]; first !== undefined; first = rest[0]) {
    const miners = new Set(first.miners);
    const isOwn = (other: Hypothesis): boolean => other.miners.some((miner) => miners.has(miner));
    groups.push(groupOf(rest.filter(isOwn), odds));
    rest = rest.filter((other) => !isOwn(other));
  }
  return groups.toSorted((a, b) => b.probability - a.probability);
}

/** Of some, the likeliest first. */
interface Odds {
  readonly most: number;
  /** Of each, and of all together: odds over those of the likeliest. */
  readonly parts: readonly number[];
  readonly sum: number;
}

function oddsOf(hypotheses: readonly Hypothesis[]): Odds {
  const most = hypotheses[0]?.lnOdds ?? 0;
  const parts = hypotheses.map(({ lnOdds }) => exp(lnOdds - most));
  return { most, parts, sum: parts.reduce((total, part) => total + part, 0) };
}

/** The likeliest first. `all`: of those of all groups. */
function groupOf(hypotheses: readonly Hypothesis[], all: Odds): FavourGroup {
  const { most, parts, sum } = oddsOf(hypotheses);
  const probability = sum / (sum + exp(-most));
  const weights = parts.map((part) => part / sum);
  const known = { probability, part: (sum * exp(most - all.most)) / all.sum };
  const scores = hypotheses.map((hypothesis) => scoresBy(hypothesis, known));
  const score = Float64Array.from(scores[0] ?? [], (_, validator) =>
    scores.reduce((total, own, at) => total + (weights[at] ?? 0) * (own[validator] ?? 0), 0),
  );
  return { hypotheses, weights, probability, score };
}

function scoresBy(
  { members, shift, counts, share }: Hypothesis,
  { probability, part }: { readonly probability: number; readonly part: number },
): Float64Array {
  const sure = probability + (1 - probability) * UNSURE * Math.sqrt(part);
  const expected = sizeOf(members);
  return members.map((member, validator) => {
    const others = expected - member;
    const bound = ALONE + (1 - ALONE) * Math.min(1, others / ENOUGH_OTHERS);
    const size = Math.max(0, Math.min(1, (shift[validator] ?? 0) / WORTH_IT));
    const score = Math.min(member * sure, bound) * size * share;
    return (counts[validator] ?? 0) < LEAST_SCORES ? Math.min(score, TOO_FEW) : score;
  });
}
