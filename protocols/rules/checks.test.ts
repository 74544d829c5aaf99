import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START } from '../arbitraries.ts';
import type { Answered, CheckOutcome } from '../messages.ts';
import type { BatchId, Hotkey } from '../units.ts';
import { because, both, PASS, type Verdict } from '../verdict.ts';
import { checkCodes, checkOutcome, differs, goodLeads, toldLeads } from './checks.ts';

describe('checkOutcome', () => {
  it('passes from 90 % of the leads that could be told', () => {
    expect(checkOutcome([...times(9, PASS), BAD])).toBe('passed');
    expect(checkOutcome([...times(89, PASS), ...times(11, BAD)])).toBe('failed');
    expect(checkOutcome([...times(9, PASS), BAD, ...times(10, UNKNOWN)])).toBe('passed');
    expect(checkOutcome([...times(8, PASS), BAD, UNKNOWN])).toBe('failed');
  });

  it('is undecided where more than half could not be told', () => {
    expect(checkOutcome([PASS, UNKNOWN])).toBe('passed');
    expect(checkOutcome([PASS, UNKNOWN, UNKNOWN])).toBe('undecided');
    expect(checkOutcome([BAD, UNKNOWN, UNKNOWN])).toBe('undecided');
    expect(checkOutcome([UNKNOWN])).toBe('undecided');
  });

  it('fails an empty batch', () => {
    expect(checkOutcome([])).toBe('failed');
  });

  it('agrees with counting in whole numbers', () => {
    fc.assert(
      fc.property(anyVerdicts, (verdicts) => {
        const known = verdicts.filter((verdict) => verdict !== UNKNOWN).length;
        const passed = verdicts.filter((verdict) => verdict === PASS).length;
        const undecided = verdicts.length - known > known;
        const good = verdicts.length > 0 && 10 * passed >= 9 * known;
        expect(checkOutcome(verdicts)).toBe(undecided ? 'undecided' : good ? 'passed' : 'failed');
      }),
    );
  });

  it('never gets better where a lead turns bad', () => {
    fc.assert(
      fc.property(anyVerdicts, fc.nat(), (verdicts, at) => {
        const valid = verdicts.flatMap((verdict, index) => (verdict === PASS ? [index] : []));
        fc.pre(valid.length > 0);
        const worse = verdicts.with(valid[at % valid.length] ?? 0, BAD);
        expect(RANKS[checkOutcome(worse)]).toBeLessThanOrEqual(RANKS[checkOutcome(verdicts)]);
      }),
    );
  });
});

describe('checkCodes', () => {
  it('tells a good lead that the pool has from one that it has not', () => {
    const codes = checkCodes([PASS, BAD, UNKNOWN, PASS, BAD], (index) => index >= 3);
    expect([...codes]).toEqual([0, 1, 2, 3, 1]);
    expect([...checkCodes([both(BAD, UNKNOWN)], () => false)]).toEqual([1]);
  });
});

describe('goodLeads', () => {
  it('counts what passed and was new, of what was wanted and could be told', () => {
    expect(goodLeads(10, answer([0, 0, 0, 1, 2, 3], 'passed'))).toEqual({ asked: 9, good: 3 });
  });

  it('counts nothing good in a batch that failed, by the panel or by the checks', () => {
    expect(goodLeads(10, answer([0, 0], 'failed'))).toEqual({ asked: 10, good: 0 });
    expect(goodLeads(10, { ...answer([0, 0], 'passed'), approved: false })).toEqual({
      asked: 10,
      good: 0,
    });
    const { checks: _, ...unchecked } = answer([0, 0], 'passed');
    expect(goodLeads(10, unchecked)).toEqual({ asked: 10, good: 0 });
  });

  it('holds against the miner only what is missing from a batch that nobody could tell', () => {
    expect(goodLeads(10, answer([2, 2, 2, 0], 'undecided'))).toEqual({ asked: 6, good: 0 });
    expect(goodLeads(4, answer([2, 2, 2, 0], 'undecided'))).toEqual({ asked: 0, good: 0 });
  });

  it('never has more good leads than were asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), anyAnswer, (wanted, one) => {
        const { asked, good } = goodLeads(wanted, one);
        expect(good).toBeGreaterThanOrEqual(0);
        expect(asked).toBeGreaterThanOrEqual(good);
        expect(asked).toBeLessThanOrEqual(wanted);
      }),
    );
  });

  it('never gets better where a lead turns bad', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        anyVerdicts,
        fc.nat(),
        (wanted, verdicts, at) => {
          const valid = verdicts.flatMap((verdict, index) => (verdict === PASS ? [index] : []));
          fc.pre(valid.length > 0);
          const before = goodLeads(wanted, checked(verdicts));
          const worse = goodLeads(
            wanted,
            checked(verdicts.with(valid[at % valid.length] ?? 0, BAD)),
          );
          expect(worse.good).toBeLessThanOrEqual(before.good);
          expect(worse.asked).toBeGreaterThanOrEqual(before.asked);
        },
      ),
    );
  });
});

