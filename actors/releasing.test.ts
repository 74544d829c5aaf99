import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  type Batch,
  type Case,
  type Envelope,
  type Query,
  type Sealed,
} from '../protocols/messages.ts';
import { AUDIT_TIME, settleDue } from '../protocols/rules/deadlines.ts';
import { commitTo, reportsDue, showDue } from '../protocols/rules/sealed.ts';
import {
  later,
  minutes,
  seconds,
  type BatchId,
  type Duration,
  type Hotkey,
  type Instant,
} from '../protocols/units.ts';
import type { Effect } from './actor.ts';
import { COUNTERSIGN_TIME } from './countersigning.ts';
import { sealReport } from './sealed-report.ts';
import { chainOf, goodCase, settledOf, type SettledOne } from './testing/settled.ts';
import {
  arrivalOf,
  ASKED,
  batchBy,
  contextOf,
  drawnFor,
  effectsOf,
  envelope,
  failed,
  headAfter,
  kindWorld,
  leadsOf,
  play,
  queryOn,
  randomFrom,
  refused,
  reportBy,
  sealed,
  sent,
  stageOf,
  START,
  asked,
  type Heard,
  type World,
} from './testing/stage.ts';
import { validator } from './validator.ts';

describe('a validator that hears of settlements', () => {
  it('takes on more batches within eight minutes than it can hold', () => {
    const waves = [QUERIES.slice(0, 100), QUERIES.slice(100)] as const;
    const settled = later(NOW, seconds(20));
    const { state, done } = playOn([
      ...waves[0].flatMap((query) => offers(query)),
      ...settlements(waves[0], settled),
      ...waves[1].flatMap((query) => offers(query, later(settled, seconds(1)))),
      ...settlements(waves[1], later(settled, seconds(20)), waves[0]),
    ]);

    expect(refused(effectsOf(done))).toEqual([]);
    expect(sent('report', effectsOf(done))).toHaveLength(800);
    expect(state.audits.size).toBe(0);
  });

  it('holds as many as ever of those that nobody settles, and for as long', () => {
    const until = later(settleDue(QUERIES[0] as Query), COUNTERSIGN_TIME);
    const last = queryOn(STAGE, { nonce: 999, asked: [later(until, seconds(-13))] });
    const refusedAt = (at: Instant): readonly string[] => {
      const { done } = playOn([...QUERIES.flatMap((query) => offers(query)), ...offers(last, at)]);
      return refused(effectsOf(done));
    };

    expect(refusedAt(until)).toEqual(Array.from({ length: 800 - 512 + 4 }, () => 'busy'));
    expect(refusedAt((until + 1) as Instant)).toHaveLength(800 - 512);
  });

  it('lets go of the settled batches, and of no others', () => {
    fc.assert(
      fc.property(fc.subarray(FEW), (settled) => {
        const { state } = playOn([
          ...FEW.flatMap((query) => offers(query)),
          ...settlements(settled, later(NOW, seconds(30))),
        ]);

        const open = FEW.filter((query) => !settled.includes(query));
        expect([...state.audits.keys()]).toEqual(open.flatMap(batchesOf).map(idOf));
      }),
      { numRuns: 64 }, // There are no more than that.
    );
  });

  it('says the same of every batch and proposal, whenever it hears of a settlement after that', () => {
    fc.assert(
      fc.property(fc.array(anyDelay, { minLength: 6, maxLength: 6 }), anyWorld, (delays, world) => {
        const heard = FEW.flatMap((query) => [...offers(query), proposal(goodCaseOf(query))]);
        const entries = settlements(FEW, PROPOSED).map((one, index) => ({
          ...one,
          at: later(PROPOSED, (1 + (delays[index] ?? 0)) as Duration),
        }));

        const without = playOn([...heard, stir(END)], world);
        const { done, state } = playOn([...heard, ...entries, stir(END)], world);
        expect(answersIn(effectsOf(done))).toEqual(answersIn(effectsOf(without.done)));
        expect(state.audits.size).toBe(1);
      }),
      { numRuns: 100 }, // Each one plays four dozen audits.
    );
  });

  it('repeats the checks for a countersign that it was asked for before', () => {
    const [query] = FEW as [Sealed<Query>];
    const slow: World = (ask, now) =>
      ask.ask === 'stake' || ask.ask === 'verify'
        ? { outcome: failed(), ...kindWorld(ask, now), at: later(now, seconds(5)) }
        : kindWorld(ask, now);
    const { done, state } = playOn(
      [
        ...offers(query),
        proposal(goodCaseOf(query)),
        ...settlements([query], later(PROPOSED, seconds(1))),
        stir(later(PROPOSED, seconds(60))),
      ],
      slow,
    );

    expect(asked('verify', effectsOf(done))).toHaveLength(4);
    expect(sent('countersign', effectsOf(done))).toHaveLength(1);
    expect(state.audits.size).toBe(1);
  });

  it('signs no second case of a settled attempt, as long as one could be proposed', () => {
    const [query] = FEW as [Sealed<Query>];
    fc.assert(
      fc.property(anyLateness, fc.boolean(), (after, isMine) => {
        const theCase = goodCaseOf(query);
        const at = later(PROPOSED, after);
        const second = { ...theCase, block: STAGE.viewAt(at).latest.head.number };
        const { done } = playOn([
          ...offers(query),
          proposal(theCase),
          ...settlements([query], later(PROPOSED, seconds(2))),
          proposal(isMine ? second : withoutMine(second), at),
        ]);

        expect(sent('countersign', effectsOf(done))).toHaveLength(1);
        expect(refused(effectsOf(done))).toEqual(['repeated']);
      }),
    );
  });

  it('signs nothing that is settled already', () => {
    const [query] = FEW as [Sealed<Query>];
    const settled = settlements([query], later(PROPOSED, seconds(-1)));
    const { done } = playOn([...offers(query), ...settled, proposal(goodCaseOf(query))]);
    expect(sent('countersign', effectsOf(done))).toEqual([]);
    expect(refused(effectsOf(done))).toEqual(['repeated']);
  });

  it('waits for its own audit as long as that may be reported on, and no longer', () => {
    const [query] = FEW as [Sealed<Query>];
    const heard = [...offers(query), ...settlements([query], PROPOSED)];
    const heldAt = (now: Instant): number => {
      const options = { self: SELF, heard, world: () => undefined, from: ASKED };
      const { state } = play(STAGE, validator, { ...options, end: later(PROPOSED, seconds(1)) });
      const next = stir(now).envelope as Envelope<'batch'>;
      validator.on.batch(state, next, contextOf(STAGE, SELF, now));
      return state.audits.size;
    };
    expect(heldAt(later(NOW, AUDIT_TIME))).toBe(5);
    expect(heldAt((later(NOW, AUDIT_TIME) + 1) as Instant)).toBe(1);
  });

  it('takes up at the next epoch what spoke of a block that was not there yet', () => {
    // The epoch turns five blocks later.
    const from = later(START, seconds(12 * 715 + 5));
    const query = queryOn(STAGE, { asked: [from] });
    const early = settlements([query], later(from, seconds(1)));
    const heldAt = (at: Instant): number => {
      const heard = [...early, ...offers(query), stir(at)];
      return play(STAGE, validator, { self: SELF, heard, from, end: at }).state.audits.size;
    };
    expect(heldAt(later(from, seconds(50)))).toBe(5);
    expect(heldAt(later(from, seconds(70)))).toBe(1);
  });

  it('refuses the same batch again as before', () => {
    const [query] = FEW as [Sealed<Query>];
    const again = offers(query, later(NOW, seconds(40)));
    const { done } = playOn([
      ...offers(query),
      ...settlements([query], later(NOW, seconds(20))),
      ...again,
    ]);
    expect(refused(effectsOf(done))).toEqual(again.map(() => 'repeated'));
  });

  it.each<[string, (query: Sealed<Query>) => SettledOne]>([
    [
      'that too few have signed',
      (query) => ({ ...settledOf(STAGE, goodCaseOf(query)), countersigns: [] }),
    ],
    [
      'of the same name for another pool',
      (query) => settledOf(STAGE, goodCaseOf({ ...query, pool: STAGE.pools[1] as Hotkey })),
    ],
    [
      'of the same name of another block',
      (query) => settledOf(STAGE, goodCaseOf({ ...query, rounds: [roundAt(LATER)] })),
    ],
    [
      'of another attempt',
      (query) =>
        settledOf(STAGE, goodCaseOf({ ...query, rounds: [...query.rounds, roundAt(LATER)] })),
    ],
  ])('lets go of nothing for a settlement %s', (_, settledOn) => {
    const [query] = FEW as [Sealed<Query>];
    const one = settledOn(query);
    const isBinding = one.countersigns.length > 0;
    const { state } = playOn([...offers(query), ...entriesOf([one], later(NOW, seconds(60)))]);
    expect(state.ledger.size).toBe(isBinding ? 4 : 0);
    expect([...state.audits.keys()]).toEqual(batchesOf(query).map(idOf));
  });

  it('lets go of a sealed report once it is revealed, or too late for it', () => {
    const query = queryOn(STAGE, { want: { leads: 10, sealed: true } });
    const batches = batchesOf(query);
    const [batch] = batches as [Sealed<Batch>];
    const shown = { at: later(NOW, seconds(60)), envelope: someCommits(query, batch) };
    const settled = entriesOf([settledOf(STAGE, silentCase(query))], later(NOW, seconds(70)));
    const after = (end: Instant) => {
      const heard = [...offers(query), shown, ...settled, stir(end)];
      const { state, done } = playOn(heard);
      const kept = batches.map(idOf).filter((id) => state.audits.has(id));
      return {
        kept,
        reports: sent('report', effectsOf(done)).filter(({ body }) => body.query === query.id),
      };
    };

    expect(after(showDue(query))).toMatchObject({
      kept: batches.map(idOf),
      reports: [{ body: { batch: batch.id } }],
    });
    expect(after((showDue(query) + 2) as Instant).kept).toEqual(batches.slice(1).map(idOf));
    expect(after(reportsDue(query)).kept).toEqual(batches.slice(1).map(idOf));
    expect(after((reportsDue(query) + 1) as Instant).kept).toEqual([]);
  });
});

