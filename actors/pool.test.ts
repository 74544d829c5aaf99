import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailKey, type Lead } from '../protocols/lead.ts';
import {
  addressOf,
  type Address,
  type Batch,
  type Case,
  type Delivery,
  type Feedback,
  type Query,
  type Sealed,
} from '../protocols/messages.ts';
import { AUDIT_TIME, batchDue, QUERY_FRESH, settleDue } from '../protocols/rules/deadlines.ts';
import { heldIn, openLeads, type PooledLead } from '../protocols/rules/held.ts';
import { admit, personOf } from '../protocols/rules/pool.ts';
import { relevanceVerdict } from '../protocols/rules/relevance.ts';
import { caseFault } from '../protocols/rules/settlement.ts';
import { caseDigest } from '../protocols/seals.ts';
import {
  later,
  percent,
  seconds,
  tao,
  type Digest,
  type Hotkey,
  type Instant,
  type QueryId,
  type Rao,
  type Score,
} from '../protocols/units.ts';
import { because, PASS, type Verdict } from '../protocols/verdict.ts';
import type { Effect } from './actor.ts';
import { pool, poolWith, type PoolState } from './pool.ts';
import {
  allPass,
  anyoneOn,
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
  type World,
} from './testing/stage.ts';

describe('a pool', () => {
  it('settles with all answers in, and delivers before anyone countersigned', () => {
    const script = everyMiner({ count: 10, scores: [100, 100, 100, 100, 100] });
    const { done } = playOn(script);

    const [delivery] = deliveries(done);
    expect(delivery).toMatchObject({ query: QUERY.id, attempt: 1, status: 'complete' });
    expect(delivery?.leads.length).toBe(10);
    expect(delivery?.road.map(({ outcome }) => outcome)).toEqual(DRAW.miners.map(() => 'approved'));
    expect(sent('proposal', effectsOf(done)).map(({ to }) => to)).toEqual(
      DRAW.panel.map((hotkey) => addressOf('validator', hotkey)),
    );
    expect(settledAt(done)).toBeLessThan(batchDue(QUERY));
  });

  it('settles in time whoever is silent, with every drawn miner in the case once', () => {
    fc.assert(
      fc.property(anyScript, (script) => {
        const { done, state } = playOn(script);

        expect(deliveries(done).length).toBe(1);
        expect(settledAt(done)).toBeLessThanOrEqual(settleDue(QUERY));
        const theCase = caseIn(done);
        expect(theCase?.answers.map(({ miner }) => miner)).toEqual(DRAW.miners);
        expect(theCase && faultOf(theCase)).toBeUndefined();
        expect([state.attempts.size, state.proposals.size]).toEqual([0, 0]);
      }),
      { numRuns: 300 }, // Each one plays some forty messages.
    );
  });

  it('delivers nothing unapproved, nothing twice, no more than asked and what was asked alone', () => {
    fc.assert(
      fc.property(fc.array(anyScript, { minLength: 2, maxLength: 4 }), (scripts) => {
        const queries = scripts.map((_, at) => askedLater(at));
        const heard = scripts.flatMap((script, at) => heardFrom(script, queries[at] ?? QUERY));
        const verdicts = new Map(scripts.flatMap((script, at) => checksOf(script, queries[at])));
        const { done } = playAll(heard, verdicts);

        const emails = new Set<string>();
        const cases = sent('proposal', effectsOf(done)).map(({ body }) => body);
        for (const { query, leads } of deliveries(done)) {
          const want = queries.find(({ id }) => id === query)?.want ?? { leads: 0 };
          expect(leads.length).toBeLessThanOrEqual(want.leads);
          for (const { lead, batch } of leads) {
            expect(relevanceVerdict(lead, want)).toBe(PASS);
            expect(isPassed(cases, batch, lead['Owner(s) Email'])).toBe(true);
            const key = emailKey(lead['Owner(s) Email']);
            expect(emails.has(key)).toBe(false);
            emails.add(key);
          }
        }
      }),
      { numRuns: 200 }, // Each one plays a few queries.
    );
  });

  it('comes to the same case however much noise there is, and refuses the noise', () => {
    fc.assert(
      fc.property(anyScript, fc.array(anyNoise, { maxLength: 10 }), (script, noises) => {
        const quiet = heardFrom(script, QUERY);
        const noise = noises.flatMap((make) => make(quiet));

        const plain = playAll(quiet, new Map(checksOf(script, QUERY)));
        const noisy = playAll([...quiet, ...noise], new Map(checksOf(script, QUERY)));

        const [one, other] = [caseIn(plain.done), caseIn(noisy.done)];
        expect(other && caseDigest(other)).toBe(one && caseDigest(one));
        expect(refused(effectsOf(noisy.done)).length).toBe(
          refused(effectsOf(plain.done)).length + noise.length,
        );
      }),
      { numRuns: 300 }, // Each one plays two runs.
    );
  });

  it('fills its stock from a validator’s own query, and delivers none of it', () => {
    const own = queryOn(STAGE, { account: 'validator', buyer: STAGE.validators[0] as Hotkey });
    const script = everyMiner({ count: 10, scores: [100, 100, 100, 100, 100] });
    const { done, state } = playAll(heardFrom(script, own), new Map());

    expect(deliveries(done)).toMatchObject([{ status: 'pooled', leads: [] }]);
    expect(heldIn(state.stock).length).toBe(40);
    expect(state.rateable.size).toBe(0);
  });

  it('gives the last attempt what it has in stock, and says that it is partial', () => {
    const others = everyMiner({ count: 10, scores: [100, 100, 100, 100, 100] });
    const stranger = queryOn(STAGE, { nonce: 7, buyer: STAGE.miners[0] as Hotkey });
    const nothing = everyMiner({ count: 10, scores: [0, 0, 0, 0, 0] });
    const third = thirdAttempt();
    const heard = [...heardFrom(others, stranger), ...heardFrom(nothing, third)];

    const { done } = playAll(heard, new Map());

    const [, delivery] = deliveries(done);
    expect(delivery).toMatchObject({ attempt: 3, status: 'partial' });
    expect(delivery?.leads.length).toBe(10);
    expect(delivery).not.toHaveProperty('chosen');
  });

  it('lets no miner keep a case from being signed by sending everyone another batch', () => {
    const [miner] = DRAW.miners as [Hotkey];
    const here = batchBy(miner, QUERY, leadsOf('here', 10));
    const there = batchBy(miner, QUERY, leadsOf('there', 10));
    const told = (split: number) => {
      const heard = [
        arrival(QUERY),
        { at: NOW, envelope: envelope('batch', addressOf('miner', miner), SELF, here) },
        ...DRAW.panel.map((hotkey, at) => ({
          at: NOW,
          envelope: envelope(
            'report',
            addressOf('validator', hotkey),
            SELF,
            reportBy(hotkey, at < split ? there : here),
          ),
        })),
      ];
      return caseIn(playAll(heard, new Map()).done)?.answers[0];
    };

    expect(told(2)).toMatchObject({ kind: 'answered', batch: here.id, approved: true });
    expect(told(2)?.reports.length).toBe(3);
    expect(told(3)).toMatchObject({ kind: 'missed', miner });
    expect(told(3)?.reports.length).toBe(5);
  });

  it('takes a batch for what the buyer asked of it, whatever query the batch brings', () => {
    const [miner] = DRAW.miners as [Hotkey];
    const wide = sealed({ ...QUERY, want: { leads: 100 } });
    const batch = {
      ...batchBy(miner, wide, leadsOf('wide', 11)),
      id: 'b'.repeat(64) as Batch['id'],
    };
    const { done } = playAll(
      [
        arrival(QUERY),
        { at: NOW, envelope: envelope('batch', addressOf('miner', miner), SELF, batch) },
      ],
      new Map(),
    );
    expect(refused(effectsOf(done))).toEqual(['malformed']);
  });

  it('serves a buyer with standing, in time, that names this pool', () => {
    const hear = (query: Sealed<Query>, world: World = kindWorld, at = arrivalOf(query)) =>
      effectsOf(playAll([{ ...arrival(query), at }], new Map(), world).done);
    const poor: World = (ask, now) =>
      ask.ask === 'stake'
        ? { at: now, outcome: found((tao(50) - 1n) as Rao) }
        : kindWorld(ask, now);
    const silent: World = (ask, now) =>
      ask.ask === 'stake' ? { outcome: failed('timeout') } : kindWorld(ask, now);

    expect(sent('refusal', hear(QUERY, poor))).toMatchObject([
      { body: { reason: 'no_standing', shortfall: { requirement: 'stake' } } },
    ]);
    expect(sent('refusal', hear(QUERY, silent))).toMatchObject([
      { body: { reason: 'chain_unavailable' } },
    ]);
    expect(deliveriesOf(hear(QUERY, poor))).toEqual([]);
    const late = hear(QUERY, kindWorld, (later(ASKED, QUERY_FRESH) + 1) as Instant);
    expect([refused(late), sent('refusal', late).length]).toEqual([['late'], 1]);
    expect(refused(hear(queryOn(STAGE, { pool: STAGE.pools[1] as Hotkey })))).toEqual([
      'not_yours',
    ]);
  });

  it('delivers nobody who is not to be contacted, counts them, and settles the case no other', () => {
    fc.assert(
      fc.property(fc.subarray([...Array(10).keys()]), (out) => {
        const script = everyMiner({ count: 10, scores: [100, 100, 100, 100, 100], people: 'same' });
        const isSuppressed = (lead: Lead): boolean =>
          out.some((at) => lead['Owner(s) Email'] === `same.${at}@acme.com`);
        const heard = heardFrom(script, QUERY);
        const verdicts = new Map(checksOf(script));
        const plain = playAll(heard, verdicts);
        const { done, state } = playAll(heard, verdicts, kindWorld, poolWith({ isSuppressed }));

        const [delivery] = deliveries(done);
        expect(delivery?.leads.length).toBe(10 - out.length);
        expect(delivery?.leads.filter(({ lead }) => isSuppressed(lead))).toEqual([]);
        expect(heldIn(state.stock).length).toBe(10 - out.length);
        // Each of the four miners sent them.
        if (out.length === 0) expect(delivery).toEqual(deliveries(plain.done)[0]);
        else expect(delivery?.suppressed).toBe(4 * out.length);
        expect(caseIn(done)).toEqual(caseIn(plain.done));
      }),
      { numRuns: 50 }, // Each one plays some forty messages, twice.
    );
  });

  it('passes over who asked only after their lead was admitted', () => {
    let isAsked = false;
    const lenient = poolWith({ isSuppressed: () => isAsked });
    const script = everyMiner({ count: 10, scores: [100, 100, 100, 100, 100] });
    const heard = heardFrom(script, QUERY);
    const { state } = playAll(heard, new Map(checksOf(script)), kindWorld, lenient);
    expect(heldIn(state.stock).length).toBe(40);
    isAsked = true;

    const query = thirdAttempt();
    const at = later(arrivalOf(query), seconds(11));
    lenient.on.query(state, arrival(query).envelope, contextOf(STAGE, SELF, at));
    const input = { hotkey: STAGE.buyer, about: `${query.id}/3` };
    const due = contextOf(STAGE, SELF, settleDue(query));
    const reply = { service: 'stake', input, outcome: found(tao(50)) } as const;

    const [delivery] = deliveriesOf(lenient.on.stakeReply(state, reply, due));

    expect(delivery).toMatchObject({ status: 'none', leads: [], suppressed: 30 });
  });

  it('lists no more of its stock than a message may', () => {
    const { state } = settled();
    const [held] = heldIn(state.stock) as [PooledLead];
    const [one] = openLeads([held]) as [Lead];
    const leads = Array.from({ length: 600 }, (_, region) => {
      const lead = { ...one, Region: `R${region}`, 'Owner(s) Email': `r${region}@acme.com` };
      return { lead, person: personOf(state.stock, lead) };
    });
    admit(state.stock, leads, held.of);
    const query = queryOn(STAGE, { nonce: 2 });
    const at = later(arrivalOf(query), seconds(11));
    const context = contextOf(STAGE, SELF, at);
    pool.on.query(state, arrival(query).envelope, context);
    const stake = { hotkey: STAGE.buyer, about: `${query.id}/1` };
    const due = contextOf(STAGE, SELF, settleDue(query));
    const reply = { service: 'stake', input: stake, outcome: found(tao(50)) } as const;

    const [delivery] = deliveriesOf(pool.on.stakeReply(state, reply, due));

    expect(delivery?.stock.length).toBe(500);
  });

  it('judges nothing before it knows that the buyer has the standing', () => {
    const slowly: World = (ask, now) =>
      ask.ask === 'stake' ? { outcome: failed('timeout') } : kindWorld(ask, now);
    const script = everyMiner({ count: 10, scores: [100, 100, 100, 100, 100] });

    const effects = effectsOf(playAll(heardFrom(script, QUERY), new Map(), slowly).done);

    expect(asked('verify', effects)).toEqual([]);
    expect([deliveriesOf(effects), sent('proposal', effects)]).toEqual([[], []]);
  });

  it('holds no more attempts than so many', () => {
    const at = arrivalOf(QUERY);
    const context = contextOf(STAGE, SELF, at);
    const [state] = pool.begin(context);
    const busy = Array.from({ length: 1_030 }, (_, nonce) =>
      pool.on.query(state, arrival(queryOn(STAGE, { nonce })).envelope, context),
    ).flatMap(refused);
    expect(busy).toEqual(['busy', 'busy', 'busy', 'busy', 'busy', 'busy']);
    expect(state.attempts.size).toBe(1_024);
  });
});

