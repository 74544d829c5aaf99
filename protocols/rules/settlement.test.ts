import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyReputation, anyScore, hotkeyNumber, reordered } from '../arbitraries.ts';
import type { Answered, Case, Countersign, Report, Sealed } from '../messages.ts';
import type { Metagraph } from '../metagraph.ts';
import {
  percent,
  points,
  type BatchId,
  type Block,
  type Digest,
  type Hotkey,
  type QueryId,
  type Reputation,
  type Score,
} from '../units.ts';
import { APPROVAL } from './audit.ts';
import type { Draw } from './draw.ts';
import { caseFault, isBinding, isSound, judge } from './settlement.ts';

describe('judge', () => {
  it('approves from 0.90 of F, and nothing that nobody scored', () => {
    const at = (score: number | undefined) =>
      judge(
        PANEL.map((validator) => report(validator, score)),
        EQUAL,
        DRAWN_AT,
      );

    expect(at(900_000)).toEqual({ finalScore: percent(90), denied: false, approved: true });
    expect(at(899_999)).toEqual({ finalScore: 899_999, denied: false, approved: false });
    expect(at(undefined)).toEqual({ denied: false, approved: false });
  });

  it('counts nobody whose reputation the case does not name', () => {
    const strangers = PANEL.map((validator) => report(validator, 1_000_000));
    expect(judge(strangers, new Map(), DRAWN_AT)).toEqual({ denied: false, approved: false });
  });

  it('lets the trusted deny what F approves', () => {
    // Three trusted of 100 points reject it just below 0.90; two of 200 points are sure of it.
    const scores = [899_999, 899_999, 899_999, 1_000_000, 1_000_000];
    const reports = PANEL.map((validator, index) => report(validator, scores[index]));
    const reputations = new Map(
      PANEL.map((validator, index) => [validator, points(index < 3 ? 100 : 99)]),
    );

    expect(judge(reports, reputations, DRAWN_AT)).toMatchObject({ denied: true, approved: false });
    expect(judge(reports, reputations, { ...DRAWN_AT, neurons: [] })).toMatchObject({
      denied: false,
      approved: true,
    });
  });

  it('does not depend on the order of the reports', () => {
    fc.assert(
      fc.property(reordered(fc.array(anyOpinion, { maxLength: 5 })), ([one, other]) => {
        expect(judgement(one)).toEqual(judgement(other));
      }),
    );
  });

  it('approves exactly what has an F of 0.90 and is not denied', () => {
    fc.assert(
      fc.property(fc.array(anyOpinion, { maxLength: 5 }), (opinions) => {
        const { finalScore, denied, approved } = judgement(opinions);
        expect(approved).toBe(finalScore !== undefined && finalScore >= APPROVAL && !denied);
      }),
    );
  });
});

describe('isSound', () => {
  it('takes a score that follows from its counts, and an abstention', () => {
    expect(isSound(counted({ sampled: 20, valid: 19, unknown: 0 }, 950_000))).toBe(true);
    expect(isSound(counted({ sampled: 20, valid: 10, unknown: 10 }, 1_000_000))).toBe(true);
    expect(isSound(counted({ sampled: 0, valid: 0, unknown: 0 }))).toBe(true);
    expect(isSound(counted({ sampled: 20, valid: 20, unknown: 0 }))).toBe(true);
  });

  it.each([
    [{ sampled: 20, valid: 19, unknown: 0 }, 950_001],
    [{ sampled: 20, valid: 20, unknown: 1 }, 1_000_000],
    [{ sampled: 20, valid: 9, unknown: 11 }, 1_000_000],
    [{ sampled: 0, valid: 0, unknown: 0 }, 0],
    [{ sampled: 1, valid: 0, unknown: 1 }, 1_000_000],
    [{ sampled: 1, valid: 1, unknown: 1 }, undefined],
  ])('does not take %o with a score of %s', (counts, score) => {
    expect(isSound(counted(counts, score))).toBe(false);
  });

  it('takes no reason twice, or more often than leads were looked at', () => {
    const sound = counted({ sampled: 2, valid: 0, unknown: 0 }, 0);
    expect(
      isSound({
        ...sound,
        reasons: [
          ['bad_email', 2],
          ['deadline', 1],
        ],
      }),
    ).toBe(true);
    expect(isSound({ ...sound, reasons: [['bad_email', 3]] })).toBe(false);
    expect(
      isSound({
        ...sound,
        reasons: [
          ['bad_email', 1],
          ['bad_email', 1],
        ],
      }),
    ).toBe(false);
  });

  it('takes one score at the most for any counts', () => {
    const count = fc.nat({ max: 100 });
    fc.assert(
      fc.property(count, count, count, anyScore, anyScore, (sampled, valid, unknown, a, b) => {
        const counts = { sampled, valid, unknown };
        const both = isSound(counted(counts, a)) && isSound(counted(counts, b));
        expect(both && a !== b).toBe(false);
      }),
    );
  });
});

