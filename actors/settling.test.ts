import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lead } from '../protocols/lead.ts';
import type { Answered, Batch, Sealed } from '../protocols/messages.ts';
import { AUDIT_TIME, batchDue, CHECKS_TIME, settleDue } from '../protocols/rules/deadlines.ts';
import { caseFault } from '../protocols/rules/settlement.ts';
import { heldIn } from '../protocols/rules/held.ts';
import { newStock } from '../protocols/rules/pool.ts';
import {
  later,
  percent,
  points,
  seconds,
  type Block,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { because, both, PASS, type Verdict } from '../protocols/verdict.ts';
import { roadStep } from './road.ts';
import {
  close,
  isJudged,
  isOver,
  judgeReady,
  newAttempt,
  panelOf,
  wakeUps,
  type Attempting,
} from './settling.ts';
import {
  allPass,
  arrivalOf,
  asked,
  batchBy,
  drawnFor,
  leadsOf,
  queryOn,
  reportBy,
  stageOf,
} from './testing/stage.ts';

describe('judgeReady', () => {
  it('waits for the whole panel, or for the end of its time', () => {
    const attempt = begin();
    offer(attempt, MINERS[0], 10, [100, 100, 100, 100]);

    expect(judgeReady(attempt, REPUTATIONS, (REPORTS_DUE - 1) as Instant)).toEqual([]);
    const [checks] = asked('verify', judgeReady(attempt, REPUTATIONS, REPORTS_DUE));
    expect(checks?.by).toBe(Math.min(later(REPORTS_DUE, CHECKS_TIME), settleDue(QUERY)));
    expect(isJudged(attempt, MINERS[0])).toBe(true);
    expect(isJudged(attempt, MINERS[1])).toBe(false);
  });

  it('asks for the checks of the approved alone, once, and not past the end', () => {
    fc.assert(
      fc.property(fc.array(anyScore, { minLength: 5, maxLength: 5 }), anyMoment, (scores, now) => {
        const attempt = begin();
        const { id } = offer(attempt, MINERS[0], 10, scores);

        const checks = asked('verify', judgeReady(attempt, REPUTATIONS, now));

        const said = scores.filter((score) => score !== undefined).toSorted((a, b) => a - b);
        const median = said[Math.ceil(said.length / 2) - 1] ?? -1;
        expect(checks.length).toBe(median >= 90 && isReady(scores, now) ? 1 : 0);
        expect(asked('verify', judgeReady(attempt, REPUTATIONS, now))).toEqual([]);
        expect(attempt.judged.has(id)).toBe(isReady(scores, now));
        for (const { by } of checks) expect(by).toBeLessThanOrEqual(settleDue(QUERY));
      }),
    );
  });
});

describe('isOver', () => {
  it('is so once every miner has answered and every approved batch is checked', () => {
    const attempt = begin();
    const batches = MINERS.map((miner) => offer(attempt, miner, 10, [100, 100, 100, 100, 100]));
    judgeReady(attempt, REPUTATIONS, NOW);
    expect(isOver(attempt, NOW)).toBe(false);
    for (const { id, count } of batches) attempt.checked.set(id, allPass(count));
    expect(isOver(attempt, NOW)).toBe(true);
  });

  it('waits for silent miners through the last instant that they have', () => {
    expect(isOver(begin(), batchDue(QUERY))).toBe(false);
    expect(isOver(begin(), (batchDue(QUERY) + 1) as Instant)).toBe(true);
  });

  it('is so at the end of all time, even where checks are open', () => {
    const attempt = begin();
    offer(attempt, MINERS[0], 10, [100, 100, 100, 100, 100]);
    judgeReady(attempt, REPUTATIONS, REPORTS_DUE);
    expect(isOver(attempt, (settleDue(QUERY) - 1) as Instant)).toBe(false);
    expect(isOver(attempt, settleDue(QUERY))).toBe(true);
    expect(answersOf(attempt)[0]).toMatchObject({ checks: { outcome: 'undecided' } });
  });

  it('is looked at when anything ends', () => {
    expect(wakeUps(QUERY)).toEqual([batchDue(QUERY) + 1, REPORTS_DUE, settleDue(QUERY)]);
  });
});

describe('close', () => {
  it('has an answer of each drawn miner in the draw’s order, and every member’s R_v', () => {
    const attempt = begin();
    offer(attempt, MINERS[1], 3, [100, 100, 100, 100, 100]);
    judgeReady(attempt, REPUTATIONS, NOW);

    const { theCase, road } = closed(attempt);

    expect(theCase.answers.map(({ kind }) => kind)).toEqual(
      DRAW.miners.map((miner) => (miner === MINERS[1] ? 'answered' : 'missed')),
    );
    expect(theCase.reputations).toEqual(
      DRAW.panel.map((validator) => ({ validator, reputation: points(15) })),
    );
    expect(road.map(({ miner }) => miner)).toEqual(DRAW.miners);
  });

  it('judges by the reputations that it names, though others were known while reports came in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(80, 90, 100), { minLength: 5, maxLength: 5 }),
        anyReputations,
        anyReputations,
        (scores, before, now) => {
          const attempt = begin();
          const { id } = offer(attempt, MINERS[0], 10, scores);
          judgeReady(attempt, before, NOW);
          if (attempt.judged.get(id)?.approved === true) attempt.checked.set(id, allPass(10));
          const stock = newStock();
          const { theCase } = closed(attempt, { reputations: now, stock });

          expect(caseFault(theCase, DRAW, attempt.drawnAt)).toBeUndefined();
          const [answer] = theCase.answers.filter(({ kind }) => kind === 'answered');
          const isChecked = answer?.kind === 'answered' && answer.checks?.outcome === 'passed';
          expect(heldIn(stock).length).toBe(isChecked ? 10 : 0);
        },
      ),
    );
  });

  it('admits what passed, and nothing of a batch that did not', () => {
    const attempt = begin();
    const good = offer(attempt, MINERS[0], 10, [100, 100, 100, 100, 100]);
    const poor = offer(attempt, MINERS[1], 10, [100, 100, 100, 100, 100]);
    judgeReady(attempt, REPUTATIONS, NOW);
    attempt.checked.set(good.id, [BAD, ...allPass(9)]);
    attempt.checked.set(poor.id, [BAD, BAD, ...allPass(8)]);
    const stock = newStock();

    const { chosen } = closed(attempt, { stock });

    expect(chosen?.batch).toBe(good.id);
    expect(heldIn(stock).map((one) => one.of.batch)).toEqual(
      Array.from({ length: 9 }, () => good.id),
    );
  });

  it('keeps out and counts who is not to be contacted, and says nothing else of the batch', () => {
    const attempt = begin();
    const { id } = offer(attempt, MINERS[0], 10, [100, 100, 100, 100, 100]);
    judgeReady(attempt, REPUTATIONS, NOW);
    attempt.checked.set(id, [BAD, ...allPass(9)]);
    const whole = newStock();
    const stock = newStock();
    const isSuppressed = (lead: Lead): boolean => /[.][0-3]@/.test(lead['Owner(s) Email']);

    const told = closed(attempt, { stock, isSuppressed });

    // The first of the four did not pass, so nobody would have got it anyway.
    expect([told.suppressed, heldIn(stock).length]).toEqual([3, 6]);
    expect(told).toEqual({ ...closed(attempt, { stock: whole }), suppressed: 3 });
    expect(heldIn(whole).length).toBe(9);
  });

  it('gives a person to the earlier signed batch: of one attempt, of the pool, of another attempt', () => {
    const scores = [100, 100, 100, 100, 100];
    const attempt = begin();
    const early = offer(attempt, MINERS[1], 1, scores, { people: 'same', madeAt: NOW });
    const late = offer(attempt, MINERS[0], 1, scores, {
      people: 'same',
      madeAt: later(NOW, seconds(1)),
    });
    judgeReady(attempt, REPUTATIONS, later(NOW, seconds(2)));
    for (const { id } of [early, late]) attempt.checked.set(id, allPass(1));
    const stock = newStock();
    expect(codesOf(attempt, { stock })).toEqual({ [early.id]: [0], [late.id]: [3] });
    expect(heldIn(stock).map((one) => one.of.batch)).toEqual([early.id]);

    const next = begin(2);
    const copied = offer(next, MINERS[0], 1, scores, {
      people: 'same',
      madeAt: later(NOW, seconds(3)),
    });
    judgeReady(next, REPUTATIONS, later(NOW, seconds(4)));
    next.checked.set(copied.id, allPass(1));
    expect(codesOf(next, { stock })).toEqual({ [copied.id]: [3] });
    expect(codesOf(next, { others: [attempt] })).toEqual({ [copied.id]: [3] });
    expect(codesOf(next, { others: [begin(3)] })).toEqual({ [copied.id]: [0] });
    const before = begin(4);
    const first = offer(before, MINERS[0], 1, scores, {
      people: 'same',
      madeAt: (NOW - 1) as Instant,
    });
    judgeReady(before, REPUTATIONS, NOW);
    before.checked.set(first.id, allPass(1));
    expect(codesOf(before, { others: [attempt] })).toEqual({ [first.id]: [0] });
  });

  it('finds no person twice in a stock, whatever is closed', () => {
    const people = fc.constantFrom('one', 'two');
    fc.assert(
      fc.property(fc.array(people, { minLength: 4, maxLength: 4 }), (names) => {
        const attempt = begin();
        const stock = newStock();
        for (const [at, name] of names.entries()) {
          const miner = MINERS[at] ?? MINERS[0];
          const batch = offer(attempt, miner, 2, [100, 100, 100, 100, 100], { people: name });
          attempt.checked.set(batch.id, allPass(2));
        }
        judgeReady(attempt, REPUTATIONS, NOW);
        const counted = Object.values(codesOf(attempt, { stock })).flat();

        // A lead counts as good for one miner alone, and that one's is what is held.
        expect(counted.filter((code) => code === 0).length).toBe(2 * new Set(names).size);
        expect(heldIn(stock).length).toBe(2 * new Set(names).size);
      }),
      { numRuns: 200 }, // There are 16 of these.
    );
  });

  it('speaks of its panel', () => {
    expect(panelOf(begin())).toEqual(DRAW.panel.map((hotkey) => `validator/${hotkey}`));
  });
});

