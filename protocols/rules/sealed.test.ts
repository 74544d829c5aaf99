import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyDigest, anyScore, hotkeyNumber } from '../arbitraries.ts';
import type { Commit, Query, Report, Revealed, Sealed } from '../messages.ts';
import {
  later,
  seconds,
  type BatchId,
  type Block,
  type Hotkey,
  type Instant,
  type QueryId,
} from '../units.ts';
import { FAIL_REASONS, UNKNOWN_REASONS } from '../verdict.ts';
import { canonical } from '../wire.ts';
import { AUDIT_TIME, batchDue, CHECKS_TIME, settleDue } from './deadlines.ts';
import {
  areCommitsOn,
  commitDue,
  commitTo,
  haveAllCommitted,
  isOpenedRight,
  nonceFrom,
  opens,
  reportsDue,
  showDue,
} from './sealed.ts';

describe('a commit', () => {
  it('says what it is about and a hash, and is opened by its report', () => {
    const { nonce, ...open } = REPORT;
    const commit = commitTo(REPORT);
    expect(commit).toEqual({
      query: REPORT.query,
      attempt: 1,
      miner: REPORT.miner,
      batch: REPORT.batch,
      validator: REPORT.validator,
      seal: 'a61b4f852b725361788e4bdbe7102f6364dd3cb90f5703c410f7fed63a5950d9',
    });
    expect(opens(commit, REPORT)).toBe(true);
    expect(opens(commit, signed(REPORT))).toBe(true);
    expect(opens(commit, open)).toBe(false);
    expect(nonce).toHaveLength(64);
  });

  it('reveals nothing: but for the hash, it is the same whatever was found', () => {
    fc.assert(
      fc.property(anyFinding, anyFinding, anyDigest, anyDigest, (one, other, nonce, another) => {
        const a = commitTo({ ...REPORT, ...one, nonce });
        const b = commitTo({ ...REPORT, ...other, nonce: another });
        expect({ ...a, seal: '' }).toEqual({ ...b, seal: '' });
        expect(canonical(a).length).toBe(canonical(b).length);
      }),
    );
  });

  it('reveals nothing: of one report no two nonces make the same hash', () => {
    fc.assert(
      fc.property(anyFinding, fc.uniqueArray(anyDigest, { maxLength: 20 }), (found, nonces) => {
        const seals = nonces.map((nonce) => commitTo({ ...REPORT, ...found, nonce }).seal);
        expect(new Set(seals).size).toBe(nonces.length);
      }),
    );
  });

  it('reveals nothing to who tries every likely report, and does not have the nonce', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), anyDigest, anyDigest, (valid, nonce, guess) => {
        fc.pre(nonce !== guess);
        const commit = commitTo(counted(valid, nonce));
        const tried = Array.from({ length: 21 }, (_, other) => counted(other, guess));
        expect(tried.some((report) => opens(commit, report))).toBe(false);
      }),
    );
  });

  it('binds: no two reports open the same one', () => {
    fc.assert(
      fc.property(anyRevealed, anyRevealed, (one, other) => {
        expect(opens(commitTo(one), one)).toBe(true);
        const isSaid = canonical(one).join() === canonical(other).join();
        expect(opens(commitTo(one), other)).toBe(isSaid);
      }),
    );
  });

  it('binds: a change to any field of a report, or to the nonce, opens it no more', () => {
    fc.assert(
      fc.property(anyRevealed, fc.constantFrom(...CHANGES), (report, change) => {
        const changed = change(report);
        fc.pre(canonical(changed).join() !== canonical(report).join());
        expect(opens(commitTo(report), changed)).toBe(false);
        // Nor does a commit that another took for its own, or moved to another answer.
        const { seal } = commitTo(report);
        expect(opens({ ...commitTo(changed), seal }, changed)).toBe(false);
      }),
    );
  });

  it('is opened only by the report on the answer that it names', () => {
    const other = commitTo(CHANGES.slice(-6, -1).reduce((all, change) => change(all), REPORT));
    for (const field of ['query', 'attempt', 'miner', 'batch', 'validator'] as const) {
      expect(opens({ ...commitTo(REPORT), [field]: other[field] }, REPORT)).toBe(false);
    }
  });

  it('has a nonce of chance alone: no two lists of numbers make the same', () => {
    fc.assert(
      fc.property(secret, secret, (one, other) => {
        expect(nonceFrom(one) === nonceFrom(other)).toBe(one.join() === other.join());
      }),
    );
  });
});

