import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enter } from '../protocols/ledger.ts';
import {
  addressOf,
  type Answered,
  type Batch,
  type Case,
  type Query,
  type Report,
  type Sealed,
} from '../protocols/messages.ts';
import { AUDIT_TIME, batchDue } from '../protocols/rules/deadlines.ts';
import { newStock } from '../protocols/rules/pool.ts';
import { sampleOf, sampleSeed, sampleSize } from '../protocols/rules/sampling.ts';
import { caseDigest } from '../protocols/seals.ts';
import {
  later,
  percent,
  points,
  seconds,
  tao,
  type BatchId,
  type Block,
  type Duration,
  type Hotkey,
  type Instant,
  type Rao,
  type Score,
} from '../protocols/units.ts';
import { because, PASS, type Verdict } from '../protocols/verdict.ts';
import type { Effect, Outcome } from './actor.ts';
import { close, judgeReady, newAttempt } from './settling.ts';
import {
  allPass,
  arrivalOf,
  asked,
  ASKED,
  batchBy,
  contextOf,
  drawnFor,
  effectsOf,
  envelope,
  failed,
  found,
  headAfter,
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
  type Done,
  type Heard,
  type World,
} from './testing/stage.ts';
import { validator } from './validator.ts';

describe('a validator at its audit', () => {
  it('reports what it found of its sample, which the block after the batch picked', () => {
    const batch = batchBy(MINER, QUERY, leadsOf('a', 10));
    const head = headAfter(arrivalOf(QUERY));
    const world = auditing(found([because('bad_email'), ...allPass(9)]));

    const { done } = playOn([offer(batch)], world);

    const sample = sampleOf(sampleSeed(head.hash, SELF_KEY, batch.id), 10, sampleSize(10));
    expect(asked('audit', effectsOf(done))).toMatchObject([{ input: { sample } }]);
    expect(sent('report', effectsOf(done))).toEqual([
      {
        send: 'report',
        to: POOL,
        body: {
          query: QUERY.id,
          attempt: 1,
          miner: MINER,
          batch: batch.id,
          validator: SELF_KEY,
          block: head.number,
          sampled: 10,
          valid: 9,
          unknown: 0,
          score: percent(90),
          reasons: [['bad_email', 1]],
        },
      },
    ]);
  });

  it('reports once on each batch that came in time, however often and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyOffer, { maxLength: 12 }), anyAudit, (offers, audit) => {
        const { done } = playOn(offers, audit);

        const reports = done.filter(isReport);
        // Of two batches of one miner the first is its answer.
        const first = new Map(
          offers
            .toSorted((a, b) => a.at - b.at)
            .filter(({ at }) => at >= arrivalOf(QUERY) && at <= batchDue(QUERY))
            .toReversed()
            .map(({ at, batch }) => [batch.miner, { at, id: batch.id }]),
        );
        expect(reports.map(({ effect }) => reportIn(effect).batch).toSorted()).toEqual(
          [...first.values()].map(({ id }) => id).toSorted(),
        );
        for (const { at, effect } of reports) {
          const came = first.get(reportIn(effect).miner)?.at ?? at;
          expect(at).toBeLessThanOrEqual(later(came, AUDIT_TIME));
        }
      }),
      { numRuns: 300 }, // Each one plays a dozen audits.
    );
  });

  it('abstains where its audit failed, ran late or came back in pieces', () => {
    const outcomes = [failed(), failed('timeout'), found(allPass(9)), found(allPass(11))];
    for (const outcome of outcomes) {
      const { done } = playOn([offer(batchBy(MINER, QUERY, leadsOf('a', 10)))], auditing(outcome));
      const [report] = sent('report', effectsOf(done));
      expect(report?.body).toMatchObject({ sampled: 0, valid: 0, unknown: 0, reasons: [] });
      expect(report?.body).not.toHaveProperty('score');
    }
  });

  it('abstains where no block came to pick the sample', () => {
    const world: World = (ask, now) =>
      ask.ask === 'block' ? { outcome: failed('timeout') } : kindWorld(ask, now);
    const { done } = playOn([offer(batchBy(MINER, QUERY, leadsOf('a', 10)))], world);

    expect(asked('audit', effectsOf(done))).toEqual([]);
    expect(sent('report', effectsOf(done)).length).toBe(1);
  });

  it('says nothing at all after its two minutes, nor twice', () => {
    const batch = batchBy(MINER, QUERY, leadsOf('a', 10));
    const at = arrivalOf(QUERY);
    const answered = (by: Duration) => {
      const { state } = playOn([offer(batch)], () => undefined, at);
      const context = contextOf(STAGE, SELF, later(at, by));
      const head = { service: 'block', input: { after: at, about: batch.id } } as const;
      const sample = validator.on.blockReply(
        state,
        { ...head, outcome: found(headAfter(at)) },
        context,
      );
      const [audit] = asked('audit', sample);
      if (audit === undefined) return [];
      const reply = { service: 'audit', input: audit.input, outcome: found(allPass(10)) } as const;
      return [
        ...validator.on.auditReply(state, reply, context),
        ...validator.on.auditReply(state, reply, context),
      ];
    };

    expect(answered(AUDIT_TIME).length).toBe(1);
    expect(answered((AUDIT_TIME + 1) as Duration)).toEqual([]);
  });

  it('audits nothing but a drawn miner’s answer to a query of which it is in the panel', () => {
    const batch = batchBy(MINER, QUERY, leadsOf('a', 10));
    const hear = (
      body: Sealed<Batch>,
      from = addressOf('miner', body.miner),
      now = arrivalOf(QUERY),
    ) =>
      refused(
        validator.on.batch(
          validator.begin(contextOf(STAGE, SELF, now))[0],
          envelope('batch', from, SELF, body),
          contextOf(STAGE, SELF, now),
        ),
      );

    expect(hear(batch)).toEqual([]);
    expect(hear(batch, addressOf('miner', STAGE.miners[1] as Hotkey))).toEqual(['not_yours']);
    expect(hear(batch, undefined, batchDue(QUERY))).toEqual([]);
    expect(hear(batch, undefined, (batchDue(QUERY) + 1) as Instant)).toEqual(['late']);
    expect(hear({ ...batch, madeAt: ASKED }, undefined, ASKED)).toEqual(['unknown_block']);
    expect(hear({ ...batch, count: 0 })).toEqual(['malformed']);
    expect(hear({ ...batch, count: 11 })).toEqual(['malformed']);
    expect(hear({ ...batch, query: sealed({ ...QUERY, nonce: 9 }) })).toEqual(['malformed']);
    const undrawn = { ...batch, miner: STAGE.validators[1] as Hotkey };
    expect(hear(undrawn)).toEqual(['not_drawn']);
    const wide = stageOf({ validators: 9 });
    const elsewhere = queryOn(wide);
    const { panel } = drawnFor(wide, elsewhere);
    const outside = addressOf(
      'validator',
      wide.validators.find((hotkey) => !panel.includes(hotkey)) as Hotkey,
    );
    const context = contextOf(wide, outside, arrivalOf(elsewhere));
    const theirs = batchBy(MINER, elsewhere, leadsOf('a', 10));
    const heard = envelope('batch', addressOf('miner', MINER), outside, theirs);
    expect(refused(validator.on.batch(validator.begin(context)[0], heard, context))).toEqual([
      'not_in_panel',
    ]);
  });

  it('holds no more audits than so many', () => {
    const at = arrivalOf(QUERY);
    const context = contextOf(STAGE, SELF, at);
    const [state] = validator.begin(context);
    const why = Array.from({ length: 600 }, (_, nonce) => {
      const batch = batchBy(MINER, queryOn(STAGE, { nonce }), leadsOf('a', 1));
      return validator.on.batch(
        state,
        envelope('batch', addressOf('miner', MINER), SELF, batch),
        context,
      );
    }).flatMap(refused);

    expect(why).toEqual(Array.from({ length: 600 - 512 }, () => 'busy'));
    expect(state.audits.size).toBe(512);
  });
});

