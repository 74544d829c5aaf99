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
  NAMES,
  precisionIn,
  rating,
  standingOf,
} from './ledger-arbitraries.ts';
import { enter, newLedger, reputationThrough, standingAt, standingThrough } from './ledger.ts';
import type { LedgerRecord } from './records.ts';
import { minerScore } from './rules/miner-score.ts';
import { found, ownerNamed, suspect } from './rules/penalty-arbitraries.ts';
import { enterPenalty } from './rules/penalty-fold.ts';
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
import { reputationOf, type Standing } from './standing.ts';
import { ONE, points, type Hotkey, type Reputation } from './units.ts';

describe('standingAt', () => {
  it('folds what was before, not what is now', () => {
    const one = batch({ at: 5, opinions: { a: 95, b: 95 } });
    expect(precisionIn(standingOf([one], 5), 'a')).toBeUndefined();
    expect(precisionIn(standingOf([one], 6), 'a')).toBe(25);
    const ledger = ledgerOf([one]);
    expect(precisionIn(standingThrough(ledger, 5), 'a')).toBe(25);
    expect(precisionIn(standingAt(ledger, 5), 'a')).toBeUndefined();
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

  it('takes R_v from the flagged, and nothing else', () => {
    const ledger = ledgerOf([GOOD_START]);
    enterPenalty(ledger.penalties, found(19, { validators: [suspect('owner', 70)] }));
    const ownerOf = (hotkey: Hotkey) => ownerNamed(hotkey.startsWith('a') ? 'owner' : hotkey);
    const standing = standingAt(ledger, 20, ownerOf);
    const { validators } = standing;
    expect(validators.get('a' as Hotkey)).toEqual({
      precision: points(25),
      consistency: 1_200_000,
      reputation: 0,
      flagged: true,
    });
    expect(validators.get('b' as Hotkey)?.reputation).toBe(points(30));
    // A newcomer of the same owner's, of whom there is no record.
    expect(['a2', 'd'].map((name) => reputationOf(standing, name as Hotkey))).toEqual([0, START]);
    expect(standingAt(ledger, 20, ownerOf)).toBe(standing);
    expect(standingAt(ledger, 19, ownerOf).validators.get('a' as Hotkey)?.flagged).toBe(false);
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

describe('ledgers of the same records', () => {
  it('say each what its own records say, however far each has come and whichever way it went', () => {
    fc.assert(
      fc.property(
        anyRecords,
        anyRecords,
        fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 6 }), anyTime), { maxLength: 40 }),
        (records, others, steps) => {
          // Three that are given the same in the same order, and one that turns off half way.
          const turned = [...records.slice(0, records.length >> 1), ...others];
          const readers = [records, records, records, turned].map((own) => ({
            own,
            ledger: newLedger({ day: DAY }),
            entered: 0,
          }));
          for (const [who, more, at] of steps) {
            const reader = readers[who];
            if (reader === undefined) continue;
            const next = reader.own.slice(reader.entered, reader.entered + more);
            for (const record of next) enter(reader.ledger, record);
            reader.entered += next.length;
            // Keys are unique in a list alone: of two with one key the first counts.
            const read = new Map<string, LedgerRecord>();
            for (const record of reader.own.slice(0, reader.entered)) {
              if (!read.has(record.key)) read.set(record.key, record);
            }
            expect(standingAt(reader.ledger, at)).toEqual(obviousStanding([...read.values()], at));
          }
        },
      ),
    );
  });

  it('fold once what all of them were given', () => {
    const records = [
      batch({ opinions: { a: 95 } }),
      miss(5),
      batch({ at: 7, opinions: { a: 95, b: 95 } }),
    ];
    const [first, second, third] = [ledgerOf(records), ledgerOf(records), ledgerOf(records)];
    expect(standingAt(second, 10)).toBe(standingAt(first, 10));
    enter(third, miss(12));
    expect(standingAt(third, 10)).toBe(standingAt(first, 10));
    expect(standingAt(third, 20)).not.toBe(standingAt(first, 20));
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

const EPOCHS = 600;

const anyMeanwhile = fc.oneof(fc.constant(undefined), anyTime);

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
