import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  type Address,
  type Batch,
  type Case,
  type Messages,
  type Sealed,
} from '../protocols/messages.ts';
import { batchDue, settleDue } from '../protocols/rules/deadlines.ts';
import { commitDue, reportsDue } from '../protocols/rules/sealed.ts';
import { caseFault } from '../protocols/rules/settlement.ts';
import {
  later,
  minutes,
  percent,
  seconds,
  type Block,
  type Hotkey,
  type Instant,
  type Score,
} from '../protocols/units.ts';
import { pool } from './pool.ts';
import { commitBy, revealedBy } from './testing/sealed.ts';
import {
  arrivalOf,
  batchBy,
  drawnFor,
  effectsOf,
  envelope,
  kindWorld,
  leadsOf,
  othersOn,
  play,
  queryOn,
  refused,
  reportBy,
  sealed,
  sent,
  stageOf,
  START,
  type Done,
  type Heard,
} from './testing/stage.ts';

describe('a pool that gathers sealed reports', () => {
  it('shows the panel all commits as soon as all have committed, and settles as if they were open', () => {
    const { done, theCase } = playOn([
      offer(5),
      ...PANEL.map((hotkey, at) => commit(hotkey, 10 + at)),
      ...PANEL.map((hotkey, at) => reveal(hotkey, 20 + at)),
    ]);
    const shown = showingsIn(done);
    expect(shown.map(({ to }) => to)).toEqual(PANEL.map((key) => addressOf('validator', key)));
    for (const { at, body } of shown) {
      expect(at).toBe(after(14));
      expect(body.commits.map(({ validator }) => validator)).toEqual(PANEL);
    }
    expect(refused(effectsOf(done))).toEqual([]);
    expect(theCase.answers[0]).toMatchObject({ kind: 'answered', approved: true });
    expect(theCase.answers[0]?.reports).toHaveLength(5);
    expect(theCase.answers[0]?.commits).toHaveLength(5);
    expect(sent('delivery', effectsOf(done))).toMatchObject([{ body: { status: 'complete' } }]);

    const open = playOn([offer(5, OPEN), ...PANEL.map((hotkey) => report(hotkey, 10, OPEN))], OPEN);
    const { finalScore, denied, approved, checks } = open.theCase.answers[0] as never;
    expect(theCase.answers[0]).toMatchObject({ finalScore, denied, approved, checks });
    expect(open.theCase.answers[0]).not.toHaveProperty('commits');
  });

  it('shows what there is when the time is up, takes no commit after it, and waits for no other', () => {
    const [one, two, three] = PANEL as [Hotkey, Hotkey, Hotkey];
    const late = (by: number, hotkey: Hotkey): Heard => ({ ...commit(hotkey, 0), at: at(by) });
    const at = (by: number): Instant => (commitDue(QUERY) + by) as Instant;
    const { done, theCase } = playOn([
      offer(5),
      commit(one, 10),
      late(-1, two),
      late(1, three),
      { ...reveal(one, 0), at: at(2_000) },
      { ...reveal(two, 0), at: at(3_000) },
    ]);
    expect(showingsIn(done).map((showing) => showing.at)).toEqual(PANEL.map(() => at(0)));
    expect(refused(effectsOf(done))).toEqual(['late']);
    expect(theCase.answers[0]).toMatchObject({ approved: true });
    expect(theCase.answers[0]?.reports.map(({ validator }) => validator)).toEqual([one, two]);
    // Nobody else can have anything to show: the checks begin with the second report.
    const checks = done.find(({ effect }) => 'ask' in effect && effect.ask === 'verify');
    expect(checks?.at).toBe(at(3_000));
  });

  it('counts as silent who committed and does not reveal in time', () => {
    const [slow, ...rest] = PANEL as [Hotkey, ...Hotkey[]];
    const { done, theCase } = playOn([
      offer(5),
      ...PANEL.map((hotkey) => commit(hotkey, 10)),
      ...rest.map((hotkey) => reveal(hotkey, 20)),
      { ...reveal(slow, 0), at: (reportsDue(QUERY) + 1) as Instant },
    ]);
    expect(refused(effectsOf(done))).toEqual(['late']);
    expect(theCase.answers[0]?.reports).toHaveLength(4);
    expect(theCase.answers[0]?.commits).toHaveLength(5);
    const checks = done.find(({ effect }) => 'ask' in effect && effect.ask === 'verify');
    expect(checks?.at).toBe(reportsDue(QUERY));
  });

  it('takes no report before the commits were shown, without a commit, or that opens none', () => {
    const [early, none, wrong, open, good] = PANEL as [Hotkey, Hotkey, Hotkey, Hotkey, Hotkey];
    const others = PANEL.filter((hotkey) => hotkey !== none);
    const due = (commitDue(QUERY) + 1_000) as Instant;
    const { done, theCase } = playOn([
      offer(5),
      ...others.map((hotkey) => commit(hotkey, 10)),
      reveal(early, 20),
      { ...reveal(none, 0), at: due },
      { ...reveal(wrong, 0, percent(50)), at: due },
      { ...reveal(wrong, 0, percent(100), 1), at: due },
      { ...report(open, 0, QUERY), at: due },
      { ...reveal(good, 0), at: due },
      { ...reveal(good, 0), at: due },
    ]);
    expect(refused(effectsOf(done))).toEqual([
      'mismatch',
      'mismatch',
      'mismatch',
      'mismatch',
      'mismatch',
      'repeated',
    ]);
    expect(theCase.answers[0]?.reports.map(({ validator }) => validator)).toEqual([good]);
  });

  it('names no commits in a case that it has not shown', () => {
    const { done, theCase } = playOn(PANEL.slice(1).map((hotkey) => commit(hotkey, 10)));
    expect(showingsIn(done)).toEqual([]);
    expect(theCase.answers).toEqual([{ kind: 'missed', miner: MINER, reports: [], commits: [] }]);
    expect(faultOf(theCase)).toBeUndefined();
  });

  it('takes a commit of a panel member from itself, on a drawn miner’s answer, once', () => {
    const [member] = PANEL as [Hotkey];
    const from = addressOf('validator', member);
    const hear = (body: Messages['commit']['body'], of: Address = from, query = QUERY) =>
      refused(
        effectsOf(
          playOn(
            [offer(5, query), { at: after(10), envelope: envelope('commit', of, SELF, body) }],
            query,
          ).done,
        ),
      );
    const good = commitBy(member, BATCH);
    expect(hear(good)).toEqual([]);
    expect(hear({ ...good, query: 'other' as never })).toEqual(['unknown_query']);
    expect(hear({ ...good, attempt: 2 })).toEqual(['unknown_query']);
    expect(hear({ ...good, validator: MINER }, addressOf('validator', MINER))).toEqual([
      'not_in_panel',
    ]);
    expect(hear({ ...good, miner: member })).toEqual(['not_drawn']);
    expect(hear(commitBy(member, batchOn(OPEN)), from, OPEN)).toEqual(['mismatch']);
    const { done } = playOn([offer(5), commit(member, 10), commit(member, 11)]);
    expect(refused(effectsOf(done))).toEqual(['repeated']);
    fc.assert(
      fc.property(othersOn(STAGE, from), (other) => {
        expect(hear(good, other)).toEqual(['not_yours']);
      }),
      { numRuns: 50 }, // There are no more addresses than that.
    );
  });

  it('takes no nonce where the query does not ask for seals', () => {
    const [member] = PANEL as [Hotkey];
    const body = revealedBy(member, batchOn(OPEN));
    const heard = envelope('report', addressOf('validator', member), SELF, body);
    const { done } = playOn([offer(5, OPEN), { at: after(10), envelope: heard }], OPEN);
    expect(refused(effectsOf(done))).toEqual(['mismatch']);
  });

  it('settles in time whoever commits and reveals what and when, in a case that all opens right', () => {
    fc.assert(
      fc.property(fc.array(anyDoing, { minLength: 5, maxLength: 5 }), (doings) => {
        const { done, theCase, state } = playOn([
          offer(5),
          ...doings.flatMap(({ committed, revealed, score, chance }, at): Heard[] => {
            const hotkey = PANEL[at] as Hotkey;
            return [
              ...(committed === undefined ? [] : [{ ...commit(hotkey, 0), at: committed }]),
              ...(revealed === undefined
                ? []
                : [{ ...reveal(hotkey, 0, score, chance), at: revealed }]),
            ];
          }),
        ]);
        const delivered = done.find(({ effect }) => 'send' in effect && effect.send === 'delivery');
        expect(delivered?.at).toBeLessThanOrEqual(settleDue(QUERY));
        expect(faultOf(theCase)).toBeUndefined();
        expect([state.attempts.size, state.proposals.size]).toEqual([0, 0]);
        // One set, shown once to all, and the same as in the case.
        const shown = showingsIn(done).map(({ body }) => body.commits);
        expect([0, PANEL.length]).toContain(shown.length);
        for (const commits of shown) expect(commits).toEqual(theCase.answers[0]?.commits);
        for (const { validator, score } of theCase.answers[0]?.reports ?? []) {
          const doing = doings[PANEL.indexOf(validator)];
          expect([doing?.chance, score]).toEqual([0, percent(100)]);
        }
      }),
      { numRuns: 500 }, // Each one plays a dozen messages.
    );
  });
});

