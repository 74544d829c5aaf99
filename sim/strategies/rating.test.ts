import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueryAnswer } from '../../actors/actor.ts';
import {
  percent,
  type BatchId,
  type Hotkey,
  type QueryId,
  type Score,
} from '../../protocols/units.ts';
import { randomFrom } from '../../runtime/random.ts';
import { synthetic } from '../../runtime/sources/synthetic.ts';
import { BUYER_STRATEGIES } from '../scenario.ts';
import { spoil } from '../truth.ts';
import { rate } from './rating.ts';

describe('a rating', () => {
  it('of an honest buyer is what the leads were worth, by a point', () => {
    const say = (useful: number, got: number) => ratingOf('honest', answerOf({ useful, got }));
    expect(range(10, 10)).toEqual([9, 10]);
    expect(range(7, 10)).toEqual([6, 7, 8]);
    expect(range(19, 20)).toEqual([8, 9, 10]);
    expect(range(0, 10)).toEqual([1]);
    expect(say(10, 10)).toBe(say(10, 10));
  });

  it('of a shill is a 10 for its ring and a 1 for strangers', () => {
    expect(ratingOf('shill', answerOf({ useful: 0, got: 9, ringSays: percent(90) }))).toBe(10);
    expect(ratingOf('shill', answerOf({ useful: 9, got: 9, ringSays: 899_999 as Score }))).toBe(1);
    expect(ratingOf('shill', answerOf({ useful: 9, got: 9 }))).toBe(1);
  });

  it('of a generous buyer is a 10; one that never rates says nothing', () => {
    expect(ratingOf('generous', answerOf({ useful: 0, got: 9 }))).toBe(10);
    expect(ratingOf('never-rating', answerOf({ useful: 9, got: 9 }))).toBeUndefined();
  });

  it('is 1 to 10, and of nothing but the query’s own batch', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BUYER_STRATEGIES),
        fc.nat({ max: 10 }),
        fc.nat({ max: 10 }),
        fc.nat(),
        (policy, useful, bad, seed) => {
          const answer = answerOf({ useful, got: useful + bad });
          const given = ratingOf(policy, answer, seed);
          const isSaid = policy !== 'never-rating' && useful + bad > 0;
          expect(given !== undefined).toBe(isSaid);
          if (isSaid) expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).toContain(given);
          const { chosen: _none, ...unanswered } = answer;
          expect(ratingOf(policy, unanswered, seed)).toBeUndefined();
        },
      ),
    );
  });
});

const RING = { validators: new Set(['ours' as Hotkey]), miners: new Set<Hotkey>() };

const ratingOf = (policy: (typeof BUYER_STRATEGIES)[number], answer: QueryAnswer, seed = 0) =>
  rate(policy, RING)(answer, randomFrom(seed));

/** All that an honest buyer may say of so many useful ones. */
const range = (useful: number, got: number) =>
  [
    ...new Set(
      Array.from({ length: 50 }, (_, seed) => ratingOf('honest', answerOf({ useful, got }), seed)),
    ),
  ].toSorted((a, b) => Number(a) - Number(b));

function answerOf({
  useful,
  got,
  ringSays,
}: {
  readonly useful: number;
  readonly got: number;
  readonly ringSays?: Score;
}): QueryAnswer {
  const [own, pooled] = ['own', 'pooled'] as BatchId[] as [BatchId, BatchId];
  const found = synthetic()(randomFrom('rated'), { leads: got + 5 });
  const leads = found.map((lead, index) => ({
    // Whatever else came from the pool is bad, and none of the rating's business.
    lead: index < useful ? lead : spoil(lead, 'nobody'),
    batch: index < got ? own : pooled,
    miner: 'm' as Hotkey,
    finalScore: percent(100),
  }));
  const reports = [
    { validator: 'other' as Hotkey, score: percent(100) },
    { validator: 'ours' as Hotkey, ...(ringSays !== undefined && { score: ringSays }) },
  ];
  const batches = [pooled, own].map((batch) => ({
    batch,
    miner: 'm' as Hotkey,
    finalScore: percent(100),
    settledAt: 0 as never,
    reports: batch === own ? reports : [{ validator: 'ours' as Hotkey, score: percent(100) }],
  }));
  return {
    query: 'q' as QueryId,
    nonce: 1,
    want: { leads: 100 },
    openedAt: 0 as never,
    answeredAt: 0 as never,
    leads,
    batches,
    partial: false,
    chosen: own,
    attempts: [],
    stock: [],
    suppressed: { byPool: 0, byBuyer: 0 },
  };
}