describe('a validator at its countersign', () => {
  it('signs a case that is exactly what it saw', () => {
    const { theCase, heard } = good();
    expect(signedBy(theCase, heard)).toEqual([
      {
        send: 'countersign',
        to: POOL,
        body: { query: QUERY.id, attempt: 1, digest: caseDigest(theCase), validator: SELF_KEY },
      },
    ]);
  });

  it.each<[string, (theCase: Case) => Case]>([
    ['its report dropped', change({ reports: (all) => all.filter((one) => !isMine(one)) })],
    ['its report of another score', ofMine({ valid: 9, score: percent(90) })],
    ['its report of another block', ofMine({ block: 7 as Block })],
    ['its report of another reason', ofMine({ reasons: [['bad_email', 1]] })],
    ['its report abstaining', ofMine({ sampled: 0, valid: 0, score: undefined as never })],
    ['its report in another’s name', ofMine({ validator: STAGE.validators[1] as Hotkey })],
    [
      'another’s report twice',
      change({ reports: (all) => [...all.slice(0, -1), ...all.slice(0, 1)] }),
    ],
    ['a report of no member', ofOther({ validator: MINER })],
    ['a report that does not add up', ofOther({ valid: 9 })],
    ['another F', change({ finalScore: 999_999 as Score })],
    ['F below 0.90', change({ finalScore: percent(89), approved: false })],
    ['a denial', change({ denied: true })],
    ['no approval', change({ approved: false })],
    [
      'another count',
      change({ count: 9, checks: { outcome: 'passed', leads: new Uint8Array(9) } }),
    ],
    ['another batch', change({ batch: 'b'.repeat(64) as BatchId })],
    ['no checks', (theCase) => withoutChecks(theCase)],
    ['another outcome', change({ checks: { outcome: 'failed', leads: new Uint8Array(10) } })],
    ['two failed codes', change({ checks: { outcome: 'failed', leads: codes(2) } })],
    ['an answer missed', (theCase) => ({ ...theCase, answers: missing(theCase) })],
    ['fewer answers', (theCase) => ({ ...theCase, answers: theCase.answers.slice(1) })],
    ['another order', (theCase) => ({ ...theCase, answers: theCase.answers.toReversed() })],
    ['another R_v', reputed((reputation, at) => reputation + (at === 0 ? 1 : 0))],
    ['all R_v higher', reputed((reputation) => reputation * 2)],
    ['no R_v', (theCase) => ({ ...theCase, reputations: [] })],
    ['another’s pool', (theCase) => ({ ...theCase, pool: STAGE.pools[1] as Hotkey })],
    ['an old block', (theCase) => ({ ...theCase, block: (theCase.block - 6) as Block })],
    ['a block to come', (theCase) => ({ ...theCase, block: (theCase.block + 6) as Block })],
    ['another query', (theCase) => ({ ...theCase, query: sealed({ ...theCase.query, nonce: 5 }) })],
  ])('does not sign a case with %s', (_, spoil) => {
    const { theCase, heard } = good();
    expect(signedBy(spoil(theCase), heard)).toEqual([]);
  });

  it('signs with one code of ten that it finds otherwise, and with what nobody can tell', () => {
    const { theCase, heard } = good();
    const one = change({ checks: { outcome: 'passed', leads: codes(1) } })(theCase);
    expect(signedBy(one, heard).length).toBe(1);
    const silent: World = (ask, now) =>
      ask.ask === 'verify' ? { outcome: failed('timeout') } : kindWorld(ask, now);
    expect(signedBy(theCase, heard, silent).length).toBe(1);
  });

  it('repeats the checks of its own sample, and signs nothing that it finds otherwise', () => {
    fc.assert(
      fc.property(fc.array(anyVerdict, { minLength: 10, maxLength: 10 }), (verdicts) => {
        const { theCase, heard } = good();
        const world: World = (ask, now) =>
          ask.ask === 'verify' ? { at: now, outcome: found(verdicts) } : kindWorld(ask, now);

        const { done } = playCase(theCase, heard, world);

        const repeats = asked('verify', effectsOf(done));
        expect(repeats.map(({ input }) => input.only?.length)).toEqual([10, 10, 10, 10]);
        const told = verdicts.filter((verdict) => verdict !== UNKNOWN).length;
        const bad = verdicts.filter((verdict) => verdict === FAILED).length;
        const agrees = 10 * bad <= told;
        expect(sent('countersign', effectsOf(done)).length).toBe(agrees ? 1 : 0);
      }),
    );
  });

  it('signs for a buyer with standing and a pool with standing alone', () => {
    const { theCase, heard } = good();
    const stake =
      (outcome: Outcome<Rao>): World =>
      (ask, now) =>
        ask.ask === 'stake' ? { at: now, outcome } : kindWorld(ask, now);

    expect(signedBy(theCase, heard, stake(found(tao(50)))).length).toBe(1);
    expect(signedBy(theCase, heard, stake(found((tao(50) - 1n) as Rao)))).toEqual([]);
    expect(signedBy(theCase, heard, stake(failed()))).toEqual([]);

    const alien = STAGE.miners[3] as Hotkey;
    const query = queryOn(STAGE, { pool: alien });
    const theirs = { ...theCase, pool: alien, query };
    const { done } = playCase(theirs, [], kindWorld);
    expect(refused(effectsOf(done))).toEqual(['no_standing']);
  });

  it('signs no proposal that somebody else brings', () => {
    const { theCase, heard } = good();
    fc.assert(
      fc.property(othersOn(STAGE, POOL), (from) => {
        const { done } = playOn(
          [...heard, { at: PROPOSED, envelope: envelope('proposal', from, SELF, theCase) }],
          kindWorld,
        );
        expect(refused(effectsOf(done))).toEqual(['not_yours']);
      }),
      { numRuns: 50 }, // There are no more addresses than that.
    );
  });

  it('signs a case once', () => {
    const { theCase, heard } = good();
    const again = { at: PROPOSED, envelope: envelope('proposal', POOL, SELF, theCase) };
    const { done } = playOn([...heard, again, again, again], kindWorld);

    expect(sent('countersign', effectsOf(done)).length).toBe(1);
    expect(refused(effectsOf(done))).toEqual(['repeated', 'repeated']);
  });

  it('signs nothing while its own audit is still in time', () => {
    const { theCase, heard } = good();
    const slow: World = (ask, now) =>
      ask.ask === 'audit' ? { outcome: failed('timeout') } : kindWorld(ask, now);
    const without = change({ reports: (all) => all.filter((one) => !isMine(one)) })(theCase);

    const { done } = playOn(
      [...heard, { at: PROPOSED, envelope: envelope('proposal', POOL, SELF, without) }],
      slow,
    );

    expect(refused(effectsOf(done))).toContain('mismatch');
    expect(sent('countersign', effectsOf(done))).toEqual([]);
  });
});