const STAGE = stageOf({ miners: 1, validators: 5, pools: 1 });
const SELF_KEY = STAGE.pools[0] as Hotkey;
const SELF = addressOf('pool', SELF_KEY);
const MINER = STAGE.miners[0] as Hotkey;
const QUERY = queryOn(STAGE, { want: { leads: 10, sealed: true } });
const OPEN = queryOn(STAGE);
const { panel: PANEL } = drawnFor(STAGE, QUERY);
const batchOn = (query: typeof QUERY): Sealed<Batch> => batchBy(MINER, query, leadsOf('a', 10));
const BATCH = batchOn(QUERY);

/** Seconds after the query's arrival. */
const after = (by: number): Instant => later(arrivalOf(QUERY), seconds(by));

const offer = (by: number, query = QUERY): Heard => ({
  at: after(by),
  envelope: envelope('batch', addressOf('miner', MINER), SELF, batchOn(query)),
});
const commit = (hotkey: Hotkey, by: number): Heard => ({
  at: after(by),
  envelope: envelope('commit', addressOf('validator', hotkey), SELF, commitBy(hotkey, BATCH)),
});
const reveal = (hotkey: Hotkey, by: number, score?: Score, chance?: number): Heard => ({
  at: after(by),
  envelope: envelope(
    'report',
    addressOf('validator', hotkey),
    SELF,
    revealedBy(hotkey, BATCH, score, chance),
  ),
});
const report = (hotkey: Hotkey, by: number, query: typeof QUERY): Heard => ({
  at: after(by),
  envelope: envelope(
    'report',
    addressOf('validator', hotkey),
    SELF,
    reportBy(hotkey, batchOn(query)),
  ),
});