describe('a pool’s settlement', () => {
  it('goes to everyone with the third signature of five, and binds', () => {
    const { state, theCase, at } = settled();
    const entries = DRAW.panel.map((hotkey) => countersign(state, theCase, hotkey, at));

    expect(entries.map((effects) => sent('settlement', effects).length)).toEqual([0, 0, 6, 0, 0]);
    expect(entries.flatMap(refused)).toEqual(['unknown_query', 'unknown_query']);
    const [first] = sent('settlement', entries[2] ?? []);
    expect(first?.body).toMatchObject({ pool: SELF_KEY, number: 0, record: { kind: 'settled' } });
  });

  it('takes no signature but a member’s own, once, on this very case', () => {
    const { state, theCase, at } = settled();
    const [signer] = DRAW.panel as [Hotkey];
    const other = { ...theCase, block: 1 as Case['block'] };

    expect(refused(countersign(state, other, signer, at))).toEqual(['mismatch']);
    expect(refused(countersign(state, theCase, STAGE.miners[0] as Hotkey, at))).toEqual([
      'not_in_panel',
    ]);
    expect(refused(countersign(state, theCase, signer, at, SELF_KEY))).toEqual(['not_yours']);
    expect(refused(countersign(state, theCase, signer, at))).toEqual([]);
    expect(refused(countersign(state, theCase, signer, at))).toEqual(['repeated']);
  });
});