const STAGE = stageOf({ miners: 4, validators: 5, pools: 2 });
const SELF_KEY = STAGE.validators[0] as Hotkey;
const SELF = addressOf('validator', SELF_KEY);
const POOL_KEY = STAGE.pools[0] as Hotkey;
/** Eight hundred batches: of four miners each. */
const QUERIES = Array.from({ length: 200 }, (_, nonce) => queryOn(STAGE, { nonce }));
const FEW = QUERIES.slice(0, 6);
const NOW = arrivalOf(queryOn(STAGE));
const LATER = later(ASKED, seconds(36));
const PROPOSED = later(NOW, seconds(20));
const END = later(settleDue(queryOn(STAGE)), COUNTERSIGN_TIME);

const playOn = (heard: readonly Heard[], world: World = kindWorld) =>
  play(STAGE, validator, { self: SELF, heard, world, from: ASKED, end: later(END, minutes(5)) });

const idOf = ({ id }: Batch): BatchId => id;
const batchesOf = (query: Sealed<Query>): readonly Sealed<Batch>[] =>
  STAGE.miners.map((miner) => batchBy(miner, query, leadsOf(miner, 10)));
const offer = (batch: Sealed<Batch>, at: Instant): Heard => ({
  at,
  envelope: envelope('batch', addressOf('miner', batch.miner), SELF, batch),
});
const offers = (query: Sealed<Query>, at: Instant = arrivalOf(query)): readonly Heard[] =>
  batchesOf(query).map((batch) => offer(batch, at));