describe('caseFault', () => {
  it('finds nothing wrong with a case that is as it must be', () => {
    expect(caseFault(CASE, DRAW, DRAWN_AT)).toBeUndefined();
  });

  it.each<[string, Case]>([
    ['not_its_pool', { ...CASE, pool: hotkeyNumber(3) }],
    ['not_opened', { ...CASE, query: { ...CASE.query, want: { leads: 10, sealed: true } } }],
    ['not_opened', { ...CASE, answers: CASE.answers.map((one) => ({ ...one, commits: [] })) }],
    ['not_the_drawn_miners', { ...CASE, answers: CASE.answers.slice(1) }],
    ['not_the_drawn_miners', { ...CASE, answers: CASE.answers.toReversed() }],
    ['not_the_drawn_miners', { ...CASE, answers: [...CASE.answers, ...CASE.answers.slice(0, 1)] }],
    ['not_the_panel', { ...CASE, reputations: CASE.reputations.slice(1) }],
    ['not_the_panel', { ...CASE, reputations: CASE.reputations.toReversed() }],
    ['not_the_panel', { ...CASE, reputations: [] }],
    ['stray_report', withReports((reports) => [...reports, ...reports.slice(0, 1)])],
    ['stray_report', withReport({ validator: hotkeyNumber(99) })],
    ['stray_report', withReport({ miner: hotkeyNumber(99) })],
    ['stray_report', withReport({ batch: 'b'.repeat(64) as BatchId })],
    ['stray_report', withReport({ query: 'b'.repeat(64) as QueryId })],
    ['stray_report', withReport({ attempt: 2 })],
    ['stray_report', withReport({ valid: 9 })],
    ['wrong_judgement', withReports((reports) => reports.slice(0, 2))],
    ['wrong_judgement', withAnswer({ finalScore: 950_001 as Score })],
    ['wrong_judgement', withAnswer({ denied: true })],
    ['wrong_judgement', withAnswer({ approved: false })],
    ['wrong_count', withAnswer({ count: 11 })],
    ['wrong_count', withAnswer({ count: 0 })],
    ['wrong_checks', withAnswer({ count: 9 })],
    ['wrong_checks', withChecks('failed', codes(10, 0))],
    ['wrong_checks', withChecks('undecided', codes(10, 0))],
    ['wrong_checks', withChecks('passed', codes(10, 2))],
    ['wrong_checks', withChecks('failed', codes(10, 1))],
    ['wrong_checks', withChecks('passed', codes(9, 0))],
    ['wrong_checks', without()],
  ])('finds %s', (fault, theCase) => {
    expect(caseFault(theCase, DRAW, DRAWN_AT)).toBe(fault);
  });

  it('takes the outcome that the codes make', () => {
    expect(caseFault(withChecks('passed', codes(10, 1)), DRAW, DRAWN_AT)).toBeUndefined();
    expect(caseFault(withChecks('failed', codes(10, 2)), DRAW, DRAWN_AT)).toBeUndefined();
    expect(caseFault(withChecks('undecided', codes(10, 0, 6)), DRAW, DRAWN_AT)).toBeUndefined();
    expect(caseFault(withChecks('passed', codes(10, 0, 5)), DRAW, DRAWN_AT)).toBeUndefined();
    expect(
      caseFault(withChecks('passed', new Uint8Array(10).fill(3)), DRAW, DRAWN_AT),
    ).toBeUndefined();
  });

  it('takes reports on another batch from a miner that did not answer the pool', () => {
    const [answered, missed] = CASE.answers;
    const { validator } = CASE.reputations[0] ?? { validator: hotkeyNumber(0) };
    const stray = { ...half(validator), miner: MINERS[1] as Hotkey, batch: DIGEST as BatchId };
    const answers = [answered, { ...missed, reports: [stray] }] as Case['answers'];
    expect(caseFault({ ...CASE, answers }, DRAW, DRAWN_AT)).toBeUndefined();
  });
});

