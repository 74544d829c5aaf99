import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  attemptOf,
  type Address,
  type Answered,
  type Case,
  type Commit,
  type Commits,
  type Report,
  type Sealed,
} from '../protocols/messages.ts';
import { batchDue } from '../protocols/rules/deadlines.ts';
import { newStock } from '../protocols/rules/pool.ts';
import { commitDue, commitTo, opens, reportsDue, showDue } from '../protocols/rules/sealed.ts';
import {
  later,
  minutes,
  percent,
  points,
  seconds,
  type Block,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import { because, type Verdict } from '../protocols/verdict.ts';
import { lookAt, reveal, sealReport } from './sealed-report.ts';
import { close, judgeReady, newAttempt } from './settling.ts';
import { commitBy, revealedBy } from './testing/sealed.ts';
import {
  allPass,
  arrivalOf,
  ASKED,
  batchBy,
  drawnFor,
  effectsOf,
  envelope,
  found,
  kindWorld,
  leadsOf,
  othersOn,
  play,
  queryOn,
  randomFrom,
  refused,
  reportBy,
  sealed,
  sent,
  stageOf,
  type Done,
  type Heard,
  type World,
} from './testing/stage.ts';
import { validator } from './validator.ts';

describe('a validator that is asked for a sealed report', () => {
  it('commits, and says what it found once it was shown that all have committed', () => {
    const shown = later(NOW, seconds(60));
    const { commit, reports } = playOn([{ at: shown, others: OTHERS }]);

    expect(commit).toMatchObject({ batch: BATCH.id, miner: MINER, validator: SELF_KEY });
    expect(reports).toMatchObject([{ at: shown, body: { score: percent(100), valid: 10 } }]);
    for (const { body } of reports) expect(opens(commit, body)).toBe(true);
  });

  it('commits in words that are the same whatever it found, but for a hash', () => {
    fc.assert(
      fc.property(fc.array(anyVerdict, { minLength: 10, maxLength: 10 }), (verdicts) => {
        const one = playOn([], verdicts).commit;
        const other = playOn([]).commit;
        expect({ ...one, seal: '' }).toEqual({ ...other, seal: '' });
        expect(one.seal === other.seal).toBe(verdicts.every((verdict) => verdict === 0));
      }),
      { numRuns: 100 }, // Two audits each.
    );
  });

  it('commits in time where it abstains, too', () => {
    const { done, commit, reports } = playOn([{ at: DUE, others: OTHERS }], 'nothing');
    expect(sent('commit', effectsOf(done))).toHaveLength(1);
    expect(done.find(({ effect }) => 'send' in effect)?.at).toBeLessThanOrEqual(commitDue(QUERY));
    expect(reports).toHaveLength(1);
    for (const { body } of reports) {
      expect(body).not.toHaveProperty('score');
      expect(opens(commit, body)).toBe(true);
    }
  });

  it('says nothing before nobody can commit any more, whatever it is shown and when', () => {
    fc.assert(
      fc.property(fc.array(anyShowing, { maxLength: 4 }), (showings) => {
        const { done, commit, reports } = playOn(showings);
        const [first] = showings
          .filter(({ at }) => at <= showDue(QUERY))
          .toSorted((a, b) => a.at - b.at);
        const isWhole = first?.others.length === OTHERS.length;

        const expected = first === undefined ? [] : [isWhole ? first.at : showDue(QUERY) + 1];
        expect(reports.map(({ at }) => at)).toEqual(expected);
        for (const { body } of reports) expect(opens(commit, body)).toBe(true);
        expect(refused(effectsOf(done))).toHaveLength(
          Math.max(0, showings.length - reports.length),
        );
        expect(sent('commit', effectsOf(done))).toHaveLength(1);
      }),
      { numRuns: 300 }, // Each one plays an audit.
    );
  });

  it.each<[string, (own: Sealed<Commit>) => readonly Sealed<Commit>[], string]>([
    ['its own missing', () => OTHERS, 'unknown_query'],
    ['another in its name', (own) => [{ ...own, seal: OTHERS[0].seal }, ...OTHERS], 'mismatch'],
    ['its own twice', (own) => [own, own, ...OTHERS], 'mismatch'],
    ['a stranger’s', (own) => [own, sealed({ ...own, validator: MINER })], 'mismatch'],
    [
      'one on another answer',
      (own) => [own, ...OTHERS.map((one) => ({ ...one, miner: SELF_KEY }))],
      'mismatch',
    ],
    [
      'one of another attempt',
      (own) => [own, ...OTHERS.map((one) => ({ ...one, attempt: 2 }))],
      'mismatch',
    ],
    ['its own of an unknown batch', (own) => [{ ...own, batch: 'b' as never }], 'unknown_query'],
  ])('is not shown commits with %s', (_, commits, why) => {
    const { commit } = playOn([]);
    const { done, reports } = playRaw([{ at: SOON, envelope: showing(commits(commit)) }]);
    expect(refused(effectsOf(done))).toEqual([why]);
    expect(reports).toEqual([]);
  });

  it('is shown commits by the query’s pool alone', () => {
    const { commit } = playOn([]);
    fc.assert(
      fc.property(othersOn(STAGE, POOL), (from) => {
        const { done, reports } = playRaw([
          { at: SOON, envelope: showing([commit, ...OTHERS], from) },
        ]);
        expect(refused(effectsOf(done))).toEqual(['not_yours']);
        expect(reports).toEqual([]);
      }),
      { numRuns: 50 }, // There are no more addresses than that.
    );
  });

  it('is not shown commits to what it says openly', () => {
    const own = commitBy(SELF_KEY, OPEN_BATCH);
    const body = { query: OPEN.id, attempt: 1, miner: MINER, commits: [own] };
    const { done, reports } = playRaw(
      [{ at: SOON, envelope: envelope('commits', POOL, SELF, body) }],
      OPEN_BATCH,
    );
    expect(refused(effectsOf(done))).toEqual(['unknown_query']);
    expect(reports.map(({ body: report }) => report.nonce)).toEqual([undefined]);
    expect(sent('commit', effectsOf(done))).toEqual([]);
  });

  it('is moved to speak by no alarm but its own, and by that once', () => {
    const { signature: _, ...report } = reportBy(SELF_KEY, BATCH);
    const own = sealReport(report, { batch: BATCH, panel: DRAW.panel }, randomFrom('any'));
    const commits = [sealed(commitTo(own.report)), ...OTHERS.slice(1)];
    expect(reveal(own, (showDue(QUERY) + 1) as Instant)).toEqual([]);
    expect(lookAt(own, commits, SOON)).toMatchObject([{ ask: 'alarm' }]);
    const at = [SOON, showDue(QUERY), showDue(QUERY) + 1, showDue(QUERY) + 2] as Instant[];
    expect(at.map((now) => reveal(own, now).length)).toEqual([0, 0, 1, 0]);

    const late = sealReport(report, { batch: BATCH, panel: DRAW.panel }, randomFrom('any'));
    lookAt(late, commits, SOON);
    expect(reveal(late, (reportsDue(QUERY) + 1) as Instant)).toEqual([]);
    expect(reveal(late, reportsDue(QUERY))).toHaveLength(1);
  });

  it('draws its nonce without moving any other chance, and another for each batch and attempt', () => {
    const asleep = {
      next: () => {
        throw new Error('the actor’s own stream was moved');
      },
      fork: (name: string) => randomFrom(name),
    };
    const { signature: _, ...report } = reportBy(SELF_KEY, BATCH);
    const batches = [
      BATCH,
      batchBy(MINER, QUERY, leadsOf('b', 10)),
      { ...BATCH, query: queryOn(STAGE, { want: WANT, asked: [ASKED, later(ASKED, minutes(9))] }) },
    ];
    const nonces = batches.map((batch) => sealReport(report, { batch, panel: [] }, asleep));
    expect(new Set(nonces.map((one) => one.report.nonce)).size).toBe(3);
  });
});

describe('a validator at the countersign of sealed reports', () => {
  it('signs a case that names the commits that it was shown, in whatever order', () => {
    expect(signs((theCase) => theCase)).toBe(true);
    expect(signs(changed(({ commits }) => ({ commits: commits?.toReversed() })))).toBe(true);
  });

  it.each<[string, (answer: Answered, mine: (one: { validator: Hotkey }) => boolean) => object]>([
    ['no commits', () => ({ commits: undefined })],
    [
      'its own commit left out',
      ({ commits }, mine) => ({ commits: commits?.filter((one) => !mine(one)) }),
    ],
    [
      'another’s commit and report left out',
      ({ commits, reports }) => ({ commits: commits?.slice(0, -1), reports: reports.slice(0, -1) }),
    ],
    [
      'another’s commit and report exchanged for a copy of its own score',
      ({ commits, reports }) => ({
        commits: [...(commits ?? []).slice(0, -1), commitBy(LAST, BATCH, undefined, 1)],
        reports: [...reports.slice(0, -1), revealedBy(LAST, BATCH, undefined, 1)],
      }),
    ],
    [
      'its report dropped',
      ({ reports }, mine) => ({ reports: reports.filter((one) => !mine(one)) }),
    ],
    [
      'a report that does not open its commit',
      ({ reports }) => ({
        reports: [...reports.slice(0, -1), revealedBy(LAST, BATCH, undefined, 1)],
      }),
    ],
  ])('does not sign a case with %s', (_, spoil) => {
    const mine = ({ validator: hotkey }: { validator: Hotkey }): boolean => hotkey === SELF_KEY;
    expect(signs(changed((answer) => spoil(answer, mine)))).toBe(false);
  });

  it('does not sign where it was shown other commits than the rest, or none', () => {
    const shorter = OTHERS.slice(0, -1);
    expect(signs((theCase) => theCase, shorter)).toBe(false);
    expect(signs((theCase) => theCase, 'nothing')).toBe(false);
  });
});

const STAGE = stageOf({ miners: 1, validators: 5, pools: 1 });
const SELF_KEY = STAGE.validators[0] as Hotkey;
const SELF = addressOf('validator', SELF_KEY);
const MINER = STAGE.miners[0] as Hotkey;
const WANT = { leads: 10, sealed: true } as const;
const QUERY = queryOn(STAGE, { want: WANT });
const OPEN = queryOn(STAGE);
const POOL = addressOf('pool', QUERY.pool);
const NOW = arrivalOf(QUERY);
const SOON = later(NOW, seconds(60));
/** When a validator that has the batch from the beginning has spoken, whatever came of its audit. */
const DUE = later(NOW, seconds(121));
const BATCH = batchBy(MINER, QUERY, leadsOf('a', 10));
const OPEN_BATCH = batchBy(MINER, OPEN, leadsOf('a', 10));
const DRAW = drawnFor(STAGE, QUERY);
const OTHER_KEYS = DRAW.panel.filter((hotkey) => hotkey !== SELF_KEY);
const LAST = OTHER_KEYS.at(-1) as Hotkey;
const OTHERS = OTHER_KEYS.map((hotkey) => commitBy(hotkey, BATCH)) as [
  Sealed<Commit>,
  ...Sealed<Commit>[],
];

/** Commits that the pool shows beside one's own, and when. */
interface Showing {
  readonly at: Instant;
  readonly others: readonly Sealed<Commit>[];
}

const showing = (commits: Commits['commits'], from: Address = POOL) =>
  envelope('commits', from, SELF, {
    query: QUERY.id,
    attempt: attemptOf(QUERY),
    miner: MINER,
    commits,
  });

/** Plays an audit that finds this of the batch, or fails; and hears what the pool shows. */
function playOn(
  showings: readonly Showing[],
  verdicts: readonly Verdict[] | 'nothing' = allPass(10),
) {
  const alone = playRaw([], BATCH, verdicts);
  const own = sealed(sent('commit', effectsOf(alone.done))[0]?.body as Commit);
  const heard = showings.map(({ at, others }) => ({ at, envelope: showing([own, ...others]) }));
  return { ...playRaw(heard, BATCH, verdicts), commit: own };
}

function playRaw(
  heard: readonly Heard[],
  batch = BATCH,
  verdicts: readonly Verdict[] | 'nothing' = allPass(10),
) {
  const offer = { at: NOW, envelope: envelope('batch', addressOf('miner', MINER), SELF, batch) };
  const { done } = play(STAGE, validator, {
    self: SELF,
    from: ASKED,
    heard: [offer, ...heard],
    end: later(reportsDue(QUERY), minutes(5)),
    world: auditing(verdicts),
  });
  return { done, reports: reportsIn(done) };
}

const auditing =
  (verdicts: readonly Verdict[] | 'nothing'): World =>
  (ask, now) => {
    if (ask.ask !== 'audit') return kindWorld(ask, now);
    return verdicts === 'nothing' ? undefined : { at: now, outcome: found(verdicts) };
  };

const reportsIn = (done: readonly Done[]) =>
  done.flatMap(({ at, effect }) =>
    'send' in effect && effect.send === 'report' ? [{ at, body: effect.body }] : [],
  );

/** Whether it signs a case made of all reports, where it was shown its own and these. */
function signs(
  spoil: (theCase: Case) => Case,
  others: readonly Sealed<Commit>[] | 'nothing' = OTHERS,
): boolean {
  const at = later(SOON, seconds(10));
  const { commit, reports } = playOn([{ at: SOON, others: OTHERS }]);
  const mine = sealed(reports[0]?.body as Report);
  const theCase = spoil(caseOf(commit, mine, at));
  const heard = [
    ...(others === 'nothing' ? [] : [{ at: SOON, envelope: showing([commit, ...others]) }]),
    { at, envelope: envelope('proposal', POOL, SELF, theCase) },
  ];
  return sent('countersign', effectsOf(playRaw(heard).done)).length === 1;
}

function caseOf(own: Sealed<Commit>, mine: Sealed<Report>, at: Instant): Case {
  const drawnAt = STAGE.viewAt(at).at(QUERY.rounds[0]?.block ?? (0 as Block));
  if (drawnAt === undefined) throw new Error('the stage has all blocks');
  const attempt = newAttempt(QUERY, DRAW, drawnAt);
  const reputations = new Map(DRAW.panel.map((hotkey) => [hotkey, points(15)]));
  const reports = [mine, ...OTHER_KEYS.map((hotkey) => revealedBy(hotkey, BATCH))];
  attempt.batches.set(MINER, BATCH);
  attempt.commits.set(MINER, new Map([own, ...OTHERS].map((one) => [one.validator, one])));
  attempt.shown.add(MINER);
  attempt.reports.set(MINER, new Map(reports.map((one) => [one.validator, one])));
  attempt.checked.set(BATCH.id, allPass(10));
  judgeReady(attempt, reputations, at);
  const block = STAGE.viewAt(at).latest.head.number;
  const options = { pool: QUERY.pool, block, stock: newStock(), reputations, others: [], now: at };
  return close(attempt, options).theCase;
}

/** Changes the answer of a case. */
const changed =
  (to: (answer: Answered) => object) =>
  (theCase: Case): Case => ({
    ...theCase,
    answers: theCase.answers.map((answer) => ({ ...answer, ...to(answer as Answered) })),
  });

const anyVerdict = fc.constantFrom<Verdict>(0 as Verdict, 0 as Verdict, because('bad_email'));
/** Around the instants at which something ends, and anywhere between. */
const anyShowing: fc.Arbitrary<Showing> = fc.record({
  at: fc
    .oneof(
      fc.integer({ min: later(NOW, seconds(30)), max: reportsDue(QUERY) + 1_000 }),
      fc
        .tuple(
          fc.constantFrom(batchDue(QUERY), commitDue(QUERY), showDue(QUERY), reportsDue(QUERY)),
          fc.integer({ min: -1, max: 1 }),
        )
        .map(([end, by]) => end + by),
    )
    .map((at) => at as Instant),
  others: fc.oneof(fc.constant(OTHERS), fc.subarray([...OTHERS])),
});