/** A batch of a query that was asked just before, and is not settled. */
function stir(at: Instant): Heard {
  const query = queryOn(STAGE, { nonce: 7_777, asked: [later(at, seconds(-13))] });
  return offer(batchBy(STAGE.miners[0] as Hotkey, query, leadsOf('stir', 1), at), at);
}

const roundAt = (askedAt: Instant) => ({ askedAt, block: headAfter(askedAt).number });
/** All found the batches good, and so did the checks. */
const goodCaseOf = (query: Sealed<Query>): Case =>
  goodCase(STAGE, query, STAGE.viewAt(PROPOSED).latest.head.number);
const proposal = (theCase: Case, at: Instant = PROPOSED): Heard => ({
  at,
  envelope: envelope('proposal', addressOf('pool', theCase.pool), SELF, theCase),
});
/** A pool that has heard nobody: of a sealed query that is all that the stage can settle. */
const silentCase = (query: Sealed<Query>): Case => ({
  ...goodCaseOf(query),
  answers: drawnFor(STAGE, query).miners.map((miner) => ({
    kind: 'missed',
    miner,
    reports: [],
    commits: [],
  })),
});
const withoutMine = (theCase: Case): Case => ({
  ...theCase,
  answers: theCase.answers.map((answer) => ({
    ...answer,
    reports: answer.reports.filter((report) => report.validator !== SELF_KEY),
  })),
});

