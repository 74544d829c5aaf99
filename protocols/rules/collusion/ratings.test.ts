import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey } from '../../units.ts';
import type { FeedbackEvent } from './events.ts';
import { ratingsOf, type Rated } from './ratings.ts';
import { tableOf } from './table.ts';

describe('a rating', () => {
  it('is one word, on however many validators it bears', () => {
    const { rated } = ratingsOf(say('x', 'good1', 9, ['v0', 'v1', 'v2']), TABLE, QUALITY);
    expect(rated).toMatchObject([{ rating: 9, on: [0, 1, 2] }]);
  });

  it('counts as it was last given, of two given at once as the lower', () => {
    const twice = (first: FeedbackEvent[], then: FeedbackEvent[]) =>
      words([...first, ...then]).map(({ rating }) => rating);
    const of = (rating: number, time: number) => say('x', 'good1', rating, ['v0'], time);
    expect(twice(of(3, 5), of(9, 4))).toEqual([3]);
    expect(twice(of(3, 4), of(9, 5))).toEqual([9]);
    expect(twice(of(3, 5), of(9, 5))).toEqual([3]);
    expect(twice(of(9, 5), of(3, 5))).toEqual([3]);
  });

  it('does not count where nobody knows the batch', () => {
    expect(words(say('x', 'unheard', 10))).toEqual([]);
  });

  it('is no grudge where others dislike the miner, too, or where there is no other', () => {
    const liked = [...say('a', 'good1', 9), ...say('b', 'good2', 9)];
    const both = [...liked, ...say('x', 'useless1', 1)];
    expect(fairOf('x', both)).toBeGreaterThan(-1);
    expect(fairOf('x', [...both, ...say('a', 'useless2', 1)])).toBeGreaterThan(-1);
    expect(fairOf('x', [...both, ...say('a', 'useless2', 9)])).toBeLessThan(-7);
    // Two of three are content: it is the third that is not.
    const content = [...say('a', 'useless2', 9), ...say('b', 'useless3', 9)];
    expect(fairOf('x', [...both, ...content])).toBeLessThan(-7);
  });

  it('is no praise where others like the miner more than the checks do', () => {
    const plain = GOOD.flatMap((batch) => [...say('a', batch, 9), ...say('c', batch, 9)]);
    const said = [...plain, ...say('b', 'useless1', 10), ...say('x', 'useless2', 9)];
    expect(dislikeOf('x', said)).toBe(0);
    expect(fairOf('x', said)).toBeCloseTo(0, 1);
  });

  it('is held against what the others say of the miner, each of them once', () => {
    fc.assert(
      fc.property(views, fc.nat(100), ([said, shuffled], own) => {
        const rest = said.flatMap(({ buyer, batch, rating }) => say(buyer, batch, rating));
        const mine = say('x', 'useless1', 1 + (own % 10));
        const dislike = dislikeOf('x', [...rest, ...mine]);
        expect(dislike).toBeLessThanOrEqual(0);
        const again = shuffled.flatMap(({ buyer, batch, rating }) => say(buyer, batch, rating));
        expect(dislikeOf('x', [...mine, ...again])).toBe(dislike);
      }),
    );
  });
});

/** Of miner `fair`, and of miner `idle`, whose leads pass every check and are of no use. */
const GOOD = ['good1', 'good2', 'good3', 'good4', 'good5', 'good6', 'good7', 'good8'];
const USELESS = ['useless1', 'useless2', 'useless3'];

const TABLE = tableOf({
  audits: [],
  feedback: [],
  scores: [...GOOD, ...USELESS].flatMap((batch, time) =>
    ['v0', 'v1', 'v2'].map((validator) => ({
      epoch: 1,
      validator: validator as Hotkey,
      miner: (USELESS.includes(batch) ? 'idle' : 'fair') as Hotkey,
      batch,
      score: percent(100),
      time,
    })),
  ),
});
const QUALITY = new Float64Array(TABLE.batches.length).fill(1_000_000);

const say = (
  buyer: string,
  batch: string,
  rating: number,
  on: readonly string[] = ['v0', 'v1'],
  time = 1,
): FeedbackEvent[] =>
  on.map((validator) => ({
    buyer: buyer as Hotkey,
    validator: validator as Hotkey,
    batch,
    rating,
    time,
  }));

const words = (feedback: readonly FeedbackEvent[]): readonly Rated[] =>
  ratingsOf(feedback, TABLE, QUALITY).rated;

const lastOf = (buyer: string, feedback: readonly FeedbackEvent[]): Rated => {
  const { buyers, rated } = ratingsOf(feedback, TABLE, QUALITY);
  const found = rated.findLast((one) => buyers[one.buyer] === buyer);
  if (found === undefined) throw new Error(`${buyer} said nothing`);
  return found;
};
const dislikeOf = (buyer: string, feedback: readonly FeedbackEvent[]): number =>
  lastOf(buyer, feedback).dislike;
const fairOf = (buyer: string, feedback: readonly FeedbackEvent[]): number => {
  const { excess, dislike } = lastOf(buyer, feedback);
  return excess - dislike;
};

const views = fc
  .array(
    fc.record({
      buyer: fc.constantFrom('a', 'b', 'c'),
      batch: fc.constantFrom(...GOOD, ...USELESS),
      rating: fc.integer({ min: 1, max: 10 }),
    }),
    { maxLength: 20 },
  )
  .map((all) => [...new Map(all.map((one) => [`${one.buyer} ${one.batch}`, one])).values()])
  .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