describe('roadStep', () => {
  it('says what became of each answer', () => {
    const outcome = (scores: readonly (number | undefined)[], verdicts?: readonly Verdict[]) => {
      const attempt = begin();
      const { id } = offer(attempt, MINERS[0], 10, scores);
      judgeReady(attempt, REPUTATIONS, REPORTS_DUE);
      if (verdicts) attempt.checked.set(id, verdicts);
      return closed(attempt).road.find(({ miner }) => miner === MINERS[0]);
    };

    expect(outcome([])?.outcome).toBe('unreported');
    expect(outcome([80, 80, 80])?.outcome).toBe('rejected');
    expect(outcome([100, 100, 100], allPass(10))?.outcome).toBe('approved');
    expect(outcome([100, 100, 100], [BAD, BAD, ...allPass(8)])).toMatchObject({
      outcome: 'checks_failed',
      checks: { passed: 8, failed: 2, unknown: 0 },
      reasons: [['email_undeliverable', 2]],
    });
    expect(outcome([100, 100, 100])).toMatchObject({
      outcome: 'undecided',
      checks: { passed: 0, failed: 0, unknown: 10 },
    });
  });

  it('counts a reason as the report does that has it most, and names who abstained', () => {
    const batch = batchBy(MINERS[0], QUERY, leadsOf('a', 10));
    const [one, two] = DRAW.panel as [Hotkey, Hotkey];
    const { score: _, ...abstaining } = reportBy(two, batch);
    const answer: Answered = {
      kind: 'answered',
      miner: MINERS[0],
      batch: batch.id,
      madeAt: NOW,
      count: 10,
      finalScore: percent(80),
      denied: true,
      approved: false,
      reports: [
        {
          ...reportBy(one, batch, percent(80)),
          reasons: [['bad_email', 2]],
        },
        {
          ...abstaining,
          reasons: [
            ['bad_email', 1],
            ['deadline', 1],
          ],
        },
      ],
    };
    expect(roadStep(answer)).toEqual({
      miner: MINERS[0],
      outcome: 'denied',
      batch: batch.id,
      count: 10,
      finalScore: percent(80),
      reports: [
        {
          validator: one,
          score: percent(80),
        },
        { validator: two },
      ],
      reasons: [
        ['bad_email', 2],
        ['deadline', 1],
      ],
    });
  });

  it('counts each lead of the checks in one way', () => {
    const leads = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(leads, (codes) => {
        const checks = { outcome: 'passed', leads: Uint8Array.from(codes) } as const;
        const step = roadStep({
          kind: 'answered',
          miner: MINERS[0],
          batch: 'b' as Batch['id'],
          madeAt: NOW,
          count: codes.length,
          reports: [],
          denied: false,
          approved: true,
          checks,
        });
        const { passed = 0, failed = 0, unknown = 0 } = step.checks ?? {};
        expect(passed + failed + unknown).toBe(codes.length);
        expect(failed).toBe(codes.filter((code) => code === 1).length);
        expect(unknown).toBe(codes.filter((code) => code === 2).length);
      }),
    );
  });
});