describe('the deadlines of sealed reports', () => {
  it('follow each other, and leave time to check what was approved before all is settled', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (leads) => {
        const query = queryOf({ leads, sealed: true });
        expect(commitDue(query)).toBe(later(batchDue(query), AUDIT_TIME));
        expect(showDue(query)).toBe(later(commitDue(query), seconds(5)));
        expect(reportsDue(query)).toBe(later(commitDue(query), seconds(15)));
        expect(settleDue(query) - reportsDue(query)).toBeGreaterThan(CHECKS_TIME / 2);
        // A query that does not ask for seals knows nothing of them.
        const open = queryOf({ leads });
        expect(reportsDue(open)).toBe(later(batchDue(open), AUDIT_TIME));
      }),
    );
  });
});

describe('commits to an answer', () => {
  it('are those of panel members, one each, on this answer', () => {
    const commits = PANEL.map((validator) => signedCommit(validator));
    const on = (some: readonly Sealed<Commit>[]): boolean =>
      areCommitsOn(some, { query: QUERY, miner: REPORT.miner, panel: PANEL });
    const [first] = commits as [Sealed<Commit>];
    expect(on(commits)).toBe(true);
    expect(on([])).toBe(true);
    expect(on([first, first])).toBe(false);
    expect(on([signedCommit(hotkeyNumber(99))])).toBe(false);
    expect(on([{ ...first, miner: hotkeyNumber(99) }])).toBe(false);
    expect(on([{ ...first, query: 'other' as QueryId }])).toBe(false);
    expect(on([{ ...first, attempt: 2 }])).toBe(false);
    // A miner may have sent each member another batch.
    expect(on([{ ...first, batch: 'other' as BatchId }])).toBe(true);
    expect(haveAllCommitted(commits, PANEL)).toBe(true);
    expect(haveAllCommitted(commits.slice(1), PANEL)).toBe(false);
  });
});

describe('an answer in a case', () => {
  it('is opened right where each report opens its commit, whoever committed beside', () => {
    fc.assert(
      fc.property(fc.subarray([...PANEL]), fc.subarray([...PANEL]), (committed, revealed) => {
        const answer = answerOf(committed.map(signedCommit), revealed.map(signedReport));
        const isRight = revealed.every((validator) => committed.includes(validator));
        expect(isOpenedRight(answer, QUERY, PANEL)).toBe(isRight);
        expect(isOpenedRight(answer, queryOf({ leads: 10 }), PANEL)).toBe(false);
      }),
    );
  });

  it('has no commits and no nonces where the query does not ask for seals', () => {
    const open = queryOf({ leads: 10 });
    const { nonce: _, ...plain } = signedReport(PANEL[0] as Hotkey);
    const answer = { kind: 'missed', miner: REPORT.miner } as const;
    expect(isOpenedRight({ ...answer, reports: [plain] }, open, PANEL)).toBe(true);
    expect(isOpenedRight({ ...answer, reports: [plain] }, QUERY, PANEL)).toBe(false);
    expect(isOpenedRight({ ...answer, reports: [] }, QUERY, PANEL)).toBe(false);
    const revealed = [signedReport(PANEL[0] as Hotkey)];
    expect(isOpenedRight({ ...answer, reports: revealed }, open, PANEL)).toBe(false);
    expect(isOpenedRight({ ...answer, reports: [], commits: [] }, open, PANEL)).toBe(false);
  });
});

const PANEL: readonly Hotkey[] = [1, 2, 3].map(hotkeyNumber);

