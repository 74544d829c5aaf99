import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvents } from '../events.ts';
import {
  answers,
  anyFile,
  DAY,
  documentOf,
  FROM,
  rounds,
  scoresOf,
  type File,
} from './score-arbitraries.ts';
import { scoreEvents } from './score-events.ts';
import type { ScoreReport } from './score-report.ts';
import { UsageError } from './trouble.ts';

describe('scoreEvents', () => {
  it('shares by accuracy and uptime: 90 % good each, answering 90 % and 50 %', () => {
    // Each was asked for 500 leads in the queries that it answered, and 450 of them were good.
    const bad = { query: 'bad', miner: 'm0', num_leads: 50, batch: 'bad', good: 0, time: FROM };
    const report = reportOn({
      queries: [...answers('m0', 9, 0, 50, 50), bad, ...answers('m1', 5, 5, 100, 90)],
    });
    expect(report.miners).toEqual([
      { id: 'm0', a: 0.9, d: 1.9, w: 1.71, emission: 0.558_824, weight: 65_535 },
      { id: 'm1', a: 0.9, d: 1.5, w: 1.35, emission: 0.441_176, weight: 51_738 },
    ]);
  });

  it('lets a new pair of honest validators climb from 15 to 100', () => {
    const climb = Array.from({ length: 10 }, (_, epochs) => {
      const report = reportOn({
        validators: ['a', 'b'],
        scores: rounds(epochs, { a: 1, b: 0.95 }),
      });
      return report.validators.map(({ p }) => p);
    });
    expect(climb).toEqual([15, 25, 35, 45, 55, 65, 75, 85, 95, 100].map((p) => [p, p]));
  });

  it('lets one that scores everything 0 beside them earn nothing', () => {
    const report = reportOn({ scores: rounds(9, { a: 1, b: 1, zero: 0 }) });
    expect(report.validators).toEqual([
      { id: 'a', p: 100, c: 2, f: 1, r: 200, emission: 0.5 },
      { id: 'b', p: 100, c: 2, f: 1, r: 200, emission: 0.5 },
      { id: 'zero', p: 0, c: 1, f: 1, r: 0, emission: 0 },
    ]);
    expect(new Set(report.batches.map((batch) => batch.final_score))).toEqual(new Set([1]));
  });

  it('takes R_v from earlier epochs alone', () => {
    // In one epoch nobody rises: F is the median throughout, which the lowest of three can't move.
    const batch = (epoch: number, name: string, low: number) =>
      scoresOf({ epoch, batch: name, time: FROM + epoch, by: { a: 1, b: 1, low } });
    const same = reportOn({ scores: [...batch(0, 'x', 0.92), ...batch(0, 'y', 0.8)] });
    expect(same.batches.map((one) => one.final_score)).toEqual([1, 1]);
    // In the next they have risen to 25 · 1.2 = 30 each, and F is the mean.
    const next = reportOn({ scores: [...batch(0, 'x', 0.92), ...batch(1, 'y', 0.8)] });
    expect(next.batches.map((one) => one.final_score)).toEqual([1, 0.933_333]);
  });

  it('folds by epoch before it folds by time', () => {
    const early = scoresOf({ epoch: 1, batch: 'late', time: FROM, by: { a: 1, b: 0 } });
    const late = scoresOf({ epoch: 0, batch: 'early', time: FROM + 9, by: { a: 1, b: 1 } });
    const report = reportOn({ scores: [...early, ...late] });
    // b: 15 + 10, then F of `late` is 0.5 and both disagree: 25 − 10.
    expect(report.validators.map(({ p }) => p)).toEqual([15, 15]);
    expect(report.batches[1]).toEqual({
      batch: 'late',
      final_score: 0.5,
      approved: false,
      denied: false,
    });
  });

  it('takes R_v from all that earlier epochs left, as its windows stood then', () => {
    const scores = [
      ...scoresOf({ batch: 'x', time: FROM, by: { a: 1, b: 1 } }),
      // This epoch is not over when the next one begins.
      ...scoresOf({ batch: 'y', time: FROM + 9, by: { a: 1, c: 1 } }),
      ...scoresOf({ epoch: 1, batch: 'z', time: FROM + 5, by: { a: 1, b: 0.8 } }),
    ];
    // a: 35 · 1.4, b: 25 · 1.2; 40 days later the windows would make it less.
    const { batches } = reportOn({ scores, window: { from: FROM, to: FROM + 40 * DAY } });
    expect(batches.at(-1)).toMatchObject({ batch: 'z', final_score: 0.924_05 });
  });

  it('takes a batch as of the last epoch and time in which it was scored', () => {
    const scores = [
      ...scoresOf({ batch: 'x', by: { a: 1, b: 1, low: 0.8 } }),
      ...scoresOf({ batch: 'y', by: { a: 1, b: 0.9 } }),
      ...scoresOf({ epoch: 1, batch: 'y', time: FROM + 1, by: { low: 0.8 } }),
    ];
    const [, y] = reportOn({ scores }).batches;
    // By then a and b have 25 · 1.2, and low has nothing to say.
    expect(y?.final_score).toBe(0.95);
    const others = scores.map((row) => ({ ...row, epoch: 0 }));
    expect(reportOn({ scores: others }).batches[1]?.final_score).toBe(0.9);
    const split = scoresOf({ batch: 'z', by: { a: 1 } });
    split.push(...scoresOf({ batch: 'z', time: FROM + 1, by: { b: 1 } }));
    const window = { from: FROM, to: FROM + 14 * DAY };
    expect(reportOn({ scores: split, window }).validators[0]?.c).toBe(1.2);
  });

  it('takes no rating into account before the epoch in which it was given is over', () => {
    const scores = [
      ...scoresOf({ batch: 'x', by: { a: 0.95, b: 0.9 } }),
      ...scoresOf({ epoch: 1, batch: 'y', time: FROM + 9, by: { a: 1, b: 0.8 } }),
    ];
    const final = (time: number) =>
      reportOn({
        scores,
        feedback: [{ buyer: 'u', validator: 'a', batch: 'x', rating: 9, time }],
      }).batches[1]?.final_score;
    expect([final(FROM + 8), final(FROM + 9), final(FROM + 10)]).toEqual([0.923_076, 0.9, 0.9]);
  });

  it("counts the last of a validator's scores of a batch", () => {
    const scores = [
      ...scoresOf({ batch: 'x', time: FROM + 5, by: { a: 0.9, b: 0.9 } }),
      ...scoresOf({ batch: 'x', time: FROM + 9, by: { a: 0.95 } }),
      ...scoresOf({ batch: 'x', time: FROM + 2, by: { a: 0, b: 0 } }),
    ];
    const report = reportOn({ scores });
    expect(report.batches).toEqual([
      { batch: 'x', final_score: 0.9, approved: true, denied: false },
    ]);
    expect(report.validators.map(({ p }) => p)).toEqual([25, 25]);

    // Of two at once, that of the later epoch.
    const atOnce = [
      ...scoresOf({ batch: 'x', epoch: 1, by: { a: 0.95 } }),
      ...scoresOf({ batch: 'x', epoch: 0, by: { a: 0.5 } }),
    ];
    expect(reportOn({ scores: atOnce }).batches[0]?.final_score).toBe(0.95);
    expect(reportOn({ scores: atOnce.toReversed() }).batches[0]?.final_score).toBe(0.95);
  });

  it('resets F where the checks of an approved batch failed', () => {
    const scores = scoresOf({ batch: 'x', by: { a: 0.95, b: 0.95, c: 0.5 } });
    const checked = (rate: number) =>
      reportOn({ scores, audits: [{ batch: 'x', pass_rate: rate, time: FROM }] });
    expect(checked(0.899_999).batches).toEqual([
      { batch: 'x', final_score: 0, approved: false, denied: false },
    ]);
    expect(checked(0.899_999).validators.map(({ p }) => p)).toEqual([0, 0, 15]);
    expect(checked(0.9).batches).toEqual([
      { batch: 'x', final_score: 0.95, approved: true, denied: false },
    ]);
    expect(checked(0.9).validators.map(({ p }) => p)).toEqual([25, 25, 5]);
  });

  it('leaves F alone where a batch that was not approved fails an audit', () => {
    const scores = scoresOf({ batch: 'x', by: { a: 0.85, b: 0.9 } });
    const audits = [{ batch: 'x', pass_rate: 0, time: FROM }];
    expect(reportOn({ scores, audits }).batches[0]?.final_score).toBe(0.85);
  });

  it('believes the last audit of a batch', () => {
    const scores = scoresOf({ batch: 'x', by: { a: 0.95, b: 0.95 } });
    const audits = [
      { batch: 'x', pass_rate: 1, time: FROM + 3 },
      { batch: 'x', pass_rate: 0, time: FROM + 2 },
    ];
    expect(reportOn({ scores, audits }).batches[0]?.approved).toBe(true);
  });

  it('lets the trusted deny a batch, 30 days after their first score', () => {
    // Six have 100 · 2. Three of them reject, with 3 of 4 after 30 days in the file.
    const names = ['a', 'b', 'c', 'd', 'e'];
    const all = Object.fromEntries(names.map((name) => [name, 1]));
    const last = (days: number) =>
      reportOn({
        window: { from: FROM, to: FROM + 40 * DAY },
        scores: [
          ...rounds(9, all),
          ...scoresOf({
            epoch: 9,
            batch: 'last',
            time: FROM + days * DAY,
            by: { a: 0.89, b: 0.89, c: 0.89, d: 1, e: 1 },
          }),
        ],
      }).batches.find(({ batch }) => batch === 'last');
    // 3 of 5 is 60 %, which doesn't do.
    expect(last(31)).toMatchObject({ final_score: 0.934, approved: true, denied: false });

    const four = ['a', 'b', 'c', 'd'];
    const by = { a: 0.89, b: 0.89, c: 0.89, d: 1 };
    const denied = (time: number) =>
      reportOn({
        window: { from: FROM, to: FROM + 40 * DAY },
        scores: [
          ...rounds(9, Object.fromEntries(four.map((name) => [name, 1]))),
          ...scoresOf({ epoch: 9, batch: 'last', time, by }),
        ],
      }).batches.find(({ batch }) => batch === 'last');
    expect(denied(FROM + 30 * DAY)).toEqual({
      batch: 'last',
      final_score: 0.9175,
      approved: false,
      denied: true,
    });
    expect(denied(FROM + 30 * DAY - 1)).toMatchObject({ approved: true, denied: false });
  });

  it("moves a validator by buyers' ratings of what it approved", () => {
    const scores = scoresOf({ batch: 'x', by: { a: 0.95, b: 0.89 } });
    const rated = (feedback: readonly object[], queries?: readonly object[]) =>
      reportOn({ scores, feedback, queries }).validators.map(({ p }) => p);
    const by = (buyer: string, validator: string, rating: number) => ({
      buyer,
      validator,
      batch: 'x',
      rating,
      time: FROM + 1,
    });
    // F is the lower of two middle ones: 0.89, so nothing was delivered.
    expect(rated([by('u', 'a', 9)])).toEqual([25, 25]);
    const good = [...scores, ...scoresOf({ batch: 'x', by: { c: 0.95 } })];
    const delivered = (feedback: readonly object[], queries?: readonly object[]) =>
      reportOn({ scores: good, feedback, queries }).validators.map(({ p }) => p);
    expect(delivered([by('u', 'a', 9)])).toEqual([40, 25, 25]);
    expect(delivered([by('u', 'b', 9)])).toEqual([25, 25, 25]);
    expect(delivered([by('u', 'a', 8), by('v', 'a', 8)])).toEqual([40, 25, 25]);
    expect(delivered([by('u', 'a', 9), by('u', 'a', 1)])).toEqual([25, 25, 25]);
    expect(delivered([by('u', 'a', 9), by('u', 'c', 1)])).toEqual([40, 25, 0]);
    const query = { query: 'q', buyer: 'v', miner: 'm', num_leads: 9, batch: 'x', good: 9 };
    const queries = [{ ...query, time: FROM }];
    expect(delivered([by('u', 'a', 9), by('v', 'c', 9)], queries)).toEqual([25, 25, 40]);
  });

  it('knows nothing of miners without queries, and names them', () => {
    const { miners } = reportOn({ miners: ['m', 'n'], scores: rounds(1, { a: 1 }) });
    const nothing = { a: null, d: null, w: null, emission: null, weight: null };
    expect(miners).toEqual([
      { id: 'm', ...nothing },
      { id: 'n', ...nothing },
    ]);
    const asked = reportOn({ miners: ['m'], queries: [] }).miners;
    expect(asked).toEqual([{ id: 'm', a: 0, d: 1, w: 0, emission: 0, weight: 0 }]);
  });

  it('gives a miner nothing for leads of a batch that was not approved, or failed', () => {
    const row = (batch: string, good = 50) => ({
      query: batch,
      miner: 'm',
      num_leads: 50,
      batch,
      good,
      time: FROM,
    });
    const miner = (rows: readonly object[], more: object = {}) =>
      reportOn({ queries: rows, ...more }).miners[0];
    expect(miner([row('x'), row('y')])).toMatchObject({ a: 1, d: 2 });
    expect(miner([row('x'), row('y', 0)])).toMatchObject({ a: 0.5, d: 1.5 });
    const bad = scoresOf({ batch: 'y', by: { a: 0.8, b: 0.8 } });
    expect(miner([row('x'), row('y')], { scores: bad })).toMatchObject({ a: 0.5, d: 1.5 });
    const audits = [{ batch: 'y', pass_rate: 0.5, time: FROM }];
    expect(miner([row('x'), row('y')], { audits })).toMatchObject({ a: 0.5, d: 1.5 });
    // A batch that no query names says nothing of its miner.
    const other = scoresOf({ batch: 'z', by: { a: 0.8, b: 0.8 } });
    expect(miner([row('x')], { scores: other })).toMatchObject({ a: 1, d: 2 });
  });

  it('pays and weighs no miner of which half of the leads are bad', () => {
    const queries = [...answers('m0', 1, 0, 50, 25), ...answers('m1', 1, 0, 50, 26)];
    expect(reportOn({ queries }).miners).toMatchObject([
      { id: 'm0', a: 0.5, w: 1, emission: 0, weight: 0 },
      { id: 'm1', a: 0.52, emission: 1, weight: 65_535 },
    ]);
  });

  it('counts a repeated row once, and refuses contradictions', () => {
    const [row] = answers('m0', 1, 0, 50, 40);
    expect(reportOn({ queries: [row, row] }).miners).toMatchObject([{ a: 0.8, d: 2 }]);
    expect(() => reportOn({ queries: [row, { ...row, good: 41 }] })).toThrow(
      'queries[1].batch is "m0-0"; allowed: a batch that no other row names',
    );
    expect(() => reportOn({ queries: [row, { ...row, miner: 'm1' }] })).toThrow(
      'queries[1].miner is "m1"; allowed: "m0", whose m0-0 is',
    );
    const [one, two] = scoresOf({ batch: 'x', by: { a: 1, b: 1 } });
    expect(() => reportOn({ scores: [one, { ...two, miner: 'n' }] })).toThrow(UsageError);
  });

  it('ends at the end of the window, itself included', () => {
    const to = FROM + 14 * DAY;
    const at = (time: number) =>
      reportOn({
        window: { from: FROM - DAY, to },
        scores: scoresOf({ batch: 'x', time, by: { a: 1, b: 1 } }),
      }).validators[0]?.c;
    expect([at(to), at(FROM + 1), at(FROM), at(FROM - 1)]).toEqual([1.2, 1.2, 1.09, 1.09]);
  });

  it('does not depend on the order of the events in the file', () => {
    fc.assert(
      fc.property(anyFile, ([file, shuffled]) => {
        expect(outcomeOf(shuffled)).toEqual(outcomeOf(file));
      }),
    );
  });

  it('stays within its bounds, and shares all or nothing', () => {
    fc.assert(
      fc.property(anyFile, ([file]) => {
        const report = outcomeOf(file);
        if (report === 'refused') return;
        for (const { p, c, r } of report.validators) {
          expect(p >= 0 && p <= 100 && c >= 1 && c <= 2 && r >= 0 && r <= 200).toBe(true);
        }
        for (const { a, d } of report.miners) {
          expect(a === null || (a >= 0 && a <= 1)).toBe(true);
          expect(d === null || (d >= 1 && d <= 2)).toBe(true);
        }
        for (const { final_score: final } of report.batches) {
          expect(final === null || (final >= 0 && final <= 1)).toBe(true);
        }
        const shared = (list: readonly { readonly emission: number | null }[]) =>
          list.reduce((sum, { emission }) => sum + Math.round((emission ?? 0) * 1e6), 0);
        const earns = report.validators.some(({ r }) => r > 15);
        expect(shared(report.validators)).toBe(earns ? 1_000_000 : 0);
        expect([0, 1_000_000]).toContain(shared(report.miners));
      }),
    );
  });
});

const reportOn = (file: File): ScoreReport => scoreEvents(parseEvents(documentOf(file)));

function outcomeOf(file: File): ScoreReport | 'refused' {
  try {
    return reportOn(file);
  } catch (error) {
    if (error instanceof UsageError) return 'refused';
    throw error;
  }
}