const STAGE = stageOf({ miners: 4, validators: 5 });
const QUERY = queryOn(STAGE);
const NOW = arrivalOf(QUERY);
const REPORTS_DUE = later(batchDue(QUERY), AUDIT_TIME);
const DRAW = drawnFor(STAGE, QUERY);
const MINERS = DRAW.miners as [Hotkey, Hotkey, Hotkey, Hotkey];
const REPUTATIONS = new Map(DRAW.panel.map((validator) => [validator, points(15)]));
const anyReputations = fc
  .array(fc.constantFrom(0, 15, 16, 100), { minLength: 5, maxLength: 5 })
  .map((all) => new Map(DRAW.panel.map((validator, at) => [validator, points(all[at] ?? 0)])));
const BAD = both(because('email_undeliverable'), PASS);

function begin(nonce = 1): Attempting {
  const query = queryOn(STAGE, { nonce });
  return newAttempt(query, DRAW, STAGE.viewAt(NOW).latest);
}

/** A miner's batch and what the panel says of it, in per cent; undefined: nothing. */
function offer(
  attempt: Attempting,
  miner: Hotkey,
  count: number,
  scores: readonly (number | undefined)[],
  { people = miner, madeAt = NOW }: { readonly people?: string; readonly madeAt?: Instant } = {},
): Sealed<Batch> {
  const batch = batchBy(miner, attempt.query, leadsOf(people, count), madeAt);
  attempt.batches.set(miner, batch);
  const reports = DRAW.panel.flatMap((validator, at) => {
    const score = scores[at];
    return score === undefined
      ? []
      : [[validator, reportBy(validator, batch, percent(score))] as const];
  });
  attempt.reports.set(miner, new Map(reports));
  return batch;
}