describe('a pool’s ratings', () => {
  it('are the buyer’s own, 1 to 10, of what was delivered, and two at the most', () => {
    const { state, at } = settled();
    const rate = (change: Partial<Feedback>, from: Address = BUYER, now = at) => {
      const block = STAGE.viewAt(now).latest.head.number;
      const rating = { query: QUERY.id, buyer: STAGE.buyer, pool: SELF_KEY, rating: 9, block };
      const body = sealed({ ...rating, ...change });
      const heard = envelope('feedback', from, SELF, body);
      return pool.on.feedback(state, heard, contextOf(STAGE, SELF, now));
    };
    const miner = STAGE.miners[0] as Hotkey;
    const block = STAGE.viewAt(at).latest.head.number;

    expect(refused(rate({ rating: 0 }))).toEqual(['out_of_range']);
    expect(refused(rate({ rating: 11 }))).toEqual(['out_of_range']);
    expect(refused(rate({ rating: 1.5 }))).toEqual(['out_of_range']);
    expect(refused(rate({ query: 'b'.repeat(64) as QueryId }))).toEqual(['unknown_query']);
    expect(refused(rate({ buyer: miner }, addressOf('buyer', miner)))).toEqual(['unknown_query']);
    expect(refused(rate({}, addressOf('buyer', miner)))).toEqual(['not_yours']);
    expect(refused(rate({ pool: STAGE.pools[1] as Hotkey }))).toEqual(['not_yours']);
    expect(refused(rate({ block: (block - 6) as typeof block }))).toEqual(['late']);
    expect(refused(rate({}, BUYER, later(at, seconds(30 * 86_400 + 1))))).toEqual([
      'unknown_query',
    ]);

    const brought = rate({}, addressOf('validator', STAGE.validators[0] as Hotkey));
    expect(sent('settlement', brought).map(({ body }) => body)[0]).toMatchObject({
      record: { kind: 'rated', feedback: { rating: 9 } },
    });
    expect(refused(rate({}))).toEqual(['repeated']);
    expect(rate({}, addressOf('validator', STAGE.validators[1] as Hotkey))).toEqual([]);
    expect(sent('settlement', rate({ rating: 1 })).length).toBe(6);
    expect(refused(rate({ rating: 2 }))).toEqual(['repeated']);
  });
});

