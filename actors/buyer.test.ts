import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailKey, type Lead } from '../protocols/lead.ts';
import {
  addressOf,
  attemptOf,
  hotkeyOf,
  type Delivery,
  type Query,
  type RefusalReason,
} from '../protocols/messages.ts';
import type { Want } from '../protocols/query.ts';
import { settleDue } from '../protocols/rules/deadlines.ts';
import { drawOf } from '../protocols/rules/draw.ts';
import { relevanceVerdict } from '../protocols/rules/relevance.ts';
import {
  later,
  minutes,
  percent,
  seconds,
  tao,
  type BatchId,
  type Hotkey,
  type Instant,
  type QueryId,
} from '../protocols/units.ts';
import { PASS } from '../protocols/verdict.ts';
import type { QueryAnswer, Send } from './actor.ts';
import { buyer, type BuyerOptions } from './buyer.ts';
import {
  asked,
  ASKED,
  contextOf,
  effectsOf,
  envelope,
  failed,
  found,
  headAfter,
  kindWorld,
  leadsOf,
  othersOn,
  play,
  refused,
  sent,
  stageOf,
  START,
  type Done,
  type Heard,
  type Stage,
  type World,
} from './testing/stage.ts';

describe('a buyer', () => {
  it('asks the drawn miners and one pool, and hands on what the pool delivers', () => {
    const { done } = playOn([wanting({ leads: 3 })], () => [delivering(3, 'good')]);

    const queries = sent('query', effectsOf(done));
    const query = queries[0]?.body as Query;
    const draw = drawOf(query, STAGE.viewAt(later(ASKED, minutes(1))));
    if (typeof draw === 'string') throw new Error(draw);
    expect(queries.slice(1).map(({ to }) => hotkeyOf(to))).toEqual(draw.miners);
    expect(queries[0]?.to).toBe(addressOf('pool', query.pool));
    expect(answersIn(done)).toMatchObject([
      {
        query: query.id,
        nonce: 1,
        want: { leads: 3 },
        openedAt: ASKED,
        partial: false,
        leads: leadsOf('good', 3).map((lead) => ({ lead })),
        attempts: [
          {
            ...draw,
            askedAt: ASKED,
            block: query.rounds[0]?.block,
            road: [],
          },
        ],
      },
    ]);
    expect(answersIn(done)[0]?.attempts[0]).not.toHaveProperty('failure');
  });

  it('hands on nobody who is not to be contacted, and says how many the pool and it left out', () => {
    const isSuppressed = (lead: Lead): boolean => lead['Owner(s) Email'] === 'good.1@acme.com';
    const said = delivering(3, 'good').says;
    const told: Saying = {
      says: { kind: 'delivery', body: { ...said.body, suppressed: 4 } as Delivery },
    };
    const { done, state } = playOn([wanting({ leads: 3 })], () => [told], kindWorld, STAGE, {
      ...PERSONAL,
      isSuppressed,
    });

    const [first, , third] = leadsOf('good', 3);
    expect(answersIn(done)).toMatchObject([
      {
        leads: [{ lead: first }, { lead: third }],
        partial: true,
        suppressed: { byPool: 4, byBuyer: 1 },
      },
    ]);
    expect(state.has.size).toBe(2);
    const plain = playOn([wanting({ leads: 3 })], () => [delivering(3, 'good')]);
    expect(answersIn(plain.done)).toMatchObject([{ suppressed: { byPool: 0, byBuyer: 0 } }]);
  });

  it('ends every query in one answer within three attempts, whatever the pools do', () => {
    fc.assert(
      fc.property(anyScript, fc.array(anyBlock, { maxLength: 3 }), (script, blocks) => {
        const { done, state } = playOn([wanting({ leads: 5 })], follower(script), blocksOf(blocks));

        const [answer, ...more] = answersIn(done);
        expect([answer === undefined, more.length]).toEqual([false, 0]);
        const { attempts = [], leads = [] } = answer ?? {};
        expect(attempts.length).toBeLessThanOrEqual(3);
        expect(attempts.slice(0, -1).every(({ failure }) => failure !== undefined)).toBe(true);
        expect(leads.length).toBeLessThanOrEqual(5);
        expect(state.open.size).toBe(0);
        const numbers = toPools(done).map(attemptOf);
        expect(numbers).toEqual(numbers.map((_, at) => at + 1));
        expect(numbers.length).toBeLessThanOrEqual(attempts.length);
      }),
    );
  });

  it('asks each attempt of others, while there are any, and another pool where one was silent', () => {
    const { done } = playOn([wanting({ leads: 5 })], () => [], kindWorld, WIDE);

    const rounds = toPools(done).map((query) => ({
      pool: query.pool,
      miners: sent('query', effectsOf(done))
        .filter(({ to, body }) => body === query && to.startsWith('miner/'))
        .map(({ to }) => to),
    }));
    expect(rounds.map(({ miners }) => miners.length)).toEqual([8, 8, 4]);
    expect(new Set(rounds.flatMap(({ miners }) => miners)).size).toBe(20);
    expect(new Set(rounds.map(({ pool }) => pool)).size).toBe(3);
    expect(answersIn(done)[0]?.attempts.map(({ failure }) => failure)).toEqual([
      'pool_silent',
      'pool_silent',
      'pool_silent',
    ]);
  });

  it('tries three times where nothing was approved, and says so of each', () => {
    const { done } = playOn([wanting({ leads: 5 })], () => [none()], kindWorld, WIDE);
    expect(toPools(done).map(attemptOf)).toEqual([1, 2, 3]);
    expect(answersIn(done)[0]?.attempts.map(({ failure }) => failure)).toEqual([
      'no_batch',
      'no_batch',
      'no_batch',
    ]);
  });

  it('takes the alarm of an attempt that has ended for no end of the next', () => {
    // The pool says "none" just before it would have been silent; the next block is not there yet.
    const peers = (query: Query): Saying[] =>
      attemptOf(query) === 1
        ? [{ ...none(), at: later(settleDue(query), seconds(4)) }]
        : [delivering(5, 'good')];
    const { done } = playOn([wanting({ leads: 5 })], peers, slowBlocks);

    expect(answersIn(done)[0]?.attempts.map(({ failure }) => failure)).toEqual([
      'no_batch',
      undefined,
    ]);
    expect(answersIn(done)[0]?.leads.length).toBe(5);
  });

  it('names no block that its own chain does not know, in this attempt or the next', () => {
    let asks = 0;
    const ahead: World = (ask, now) => {
      if (ask.ask !== 'block' || asks++ > 0) return kindWorld(ask, now);
      const head = headAfter(later(now, minutes(1)));
      return { at: later(now, seconds(1)), outcome: found(head) };
    };
    const { done } = playOn([wanting({ leads: 5 })], () => [delivering(5, 'good')], ahead);

    expect(answersIn(done)[0]?.attempts.map(({ failure }) => failure)).toEqual([
      'no_block',
      undefined,
    ]);
    expect(toPools(done).map(({ rounds }) => rounds.length)).toEqual([1]);
  });

  it('counts the refusals of each attempt by themselves', () => {
    const peers = (query: Query): Saying[] =>
      STAGE.miners
        .slice(...(attemptOf(query) === 1 ? [0, 1] : [1, 4]))
        .map((miner) => ({ ...refusing('busy'), from: addressOf('miner', miner) }));
    const { done } = playOn([wanting({ leads: 5 })], peers);

    expect(answersIn(done)[0]?.attempts.map(({ failure }) => failure)).toEqual([
      'pool_silent',
      'pool_silent',
      'pool_silent',
    ]);
  });

  it('says who is lacking, at once', () => {
    const lacking = (stage: Stage) =>
      answersIn(playOn([wanting({ leads: 5 })], () => [], kindWorld, stage).done).map(
        ({ attempts, leads }) => [attempts.map(({ failure }) => failure), leads],
      );
    expect(lacking(stageOf({ miners: 0 }))).toEqual([[['no_miner'], []]]);
    expect(lacking(stageOf({ validators: 0 }))).toEqual([[['no_validator'], []]]);
    expect(lacking(stageOf({ pools: 0 }))).toEqual([[['no_pool'], []]]);
  });

  it('does not ask again where it lacks the standing, nor wait where all miners refuse', () => {
    const shortfall = { requirement: 'stake', need: tao(50), has: tao(49) } as const;
    const poor = playOn([wanting({ leads: 5 })], () => [{ ...refusing('no_standing', shortfall) }]);
    expect(answersIn(poor.done)[0]?.attempts).toMatchObject([
      { failure: 'refused', refusal: { shortfall } },
    ]);

    const busy = playOn([wanting({ leads: 5 })], () =>
      STAGE.miners.map((miner) => ({ ...refusing('busy'), from: addressOf('miner', miner) })),
    );
    expect(answersIn(busy.done)[0]?.attempts.map(({ failure }) => failure)).toEqual([
      'refused',
      'refused',
      'refused',
    ]);
    const some = playOn([wanting({ leads: 5 })], () =>
      STAGE.miners
        .slice(1)
        .flatMap((miner) =>
          [1, 2].map(() => ({ ...refusing('busy'), from: addressOf('miner', miner) })),
        ),
    );
    expect(answersIn(some.done)[0]?.attempts[0]?.failure).toBe('pool_silent');
  });

  it('never hands a person the same e-mail twice, nor what was not asked for', () => {
    fc.assert(
      fc.property(fc.array(anyHandful, { minLength: 1, maxLength: 5 }), (handfuls) => {
        const wants = handfuls.map(({ want }, nonce) =>
          wanting(want, nonce, later(ASKED, minutes(30 * nonce))),
        );
        const peers = ({ nonce }: Query): Saying[] => [
          delivering(handfuls[nonce]?.count ?? 0, handfuls[nonce]?.people ?? 'x'),
        ];
        const { done, state } = playOn(wants, peers);

        const answers = answersIn(done);
        expect(answers.length).toBe(handfuls.length);
        const people = answers.flatMap(({ leads, want }) => {
          expect(leads.length).toBeLessThanOrEqual(want.leads);
          for (const { lead } of leads) expect(relevanceVerdict(lead, want)).toBe(PASS);
          return leads.map(({ lead }) => emailKey(lead['Owner(s) Email']));
        });
        expect(new Set(people).size).toBe(people.length);
        expect(state.has.size).toBe(people.length);
      }),
      { numRuns: 300 }, // Each one plays a few queries.
    );
  });

  it('listens to its own person alone', () => {
    fc.assert(
      fc.property(othersOn(STAGE, SELF), (from) => {
        const want = envelope('want', from, SELF, { want: { leads: 5 }, nonce: 1 });
        const rate = envelope('rating', from, SELF, { query: 'a' as QueryId, rating: 9 });
        const { done } = playOn(
          [
            { at: ASKED, envelope: want },
            { at: ASKED, envelope: rate },
          ],
          () => [],
        );
        expect(refused(effectsOf(done))).toEqual(['not_yours', 'not_yours']);
        expect(done.length).toBe(2);
      }),
      { numRuns: 100 }, // There are not many more addresses than that.
    );
  });

  it('listens to the pool of the attempt alone, in its time', () => {
    const stranger = { ...delivering(5, 'bad'), from: addressOf('pool', STAGE.pools[0] as Hotkey) };
    const early = { ...delivering(5, 'bad'), attempt: 2 };
    const other = { ...delivering(5, 'bad'), query: 'b'.repeat(64) as QueryId };
    const alien = { ...refusing('busy'), from: addressOf('miner', STAGE.pools[0] as Hotkey) };
    const peers = ({ pool }: Query): Saying[] => [
      { ...stranger, from: addressOf('pool', STAGE.pools.find((one) => one !== pool) as Hotkey) },
      early,
      other,
      alien,
      delivering(5, 'good'),
      delivering(5, 'bad'),
    ];
    const { done } = playOn([wanting({ leads: 5 })], peers);

    expect(refused(effectsOf(done))).toEqual([
      'not_yours',
      'late',
      'unknown_query',
      'not_yours',
      'unknown_query',
    ]);
    expect(answersIn(done)[0]?.leads[0]?.lead['Owner(s) Email']).toBe('good.0@acme.com');
  });

  it('tells two queries of one instant apart, and takes one of them once', () => {
    const { done } = playOn(
      [wanting({ leads: 5 }, 1), wanting({ leads: 5 }, 2), wanting({ leads: 5 }, 1)],
      () => [],
    );
    expect(
      answersIn(done)
        .map(({ nonce }) => nonce)
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2]);
    expect(refused(effectsOf(done))).toEqual(['busy']);
  });

  it('has no more than so many queries under way', () => {
    const context = contextOf(STAGE, SELF, ASKED);
    const [state] = buyer(PERSONAL).begin(context);
    const why = Array.from({ length: 1_030 }, (_, nonce) =>
      refused(
        buyer(PERSONAL).on.want(
          state,
          envelope('want', SELF, SELF, { want: { leads: 5 }, nonce }),
          context,
        ),
      ),
    ).flat();
    expect(why).toEqual(['busy', 'busy', 'busy', 'busy', 'busy', 'busy']);
    expect(state.open.size).toBe(1_024);
  });
});

