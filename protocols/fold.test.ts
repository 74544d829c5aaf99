import { describe, expect, it } from 'vitest';
import {
  batch,
  GOOD_START,
  ledgerOf,
  miss,
  opinions,
  precisionIn,
  rating,
  standingOf,
} from './ledger-arbitraries.ts';
import { enter, standingAt } from './ledger.ts';
import type { BatchRecord, LedgerRecord, RatingRecord } from './records.ts';
import { START } from './rules/reputation.ts';
import { ONE, percent, points, type Hotkey } from './units.ts';

describe('the fold', () => {
  it('lets two honest validators climb from 15 to 100', () => {
    const climb = Array.from({ length: 10 }, (_, length) => {
      const batches = Array.from({ length }, (__, at) =>
        batch({ at, opinions: { a: 100, b: 95 }, finalScore: percent(95) }),
      );
      return precisionIn(standingOf(batches, length), 'a') ?? START / 1_000;
    });
    expect(climb).toEqual([15, 25, 35, 45, 55, 65, 75, 85, 95, 100]);
  });

  it('lets one that scores everything 0 beside them fall to 0', () => {
    const batches = [0, 1, 2].map((at) =>
      batch({ at, opinions: { a: 100, b: 100, zero: 0 }, finalScore: percent(100) }),
    );
    const { validators } = standingOf(batches, 3);
    expect(validators.get('zero' as Hotkey)).toEqual({
      precision: 0,
      consistency: ONE,
      reputation: 0,
      flagged: false,
    });
    expect(validators.get('a' as Hotkey)?.consistency).toBe(1_600_000);
    expect(validators.get('a' as Hotkey)?.reputation).toBe(points(45 * 1.6));
  });

  it('moves nobody by a batch that one alone scored', () => {
    const alone = batch({ opinions: { a: 95 } });
    expect(standingOf([alone], 1).validators.get('a' as Hotkey)).toEqual({
      precision: START,
      consistency: ONE,
      reputation: START,
      flagged: false,
    });
  });

  it('takes 20 points from those who approved what failed its checks, and moves nobody else', () => {
    const failed = batch({ opinions: { a: 90, b: 89, c: 100 }, checks: 'failed', chosen: false });
    const standing = standingOf([GOOD_START, failed], 20);
    expect(['a', 'b', 'c'].map((name) => precisionIn(standing, name))).toEqual([5, 25, 5]);
    expect(standing.validators.get('b' as Hotkey)?.consistency).toBe(1_200_000);
    expect(precisionIn(standingOf([{ ...failed, opinions: opinions({ a: 90 }) }], 9), 'a')).toBe(0);
  });

  it('takes no notice of checks of a batch that was not approved', () => {
    const rejected = { approved: false, finalScore: percent(85), chosen: false };
    const checked = batch({ ...rejected, opinions: { a: 95, b: 85 }, checks: 'failed' });
    expect(precisionIn(standingOf([checked], 9), 'a')).toBe(25);
  });

  it('moves nobody by a batch whose checks were undecided, nor by one without F', () => {
    const undecided = batch({ opinions: { a: 95, b: 10 }, checks: 'undecided' });
    const { finalScore: _, ...noFinal } = batch({ opinions: { a: 95, b: 95 }, approved: false });
    for (const record of [undecided, noFinal]) {
      expect(precisionIn(standingOf([GOOD_START, record], 20), 'a')).toBe(25);
    }
  });

  it("moves those who approved a batch by its buyer's rating", () => {
    const split = batch({ opinions: { a: 95, b: 89 }, finalScore: percent(95) });
    const standing = standingOf([split, rating({ at: 9, rating: 9 })], 10);
    expect([precisionIn(standing, 'a'), precisionIn(standing, 'b')]).toEqual([40, 25]);
  });

  it('hears no stranger, no rating of an own query, and none where nothing was delivered', () => {
    const rated = (change: Partial<BatchRecord>, by: Partial<RatingRecord> = {}) =>
      precisionIn(standingOf([{ ...GOOD_START, ...change }, rating({ at: 9, ...by })], 10), 'a');
    const { buyer: _, ...own } = GOOD_START;

    expect(rated({})).toBe(40);
    expect(rated({}, { buyer: 'other' as Hotkey })).toBe(25);
    expect(rated({ chosen: false })).toBe(25);
    expect(rated({}, { query: 'another' })).toBe(25);
    expect(precisionIn(standingOf([own, rating({ at: 9 })], 10), 'a')).toBe(25);
    expect(precisionIn(standingOf([{ ...own, anyBuyer: true }, rating({ at: 9 })], 10), 'a')).toBe(
      40,
    );
  });

  it('counts a rating once, however often it was sent, and not at all when it was changed', () => {
    const [one, again, other] = [
      rating({ at: 9, rating: 6 }),
      rating({ at: 12, rating: 6 }),
      rating({ at: 15, rating: 5 }),
    ];
    const after = (...ratings: LedgerRecord[]) =>
      precisionIn(standingOf([GOOD_START, ...ratings], 20), 'a');
    expect([after(one), after(one, again), after(one, again, other)]).toEqual([27, 27, 25]);
    // The second word takes the first one back only from when it is said.
    const ledger = ledgerOf([GOOD_START, one, other]);
    expect(precisionIn(standingAt(ledger, 15), 'a')).toBe(27);
    expect(precisionIn(standingAt(ledger, 16), 'a')).toBe(25);
    expect(precisionIn(standingAt(ledger, 15), 'a')).toBe(27);
  });

  it('counts a repeated rating where it was first said, whichever came first', () => {
    const alone = batch({ opinions: { a: 95 } });
    const next = batch({ at: 10, query: 'r', opinions: { a: 95, b: 95 } });
    const [first, again] = [rating({ at: 5, rating: 1 }), rating({ at: 15, rating: 1 })];
    // 15 − 25 is 0, and 0 + 10 is 10; but 15 + 10 − 25 would be 0.
    const ledger = ledgerOf([alone, next, again]);
    expect(precisionIn(standingAt(ledger, 20), 'a')).toBe(0);
    enter(ledger, first);
    expect(precisionIn(standingAt(ledger, 20), 'a')).toBe(10);
    expect(precisionIn(standingOf([alone, next, first, again], 20), 'a')).toBe(10);
  });

  it("leaves more of a day's limits to others where a rating is taken back", () => {
    const ledger = ledgerOf([
      batch({ query: 'q', buyer: 'u', opinions: { a: 95 } }),
      batch({ query: 's', buyer: 'v', opinions: { a: 95 } }),
      rating({ at: 10, query: 'q', rating: 10 }),
      rating({ at: 11, query: 's', buyer: 'v' as Hotkey, rating: 7 }),
      rating({ at: 12, query: 'q', rating: 1 }),
    ]);
    expect([12, 13].map((at) => precisionIn(standingAt(ledger, at), 'a'))).toEqual([30, 25]);
  });

  it('lets a rating that is older than its batch count right after it', () => {
    const late = batch({ at: 8, query: 'q', opinions: { a: 95, b: 95 } });
    const next = batch({ at: 8, key: 'z', query: 'r', opinions: { a: 95, b: 10 } });
    // 15 − 25 is 0 and 0 + 10 twice 20; but 15 + 10 − 25 + 10 is 10.
    expect(precisionIn(standingOf([rating({ at: 1, rating: 1 }), late, next], 9), 'a')).toBe(10);
    expect(precisionIn(standingOf([rating({ at: 1, rating: 1 }), late], 8), 'a')).toBeUndefined();
  });

  it('rates the batch of the first attempt that has one', () => {
    const first = batch({ at: 6, attempt: 1, opinions: { a: 95, b: 95 } });
    const second = batch({ at: 3, attempt: 2, opinions: { c: 95, d: 95 } });
    const standing = standingOf([second, first, rating({ at: 9 })], 10);
    expect(['a', 'c'].map((name) => precisionIn(standing, name))).toEqual([40, 25]);
    const earlier = standingOf([second, first, rating({ at: 4 })], 5);
    expect(precisionIn(earlier, 'c')).toBe(40);
  });

  it("counts one rating a buyer and day, and stops at the day's limits", () => {
    const queries = ['q', 'r', 's'].map((query) =>
      batch({ at: 1, query, buyer: query === 's' ? 'v' : 'u', opinions: { a: 95 } }),
    );
    const said = (query: string, at: number, buyer = 'u'): LedgerRecord =>
      rating({ query, at, buyer: buyer as Hotkey, rating: 7 });
    const after = (...ratings: LedgerRecord[]) =>
      precisionIn(standingOf([...queries, ...ratings], 50), 'a');
    expect(after(said('q', 10), said('r', 19))).toBe(25);
    expect(after(said('q', 10), said('r', 20))).toBe(35);
    expect(after(said('q', 10), said('s', 11, 'v'))).toBe(30);
  });

  it('counts a miss against dependability, and a batch that failed for nothing', () => {
    const good = batch({ at: 1, asked: 100, good: 90 });
    const failed = batch({ at: 2, asked: 100, good: 0, checks: 'failed' });
    const undecided = batch({ at: 2, asked: 0, good: 0, checks: 'undecided' });
    const rejected = batch({ at: 2, asked: 100, good: 0, approved: false });
    const standing = (...others: LedgerRecord[]) =>
      standingOf([good, ...others], 9).miners.get('m' as Hotkey);
    expect(standing(miss(2))).toMatchObject({ accuracy: 900_000, dependability: 1_500_000 });
    expect(standing(failed)).toMatchObject({ accuracy: 450_000, dependability: 1_500_000 });
    expect(standing(rejected)).toMatchObject({ accuracy: 450_000, dependability: 1_500_000 });
    expect(standing(undecided)).toMatchObject({ accuracy: 900_000, dependability: 2_000_000 });
  });
});