describe('a validator at the turn of an epoch', () => {
  it('sets nothing where nothing is known', () => {
    const { done } = playOn([], kindWorld, later(ASKED, seconds(12 * 800)));
    expect(asked('setWeights', effectsOf(done))).toEqual([]);
  });

  it('sets weights once an epoch, for the registered miners that earn', () => {
    const gone = 'gone' as Hotkey;
    const known = [...STAGE.miners.slice(0, 2), gone];
    const [state] = validator.begin(contextOf(STAGE, SELF, ASKED));
    for (const [index, miner] of known.entries()) {
      enter(state.ledger, record(miner, index));
    }

    const effects: Effect[] = [];
    for (let block = 700; block < 1_081; block++) {
      const now = later(START_OF_TIME, seconds(12 * block));
      const reply = { service: 'alarm', input: { about: 'epoch' }, outcome: failed('timeout') };
      effects.push(...validator.on.alarmReply(state, reply as never, contextOf(STAGE, SELF, now)));
    }

    // Of the epochs that begin with the blocks 720 and 1 080; the first look is at that of 360.
    const uid = (miner: Hotkey) =>
      STAGE.viewAt(ASKED).latest.neurons.find(({ hotkey }) => hotkey === miner)?.uid;
    const right = STAGE.miners.slice(0, 2).map((miner) => [uid(miner), 65_535]);
    expect(asked('setWeights', effects).map(({ input }) => input)).toEqual([right, right]);
  });
});

