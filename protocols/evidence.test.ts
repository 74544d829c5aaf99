import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf, hasScores, windowOf, type Span } from './evidence.ts';
import { anyRecords, anyTime, batch, ledgerOf, miss, rating } from './ledger-arbitraries.ts';
import { recordsBetween } from './ledger.ts';
import type { LedgerRecord } from './records.ts';
import { found, suspect } from './rules/penalty-arbitraries.ts';
import { enterPenalty } from './rules/penalty-fold.ts';
import { percent, type Hotkey } from './units.ts';

const SPAN: Span = { from: 100, to: 500, epoch: 100 };

describe('the events of a window', () => {
  it('are the scores of every batch that was scored, and what the checks found', () => {
    const events = eventsIn([
      batch({
        at: 120,
        batch: 'b1',
        opinions: { a: 95, b: 40 },
        told: { passed: 9, told: 10 },
        count: 100,
      }),
      batch({
        at: 399,
        batch: 'b2',
        opinions: { a: 30 },
        finalScore: percent(30),
        approved: false,
        checks: 'none',
        count: 50,
        chosen: false,
      }),
      miss(400),
    ]);
    expect(events).toEqual({
      scores: [
        {
          epoch: 0,
          validator: 'a',
          miner: 'm',
          batch: 'b1',
          score: percent(95),
          finalScore: percent(95),
          time: 120,
        },
        {
          epoch: 0,
          validator: 'b',
          miner: 'm',
          batch: 'b1',
          score: percent(40),
          finalScore: percent(95),
          time: 120,
        },
        {
          epoch: 2,
          validator: 'a',
          miner: 'm',
          batch: 'b2',
          score: percent(30),
          finalScore: percent(30),
          time: 399,
        },
      ],
      audits: [{ batch: 'b1', passRate: percent(90), checked: 10, time: 120 }],
      feedback: [],
      sampleSize: 10,
    });
  });

  it('are those from the first block up to the last, and not of it', () => {
    const at = (block: number) => batch({ at: block, batch: `${block}`, opinions: { a: 95 } });
    const { scores } = eventsIn([99, 100, 499, 500].map(at));
    expect(scores.map(({ batch: name, epoch }) => [name, epoch])).toEqual([
      ['100', 0],
      ['499', 3],
    ]);
  });

  it("are a buyer's word on those who approved its batch", () => {
    const delivered = batch({ at: 200, batch: 'b1', opinions: { a: 95, b: 89, c: 90 } });
    const said = { at: 210, rating: 9 };
    const events = (...ratings: readonly LedgerRecord[]) =>
      eventsIn([delivered, ...ratings]).feedback.map(({ validator, rating: given }) => [
        validator,
        given,
      ]);
    expect(events(rating(said))).toEqual([
      ['a', 9],
      ['c', 9],
    ]);
    expect(events(rating(said), rating({ ...said, at: 220 }))).toHaveLength(2);
    expect(events(rating(said), rating({ ...said, rating: 8 }))).toEqual([]);
    expect(events(rating({ ...said, buyer: 'w' as Hotkey }))).toEqual([]);
    expect(events(rating({ ...said, query: 'another' }))).toEqual([]);
  });

  it('leave out what a restricted buyer said', () => {
    const records = [batch({ at: 200, opinions: { a: 95 } }), rating({ at: 210 })];
    const ledger = ledgerOf(records);
    const buyers = [{ ...suspect('u', 90), hotkeys: ['u' as Hotkey] }];
    enterPenalty(ledger.penalties, found(300, { from: 205, buyers }));
    expect(eventsOf(windowOf(ledger, SPAN)).feedback).toEqual([]);
    expect(eventsIn(records).feedback).toHaveLength(1);
  });
});

describe('a window', () => {
  it('has a name that only its records and voids decide', () => {
    fc.assert(
      fc.property(reordered(anyRecords), anyTime, anyTime, ([records, others], from, to) => {
        const span = { from, to, epoch: 10 };
        const [one, other] = [windowOf(ledgerOf(records), span), windowOf(ledgerOf(others), span)];
        expect(other.name).toBe(one.name);
        const less = records.slice(0, -1);
        const isWithin =
          recordsBetween(ledgerOf(records), from, to).length >
          recordsBetween(ledgerOf(less), from, to).length;
        expect(windowOf(ledgerOf(less), span).name === one.name).toBe(!isWithin);
      }),
    );
  });

  it('is one object for all ledgers that hold the same', () => {
    const records = [batch({ at: 200, opinions: { a: 95 } }), miss(600)];
    const [first, second] = [ledgerOf(records), ledgerOf(records.slice(0, 1))];
    expect(windowOf(second, SPAN)).toBe(windowOf(first, SPAN));
    expect(windowOf(second, { ...SPAN, from: 150 })).not.toBe(windowOf(first, SPAN));
  });

  it('is worth a look where somebody scored', () => {
    expect(hasScores(windowOf(ledgerOf([miss(200), batch({ at: 200 })]), SPAN))).toBe(false);
    expect(hasScores(windowOf(ledgerOf([batch({ at: 200, opinions: { a: 5 } })]), SPAN))).toBe(
      true,
    );
  });
});

const eventsIn = (records: readonly LedgerRecord[]) => eventsOf(windowOf(ledgerOf(records), SPAN));

const reordered = <T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> =>
  lists.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  );