describe('a pool and strangers', () => {
  it('takes no body that somebody else brings', () => {
    const { state, at } = settled();
    const context = contextOf(STAGE, SELF, at);
    fc.assert(
      fc.property(othersOn(STAGE, BUYER), (from) => {
        const heard = envelope('query', from, SELF, queryOn(STAGE, { nonce: 99 }));
        expect(refused(pool.on.query(state, heard, context))).toEqual(['not_yours']);
      }),
      { numRuns: 100 }, // There are not many more addresses than that.
    );
  });
});

const STAGE = stageOf({ miners: 4, validators: 5, pools: 2 });
const SELF_KEY = STAGE.pools[0] as Hotkey;
const SELF = addressOf('pool', SELF_KEY);
const BUYER = addressOf('buyer', STAGE.buyer);
const QUERY = queryOn(STAGE);
const NOW = arrivalOf(QUERY);
const DRAW = drawnFor(STAGE, QUERY);

const arrival = (query: Sealed<Query>) => ({
  at: arrivalOf(query),
  envelope: envelope('query', addressOf('buyer', query.buyer), SELF, query),
});

/** A later query of the same buyer: of an industry of its own at times, and of few leads. */
function askedLater(at: number): Sealed<Query> {
  const want = at % 2 === 0 ? { leads: 10 } : { leads: 3, region: 'us' };
  return queryOn(STAGE, { nonce: at, want, asked: [later(ASKED, seconds(90 * at))] });
}
function thirdAttempt(): Sealed<Query> {
  const at = [600, 1_200, 1_800].map((by) => later(ASKED, seconds(by)));
  return queryOn(STAGE, { nonce: 8, asked: at });
}

