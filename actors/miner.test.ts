import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLeads, isWhole, MAX_BATCH_BYTES } from '../protocols/batch.ts';
import type { Lead } from '../protocols/lead.ts';
import { addressOf, type Batch } from '../protocols/messages.ts';
import { batchDue, QUERY_FRESH } from '../protocols/rules/deadlines.ts';
import { later, seconds, tao, type Hotkey, type Instant, type Rao } from '../protocols/units.ts';
import type { Effect, Outcome, Services } from './actor.ts';
import { miner } from './miner.ts';
import {
  arrivalOf,
  asked,
  ASKED,
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
  sent,
  stageOf,
  type Heard,
  type World,
} from './testing/stage.ts';

describe('miner', () => {
  it('answers the panel and the pool with what it sourced', () => {
    const { panel } = drawnFor(STAGE, QUERY);

    const batches = sent('batch', effectsOf(playOn([arrival(arrivalOf(QUERY))]).done));

    expect(batches.map(({ to }) => to)).toEqual([
      ...panel.map((validator) => addressOf('validator', validator)),
      addressOf('pool', QUERY.pool),
    ]);
    const [{ body } = { body: undefined }] = batches;
    expect(decodeLeads((body as Batch).leads)).toEqual(leadsOf('source', 10));
    expect(body).toMatchObject({ miner: SELF_KEY, query: QUERY, count: 10 });
  });

  it('answers a query at most once, whole, and never after its deadline', () => {
    fc.assert(
      fc.property(fc.array(anyArrival, { maxLength: 4 }), anyAnswer, (heard, answer) => {
        const { done } = playOn(heard, worldOf(answer));

        const toPool = done.filter(({ effect }) => isToPool(effect));
        expect(toPool.length).toBeLessThanOrEqual(1);
        for (const { at } of toPool) expect(at).toBeLessThanOrEqual(batchDue(QUERY));
        for (const { body } of sent('batch', effectsOf(done))) {
          const batch = body;
          expect(isWhole(batch)).toBe(true);
          expect(batch.count).toBeGreaterThanOrEqual(1);
          expect(batch.count).toBeLessThanOrEqual(QUERY.want.leads);
          expect(batch.leads.length).toBeLessThanOrEqual(MAX_BATCH_BYTES);
        }
      }),
    );
  });

  it('sources for a buyer with 50 TAO alone, and tells another what it lacks', () => {
    fc.assert(
      fc.property(fc.bigInt(tao(50) - 2n, tao(50) + 2n), (stake) => {
        const { done } = playOn([arrival(arrivalOf(QUERY))], withStake(found(stake as Rao)));
        const effects = effectsOf(done);

        const isEnough = stake >= tao(50);
        expect(asked('source', effects).length).toBe(isEnough ? 1 : 0);
        expect(sent('refusal', effects).map(({ body }) => body)).toEqual(
          isEnough
            ? []
            : [
                {
                  query: QUERY.id,
                  attempt: 1,
                  reason: 'no_standing',
                  shortfall: { requirement: 'stake', need: tao(50), has: stake },
                },
              ],
        );
      }),
    );
  });

  it('does not source on a chain’s silence', () => {
    const { done, state } = playOn([arrival(arrivalOf(QUERY))], withStake(failed()));
    const effects = effectsOf(done);

    expect(asked('source', effects)).toEqual([]);
    expect(sent('refusal', effects)).toMatchObject([{ body: { reason: 'chain_unavailable' } }]);
    expect(state.jobs.size).toBe(0);
  });

  it('gives its source until shortly before the deadline', () => {
    const [source] = asked('source', effectsOf(playOn([arrival(arrivalOf(QUERY))]).done));
    expect(source?.by).toBe(batchDue(QUERY) - seconds(2));
  });

  it('sends nothing after the deadline, though its source came back', () => {
    const answeredAt = (now: Instant) => {
      const at = arrivalOf(QUERY);
      const { state } = playOn([arrival(at)], silentSource, at);
      const input = { query: QUERY.id, attempt: 1, want: QUERY.want };
      const reply = { service: 'source', input, outcome: found(leadsOf('late', 1)) } as const;
      return sent('batch', miner.on.sourceReply(state, reply, contextOf(STAGE, SELF, now)));
    };

    expect(answeredAt(batchDue(QUERY)).length).toBeGreaterThan(0);
    expect(answeredAt((batchDue(QUERY) + 1) as Instant)).toEqual([]);
  });

  it('serves only those who ask for themselves, in time, and were answered by the draw', () => {
    const { miners } = drawnFor(MANY, queryOn(MANY));
    const other = MANY.miners.find((hotkey) => !miners.includes(hotkey)) as Hotkey;
    const query = queryOn(MANY);
    const hear = (self: Hotkey, now: Instant) => {
      const to = addressOf('miner', self);
      const [state] = miner.begin(contextOf(MANY, to, now));
      const context = contextOf(MANY, to, now);
      return miner.on.query(state, envelope('query', BUYER, to, query), context);
    };

    const undrawn = hear(other, arrivalOf(query));
    expect(refused(undrawn)).toEqual(['not_drawn']);
    expect(sent('refusal', undrawn)).toMatchObject([{ to: BUYER, body: { reason: 'not_drawn' } }]);
    expect(asked('stake', undrawn)).toEqual([]);

    const late = hear(miners[0] as Hotkey, (later(ASKED, QUERY_FRESH) + 1) as Instant);
    expect(refused(late)).toEqual(['late']);
    expect(sent('refusal', late)).toMatchObject([{ body: { reason: 'stale' } }]);
    expect(refused(hear(miners[0] as Hotkey, ASKED))).toEqual(['unknown_block']);
  });

  it('does nothing for whoever brings the query of another', () => {
    fc.assert(
      fc.property(othersOn(STAGE, BUYER), (from) => {
        const at = arrivalOf(QUERY);
        const { done } = playOn([{ at, envelope: envelope('query', from, SELF, QUERY) }]);
        expect(refused(effectsOf(done))).toEqual(['not_yours']);
        expect(done.length).toBe(1);
      }),
    );
  });

  it('sends no leads that a message cannot carry, and all that it can', () => {
    const long = { ...(leadsOf('long', 1)[0] as Lead), x: 'x'.repeat(17_000) };
    const large = leadsOf('large', 30).map((lead) => ({ ...lead, x: 'x'.repeat(16_000) }));

    const mixed = withSource(found([long, ...leadsOf('short', 2)]));
    expect(madeOf(mixed)?.count).toBe(2);
    expect(madeOf(withSource(found([long])))).toBeUndefined();
    const wide = queryOn(STAGE, { want: { leads: 30 } });
    const batch = madeOf(withSource(found(large)), wide) as Batch;
    expect(isWhole(batch)).toBe(true);
    expect(batch.count).toBe(16);
  });

  it('keeps no more jobs than it can do, and no longer than they last', () => {
    const { on } = miner;
    const at = arrivalOf(QUERY);
    const [state] = miner.begin(contextOf(STAGE, SELF, at));
    const hear = (nonce: number, now: Instant) => {
      const asking = [later(now, seconds(-5))];
      const query = queryOn(STAGE, { nonce, asked: now === at ? [ASKED] : asking });
      return on.query(state, envelope('query', BUYER, SELF, query), contextOf(STAGE, SELF, now));
    };
    for (let nonce = 0; nonce < 256; nonce++) expect(refused(hear(nonce, at))).toEqual([]);

    const busy = hear(256, at);
    expect(refused(busy)).toEqual(['busy']);
    expect(sent('refusal', busy)).toMatchObject([{ body: { reason: 'busy' } }]);
    expect(state.jobs.size).toBe(256);

    const block = later(at, seconds(12 * 20));
    expect(refused(hear(257, block))).toEqual([]);
    expect(state.jobs.size).toBe(1);
    expect(state.seen.size).toBe(1);
  });
});