describe('isBinding', () => {
  it('takes more than half of the panel, each once, on exactly this case', () => {
    const signs = PANEL.map(sign);
    expect(isBinding(signs.slice(0, 3), CASE, DIGEST, DRAW)).toBe(true);
    expect(isBinding(signs.slice(0, 2), CASE, DIGEST, DRAW)).toBe(false);
    expect(isBinding([], CASE, DIGEST, { ...DRAW, panel: [] })).toBe(false);
    expect(isBinding(signs.slice(0, 2), CASE, DIGEST, { ...DRAW, panel: PANEL.slice(0, 4) })).toBe(
      false,
    );
  });

  it('counts each member of the panel once, and nobody and nothing else', () => {
    fc.assert(
      fc.property(fc.array(anySign, { maxLength: 12 }), (signs) => {
        const members = PANEL.filter((validator) =>
          signs.some((one) => one.validator === validator && isGood(one)),
        );
        expect(isBinding(signs, CASE, DIGEST, DRAW)).toBe(members.length >= 3);
      }),
    );
  });
});

const PANEL = [11, 12, 13, 14, 15].map(hotkeyNumber);
const MINERS = [1, 2].map(hotkeyNumber);
const DRAW: Draw = { miners: MINERS, panel: PANEL };
const EQUAL = new Map(PANEL.map((validator) => [validator, points(15)]));
const QUERY = 'a'.repeat(64) as QueryId;
const BATCH = 'c'.repeat(64) as BatchId;
const DIGEST = 'd'.repeat(64) as Digest;
const POOL = hotkeyNumber(21);
const DRAWN_AT: Metagraph = {
  head: { number: 300_000 as Block, hash: DIGEST, time: 0 as Metagraph['head']['time'] },
  epochStart: 300_000 as Block,
  tempo: 360,
  permitsRequired: false,
  stakeInAlpha: false,
  neurons: PANEL.map((hotkey) => ({
    uid: 0 as never,
    hotkey,
    coldkey: '' as never,
    stake: 0n as never,
    permit: true,
    roles: ['validator'],
    registeredAt: (300_000 - 216_000) as Block,
    lastUpdate: 0 as Block,
  })),
};

function report(validator: Hotkey, score: number | undefined): Sealed<Report> {
  return {
    query: QUERY,
    attempt: 1,
    miner: MINERS[0] as Hotkey,
    batch: BATCH,
    validator,
    block: 1 as Block,
    sampled: 0,
    valid: 0,
    unknown: 0,
    reasons: [],
    signature: new Uint8Array(),
    ...(score === undefined ? {} : { score: score as Score }),
  };
}

function counted(
  counts: Pick<Report, 'sampled' | 'valid' | 'unknown'>,
  score?: number,
): Sealed<Report> {
  return { ...report(PANEL[0] as Hotkey, score), ...counts };
}

