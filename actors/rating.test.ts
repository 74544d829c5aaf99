import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, type Feedback } from '../protocols/messages.ts';
import { later, type Block, type Hotkey, type Instant, type QueryId } from '../protocols/units.ts';
import { mayRate, noteRecord, RATING_TIME, takeRating, type Rateables } from './rating.ts';
import { ASKED, contextOf, sealed, stageOf } from './testing/stage.ts';

describe('takeRating', () => {
  it('takes two different ratings through the last instant, and no third', () => {
    const rateable = delivered();
    const last = later(ASKED, RATING_TIME);

    expect(take(rateable, { rating: 9 }, last)).toBeUndefined();
    expect(take(rateable, { rating: 9 }, last)).toBe('repeated');
    expect(take(rateable, { rating: 1 }, last)).toBeUndefined();
    expect(take(rateable, { rating: 2 }, last)).toBe('repeated');
    expect(take(delivered(), { rating: 9 }, (last + 1) as Instant)).toBe('unknown_query');
  });

  it('takes the rating of its buyer, through its pool, of 1 to 10, in the present block', () => {
    fc.assert(
      fc.property(anyChange, (change) => {
        const present = presentAt(ASKED);
        const all = { ...RATING, block: present, ...change };
        const isGood =
          all.query === QUERY &&
          all.buyer === BUYER &&
          all.pool === POOL &&
          all.rating >= 1 &&
          all.rating <= 10 &&
          Math.abs(all.block - present) <= 5;
        expect(take(delivered(), change) === undefined).toBe(isGood);
      }),
    );
  });

  it('never takes more than two of a query, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 20 }), (changes) => {
        const rateable = delivered();
        const taken = changes.filter((change) => take(rateable, change) === undefined);
        expect(taken.length).toBeLessThanOrEqual(2);
        expect(rateable.get(QUERY)?.work.ratings.length).toBe(taken.length);
      }),
    );
  });
});

describe('noteRecord', () => {
  it('counts what came in the pool’s chain', () => {
    const rateable = delivered();
    note(rateable, {});
    expect(take(rateable, {})).toBe('repeated');
  });

  it('lets nobody else use up what the buyer has to say', () => {
    const rateable = delivered();
    for (let rating = 1; rating <= 10; rating++) {
      note(rateable, { rating, buyer: STAGE.miners[0] as Hotkey });
      note(rateable, { rating, pool: STAGE.pools[1] as Hotkey });
    }
    expect(take(rateable, {})).toBeUndefined();
  });
});

describe('mayRate', () => {
  it('does not forget what was rated where a query is delivered again', () => {
    const rateable = delivered();
    take(rateable, {});
    mayRate(rateable, QUERY, { buyer: BUYER, pool: POOL }, ASKED);
    expect(take(rateable, {})).toBe('repeated');
  });
});

const STAGE = stageOf({ pools: 2 });
const QUERY = 'a'.repeat(64) as QueryId;
const BUYER = STAGE.buyer;
const POOL = STAGE.pools[0] as Hotkey;
const RATING = { query: QUERY, buyer: BUYER, pool: POOL, rating: 9 };
const presentAt = (now: Instant): Block => STAGE.viewAt(now).latest.head.number;

function delivered(): Rateables {
  const rateable: Rateables = new Map();
  mayRate(rateable, QUERY, { buyer: BUYER, pool: POOL }, ASKED);
  return rateable;
}
const take = (rateable: Rateables, change: Partial<Feedback>, now: Instant = ASKED) =>
  takeRating(
    rateable,
    { ...RATING, block: presentAt(now), ...change },
    contextOf(STAGE, addressOf('pool', POOL), now),
  );
const note = (rateable: Rateables, change: Partial<Feedback>): void => {
  const feedback = sealed({ ...RATING, block: presentAt(ASKED), ...change });
  noteRecord(rateable, { kind: 'rated', feedback }, ASKED);
};

const anyChange: fc.Arbitrary<Partial<Feedback>> = fc.record(
  {
    query: fc.constantFrom(QUERY, QUERY, 'b'.repeat(64) as QueryId),
    buyer: fc.constantFrom(BUYER, BUYER, STAGE.miners[0] as Hotkey),
    pool: fc.constantFrom(POOL, POOL, STAGE.pools[1] as Hotkey),
    rating: fc.integer({ min: 0, max: 11 }),
    block: fc.integer({ min: -6, max: 6 }).map((by) => (presentAt(ASKED) + by) as Block),
  },
  { requiredKeys: [] },
);