const STAGE = stageOf({ miners: 4 });
const MANY = stageOf({ miners: 12 });
const QUERY = queryOn(STAGE);
const BUYER = addressOf('buyer', STAGE.buyer);
const SELF_KEY = STAGE.miners[0] as Hotkey;
const SELF = addressOf('miner', SELF_KEY);
const END = later(batchDue(QUERY), seconds(60));

const arrival = (at: Instant, query = QUERY): Heard => ({
  at,
  envelope: envelope('query', BUYER, SELF, query),
});
const playOn = (heard: readonly Heard[], world: World = kindWorld, end: Instant = END) =>
  play(STAGE, miner, { self: SELF, heard, world, end });
const silentSource: World = (ask, now) =>
  ask.ask === 'source' ? { outcome: failed('timeout') } : kindWorld(ask, now);

const isToPool = (effect: Effect): boolean =>
  'send' in effect && effect.send === 'batch' && effect.to.startsWith('pool/');

function madeOf(world: World, query = QUERY): Batch | undefined {
  const { done } = playOn([arrival(arrivalOf(query), query)], world);
  return sent('batch', effectsOf(done))[0]?.body;
}

const withStake =
  (outcome: Outcome<Rao>): World =>
  (ask, now) =>
    ask.ask === 'stake' ? { at: now, outcome } : kindWorld(ask, now);
const withSource =
  (outcome: Outcome<Services['source']['output']>, at?: Instant): World =>
  (ask, now) =>
    ask.ask === 'source' ? { at: at ?? now, outcome } : kindWorld(ask, now);

/** From before the query can be known until it has long been over, often at its last instants. */
const anyArrival: fc.Arbitrary<Heard> = fc
  .oneof(
    fc.integer({ min: ASKED, max: END }),
    fc.integer({ min: arrivalOf(QUERY) - 1, max: arrivalOf(QUERY) + 1 }),
    fc.integer({ min: later(ASKED, QUERY_FRESH) - 1, max: later(ASKED, QUERY_FRESH) + 1 }),
  )
  .map((at) => arrival(at as Instant));

interface SourceAnswer {
  readonly at: Instant;
  readonly leads: number | undefined;
  readonly size: number;
}
/** A source may be slow, find nothing, find too much, or fail; the host stops it at its deadline. */
const anyAnswer: fc.Arbitrary<SourceAnswer> = fc.record({
  at: fc.integer({ min: ASKED, max: END }).map((at) => at as Instant),
  leads: fc.option(fc.oneof(fc.constantFrom(0, 1, 10, 11), fc.nat({ max: 30 })), {
    nil: undefined,
  }),
  size: fc.constantFrom(0, 0, 15_000, 17_000),
});
const worldOf = ({ at, leads, size }: SourceAnswer): World => {
  if (leads === undefined) return withSource(failed(), at);
  const extra = size === 0 ? {} : { x: 'x'.repeat(size) };
  const sourced = leadsOf('some', leads).map((lead) => ({ ...lead, ...extra }));
  return withSource(found(sourced), at);
};