describe('a buyer’s rating', () => {
  it('goes to the pool and to every validator, once', () => {
    const { done } = rating([9, 9]);
    const ratings = sent('feedback', effectsOf(done));
    expect(ratings.length).toBe(1 + STAGE.validators.length);
    expect(ratings[0]).toMatchObject({
      to: addressOf('pool', ratings[0]?.body.pool as Hotkey),
      body: { buyer: STAGE.buyer, rating: 9 },
    });
    expect(refused(effectsOf(done))).toEqual(['repeated']);
  });

  it('is 1 to 10, and of what was delivered of the query’s own batch', () => {
    expect(refused(effectsOf(rating([0, 11, 1.5, NaN]).done))).toEqual([
      'out_of_range',
      'out_of_range',
      'out_of_range',
      'out_of_range',
    ]);
    expect(refused(effectsOf(rating([9], minutes(30 * 24 * 60 + 60)).done))).toEqual([
      'unknown_query',
    ]);
    expect(refused(effectsOf(rating([9], minutes(60), stocked).done))).toEqual(['unknown_query']);
  });
});

describe('a buyer beside a validator', () => {
  it('asks for a hundred leads every few epochs', () => {
    const own = { account: 'validator', queryEvery: 2 } as const;
    const { done } = play(STAGE, buyer(own), {
      self: SELF,
      heard: [],
      from: START,
      end: later(START, seconds(12 * 360 * 5)),
    });
    const opened = new Map(toPools(done).map((query) => [query.id, query]));
    expect([...opened.values()].map(({ want, account }) => [want, account])).toEqual([
      [{ leads: 100 }, 'validator'],
      [{ leads: 100 }, 'validator'],
    ]);
  });

  it('asks nothing on its own for a person', () => {
    const end = later(START, seconds(12 * 360 * 5));
    expect(play(STAGE, buyer(PERSONAL), { self: SELF, heard: [], from: START, end }).done).toEqual(
      [],
    );
  });
});