function playOn(heard: readonly Heard[], query = QUERY) {
  const asked = envelope('query', addressOf('buyer', query.buyer), SELF, sealed(query));
  const { done, state } = play(STAGE, pool, {
    self: SELF,
    from: START,
    heard: [{ at: arrivalOf(query), envelope: asked }, ...heard],
    end: later(settleDue(query), minutes(15)),
    // The checks take a while: what comes meanwhile is late, and not of an unknown query.
    world: (ask, now) => {
      const answer = kindWorld(ask, now);
      return answer && ask.ask === 'verify' ? { ...answer, at: later(now, seconds(3)) } : answer;
    },
  });
  const [proposal] = sent('proposal', effectsOf(done));
  if (proposal === undefined) throw new Error('nothing was settled');
  return { done, state, theCase: proposal.body };
}

const showingsIn = (done: readonly Done[]) =>
  done.flatMap(({ at, effect }) =>
    'send' in effect && effect.send === 'commits' ? [{ at, to: effect.to, body: effect.body }] : [],
  );

function faultOf(theCase: Case) {
  const { query } = theCase;
  const drawnAt = STAGE.viewAt(settleDue(query)).at(query.rounds[0]?.block ?? (0 as Block));
  return drawnAt === undefined ? 'no block' : caseFault(theCase, drawnFor(STAGE, query), drawnAt);
}

const anyTime: fc.Arbitrary<Instant> = fc
  .oneof(
    fc.integer({ min: after(5), max: after(40) }),
    fc.integer({ min: after(5), max: settleDue(QUERY) + 1_000 }),
    fc
      .tuple(
        fc.constantFrom(batchDue(QUERY), commitDue(QUERY), reportsDue(QUERY)),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([end, by]) => end + by),
  )
  .map((at) => at as Instant);
/** What a panel member does and when; undefined: nothing. */
const anyDoing = fc.record({
  committed: fc.option(anyTime, { nil: undefined, freq: 8 }),
  revealed: fc.option(anyTime, { nil: undefined, freq: 8 }),
  score: fc.constantFrom(percent(100), percent(100), percent(100), percent(50)),
  chance: fc.constantFrom(0, 0, 0, 1),
});