const queryOf = (want: Query['want']): Query => ({
  id: 'q' as QueryId,
  buyer: hotkeyNumber(4),
  account: 'buyer',
  openedAt: 1_700_000_000_000 as Instant,
  nonce: 1,
  want,
  rounds: [{ askedAt: 1_700_000_000_000 as Instant, block: 1 as Block }],
  pool: hotkeyNumber(5),
});
const QUERY = queryOf({ leads: 10, sealed: true });

const REPORT: Revealed = {
  query: QUERY.id,
  attempt: 1,
  miner: hotkeyNumber(7),
  batch: 'b' as BatchId,
  validator: PANEL[0] as Hotkey,
  block: 9 as Block,
  sampled: 20,
  valid: 19,
  unknown: 0,
  score: 950_000 as Report['score'] & number,
  reasons: [['bad_email', 1]],
  nonce: nonceFrom([1, 2, 3, 4, 5, 6, 7, 8]),
};
const counted = (valid: number, nonce: Revealed['nonce']): Revealed => ({
  ...REPORT,
  valid,
  score: (valid * 50_000) as Report['score'] & number,
  nonce,
});

const signed = <T extends object>(body: T): Sealed<T> => ({
  ...body,
  signature: new Uint8Array(64),
});
const reportOf = (validator: Hotkey): Revealed => ({ ...REPORT, validator });
const signedReport = (validator: Hotkey): Sealed<Revealed> => signed(reportOf(validator));
const signedCommit = (validator: Hotkey): Sealed<Commit> => signed(commitTo(reportOf(validator)));
const answerOf = (commits: readonly Sealed<Commit>[], reports: readonly Sealed<Report>[]) =>
  ({ kind: 'missed', miner: REPORT.miner, reports, commits }) as const;

const lead = fc.nat({ max: 100 });
const anyFinding = fc.record(
  {
    block: fc.nat().map((block) => block as Block),
    sampled: lead,
    valid: lead,
    unknown: lead,
    score: anyScore,
    reasons: fc.uniqueArray(
      fc.tuple(
        fc.constantFrom(...FAIL_REASONS, ...UNKNOWN_REASONS),
        fc.integer({ min: 1, max: 9 }),
      ),
      { selector: ([reason]) => reason, maxLength: 3 },
    ),
  },
  { requiredKeys: ['block', 'sampled', 'valid', 'unknown', 'reasons'] },
);
const { score: _, ...UNSCORED } = REPORT;
/** Few of each, so that two are often the same but for one thing. */
const anyRevealed: fc.Arbitrary<Revealed> = fc
  .record({
    finding: fc.oneof(
      anyFinding,
      fc.constantFrom<Partial<Report>>({ score: 0 as never }, { score: 1_000_000 as never }, {}),
    ),
    validator: fc.constantFrom(...PANEL),
    nonce: fc.oneof(anyDigest, fc.constant(REPORT.nonce)),
  })
  .map(({ finding, validator, nonce }) => ({ ...UNSCORED, ...finding, validator, nonce }));
const secret = fc.array(fc.integer({ min: 0, max: 11 }), { minLength: 8, maxLength: 8 });

const CHANGES: readonly ((report: Revealed) => Revealed)[] = [
  (report) => ({ ...report, valid: report.valid + 1 }),
  (report) => ({ ...report, unknown: report.unknown + 1 }),
  (report) => ({ ...report, sampled: report.sampled + 1 }),
  (report) => ({ ...report, score: ((report.score ?? 0) + 1) as Report['score'] & number }),
  ({ score: __, ...report }) => report,
  (report) => ({ ...report, reasons: [...report.reasons, ['deadline', 1]] }),
  (report) => ({ ...report, block: (report.block + 1) as Block }),
  (report) => ({ ...report, batch: 'c' as BatchId }),
  (report) => ({ ...report, attempt: report.attempt + 1 }),
  (report) => ({ ...report, query: 'r' as QueryId }),
  (report) => ({ ...report, miner: hotkeyNumber(8) }),
  (report) => ({ ...report, validator: hotkeyNumber(9) }),
  (report) => ({ ...report, nonce: nonceFrom([report.valid]) }),
];
