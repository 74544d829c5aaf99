import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyRecords,
  anyTime,
  batch,
  DAY,
  GOOD_START,
  ledgerOf,
  manyWords,
  miss,
  precisionIn,
  rating,
  standingOf,
} from './ledger-arbitraries.ts';
import { enter, newLedger, recordsBetween, standingAt } from './ledger.ts';
import type { LedgerRecord } from './records.ts';
import { appeal, decided, found, suspect } from './rules/penalty-arbitraries.ts';
import { enterPenalty } from './rules/penalty-fold.ts';
import type { FoundEvent } from './rules/penalty-events.ts';
import type { Hotkey } from './units.ts';

describe('void ratings', () => {
  it('move nobody from the restriction on, and do again where it was lifted', () => {
    const ledger = ledgerOf([
      GOOD_START,
      rating({ at: 3, rating: 9 }),
      rating({ at: 30, rating: 9 }),
    ]);
    const precision = (at: number) => precisionIn(standingAt(ledger, at), 'a');
    const before = precision(40);
    expect(before).toBe(40);
    const against = appeal(12, 'x');
    const ring = [suspect('x', 90)];
    enterPenalty(
      ledger.penalties,
      found(10, { validators: ring, buyers: [{ ...suspect('u', 40, ['x']), hotkeys: [BUYER] }] }),
    );
    // The first word is void, and the second now stands for itself.
    expect([precision(10), precision(11), precision(40)]).toEqual([40, 25, 40]);
    enterPenalty(ledger.penalties, against);
    enterPenalty(ledger.penalties, decided(60, against, true));
    expect([precision(11), precision(61)]).toEqual([25, 40]);
  });

  it('count as if they had never been given, in whatever order records and findings came', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyRecords, manyWords),
        fc.array(
          fc.tuple(
            fc.nat({ max: 3 }),
            fc.nat({ max: 4 }),
            fc.option(anyVoiding, { nil: undefined }),
            anyTime,
          ),
          { maxLength: 24 },
        ),
        (records, steps) => {
          // Several readers of one book, each with findings of its own.
          const readers = Array.from({ length: 4 }, () => ({
            ledger: newLedger({ day: DAY }),
            read: 0,
            findings: [] as FoundEvent[],
          }));
          for (const [who, more, finding, at] of steps) {
            const reader = readers[who];
            if (reader === undefined) continue;
            for (const record of records.slice(reader.read, reader.read + more)) {
              enter(reader.ledger, record);
            }
            reader.read += more;
            if (finding) {
              enterPenalty(reader.ledger.penalties, finding);
              reader.findings.push(finding);
            }
            const said = records.slice(0, reader.read).filter(isCounted(reader.findings, at));
            expect(standingAt(reader.ledger, at)).toEqual(standingOf(said, at));
          }
        },
      ),
    );
  });
});

describe('recordsBetween', () => {
  it('gives what a ledger has read of a time, in its order, and no more', () => {
    const records = [miss(5), batch({ at: 3 }), miss(3), miss(9)];
    const [all, some] = [ledgerOf(records), ledgerOf(records.slice(0, 2))];
    const atOf = (list: readonly LedgerRecord[]) => list.map(({ at }) => at);
    expect(atOf(recordsBetween(all, 3, 9))).toEqual([3, 3, 5]);
    expect(atOf(recordsBetween(some, 0, 100))).toEqual([3, 5]);
    expect(recordsBetween(all, 9, 9)).toEqual([]);
  });

  it('agrees with a look through all of them', () => {
    fc.assert(
      fc.property(anyRecords, anyTime, anyTime, (records, from, to) => {
        const between = recordsBetween(ledgerOf(records), from, to);
        const slow = records.filter(({ at }) => from <= at && at < to);
        expect(new Set(between)).toEqual(new Set(slow));
        expect(between).toHaveLength(slow.length);
      }),
    );
  });
});

const BUYER = 'u' as Hotkey;

/** A finding that restricts a buyer by its own score, as of each moment with what it voids. */
const anyVoiding: fc.Arbitrary<FoundEvent> = fc
  .tuple(anyTime, anyTime, fc.constantFrom('u', 'v', 'w'))
  .map(([at, from, buyer]) =>
    found(at, {
      from,
      buyers: [{ ...suspect(`${buyer} ${at} ${from}`, 90), hotkeys: [buyer as Hotkey] }],
    }),
  );

/** Each finding is of an owner of its own, so that none spends another's evidence. */
const isCounted =
  (findings: readonly FoundEvent[], moment: number) =>
  (record: LedgerRecord): boolean =>
    record.kind !== 'rating' ||
    !findings.some(
      ({ at, from, buyers }) =>
        at < moment &&
        from <= record.at &&
        record.at < at &&
        buyers.some(({ hotkeys }) => hotkeys.includes(record.buyer)),
    );
