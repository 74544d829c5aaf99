/**
 * Records for tests: short hands for one of a kind, and lists of them that crowd the edges of days and
 * windows.
 */
import fc from 'fast-check';
import { anyScore, around } from './arbitraries.ts';
import { enter, newLedger, standingAt, type Ledger } from './ledger.ts';
import type { BatchRecord, LedgerRecord, RatingRecord } from './records.ts';
import type { Standing } from './standing.ts';
import { percent, type Hotkey, type Score } from './units.ts';

/** Short, so that windows and limits of days are met. */
export const DAY: number = 10;

let count = 0;
const nextKey = (): string => `k${String(count++).padStart(6, '0')}`;

type Scores = Readonly<Record<string, number>>;
export const opinions = (scores: Scores): BatchRecord['opinions'] =>
  Object.entries(scores).map(([name, score]) => ({
    validator: name as Hotkey,
    score: percent(score),
  }));

export const batch = ({
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

export const GOOD_START: BatchRecord = batch({ opinions: { a: 95, b: 95, c: 95 } });

export const rating = (change: Partial<RatingRecord>): RatingRecord => ({
  kind: 'rating',
  at: 0,
  key: nextKey(),
  buyer: 'u' as Hotkey,
  query: 'q',
  rating: 9,
  ...change,
});

export const miss = (at: number): LedgerRecord => ({
  kind: 'miss',
  at,
  key: nextKey(),
  query: 'q',
  attempt: 1,
  miner: 'm' as Hotkey,
});

export function ledgerOf(records: readonly LedgerRecord[]): Ledger {
  const ledger = newLedger({ day: DAY });
  for (const record of records) enter(ledger, record);
  return ledger;
}
export const standingOf = (records: readonly LedgerRecord[], at: number): Standing =>
  standingAt(ledgerOf(records), at);

export function precisionIn({ validators }: Standing, name: string): number | undefined {
  const precision = validators.get(name as Hotkey)?.precision;
  return precision === undefined ? undefined : precision / 1_000;
}

export const NAMES: readonly Hotkey[] = ['a', 'b', 'c', '__proto__'] as Hotkey[];
const BUYERS = ['u', 'v', 'w'] as Hotkey[];

/** Often at the edges of days and windows: 14, 30 and 90 days of 10. */
export const anyTime: fc.Arbitrary<number> = fc.oneof(
  ...[0, 10, 140, 300, 900].map((edge) => around(edge, { min: -1, max: 1_100 })),
  fc.nat({ max: 30 }),
);
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
      names: fc.subarray([...NAMES]),
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
export const anyRecords: fc.Arbitrary<LedgerRecord[]> = fc
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
export const manyWords: fc.Arbitrary<LedgerRecord[]> = fc
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