const STAGE = stageOf({ miners: 4, validators: 5, pools: 2 });
const WIDE = stageOf({ miners: 20, validators: 5, pools: 3 });
const SELF = addressOf('buyer', STAGE.buyer);
const PERSONAL: BuyerOptions = { account: 'buyer', queryEvery: 0 };

const wanting = (want: Want, nonce = 1, at: Instant = ASKED): Heard => ({
  at,
  envelope: envelope('want', SELF, SELF, { want, nonce }),
});

/** What somebody says to a query: its pool, at once, where nothing else is said. */
interface Saying {
  readonly from?: Heard['envelope']['from'];
  readonly at?: Instant;
  readonly query?: QueryId;
  readonly attempt?: number;
  readonly says:
    | { readonly kind: 'delivery'; readonly body: Omit<Delivery, 'query' | 'attempt'> }
    | { readonly kind: 'refusal'; readonly body: object };
}
const delivering = (count: number, people: string): Saying => ({
  says: {
    kind: 'delivery',
    body: {
      status: 'complete',
      leads: leadsOf(people, count).map((lead) => ({
        lead,
        batch: 'c'.repeat(64) as BatchId,
        miner: STAGE.miners[0] as Hotkey,
        finalScore: percent(95),
      })),
      chosen: 'c'.repeat(64) as BatchId,
      batches: [],
      road: [],
      stock: [],
    },
  },
});
const none = (): Saying => ({
  says: { kind: 'delivery', body: { status: 'none', leads: [], batches: [], road: [], stock: [] } },
});
/** Only from stock: no batch of the query's own. */
const stocked = (): Saying => {
  const { says } = delivering(5, 'stock');
  const { chosen: _, ...body } = says.body as Delivery;
  return { says: { kind: 'delivery', body: { ...body, status: 'partial' } } };
};
const refusing = (reason: RefusalReason, shortfall?: object): Saying => ({
  says: { kind: 'refusal', body: { reason, ...(shortfall ? { shortfall } : {}) } },
});