describe('differs', () => {
  it('allows one in ten', () => {
    const codes = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 3, 1]);
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(differs(codes, [...times(9, PASS), BAD], all)).toBe(false);
    expect(differs(codes, times(10, PASS), all)).toBe(false);
    expect(differs(codes, [BAD, ...times(9, PASS)], all)).toBe(true);
    expect(differs(codes, [BAD, ...times(7, PASS), UNKNOWN, BAD], all)).toBe(true);
  });

  it('compares nothing that either could not tell', () => {
    expect(differs(Uint8Array.from([2, 2, 0]), [BAD, PASS, UNKNOWN], [0, 1, 2])).toBe(false);
    expect(differs(Uint8Array.from([0, 0]), [], [0, 1])).toBe(false);
    expect(differs(new Uint8Array(0), [], [])).toBe(false);
  });

  it('takes a code that is missing or unheard of for a difference', () => {
    expect(differs(new Uint8Array(0), [PASS], [0])).toBe(true);
    expect(differs(new Uint8Array(0), [BAD], [0])).toBe(true);
    expect(differs(Uint8Array.from([7]), [PASS], [0])).toBe(true);
  });

  it('finds no difference in codes made of the same verdicts', () => {
    fc.assert(
      fc.property(
        anyVerdicts,
        fc.func(fc.boolean()),
        fc.nat({ max: 5 }),
        (verdicts, known, step) => {
          const codes = checkCodes(verdicts, known);
          const some = verdicts
            .map((_, index) => index)
            .filter((index) => index % (step + 1) === 0);
          expect(
            differs(
              codes,
              some.map((index) => verdicts[index] ?? PASS),
              some,
            ),
          ).toBe(false);
        },
      ),
    );
  });

  it('agrees with counting', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyVerdict, anyVerdict)), (pairs) => {
        const codes = checkCodes(
          pairs.map(([theirs]) => theirs),
          () => false,
        );
        const told = pairs.filter((pair) => !pair.includes(UNKNOWN));
        const differing = told.filter(([theirs, own]) => theirs !== own).length;
        const all = pairs.map((_, index) => index);
        expect(
          differs(
            codes,
            pairs.map(([, own]) => own),
            all,
          ),
        ).toBe(10 * differing > told.length);
      }),
    );
  });
});

describe('toldLeads', () => {
  it('counts those that could be told, and passes what an earlier batch brought too', () => {
    expect(toldLeads(Uint8Array.from([0, 1, 2, 3, 0]))).toEqual({ passed: 3, told: 4 });
  });
});

const BAD = because('website_unreachable');
const UNKNOWN = because('provider_unavailable');
const RANKS: Readonly<Record<CheckOutcome, number>> = { failed: 0, undecided: 1, passed: 2 };
const times = (count: number, verdict: Verdict): Verdict[] =>
  Array.from({ length: count }, () => verdict);

const anyVerdict = fc.constantFrom(...times(9, PASS), BAD, UNKNOWN);
/** Often good enough to pass, often just not. */
const anyVerdicts = fc.oneof(
  fc.array(anyVerdict, { maxLength: 40 }),
  fc.array(fc.constantFrom(PASS, BAD, UNKNOWN), { maxLength: 12 }),
  fc
    .tuple(fc.nat({ max: 30 }), fc.nat({ max: 4 }), fc.nat({ max: 34 }))
    .map(([good, bad, open]) => [
      ...times(good, PASS),
      ...times(bad, BAD),
      ...times(open, UNKNOWN),
    ]),
);

const answer = (codes: readonly number[], outcome: CheckOutcome): Answered => ({
  kind: 'answered',
  miner: '5M' as Hotkey,
  batch: 'b' as BatchId,
  madeAt: START,
  count: codes.length,
  reports: [],
  denied: false,
  approved: true,
  checks: { outcome, leads: Uint8Array.from(codes) },
});
const checked = (verdicts: readonly Verdict[]): Answered =>
  answer([...checkCodes(verdicts, () => false)], checkOutcome(verdicts));

const anyAnswer: fc.Arbitrary<Answered> = fc
  .record({
    codes: fc.array(fc.nat({ max: 3 }), { maxLength: 120 }),
    outcome: fc.constantFrom<CheckOutcome>('passed', 'failed', 'undecided'),
    approved: fc.boolean(),
  })
  .map(({ codes, outcome, approved }) => ({ ...answer(codes, outcome), approved }));
