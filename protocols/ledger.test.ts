import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, anyScore } from './arbitraries.ts';
import {
  chosenOf,
  enter,
  newLedger,
  recordOfFeedback,
  recordsOfCase,
  reputationOf,
  reputationThrough,
  standingAt,
  standingThrough,
  type BatchRecord,
  type Ledger,
  type LedgerRecord,
  type RatingRecord,
  type Standing,
} from './ledger.ts';
import type { Answered, Case, Feedback } from './messages.ts';
import { minerScore } from './rules/miner-score.ts';
import {
  AGREED,
  APPROVED_A_FAILURE,
  consistency,
  dayOfRatings,
  DISAGREED,
  moved,
  reputation,
  START,
  type Change,
} from './rules/reputation.ts';
import { ONE, percent, points, type Hotkey, type Reputation, type Score } from './units.ts';

describe('standingAt', () => {
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

  it('folds what was before, not what is now', () => {
    const one = batch({ at: 5, opinions: { a: 95, b: 95 } });
    expect(precisionIn(standingOf([one], 5), 'a')).toBeUndefined();
    expect(precisionIn(standingOf([one], 6), 'a')).toBe(25);
    const ledger = ledgerOf([one]);
    expect(precisionIn(standingThrough(ledger, 5), 'a')).toBe(25);
    expect(precisionIn(standingAt(ledger, 5), 'a')).toBeUndefined();
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

  it('forgets what is older than the windows', () => {
    const one = batch({ at: 100, opinions: { a: 95, b: 95 }, asked: 50, good: 40 });
    const ledger = ledgerOf([one]);
    const steadiness = (at: number) =>
      standingAt(ledger, at).validators.get('a' as Hotkey)?.consistency;
    expect([239, 240, 399, 400, 999, 1_000].map(steadiness)).toEqual([
      1_200_000, 1_090_000, 1_090_000, 1_040_000, 1_040_000, 1_000_000,
    ]);
    const accuracy = (at: number) => standingAt(ledger, at).miners.get('m' as Hotkey)?.accuracy;
    expect([239, 240, 999, 1_000].map(accuracy)).toEqual([800_000, 800_000, 800_000, 0]);
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

  it('takes R_v from the flagged, and nothing else', () => {
    const ledger = ledgerOf([GOOD_START]);
    const asked = new Map<string, number>();
    const flagA = (validator: Hotkey, at: number): boolean => {
      asked.set(validator, at);
      return validator === ('a' as Hotkey);
    };
    const { validators } = standingAt(ledger, 20, flagA);
    expect(validators.get('a' as Hotkey)).toEqual({
      precision: points(25),
      consistency: 1_200_000,
      reputation: 0,
      flagged: true,
    });
    expect(validators.get('b' as Hotkey)?.reputation).toBe(points(30));
    expect(Object.fromEntries(asked)).toEqual({ a: 20, b: 20, c: 20 });
    expect(standingAt(ledger, 20).validators.get('a' as Hotkey)?.reputation).toBe(points(30));
  });

  it('knows nothing of whom there is no record, which makes a newcomer', () => {
    const empty = standingAt(newLedger({ day: DAY }), 1_000);
    expect(empty).toEqual({ validators: new Map(), miners: new Map() });
    expect(reputationOf(empty, 'a' as Hotkey)).toBe(START);
  });

  it('remembers what it was asked last, until something older comes', () => {
    const ledger = ledgerOf([GOOD_START]);
    const now = standingAt(ledger, 50);
    const before = standingAt(ledger, 40);
    enter(ledger, miss(50));
    expect([standingAt(ledger, 50), standingAt(ledger, 40)]).toEqual([now, before]);
    expect(standingAt(ledger, 50)).toBe(now);
    enter(ledger, miss(45));
    expect(standingAt(ledger, 50)).not.toEqual(now);
    expect(standingAt(ledger, 40)).toBe(before);
  });

  it('agrees with a slow and obvious fold', () => {
    fc.assert(
      fc.property(anyRecords, anyTime, (records, at) => {
        expect(standingOf(records, at)).toEqual(obviousStanding(records, at));
      }),
    );
  });

  it('does not depend on the order in which the records came, nor on what was asked meanwhile', () => {
    fc.assert(
      fc.property(anyRecords, anyTime, fc.array(anyMeanwhile), (records, at, meanwhile) => {
        const ledger = newLedger({ day: DAY });
        for (const [index, record] of records.entries()) {
          enter(ledger, record);
          const asked = meanwhile[index];
          if (asked !== undefined) {
            const seen = records.slice(0, index + 1);
            expect(standingAt(ledger, asked)).toEqual(obviousStanding(seen, asked));
          }
        }
        expect(standingAt(ledger, at)).toEqual(standingOf(records.toReversed(), at));
        expect(standingAt(ledger, at)).toEqual(obviousStanding(records, at));
      }),
    );
  });

  it('minds no order either where much is said of little', () => {
    fc.assert(
      fc.property(manyWords, fc.array(anyMeanwhile), (records, meanwhile) => {
        const ledger = newLedger({ day: DAY });
        for (const [index, record] of records.entries()) {
          enter(ledger, record);
          const asked = meanwhile[index];
          if (asked !== undefined) standingAt(ledger, asked);
        }
        expect(standingAt(ledger, 60)).toEqual(obviousStanding(records, 60));
      }),
    );
  });

  it('stays within its bounds', () => {
    fc.assert(
      fc.property(anyRecords, anyTime, (records, at) => {
        const { validators, miners } = standingOf(records, at);
        for (const one of validators.values()) {
          expect(one.precision >= 0 && one.precision <= points(100)).toBe(true);
          expect(one.consistency >= ONE && one.consistency <= 2 * ONE).toBe(true);
          expect(one.reputation >= 0 && one.reputation <= points(200)).toBe(true);
        }
        for (const { accuracy, dependability } of miners.values()) {
          expect(accuracy >= 0 && accuracy <= ONE).toBe(true);
          expect(dependability >= ONE && dependability <= 2 * ONE).toBe(true);
        }
      }),
    );
  });

  it('says the same through a moment as just before the next, and of one as of all', () => {
    fc.assert(
      fc.property(anyRecords, anyTime, (records, now) => {
        const through = standingThrough(ledgerOf(records), now);
        const seen = records.filter((record) => record.at <= now);
        expect(through).toEqual(obviousStanding(seen, now, true));
        for (const name of NAMES) {
          const alone = reputationThrough(ledgerOf(records), now, name);
          expect(alone).toBe(reputationOf(through, name));
        }
      }),
    );
  });

  it('keeps up with a month of a subnet, an epoch at a time and some records late', () => {
    const ledger = newLedger({ day: 7_200 });
    let late: LedgerRecord[] = [];
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (const record of late) enter(ledger, record);
      late = [];
      for (let index = 0; index < 33; index++) {
        const number = epoch * 33 + index;
        const names = [0, 1, 2, 3, 4].map((seat) => `v${(number * 7 + seat * 3) % 16}`);
        const record = batch({
          at: epoch * 360 + index * 10,
          query: `q${number}`,
          miner: `m${number % 100}` as Hotkey,
          opinions: Object.fromEntries(names.map((name, seat) => [name, 90 + seat])),
        });
        const said = rating({ at: record.at + 20, query: `q${number}`, rating: 1 + (number % 10) });
        (index < 30 ? [record, said] : []).forEach((one) => enter(ledger, one));
        if (index >= 30) late.push(record, said);
      }
      standingAt(ledger, (epoch + 1) * 360);
    }
    // All 90 days take about two seconds. Anything quadratic would run into the test's time limit.
    expect(standingAt(ledger, EPOCHS * 360).validators.size).toBe(16);
  });
});

describe('enter', () => {
  it('takes a record once', () => {
    const ledger = newLedger({ day: DAY });
    expect([enter(ledger, GOOD_START), enter(ledger, GOOD_START)]).toEqual([true, false]);
    expect(precisionIn(standingAt(ledger, 20), 'a')).toBe(25);
  });

  it('refuses what no reader may let through', () => {
    const ledger = newLedger({ day: DAY });
    expect(() => enter(ledger, miss(Number.NaN))).toThrow('broken invariant');
    expect(() => enter(ledger, rating({ rating: 11 }))).toThrow('broken invariant');
  });
});

describe('recordsOfCase', () => {
  it('has a record for each drawn miner', () => {
    const theCase = caseOf([
      { kind: 'missed', miner: 'm0' as Hotkey, reports: [] },
      answered({ miner: 'm1', score: 95, checked: [0, 0, 0, 3, 2] }),
      answered({ miner: 'm2', score: 80 }),
    ]);
    expect(recordsOfCase(theCase, 'd')).toEqual([
      { kind: 'miss', at: 77, key: 'd/000', query: 'q', attempt: 2, miner: 'm0' },
      {
        kind: 'batch',
        at: 77,
        key: 'd/001',
        query: 'q',
        attempt: 2,
        buyer: 'u',
        miner: 'm1',
        batch: 'b-m1',
        opinions: [{ validator: 'a', score: percent(95) }],
        finalScore: percent(95),
        approved: true,
        checks: 'passed',
        asked: 9,
        good: 3,
        chosen: true,
      },
      {
        kind: 'batch',
        at: 77,
        key: 'd/002',
        query: 'q',
        attempt: 2,
        buyer: 'u',
        miner: 'm2',
        batch: 'b-m2',
        opinions: [{ validator: 'a', score: percent(80) }],
        finalScore: percent(80),
        approved: false,
        checks: 'none',
        asked: 10,
        good: 0,
        chosen: false,
      },
    ]);
  });

  it("names no buyer of a validator's own query, and no F where there is none", () => {
    const { finalScore: _, ...silent } = answered({ miner: 'm', score: 80 });
    const [record] = recordsOfCase(caseOf([silent], 'validator'), 'd');
    expect(record).not.toHaveProperty('buyer');
    expect(record).not.toHaveProperty('finalScore');
  });
});

describe('chosenOf', () => {
  it('is the checked batch of the highest F, then made first, then of the smaller name', () => {
    const low = answered({ miner: 'a', score: 90, checked: [0] });
    const high = answered({ miner: 'b', score: 95, checked: [0] });
    const failed = answered({ miner: 'c', score: 99, checked: [1] });
    const unchecked = answered({ miner: 'd', score: 99 });
    const early = { ...high, batch: 'z', madeAt: 4 } as Answered;
    const twin = { ...high, batch: 'b-a' } as Answered;
    expect(chosenOf([low, high, failed, unchecked])).toBe(high);
    expect(chosenOf([high, early])).toBe(early);
    expect(chosenOf([high, twin])).toBe(twin);
    expect(chosenOf([failed, unchecked])).toBeUndefined();
    expect(chosenOf([])).toBeUndefined();
  });
});

describe('recordOfFeedback', () => {
  it('is a rating of the whole query', () => {
    const feedback = { query: 'q', buyer: 'u', pool: 'p', rating: 8, block: 9 } as Feedback;
    expect(recordOfFeedback(feedback, 'd')).toEqual({
      kind: 'rating',
      at: 9,
      key: 'd',
      buyer: 'u',
      query: 'q',
      rating: 8,
    });
  });
});

const EPOCHS = 600;

/** Short, so that windows and limits of days are met. */
const DAY = 10;

let count = 0;
const nextKey = (): string => `k${String(count++).padStart(6, '0')}`;

type Scores = Readonly<Record<string, number>>;
const opinions = (scores: Scores): BatchRecord['opinions'] =>
  Object.entries(scores).map(([name, score]) => ({
    validator: name as Hotkey,
    score: percent(score),
  }));

const batch = ({
  opinions: scores = {},
  ...change
}: Partial<Omit<BatchRecord, 'opinions'>> & { opinions?: Scores }): BatchRecord => ({
  kind: 'batch',
  at: 0,
  key: nextKey(),
  query: 'q',
  attempt: 1,
  buyer: 'u',
  miner: 'm' as Hotkey,
  batch: 'b',
  opinions: opinions(scores),
  finalScore: percent(95),
  approved: true,
  checks: 'passed',
  asked: 0,
  good: 0,
  chosen: true,
  ...change,
});

const GOOD_START = batch({ opinions: { a: 95, b: 95, c: 95 } });

const rating = (change: Partial<RatingRecord>): RatingRecord => ({
  kind: 'rating',
  at: 0,
  key: nextKey(),
  buyer: 'u' as Hotkey,
  query: 'q',
  rating: 9,
  ...change,
});

const miss = (at: number): LedgerRecord => ({
  kind: 'miss',
  at,
  key: nextKey(),
  query: 'q',
  attempt: 1,
  miner: 'm' as Hotkey,
});

function ledgerOf(records: readonly LedgerRecord[]): Ledger {
  const ledger = newLedger({ day: DAY });
  for (const record of records) enter(ledger, record);
  return ledger;
}
const standingOf = (records: readonly LedgerRecord[], at: number): Standing =>
  standingAt(ledgerOf(records), at);

function precisionIn({ validators }: Standing, name: string): number | undefined {
  const precision = validators.get(name as Hotkey)?.precision;
  return precision === undefined ? undefined : precision / 1_000;
}

const answered = ({
  miner,
  score,
  checked,
}: {
  miner: string;
  score: number;
  checked?: number[];
}): Answered =>
  ({
    kind: 'answered',
    miner,
    batch: `b-${miner}`,
    madeAt: 5,
    count: 5,
    reports: [{ validator: 'a', score: percent(score) }, { validator: 'abstains' }],
    finalScore: percent(score),
    denied: false,
    approved: score >= 90,
    ...(checked && {
      checks: {
        outcome: checked.includes(1) ? 'failed' : 'passed',
        leads: Uint8Array.from(checked),
      },
    }),
  }) as unknown as Answered;

const caseOf = (answers: Case['answers'], account = 'buyer'): Case =>
  ({
    pool: 'p',
    query: { id: 'q', buyer: 'u', account, want: { leads: 10 }, rounds: [{}, {}] },
    block: 77,
    reputations: [],
    answers,
  }) as unknown as Case;

/** The rules as one reads them: everything sorted, counted and walked anew. */
function obviousStanding(records: readonly LedgerRecord[], at: number, through = false): Standing {
  const order = (a: LedgerRecord, b: LedgerRecord): number =>
    (a.epoch ?? 0) - (b.epoch ?? 0) || a.at - b.at || (a.key < b.key ? -1 : 1);
  const seen = records
    .filter((record) => record.at < at || (through && record.at === at))
    .toSorted(order);
  const batches = seen.filter((record) => record.kind === 'batch');
  const ratings = seen.filter((record) => record.kind === 'rating');

  // What each rating that counts speaks of.
  const effects = ratings.flatMap((one) => {
    const same = ratings.filter(
      (other) =>
        other.buyer === one.buyer &&
        other.query === one.query &&
        other.batch === one.batch &&
        String(other.validators) === String(one.validators),
    );
    if (same[0] !== one || same.some((other) => other.rating !== one.rating)) return [];
    const [of] = batches
      .filter(({ query, chosen }) => chosen && query === one.query)
      .filter((other) => one.batch === undefined || one.batch === other.batch)
      .toSorted((a, b) => a.attempt - b.attempt);
    if (of === undefined || !(of.anyBuyer === true || of.buyer === one.buyer)) return [];
    return [{ one, of, isOlder: order(one, of) < 0 }];
  });
  const walk = seen.flatMap((record) => {
    if (record.kind === 'batch') {
      return [record, ...effects.filter(({ of, isOlder }) => of === record && isOlder)];
    }
    return effects.filter(({ one, isOlder }) => one === record && !isOlder);
  });

  const names = new Set<Hotkey>();
  const precisions = new Map<Hotkey, Reputation>();
  const agreements: { name: Hotkey; at: number; agreed: boolean }[] = [];
  const days = new Map<string, { buyer: string; rating: number }[]>();
  const move = (name: Hotkey, change: Change): void => {
    precisions.set(name, moved(precisions.get(name) ?? START, change));
  };
  for (const step of walk) {
    if ('one' in step) {
      const when = Math.floor((step.isOlder ? step.of.at : step.one.at) / DAY);
      const who = step.of.opinions
        .filter(({ score }) => score >= 900_000)
        .filter(({ validator }) => step.one.validators?.includes(validator) ?? true);
      for (const { validator } of who) {
        const day = days.get(`${validator} ${when}`) ?? [];
        day.push({ buyer: step.one.buyer, rating: step.one.rating });
        days.set(`${validator} ${when}`, day);
        move(validator, dayOfRatings(day).at(-1) ?? (0 as Change));
      }
      continue;
    }
    for (const { validator, score } of step.opinions) {
      names.add(validator);
      if (step.approved && step.checks === 'failed') {
        if (score < 900_000) continue;
        move(validator, APPROVED_A_FAILURE);
      } else {
        if (step.approved && step.checks === 'undecided') continue;
        if (step.opinions.length < 2 || step.finalScore === undefined) continue;
        const agreed = Math.abs(score - step.finalScore) <= 100_000;
        move(validator, agreed ? AGREED : DISAGREED);
        agreements.push({ name: validator, at: step.at, agreed });
      }
    }
  }

  const windows = [14, 30, 90].map((length) => at - length * DAY);
  const validators = [...names].map((name) => {
    const precision = precisions.get(name) ?? START;
    const steadiness = consistency(
      windows.map((after) => {
        const within = agreements.filter((one) => one.name === name && one.at > after);
        return { agreed: within.filter(({ agreed }) => agreed).length, scores: within.length };
      }),
    );
    const worth = reputation(precision, steadiness, false);
    return [
      name,
      { precision, consistency: steadiness, reputation: worth, flagged: false },
    ] as const;
  });

  const answers = seen.filter((record) => record.kind !== 'rating');
  const miners = [...new Set(answers.map(({ miner }) => miner))].map((miner) => {
    const tallies = windows.map((after) => {
      const own = answers.filter((record) => record.miner === miner && record.at > after);
      const made = own.filter((record) => record.kind === 'batch');
      return {
        asked: made.reduce((sum, { asked }) => sum + asked, 0),
        good: made.reduce((sum, { good }) => sum + good, 0),
        queries: own.length,
        approved: made.filter(({ approved, checks }) => approved && checks !== 'failed').length,
      };
    });
    return [miner, minerScore(tallies)] as const;
  });
  return { validators: new Map(validators), miners: new Map(miners) };
}

const NAMES = ['a', 'b', 'c', '__proto__'] as Hotkey[];
const BUYERS = ['u', 'v', 'w'] as Hotkey[];

/** Often at the edges of days and windows: 14, 30 and 90 days of 10. */
const anyTime = fc.oneof(
  ...[0, 10, 140, 300, 900].map((edge) => around(edge, { min: -1, max: 1_100 })),
  fc.nat({ max: 30 }),
);
const anyMeanwhile = fc.oneof(fc.constant(undefined), anyTime);

const anyQuery = fc.constantFrom('q', 'r', '__proto__');

const anyBatch = fc
  .record(
    {
      at: anyTime,
      epoch: fc.nat({ max: 2 }),
      query: anyQuery,
      attempt: fc.integer({ min: 1, max: 3 }),
      buyer: fc.constantFrom(...BUYERS),
      anyBuyer: fc.constant(true as const),
      miner: fc.constantFrom('m', 'n') as fc.Arbitrary<Hotkey>,
      batch: fc.constantFrom('b', 'c'),
      names: fc.subarray(NAMES),
      scores: fc.array(anyScore, { minLength: 4, maxLength: 4 }),
      finalScore: fc.oneof(fc.constantFrom(800_000 as Score, 800_001 as Score), anyScore),
      approved: fc.boolean(),
      checks: fc.constantFrom('passed', 'failed', 'undecided', 'none'),
      asked: fc.nat({ max: 100 }),
      bad: fc.nat({ max: 100 }),
      chosen: fc.boolean(),
    },
    {
      requiredKeys: [
        'at',
        'query',
        'attempt',
        'miner',
        'batch',
        'names',
        'scores',
        'approved',
        'checks',
        'asked',
        'bad',
        'chosen',
      ],
    },
  )
  .map(({ names, scores, bad, ...rest }) => ({
    kind: 'batch' as const,
    ...rest,
    good: Math.max(0, rest.asked - bad),
    opinions: names.map((validator, index) => ({
      validator,
      score: scores[index] ?? (0 as Score),
    })),
  }));

const anyRating = fc.record(
  {
    kind: fc.constant('rating' as const),
    at: anyTime,
    epoch: fc.nat({ max: 2 }),
    buyer: fc.constantFrom(...BUYERS),
    query: anyQuery,
    rating: fc.oneof(fc.constant(9), fc.integer({ min: 1, max: 10 })),
    batch: fc.constantFrom('b', 'c'),
    validators: fc.constantFrom(...NAMES.map((name) => [name])),
  },
  { requiredKeys: ['kind', 'at', 'buyer', 'query', 'rating'] },
);

const anyMiss = fc.record({
  kind: fc.constant('miss' as const),
  at: anyTime,
  query: fc.constant('q'),
  attempt: fc.constant(1),
  miner: fc.constantFrom('m', 'n') as fc.Arbitrary<Hotkey>,
});

/** In any order, under names that sort in any order. */
const anyRecords: fc.Arbitrary<LedgerRecord[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.nat({ max: 9_999 }),
      fc.oneof(
        { arbitrary: anyBatch, weight: 4 },
        { arbitrary: anyRating, weight: 4 },
        { arbitrary: anyMiss, weight: 1 },
      ),
    ),
    { selector: ([number]) => number, maxLength: 24 },
  )
  .map((records) => records.map(([number, record]) => ({ ...record, key: `k${number}` })));

/** A few batches that all approved, and what three buyers say of them on a few days. */
const manyWords: fc.Arbitrary<LedgerRecord[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.nat({ max: 9_999 }),
      fc.oneof(
        fc
          .record({
            at: fc.nat({ max: 40 }),
            query: fc.constantFrom('q', 'r', 's'),
            attempt: fc.integer({ min: 1, max: 2 }),
            batch: fc.constantFrom('b', 'c'),
          })
          .map((change) => batch({ ...change, opinions: { a: 95, b: 95 } })),
        fc
          .record(
            {
              at: fc.nat({ max: 40 }),
              query: fc.constantFrom('q', 'r', 's'),
              rating: fc.constantFrom(1, 5, 7, 9),
              batch: fc.constantFrom('b', 'c'),
              validators: fc.constantFrom(['a'] as Hotkey[], ['b'] as Hotkey[]),
            },
            { requiredKeys: ['at', 'query', 'rating'] },
          )
          .map(rating),
      ),
    ),
    { selector: ([number]) => number, maxLength: 16 },
  )
  .map((records) =>
    records.map(([number, record]) => ({
      ...record,
      key: `k${number}`,
      // A word that is changed moves nothing: mostly one buyer says the same of one query.
      ...(record.kind === 'rating' && number % 4 > 0
        ? { rating: 1 + record.query.length * 6 }
        : {}),
      ...(number % 3 > 0 ? { buyer: 'u' as Hotkey } : { buyer: 'v' as Hotkey }),
    })),
  );