function playOn(
  heard: readonly Heard[],
  say: (query: Query) => readonly Saying[],
  world: World = kindWorld,
  stage: Stage = STAGE,
  options = PERSONAL,
) {
  const peers = ({ send, to, body }: Send, at: Instant): Heard[] => {
    if (send !== 'query' || !to.startsWith('pool/')) return [];
    return say(body).map((said) => letter(said, body, at));
  };
  const last = Math.max(...heard.map((one) => one.at)) as Instant;
  return play(stage, buyer(options), {
    self: SELF,
    heard,
    peers,
    world,
    from: ASKED,
    end: later(last, minutes(60)),
  });
}

function letter({ from, at, says, ...named }: Saying, query: Query, now: Instant): Heard {
  const body = { query: query.id, attempt: attemptOf(query), ...says.body, ...named };
  const sender = from ?? addressOf('pool', query.pool);
  return {
    at: at ?? later(now, seconds(1)),
    envelope: envelope(says.kind, sender, SELF, body as unknown as Delivery),
  };
}

const answersIn = (done: readonly Done[]): QueryAnswer[] =>
  asked('answer', effectsOf(done)).map(({ input }) => input);
const toPools = (done: readonly Done[]): Query[] =>
  sent('query', effectsOf(done)).flatMap(({ to, body }) => (to.startsWith('pool/') ? [body] : []));