/** What one miner does, and what is found of it. Times are after the query's arrival. */
interface Doing {
  readonly count: number;
  /** Absent where it is silent. */
  readonly after?: number;
  /** By validator, in per cent; undefined: silent; below 0: abstains. */
  readonly scores: readonly (number | undefined)[];
  readonly reportAfter?: number;
  /** Of each lead; undefined where the checks do not come back. */
  readonly checks?: readonly Verdict[] | undefined;
  readonly people?: string;
}
type Script = readonly Doing[];

function everyMiner(doing: Doing): Script {
  return DRAW.miners.map(() => ({ after: 1_000, reportAfter: 5_000, ...doing }));
}

function batchIn({ count, people }: Doing, miner: Hotkey, query: Sealed<Query>): Sealed<Batch> {
  const leads = leadsOf(people ?? `${miner}${query.nonce}`, Math.min(count, query.want.leads));
  return batchBy(miner, query, leads);
}

function heardFrom(script: Script, query: Sealed<Query>): Heard[] {
  const { miners, panel } = drawnFor(STAGE, query);
  const start = arrivalOf(query);
  return [
    arrival(query),
    ...script.flatMap((doing, index): Heard[] => {
      const miner = miners[index] as Hotkey;
      const batch = batchIn(doing, miner, query);
      const offered =
        doing.after === undefined
          ? []
          : [
              {
                at: (start + doing.after) as Instant,
                envelope: envelope('batch', addressOf('miner', miner), SELF, batch),
              },
            ];
      const reported = panel.flatMap((hotkey, at): Heard[] => {
        const score = doing.scores[at];
        if (score === undefined) return [];
        const of = score < 0 ? abstaining(hotkey, batch) : reportBy(hotkey, batch, percent(score));
        const heard = envelope('report', addressOf('validator', hotkey), SELF, of);
        return [{ at: (start + (doing.reportAfter ?? 0) + at) as Instant, envelope: heard }];
      });
      return [...offered, ...reported];
    }),
  ];
}
function abstaining(hotkey: Hotkey, batch: Batch): ReturnType<typeof reportBy> {
  const { score: _, ...rest } = reportBy(hotkey, batch, 0 as Score);
  return { ...rest, sampled: 0, valid: 0 };
}