/** The settlements of queries, in the chain of their pool after those of others. */
const settlements = (
  queries: readonly Sealed<Query>[],
  at: Instant,
  before: readonly Sealed<Query>[] = [],
): readonly Heard[] =>
  entriesOf(
    [...before, ...queries].map((query) => settledOf(STAGE, goodCaseOf(query))),
    at,
  ).slice(before.length);
function entriesOf(records: readonly SettledOne[], at: Instant): readonly Heard[] {
  const pool = records[0]?.case.pool ?? POOL_KEY;
  return chainOf(pool, records).map((entry) => ({
    at,
    envelope: envelope('settlement', addressOf('pool', pool), SELF, entry),
  }));
}

/** That one's own commit is there, and not yet all the others. */
function someCommits(query: Sealed<Query>, batch: Sealed<Batch>): Heard['envelope'] {
  const { signature: _, ...report } = reportBy(SELF_KEY, batch);
  const { panel } = drawnFor(STAGE, query);
  const own = sealReport(report, { batch, panel }, randomFrom(SELF));
  const commits = [sealed(commitTo(own.report))];
  const body = { query: query.id, attempt: 1, miner: batch.miner, commits };
  return envelope('commits', addressOf('pool', query.pool), SELF, body);
}

/** What it says of batches and proposals, and what it asks for to say it. */
const answersIn = (effects: readonly Effect[]): readonly Effect[] =>
  effects.filter((effect) => {
    if ('send' in effect) return effect.send !== 'missing';
    return 'note' in effect || !['alarm', 'collusion', 'setWeights'].includes(effect.ask);
  });

const anyDelay = fc.oneof(fc.nat({ max: 30_000 }), fc.nat({ max: 300_000 }));
/** Audits and checks that take what they may take, and at times find nothing. */
const anyWorld: fc.Arbitrary<World> = fc
  .record({
    audit: fc.oneof(fc.nat({ max: 9_000 }), fc.nat({ max: 121_000 })),
    verify: fc.nat({ max: 100_000 }),
    stake: fc.nat({ max: 11_000 }),
    fails: fc.boolean(),
  })
  .map(({ fails, ...takes }): World => (ask, now) => {
    if (ask.ask !== 'audit' && ask.ask !== 'verify' && ask.ask !== 'stake') {
      return kindWorld(ask, now);
    }
    const at = later(now, takes[ask.ask] as Duration);
    if (fails && ask.ask === 'audit') return { at, outcome: failed() };
    return { outcome: failed(), ...kindWorld(ask, now), at };
  });
/** From the settlement on, as long as the batch would be there without it; and often its last moments. */
const LONGEST = END - PROPOSED;
const anyLateness: fc.Arbitrary<Duration> = fc
  .oneof(fc.integer({ min: 3_000, max: LONGEST }), fc.integer({ min: LONGEST - 1, max: LONGEST }))
  .map((after) => after as Duration);