type Closing = Parameters<typeof close>[1];
const closed = (attempt: Attempting, options: Partial<Closing> = {}) =>
  close(attempt, {
    pool: QUERY.pool,
    block: 402 as Block,
    stock: newStock(),
    reputations: REPUTATIONS,
    others: [],
    now: settleDue(QUERY),
    ...options,
  });
const answersOf = (attempt: Attempting) =>
  closed(attempt).theCase.answers.filter(({ kind }) => kind === 'answered');
const codesOf = (attempt: Attempting, options: Partial<Closing>) =>
  Object.fromEntries(
    closed(attempt, options).theCase.answers.flatMap((answer) =>
      answer.kind === 'answered' ? [[answer.batch, [...(answer.checks?.leads ?? [])]]] : [],
    ),
  );

const isReady = (scores: readonly unknown[], now: Instant): boolean =>
  now >= REPORTS_DUE || scores.every((score) => score !== undefined);
const anyScore = fc.option(fc.constantFrom(0, 80, 90, 100), { nil: undefined, freq: 8 });
const anyMoment = fc
  .oneof(
    fc.integer({ min: NOW, max: settleDue(QUERY) }),
    fc.integer({ min: REPORTS_DUE - 1, max: REPORTS_DUE + 1 }),
  )
  .map((at) => at as Instant);