/** One query answered, and rated so often after a while. */
function rating(
  ratings: readonly number[],
  after = minutes(60),
  say: () => Saying = () => delivering(5, 'good'),
) {
  const first = playOn([wanting({ leads: 5 })], () => [say()]);
  const query = answersIn(first.done)[0]?.query as QueryId;
  const heard = ratings.map((one, index) => ({
    at: (later(ASKED, after) + index) as Instant,
    envelope: envelope('rating', SELF, SELF, { query, rating: one }),
  }));
  return playOn([wanting({ leads: 5 }), ...heard], () => [say()]);
}

/** What the pool does in each attempt, the last of these in all that follow. */
const anySaying: fc.Arbitrary<(query: Query) => Saying[]> = fc
  .record({
    what: fc.constantFrom('silent', 'delivers', 'none', 'partial', 'refuses', 'poor', 'twice'),
    /** Before or after it would have been silent, often just then. */
    by: fc.oneof(fc.integer({ min: -13_000, max: 6_000 }), fc.constant(-300_000)),
  })
  .map(({ what, by }) => (query) => {
    const at = (later(settleDue(query), seconds(5)) + by) as Instant;
    switch (what) {
      case 'silent':
        return [];
      case 'delivers':
        return [{ ...delivering(7, 'good'), at }];
      case 'none':
        return [{ ...none(), at }];
      case 'partial':
        return [{ ...stocked(), at }];
      case 'refuses':
        return [{ ...refusing('busy'), at }];
      case 'poor':
        return [{ ...refusing('no_standing', { requirement: 'registration' }), at }];
      case 'twice':
        return [
          { ...none(), at },
          { ...refusing('busy'), at },
        ];
    }
  });
const anyScript = fc.array(anySaying, { minLength: 1, maxLength: 3 });
const follower =
  (script: readonly ((query: Query) => Saying[])[]) =>
  (query: Query): Saying[] =>
    (script[attemptOf(query) - 1] ?? script.at(-1) ?? (() => []))(query);

/** Whether the chain makes a block in each attempt. */
const anyBlock = fc.boolean();
function blocksOf(comes: readonly boolean[]): World {
  let count = 0;
  return (ask, now) => {
    if (ask.ask !== 'block') return kindWorld(ask, now);
    return comes[count++] === false ? { outcome: failed('timeout') } : kindWorld(ask, now);
  };
}
/** Each block comes long after it was asked for. */
const slowBlocks: World = (ask, now) => {
  const answer = kindWorld(ask, now);
  return ask.ask === 'block' && answer ? { ...answer, at: later(now, seconds(30)) } : answer;
};

interface Handful {
  readonly want: Want;
  readonly count: number;
  readonly people: string;
}
const anyHandful: fc.Arbitrary<Handful> = fc.record({
  want: fc.constantFrom<Want>(
    { leads: 5 },
    { leads: 1, region: 'us' },
    { leads: 5, region: 'DE' },
    { leads: 5, industry: 'Tech & AI' },
    { leads: 5, industry: 'Finance & Fintech' },
  ),
  count: fc.nat({ max: 8 }),
  people: fc.constantFrom('one', 'two', 'ONE'),
});
