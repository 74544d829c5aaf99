import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey } from '../../units.ts';
import { behind, buyersOf, liftsOf } from './buyers.ts';
import type { FeedbackEvent, ScoreEvent } from './events.ts';
import type { BuyerFinding } from './finding.ts';
import { ratingsOf } from './ratings.ts';
import type { RingOf } from './rings.ts';
import { tableOf } from './table.ts';

describe('buyers', () => {
  it('are restricted where they praise what a ring made beyond its worth', () => {
    const praising = found(rated('x', RING_BATCHES, 10));
    expect(praising).toMatchObject({ restricted: true, forRings: 4, ratings: 4 });
    expect(praising?.score).toBeGreaterThan(900_000);
  });

  it('are not where they are generous with all', () => {
    const generous = found([...rated('x', RING_BATCHES, 7), ...rated('x', FAIR_BATCHES, 9)]);
    expect(generous?.score).toBeLessThan(250_000);
    expect(generous).toMatchObject({ restricted: false, forRings: 4, ratings: 12 });

    // Nor does it make a score that most of what it buys happens to be the ring's.
    const some = [...rated('x', RING_BATCHES, 7), ...rated('x', FAIR_BATCHES.slice(0, 3), 9)];
    expect(found(some)?.score).toBeLessThan(100_000);
  });

  it('have no score for loyalty alone, but are tied to a flagged ring that they buy from', () => {
    const loyal = found(rated('x', RING_BATCHES, 5));
    expect(loyal?.score).toBeLessThan(100_000);
    expect(loyal?.restricted).toBe(true);

    const halfLoyal = [...rated('x', RING_BATCHES.slice(0, 2), 5), ...rated('x', FAIR_BATCHES, 9)];
    expect(found(halfLoyal)?.restricted).toBe(false);
  });

  it('are tied as far as what they say bears on its members', () => {
    const of = (ring: number, fair: number, on: readonly string[]) =>
      found([
        ...on.flatMap((one) => rated('x', RING_BATCHES.slice(0, ring), 5, 1, one)),
        ...rated('x', FAIR_BATCHES.slice(0, fair), 7),
      ]);
    expect(of(2, 2, ['v0'])?.restricted).toBe(true);
    expect(of(2, 3, ['v0'])?.restricted).toBe(false);
    expect(of(4, 0, ['v0', 'v2'])?.restricted).toBe(true);
    expect(of(4, 1, ['v0', 'v2'])).toMatchObject({ restricted: false, forRings: 4, ratings: 5 });
    // One batch that both members approved is one rating.
    expect(of(1, 0, ['v0', 'v1'])).toMatchObject({ restricted: false, forRings: 1, ratings: 1 });
  });

  it('are not tied to a ring that favours nobody: the draw put its members there', () => {
    const all = [...HONEST, ...rated('x', RING_BATCHES, 5)];
    const [x] = buyersOf(ratingsOf(all, TABLE, QUALITY), TABLE, [
      { validators: [0, 1], miners: [] },
    ]).filter(({ buyer }) => buyer === 'x');
    expect(x).toMatchObject({ restricted: false, forRings: 0, ratings: 4 });
  });

  it('have no score for one rating of a ring', () => {
    expect(found(rated('x', RING_BATCHES.slice(0, 1), 10))).toMatchObject({
      score: 0,
      restricted: false,
    });
  });

  it('do not count where nobody knows the batch', () => {
    expect(found(rated('x', ['unheard'], 10))).toMatchObject({ ratings: 0, score: 0 });
  });

  it('stand behind a ring where they are restricted and rated it twice', () => {
    const ratings = ratingsOf([...HONEST, ...rated('x', RING_BATCHES, 10)], TABLE, QUALITY);
    const buyers = buyersOf(ratings, TABLE, [RING]);
    expect(behind(RING, ratings, TABLE, buyers)).toEqual(['x']);
    const others: RingOf = { validators: [2], miners: [1] };
    expect(behind(others, ratings, TABLE, buyers)).toEqual([]);
  });

  it('are found the same in whatever order their ratings come', () => {
    fc.assert(
      fc.property(someFeedback, ([feedback, shuffled]) => {
        const of = (all: readonly FeedbackEvent[]): readonly BuyerFinding[] =>
          buyersOf(ratingsOf(all, TABLE, QUALITY), TABLE, [RING]);
        expect(of([...shuffled, ...feedback])).toEqual(of(feedback));
        for (const { score } of of(feedback)) {
          expect(Number.isInteger(score) && score >= 0 && score <= 1_000_000).toBe(true);
        }
      }),
    );
  });
});