function checksOf(
  script: Script,
  query: Sealed<Query> = QUERY,
): (readonly [string, readonly Verdict[] | undefined])[] {
  const { miners } = drawnFor(STAGE, query);
  return script.map((doing, index) => {
    const { id, count } = batchIn(doing, miners[index] as Hotkey, query);
    return [id, 'checks' in doing ? doing.checks?.slice(0, count) : allPass(count)] as const;
  });
}

const playOn = (script: Script) => playAll(heardFrom(script, QUERY), new Map(checksOf(script)));
function playAll(
  heard: readonly Heard[],
  verdicts: ReadonlyMap<string, readonly Verdict[] | undefined>,
  otherwise: World = kindWorld,
  actor = pool,
) {
  const world: World = (ask, now) => {
    if (ask.ask !== 'verify' || !verdicts.has(ask.input.batch.id)) return otherwise(ask, now);
    const value = verdicts.get(ask.input.batch.id);
    return value && { at: later(now, seconds(3)), outcome: found(value) };
  };
  const last = Math.max(...heard.map(({ at }) => at), settleDue(QUERY));
  return play(STAGE, actor, {
    self: SELF,
    heard,
    world,
    from: START,
    end: later(last as Instant, seconds(900)),
  });
}

const deliveriesOf = (effects: readonly Effect[]): Delivery[] =>
  sent('delivery', effects).map(({ body }) => body);
const deliveries = (done: readonly Done[]): Delivery[] => deliveriesOf(effectsOf(done));
const caseIn = (done: readonly Done[]): Case | undefined =>
  sent('proposal', effectsOf(done))[0]?.body;
const settledAt = (done: readonly Done[]): number =>
  done.find(({ effect }) => 'send' in effect && effect.send === 'delivery')?.at ?? Infinity;

function faultOf(theCase: Case) {
  const { query } = theCase;
  const drawnAt = STAGE.viewAt(settleDue(query)).at(query.rounds[0]?.block ?? theCase.block);
  return drawnAt === undefined ? 'no block' : caseFault(theCase, drawnFor(STAGE, query), drawnAt);
}

/** Whether a person was in a batch of one of these cases that was approved, and passed its checks. */
function isPassed(cases: readonly Case[], batch: string, email: string): boolean {
  return cases.some(({ answers }) =>
    answers.some(
      (answer) =>
        answer.kind === 'answered' &&
        answer.batch === batch &&
        answer.approved &&
        (answer.finalScore ?? 0) >= 900_000 &&
        answer.checks?.outcome === 'passed' &&
        [0, 3].includes(answer.checks.leads[Number(/\.(\d+)@/.exec(email)?.[1])] ?? 9),
    ),
  );
}

function settled(): { state: PoolState; theCase: Case; at: Instant } {
  const heard = heardFrom(everyMiner({ count: 10, scores: [100, 100, 100, 100, 100] }), QUERY);
  const at = later(NOW, seconds(10));
  const { done, state } = play(STAGE, pool, { self: SELF, heard, end: at });
  const theCase = caseIn(done);
  if (theCase === undefined) throw new Error('nothing was settled');
  return { state, theCase, at };
}
function countersign(
  state: PoolState,
  theCase: Case,
  validator: Hotkey,
  now: Instant,
  from: Hotkey = validator,
): readonly Effect[] {
  const body = sealed({ query: QUERY.id, attempt: 1, digest: caseDigest(theCase), validator });
  const heard = envelope('countersign', addressOf('validator', from), SELF, body);
  return pool.on.countersign(state, heard, contextOf(STAGE, SELF, now));
}