const full = (validator: Hotkey): Sealed<Report> => ({
  ...report(validator, 1_000_000),
  sampled: 10,
  valid: 10,
});

const ANSWERED: Answered = {
  kind: 'answered',
  miner: MINERS[0] as Hotkey,
  batch: BATCH,
  madeAt: 0 as Answered['madeAt'],
  count: 10,
  reports: [...PANEL.slice(0, 2).map(full), ...PANEL.slice(2).map(half)],
  finalScore: percent(95),
  denied: false,
  approved: true,
  checks: { outcome: 'passed', leads: new Uint8Array(10) },
};
function half(validator: Hotkey): Sealed<Report> {
  return { ...report(validator, 950_000), sampled: 20, valid: 19 };
}

const CASE: Case = {
  pool: POOL,
  query: { id: QUERY, pool: POOL, want: { leads: 10 }, rounds: [{}] } as unknown as Case['query'],
  block: 1 as Block,
  reputations: PANEL.map((validator) => ({ validator, reputation: points(15) })),
  answers: [ANSWERED, { kind: 'missed', miner: MINERS[1] as Hotkey, reports: [] }],
};

function withAnswer(change: Partial<Answered>): Case {
  return { ...CASE, answers: [{ ...ANSWERED, ...change }, ...CASE.answers.slice(1)] };
}
function withReports(
  change: (reports: readonly Sealed<Report>[]) => readonly Sealed<Report>[],
): Case {
  return withAnswer({ reports: change(ANSWERED.reports) });
}
function withReport(change: Partial<Report>): Case {
  return withReports(([first, ...rest]) => [{ ...(first as Sealed<Report>), ...change }, ...rest]);
}
function withChecks(outcome: NonNullable<Answered['checks']>['outcome'], leads: Uint8Array): Case {
  return withAnswer({ checks: { outcome, leads } });
}
function without(): Case {
  const { checks: _, ...answered } = ANSWERED;
  return { ...CASE, answers: [answered, ...CASE.answers.slice(1)] };
}
/** Of so many leads some that fail and some that could not be told. */
function codes(count: number, failing: number, unknown = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) =>
    index < failing ? 1 : index < failing + unknown ? 2 : 0,
  );
}

function sign(validator: Hotkey): Countersign {
  return { query: QUERY, attempt: 1, digest: DIGEST, validator };
}
const isGood = (one: Countersign): boolean =>
  one.query === QUERY && one.attempt === 1 && one.digest === DIGEST;
const anySign: fc.Arbitrary<Countersign> = fc.record({
  query: fc.constantFrom(QUERY, QUERY, QUERY, 'b'.repeat(64) as QueryId),
  attempt: fc.constantFrom(1, 1, 1, 2),
  digest: fc.constantFrom(DIGEST, DIGEST, DIGEST, 'e'.repeat(64) as Digest),
  validator: fc.constantFrom(...PANEL, hotkeyNumber(99)),
});

type Opinion = readonly [Hotkey, Score | undefined, Reputation];
const anyOpinion: fc.Arbitrary<Opinion> = fc.tuple(
  fc.constantFrom(...PANEL),
  fc.option(anyScore, { nil: undefined }),
  anyReputation,
);
const judgement = (opinions: readonly Opinion[]) => {
  const once = [...new Map(opinions.toSorted(byScore).map((one) => [one[0], one])).values()];
  const order = opinions.map(([validator]) => validator);
  const inOrder = once.toSorted((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  return judge(
    inOrder.map(([validator, score]) => report(validator, score)),
    new Map(inOrder.map(([validator, , reputation]) => [validator, reputation])),
    DRAWN_AT,
  );
};
const byScore = (a: Opinion, b: Opinion): number => (a[1] ?? -1) - (b[1] ?? -1) || a[2] - b[2];