describe('a miner', () => {
  it('is likelier to have a ring behind it, the more of its buyers praise it and rate little else', () => {
    const lifted = (feedback: readonly FeedbackEvent[]) => [
      ...liftsOf(ratingsOf(feedback, TABLE, QUALITY), TABLE),
    ];
    expect(lifted([])).toEqual([1, 1]);
    expect(lifted(HONEST)).toEqual([1, 1]);
    const [ring, fair] = lifted([...HONEST, ...rated('x', RING_BATCHES, 10)]);
    expect(ring).toBe(1 + 20 / (HONEST_BUYERS.length + 1));
    expect(fair).toBe(1);
  });
});

/** Of miner `bad`, worth 0.5, and of miner `fair`, worth 0.7; three validators scored all. */
const RING_BATCHES = ['r1', 'r2', 'r3', 'r4'];
const FAIR_BATCHES = ['f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8'];
const HONEST_BUYERS = ['a', 'b', 'c', 'd'];
const VALIDATOR = 'v0' as Hotkey;

const TABLE = tableOf({
  audits: [],
  feedback: [],
  scores: [...RING_BATCHES, ...FAIR_BATCHES].flatMap((batch, time) =>
    [VALIDATOR, 'v1', 'v2'].map((validator): ScoreEvent => ({
      epoch: 1,
      validator: validator as Hotkey,
      miner: (RING_BATCHES.includes(batch) ? 'bad' : 'fair') as Hotkey,
      batch,
      score: percent(90),
      time,
    })),
  ),
});
const QUALITY = Float64Array.from(TABLE.batches, (batch) =>
  RING_BATCHES.includes(batch) ? 500_000 : 700_000,
);
/** The first two validators, marking up what `bad` makes. */
const RING: RingOf = { validators: [0, 1], miners: [0] };

const rated = (
  buyer: string,
  batches: readonly string[],
  rating: number,
  time = 1,
  on: string = VALIDATOR,
): FeedbackEvent[] =>
  batches.map((batch) => ({
    buyer: buyer as Hotkey,
    validator: on as Hotkey,
    batch,
    rating,
    time,
  }));

const HONEST = HONEST_BUYERS.flatMap((buyer) => [
  ...rated(buyer, RING_BATCHES, 5),
  ...rated(buyer, FAIR_BATCHES, 7),
]);

/** What is found of buyer `x` beside the honest ones. */
const found = (feedback: readonly FeedbackEvent[]): BuyerFinding | undefined =>
  buyersOf(ratingsOf([...HONEST, ...feedback], TABLE, QUALITY), TABLE, [RING]).find(
    ({ buyer }) => buyer === 'x',
  );

const someFeedback = fc
  .array(
    fc
      .record({
        buyer: fc.constantFrom('a', 'x', 'y'),
        batch: fc.constantFrom(...RING_BATCHES, ...FAIR_BATCHES, 'unheard'),
        rating: fc.integer({ min: 1, max: 10 }),
        time: fc.nat({ max: 2 }),
      })
      .map(({ buyer, batch, rating, time }) => rated(buyer, [batch], rating, time))
      .map(([one]) => one)
      .filter((one) => one !== undefined),
    { maxLength: 40 },
  )
  .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