/** Around the instants at which something ends, and anywhere between. */
const ends = [0, batchDue(QUERY) - NOW, later(batchDue(QUERY), AUDIT_TIME) - NOW];
const anyWait = fc.oneof(
  fc.nat({ max: 20_000 }),
  fc.tuple(fc.constantFrom(...ends), fc.integer({ min: -1, max: 1 })).map(([end, by]) => end + by),
  fc.nat({ max: settleDue(QUERY) - NOW + 1_000 }),
);
const anyVerdict = fc.oneof(
  { arbitrary: fc.constant(PASS), weight: 12 },
  { arbitrary: fc.constantFrom(because('email_undeliverable'), because('deadline')), weight: 1 },
  { arbitrary: fc.constant(because('provider_unavailable')), weight: 1 },
);
const anyScore = fc.option(fc.constantFrom(-1, 0, 80, 90, 100, 100, 100), {
  nil: undefined,
  freq: 6,
});
const anyDoing: fc.Arbitrary<Doing> = fc.record(
  {
    count: fc.integer({ min: 1, max: 10 }),
    after: anyWait,
    scores: fc.oneof(
      fc.array(anyScore, { minLength: 5, maxLength: 5 }),
      fc.constant([100, 100, 100, 100, 100]),
    ),
    reportAfter: anyWait,
    checks: fc.option(fc.array(anyVerdict, { minLength: 10, maxLength: 10 }), { nil: undefined }),
    people: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: ['count', 'scores'] },
);
const anyScript: fc.Arbitrary<Script> = fc.array(anyDoing, { minLength: 4, maxLength: 4 });

/** Something beside the good run that must change nothing: handed the run, it gives one message. */
type Noise = (run: readonly Heard[]) => Heard[];
const anyNoise: fc.Arbitrary<Noise> = fc
  .record({
    at: fc.nat(),
    pick: fc.nat(),
    from: anyoneOn(STAGE),
    kind: fc.constantFrom('repeated', 'forged', 'late', 'undrawn', 'malformed', 'countersign'),
  })
  .map(({ at, pick, from, kind }) => (run) => {
    const good = run[pick % run.length];
    if (good === undefined) return [];
    const { from: sender, to } = good.envelope;
    const soon = (good.at + 1 + (at % 1_000)) as Instant;
    switch (kind) {
      case 'repeated':
        // What came too early was not taken, and would be now.
        return good.at < NOW ? [] : [{ at: soon, envelope: good.envelope }];
      case 'forged':
        return from === sender ? [] : [{ at: good.at, envelope: { ...good.envelope, from } }];
      case 'late':
        return [{ at: later(settleDue(QUERY), seconds(1)), envelope: good.envelope }];
      case 'undrawn': {
        const alien = STAGE.pools[1] as Hotkey;
        const batch = batchBy(alien, QUERY, leadsOf('alien', 1));
        return [{ at: soon, envelope: envelope('batch', addressOf('miner', alien), SELF, batch) }];
      }
      case 'malformed': {
        const [panelist] = DRAW.panel as [Hotkey];
        const batch = batchBy(DRAW.miners[0] as Hotkey, QUERY, leadsOf('x', 1));
        const body = { ...reportBy(panelist, batch), valid: 2 };
        return [
          {
            at: soon,
            envelope: envelope('report', addressOf('validator', panelist), SELF, body),
          },
        ];
      }
      case 'countersign': {
        const [panelist] = DRAW.panel as [Hotkey];
        const body = { query: QUERY.id, attempt: 1, digest: '0'.repeat(64) as Digest };
        const heard = sealed({ ...body, validator: panelist });
        const address = addressOf('validator', panelist);
        return [{ at: soon, envelope: envelope('countersign', address, to as typeof SELF, heard) }];
      }
    }
  });
