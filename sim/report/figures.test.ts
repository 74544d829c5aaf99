import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRow } from '../tables.ts';
import { earningsOf } from './earnings.ts';
import { figuresOf, STEPS } from './figures.ts';
import { summaryOf } from './summary.ts';
import { believable, NO_ROWS } from './testing/believable.ts';

const DAY = 86_400;
const TABLES = believable(20);

describe('figuresOf', () => {
  it('counts all that the tables have', async () => {
    const { totals, delivered, rejected, standings } = await figuresOf(TABLES, DAY);
    const answered = TABLES.batches.filter(({ outcome }) => outcome !== 'missed');

    expect(totals.epochs).toBe(20);
    expect(totals.batches).toBe(answered.length);
    expect(totals.leads_delivered).toBe(sum(TABLES.epochs.map((row) => row.leads_delivered)));
    expect(sum(delivered)).toBe(totals.leads_delivered);
    expect(sum(rejected.map(({ leads }) => leads))).toBe(totals.leads_rejected);
    expect(sum(standings.map(({ rows }) => rows))).toBe(TABLES.neurons.length);
  });

  it('rejects the leads of a batch that was not approved, and of an approved one those that failed', async () => {
    const batches = [
      batch({ outcome: 'rejected', leads: 10, reason: 'bad_email' }),
      batch({ outcome: 'denied', leads: 4, reason: '' }),
      batch({ outcome: 'approved', leads: 10, failed: 1, reason: 'duplicate_email' }),
      batch({ outcome: 'missed', leads: 7 }),
    ];
    const { rejected } = await figuresOf({ ...NO_ROWS, batches }, DAY);
    expect(rejected.map(({ reason, leads }) => [reason, leads])).toEqual([
      ['bad_email', 10],
      ['denied', 4],
      ['duplicate_email', 1],
    ]);
  });

  it('puts a score that is just good enough above the line, and one just below beneath it', async () => {
    expect(await stepOf({ final_score: 0.9 })).toBe(18);
    expect(await stepOf({ final_score: 0.899999 })).toBe(17);
    expect(await stepOf({ final_score: 0.15 })).toBe(3);
    expect(await stepOf({ final_score: 1 })).toBe(STEPS);
    expect(await stepOf({ final_score: 0 })).toBe(0);
    expect(await stepOf({ final_score: null })).toBe(-1);
  });

  it('counts an answer after the deadline as late', async () => {
    const at = async (answered_s: number | null): Promise<number> => {
      const batches = [batch({ answered_s, due_s: 140 })];
      const { miners } = await figuresOf({ ...NO_ROWS, batches }, DAY);
      return miners[0]?.byTime.indexOf(1) ?? NaN;
    };
    expect(await at(140)).toBe(STEPS);
    expect(await at(139)).toBe(STEPS - 1);
    expect(await at(141)).toBe(STEPS);
    expect(await at(1_400)).toBe(STEPS);
    expect(await at(null)).toBe(-1);
  });

  it('is not a step too low where a float is', async () => {
    const batches = [batch({ answered_s: 6.1, due_s: 122 })];
    const { miners } = await figuresOf({ ...NO_ROWS, batches }, DAY);
    expect(miners[0]?.byTime.indexOf(1)).toBe(1);
  });

  it('shows a dozen strategies by name, and the others as one', async () => {
    const batches = Array.from({ length: 40 }, (_, at) => batch({ strategy: `s${at}` }));
    const { miners } = await figuresOf({ ...NO_ROWS, batches }, DAY);
    expect(miners).toHaveLength(13);
    expect(miners.find(({ strategy }) => strategy === 'other')?.asked).toBe(28);
  });

  it('lists some penalties and counts all', async () => {
    const [one] = TABLES.penalties;
    const penalties = Array.from({ length: 500 }, () => one).filter((row) => row !== undefined);
    const figures = await figuresOf({ ...NO_ROWS, penalties }, DAY);
    expect(figures.penalties).toHaveLength(200);
    expect(summaryOf(figures).penalties).toBe(500);
  });

  it('is all zeros of no rows', async () => {
    const { totals, rejected, earnings } = await figuresOf(NO_ROWS, DAY);
    expect(Object.values(totals).every((total) => total === 0)).toBe(true);
    expect([...rejected, ...earnings]).toEqual([]);
  });
});

describe('earningsOf', () => {
  it('sets each strategy beside an honest one of its role', () => {
    const earnings = earningsOf([
      { role: 'miner', strategy: 'lazy', tao: 3, chain: 3, ...NOTHING_ELSE },
      { role: 'miner', strategy: 'honest', tao: 4, chain: 4, ...NOTHING_ELSE },
      { role: 'miner', strategy: 'honest', tao: 8, chain: 8, ...NOTHING_ELSE },
      { role: 'validator', strategy: 'lazy', tao: 5, chain: 5, ...NOTHING_ELSE },
    ]);
    expect(earnings).toMatchObject([
      { role: 'miner', strategy: 'honest', neurons: 2, mean_tao: 6, least_tao: 4, most_tao: 8 },
      { role: 'miner', strategy: 'lazy', neurons: 1, beside_honest: 0.5 },
      { role: 'validator', strategy: 'lazy', beside_honest: null },
    ]);
  });

  it('counts of the bad batches that those of a strategy scored how many they approved', () => {
    const lazy = { role: 'validator', strategy: 'lazy', tao: 1, chain: 1 } as const;
    const earnings = earningsOf([
      { ...lazy, badScored: 3, badApproved: 3 },
      { ...lazy, badScored: 5, badApproved: 1 },
      { ...lazy, strategy: 'offline', ...NOTHING_ELSE },
    ]);
    expect(earnings).toMatchObject([{ bad_approved: 0.5 }, { bad_approved: null }]);
  });

  it('keeps the sum, and each average within the least and the most', () => {
    fc.assert(
      fc.property(fc.array(purse), (purses) => {
        const earnings = earningsOf(purses);
        expect(sum(earnings.map(({ total_tao }) => total_tao))).toBeCloseTo(
          sum(purses.map(({ tao }) => tao)),
          3,
        );
        for (const { mean_tao, least_tao, most_tao } of earnings) {
          expect(mean_tao).toBeGreaterThanOrEqual(least_tao - 1e-6);
          expect(mean_tao).toBeLessThanOrEqual(most_tao + 1e-6);
        }
      }),
    );
  });
});

const NOTHING_ELSE = { badScored: 0, badApproved: 0 };

async function stepOf(parts: Partial<BatchRow>): Promise<number> {
  const { miners } = await figuresOf({ ...NO_ROWS, batches: [batch(parts)] }, DAY);
  return miners[0]?.byScore.indexOf(1) ?? NaN;
}

const batch = (parts: Partial<BatchRow>): BatchRow => ({
  query: 'q',
  attempt: 1,
  at_s: 5,
  miner: 'm',
  strategy: 'honest',
  outcome: 'approved',
  leads: 10,
  final_score: 1,
  passed: 10,
  failed: 0,
  unknown: 0,
  reason: '',
  answered_s: 20,
  due_s: 140,
  reports: 3,
  ...parts,
});

const purse = fc.record({
  role: fc.constantFrom('miner' as const, 'validator' as const),
  strategy: fc.constantFrom('honest', 'lazy', '__proto__'),
  tao: fc.integer({ min: 0, max: 1_000 }),
  chain: fc.nat({ max: 9 }),
  badScored: fc.integer({ min: 5, max: 9 }),
  badApproved: fc.nat({ max: 5 }),
});

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