const STAGE = stageOf({ miners: 4, validators: 5, pools: 2 });
const START_OF_TIME = later(ASKED, seconds(-(12 * 400 + 5)));
const QUERY: Sealed<Query> = queryOn(STAGE);
const SELF_KEY = STAGE.validators[0] as Hotkey;
const SELF = addressOf('validator', SELF_KEY);
const POOL = addressOf('pool', QUERY.pool);
const MINER = STAGE.miners[0] as Hotkey;
const PROPOSED = later(arrivalOf(QUERY), seconds(20));
const END = later(batchDue(QUERY), seconds(400));
const FAILED = because('email_undeliverable');
const UNKNOWN = because('provider_unavailable');

const record = (miner: Hotkey, index: number) => ({
  kind: 'batch' as const,
  at: 500,
  key: `${index}`,
  query: `${index}`,
  attempt: 1,
  miner,
  batch: `${index}`,
  opinions: [],
  finalScore: percent(100),
  approved: true,
  checks: 'passed' as const,
  asked: 100,
  good: 100,
  chosen: false,
});

interface Offer extends Heard {
  readonly batch: Batch;
}
const offer = (batch: Sealed<Batch>, at: Instant = arrivalOf(QUERY)): Offer => ({
  at,
  batch,
  envelope: envelope('batch', addressOf('miner', batch.miner), SELF, batch),
});
const playOn = (heard: readonly Heard[], world: World, end: Instant = END) =>
  play(STAGE, validator, { self: SELF, heard, world, from: ASKED, end });

const auditing =
  (outcome: Outcome<readonly Verdict[]>, after?: Duration): World =>
  (ask, now) => {
    if (ask.ask !== 'audit') return kindWorld(ask, now);
    return { at: later(now, after ?? seconds(1)), outcome };
  };

const isReport = ({ effect }: Done): boolean => 'send' in effect && effect.send === 'report';
const reportIn = (effect: Effect): Report => (effect as unknown as { readonly body: Report }).body;

const OFFERED = STAGE.miners.flatMap((miner) =>
  ['a', 'b'].map((name) => batchBy(miner, QUERY, leadsOf(name, 3))),
);
const anyOffer: fc.Arbitrary<Offer> = fc
  .tuple(
    fc.constantFrom(...OFFERED),
    fc.oneof(
      fc.integer({ min: arrivalOf(QUERY), max: batchDue(QUERY) + 1 }),
      fc.integer({ min: batchDue(QUERY) - 1, max: batchDue(QUERY) + 1 }),
    ),
  )
  .map(([batch, at]) => offer(batch, at as Instant));
const anyAudit: fc.Arbitrary<World> = fc
  .tuple(
    fc.constantFrom(found(allPass(3)), failed(), found(allPass(2))),
    fc.oneof(fc.nat({ max: 130_000 }), fc.integer({ min: 105_000, max: 121_000 })),
  )
  .map(([outcome, after]) => auditing(outcome, after as Duration));
const anyVerdict = fc.constantFrom(PASS, PASS, PASS, FAILED, UNKNOWN);

/** Every miner answered with ten good leads; all of the panel found them good, and so did the checks. */
function good(): { readonly theCase: Case; readonly heard: readonly Heard[] } {
  const view = STAGE.viewAt(PROPOSED);
  const draw = drawnFor(STAGE, QUERY);
  const drawnAt = view.at(QUERY.rounds[0]?.block ?? (0 as Block));
  if (drawnAt === undefined) throw new Error('the stage has all blocks');
  const attempt = newAttempt(QUERY, draw, drawnAt);
  const reputations = new Map(draw.panel.map((hotkey) => [hotkey, points(15)]));
  const heard: Heard[] = [];
  for (const miner of draw.miners) {
    const batch = batchBy(miner, QUERY, leadsOf(miner, 10));
    heard.push(offer(batch));
    attempt.batches.set(miner, batch);
    attempt.reports.set(
      miner,
      new Map(draw.panel.map((hotkey) => [hotkey, reportBy(hotkey, batch)])),
    );
    attempt.checked.set(batch.id, allPass(10));
  }
  judgeReady(attempt, reputations, PROPOSED);
  const { theCase } = close(attempt, {
    pool: QUERY.pool,
    block: view.latest.head.number,
    stock: newStock(),
    reputations,
    others: [],
    now: PROPOSED,
  });
  return { theCase, heard };
}

const playCase = (theCase: Case, heard: readonly Heard[], world: World) =>
  playOn(
    [...heard, { at: PROPOSED, envelope: envelope('proposal', poolOf(theCase), SELF, theCase) }],
    world,
  );
function poolOf({ pool }: Case) {
  return addressOf('pool', pool);
}
const signedBy = (theCase: Case, heard: readonly Heard[], world: World = kindWorld) =>
  sent('countersign', effectsOf(playCase(theCase, heard, world).done));

function isMine({ validator: hotkey }: Report): boolean {
  return hotkey === SELF_KEY;
}

type Change = Omit<Partial<Answered>, 'reports'> & {
  readonly reports?: (all: Answered['reports']) => Answered['reports'];
};
/** Changes the first answer of a case. */
function change({ reports, ...rest }: Change): (theCase: Case) => Case {
  return (theCase) => {
    const [first, ...others] = theCase.answers as [Answered, ...Answered[]];
    const changed = { ...first, ...rest, ...(reports ? { reports: reports(first.reports) } : {}) };
    return { ...theCase, answers: [changed, ...others] };
  };
}
function ofMine(to: Partial<Report>): (theCase: Case) => Case {
  return change({ reports: (all) => all.map((one) => (isMine(one) ? altered(one, to) : one)) });
}
function ofOther(to: Partial<Report>): (theCase: Case) => Case {
  return change({
    reports: (all) => {
      const other = all.find((one) => !isMine(one));
      return all.map((one) => (one === other ? altered(one, to) : one));
    },
  });
}
function altered(one: Sealed<Report>, to: Partial<Report>): Sealed<Report> {
  const { score: _, ...rest } = { ...one, ...to };
  const score = 'score' in to ? to.score : one.score;
  return score === undefined ? rest : { ...rest, score };
}
function withoutChecks(theCase: Case): Case {
  const [first, ...others] = theCase.answers as [Answered, ...Answered[]];
  const { checks: _, ...rest } = first;
  return { ...theCase, answers: [rest, ...others] };
}
function missing(theCase: Case): Case['answers'] {
  const [first, ...others] = theCase.answers as [Answered, ...Answered[]];
  return [{ kind: 'missed', miner: first.miner, reports: [] }, ...others];
}
function reputed(to: (reputation: number, at: number) => number): (theCase: Case) => Case {
  return (theCase) => ({
    ...theCase,
    reputations: theCase.reputations.map(({ validator: hotkey, reputation }, at) => ({
      validator: hotkey,
      reputation: to(reputation, at) as typeof reputation,
    })),
  });
}
/** Ten leads of which so many failed. */
function codes(failing: number): Uint8Array {
  return Uint8Array.from({ length: 10 }, (_, index) => (index < failing ? 1 : 0));
}
