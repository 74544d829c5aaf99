/**
 * A buyer asks for leads on a person's behalf, up to three times, and rates what it got.
 *
 *     want ──▶ the next block draws miners and panel ──▶ query ──▶ (miners and a pool)
 *     delivery ──▶ nothing came of it? ──▶ ask again, other miners ──▶ answer ──▶ (the person)
 *
 * Whoever is silent costs the person a wait and nothing else: every query ends in an answer.
 */
import { newDigestSet } from '../protocols/digests.ts';
import { addressOf, hotkeyOf, type Address, type Query } from '../protocols/messages.ts';
import { settleDue } from '../protocols/rules/deadlines.ts';
import { ATTEMPTS, drawOf, queryId, type Draw } from '../protocols/rules/draw.ts';
import { withStanding } from '../protocols/rules/eligibility.ts';
import type { IsSuppressed } from '../protocols/rules/suppression.ts';
import { isRating } from '../protocols/rules/reputation.ts';
import {
  later,
  minutes,
  seconds,
  type Block,
  type Hotkey,
  type QueryId,
} from '../protocols/units.ts';
import {
  ask,
  nothing,
  refuse,
  send,
  type Actor,
  type AttemptFailure,
  type Context,
  type Effect,
} from './actor.ts';
import { answer, attemptSoFar, type Asking, type BuyerState, type Ended } from './answering.ts';
import { EPOCH_ALARM, newEpoch, watchEpoch } from './epoch.ts';
import { firstTime, keep } from './once.ts';

/** Blocks come every 12 s; a chain that makes none for so long makes none. */
const BLOCK_TIME_OUT = minutes(2);
/** After the last moment for the pool to speak, this much for its word to travel. */
const TRAVEL = seconds(5);
/** Queries under way at once from one buyer. */
export const MOST_QUERIES = 1_024;
/** What a validator's own query asks for. */
const OWN_LEADS = 100;

/** A buyer for a person; or, beside a validator, one that fills the pool every few epochs. */
export interface BuyerOptions {
  readonly account: Query['account'];
  /** Epochs from one query of its own to the next; 0 = never. */
  readonly queryEvery: number;
  /** Whom the person is not to contact, whatever a pool delivers; nobody where absent. */
  readonly isSuppressed?: IsSuppressed;
}

type Services = 'alarm' | 'block' | 'answer';
type BuyerActor = Actor<'buyer', BuyerState, Services>;

export const buyer = ({ account, queryEvery, isSuppressed }: BuyerOptions): BuyerActor => ({
  role: 'buyer',
  made: { account, queryEvery },

  begin({ chain, now }) {
    const state: BuyerState = {
      open: new Map(),
      has: newDigestSet(),
      delivered: new Map(),
      rated: new Map(),
      ...(isSuppressed && { isSuppressed }),
      epoch: chain.latest.epochStart,
      epochs: 0,
    };
    return queryEvery === 0 ? [state] : [state, watchEpoch(chain, now)];
  },

  on: {
    want(state, envelope, context) {
      if (envelope.from !== context.self) return refuse(envelope, 'not_yours');
      const { want, nonce } = envelope.body;
      return open(state, { want, nonce, account }, context) ?? refuse(envelope, 'busy');
    },

    blockReply(state, { input, outcome }, context) {
      const id = input.about as QueryId;
      const asking = state.open.get(id)?.work;
      if (asking === undefined) return nothing;
      if (!outcome.ok) return endAttempt(state, id, asking, { failure: 'no_block' }, context);
      return dispatch(state, id, asking, outcome.value.number, account, context);
    },

    delivery(state, envelope, context) {
      const { body: delivery, from } = envelope;
      const asking = state.open.get(delivery.query)?.work;
      if (asking === undefined) return refuse(envelope, 'unknown_query');
      if (asking.pool === undefined || from !== addressOf('pool', asking.pool)) {
        return refuse(envelope, 'not_yours');
      }
      if (!isUnderWay(asking, delivery.attempt)) return refuse(envelope, 'late');
      return delivery.chosen === undefined
        ? endAttempt(state, delivery.query, asking, { failure: 'no_batch', delivery }, context)
        : endAttempt(state, delivery.query, asking, { delivery }, context);
    },

    refusal(state, envelope, context) {
      const { body: refusal, from } = envelope;
      const asking = state.open.get(refusal.query)?.work;
      if (asking === undefined) return refuse(envelope, 'unknown_query');
      if (!isUnderWay(asking, refusal.attempt)) return refuse(envelope, 'late');
      // A miner's refusal is one answer fewer; the pool's, or the last miner's, ends the attempt.
      const miners = asking.draw?.miners.map((miner) => addressOf('miner', miner)) ?? [];
      if (asking.pool === undefined || from !== addressOf('pool', asking.pool)) {
        // A validator's word is the pool's too, which ends the attempt.
        if (isOfPanel(asking, from) && refusal.reason === 'restricted') return nothing;
        if (!miners.some((miner) => miner === from)) return refuse(envelope, 'not_yours');
        asking.refusing.add(from);
        if (asking.refusing.size < miners.length) return nothing;
      }
      return endAttempt(state, refusal.query, asking, { failure: 'refused', refusal }, context);
    },

    alarmReply(state, { input }, context) {
      if (input.about === EPOCH_ALARM) return ownQuery(state, { account, queryEvery }, context);
      const [id, attempt] = input.about.split('/') as [QueryId, string];
      const asking = state.open.get(id)?.work;
      if (asking === undefined || !isUnderWay(asking, Number(attempt))) return nothing;
      return endAttempt(state, id, asking, { failure: 'pool_silent' }, context);
    },

    rating(state, envelope, { self, now, chain }) {
      if (envelope.from !== self) return refuse(envelope, 'not_yours');
      const { query, rating } = envelope.body;
      const delivered = state.delivered.get(query);
      if (!isRating(rating)) return refuse(envelope, 'out_of_range');
      if (delivered === undefined || delivered.until < now) {
        return refuse(envelope, 'unknown_query');
      }
      if (!firstTime(state.rated, query, delivered.until, now)) return refuse(envelope, 'repeated');
      const pool = delivered.work;
      const block = chain.latest.head.number;
      const feedback = { query, buyer: hotkeyOf(self), pool, rating, block };
      const validators = withStanding(chain.latest, 'validator').map(({ hotkey }) => hotkey);
      return [
        send('feedback', addressOf('pool', pool), feedback),
        ...validators.map((hotkey) => send('feedback', addressOf('validator', hotkey), feedback)),
      ];
    },

    answerReply: () => nothing,
  },
});

const isOfPanel = ({ draw }: Asking, from: Address): boolean =>
  draw?.panel.some((validator) => addressOf('validator', validator) === from) ?? false;

/** Whether it is this attempt that the pool is to speak of: not the one before, nor one to come. */
const isUnderWay = ({ draw, rounds }: Asking, attempt: number): boolean =>
  draw !== undefined && rounds.length === attempt;

/** Begins a query; undefined where too many are under way, or this very one is. */
function open(
  state: BuyerState,
  { want, nonce, account }: Pick<Query, 'want' | 'nonce' | 'account'>,
  context: Context<'buyer'>,
): readonly Effect[] | undefined {
  const { self, now } = context;
  const id = queryId({ buyer: hotkeyOf(self), account, openedAt: now, nonce, want });
  const asking: Asking = {
    want,
    nonce,
    openedAt: now,
    rounds: [],
    attempts: [],
    poolsTried: new Set(),
    refusing: new Set(),
    askedAt: now,
  };
  // It ends by itself after three attempts; kept for as long as these may take at the most.
  const until = later(now, minutes(60));
  if (state.open.has(id)) return undefined;
  if (!keep(state.open, id, asking, { until, now, limit: MOST_QUERIES })) return undefined;
  return beginAttempt(state, id, asking, context);
}

/** Asks for the block that will draw; without anyone to draw from, the answer is there already. */
function beginAttempt(
  state: BuyerState,
  id: QueryId,
  asking: Asking,
  context: Context<'buyer'>,
): readonly Effect[] {
  const { now, chain } = context;
  const lacking = whoLacks(context);
  asking.askedAt = now;
  if (lacking !== undefined) {
    asking.attempts.push(attemptSoFar(asking, now, { failure: lacking }));
    return answer(state, id, asking, undefined, context);
  }
  // By name: which of them chance picks must not depend on who registered first.
  const pools = withStanding(chain.latest, 'pool')
    .map(({ hotkey }) => hotkey)
    .toSorted();
  const fresh = pools.filter((pool) => !asking.poolsTried.has(pool));
  const choice = fresh.length > 0 ? fresh : pools;
  asking.pool = choice[context.random.next() % choice.length] as Hotkey;
  return [ask('block', { after: now, about: id }, later(now, BLOCK_TIME_OUT))];
}

function whoLacks({ chain }: Context<'buyer'>): AttemptFailure | undefined {
  if (withStanding(chain.latest, 'miner').length === 0) return 'no_miner';
  if (withStanding(chain.latest, 'validator').length === 0) return 'no_validator';
  if (withStanding(chain.latest, 'pool').length === 0) return 'no_pool';
  return undefined;
}

/** Sends the query to the miners that the block draws, and to the pool. */
function dispatch(
  state: BuyerState,
  id: QueryId,
  asking: Asking,
  block: Block,
  account: Query['account'],
  context: Context<'buyer'>,
): readonly Effect[] {
  const { self, chain } = context;
  const { want, nonce, openedAt, rounds, askedAt, pool } = asking;
  rounds.push({ askedAt, block });
  const query: Query = {
    id,
    buyer: hotkeyOf(self),
    account,
    openedAt,
    nonce,
    want,
    rounds: [...rounds],
    pool: pool as Hotkey,
  };
  const draw = drawOf(query, chain);
  if (typeof draw === 'string') {
    rounds.pop();
    return endAttempt(state, id, asking, { failure: 'no_block' }, context);
  }
  if (draw.miners.length === 0)
    return endAttempt(state, id, asking, { failure: 'no_miner' }, context);
  if (draw.panel.length === 0) {
    return endAttempt(state, id, asking, { failure: 'no_validator' }, context);
  }
  asking.draw = draw;
  const about = `${id}/${rounds.length}`;
  return [
    { note: 'step', query: id, attempt: rounds.length, step: drawnStep(draw) },
    send('query', addressOf('pool', query.pool), query),
    ...draw.miners.map((miner) => send('query', addressOf('miner', miner), query)),
    ask('alarm', { about }, later(settleDue(query), TRAVEL)),
  ];
}

const drawnStep = ({ miners, panel }: Draw) =>
  ({ is: 'drawn', miners: miners.length, panel: panel.length }) as const;

/** Ends an attempt: in an answer where it brought leads or was the last, else in another attempt. */
function endAttempt(
  state: BuyerState,
  id: QueryId,
  asking: Asking,
  ended: Ended,
  context: Context<'buyer'>,
): readonly Effect[] {
  asking.attempts.push(attemptSoFar(asking, context.now, ended));
  if (asking.pool !== undefined && ended.failure !== 'no_batch') asking.poolsTried.add(asking.pool);
  delete asking.draw;
  asking.refusing.clear();
  const { failure, delivery, refusal } = ended;
  // Who lacks the standing lacks it for the next attempt too, and who is restricted is so everywhere.
  const isFinal =
    failure === undefined || refusal?.shortfall !== undefined || refusal?.reason === 'restricted';
  if (!isFinal && asking.attempts.length < ATTEMPTS) {
    return beginAttempt(state, id, asking, context);
  }
  return answer(state, id, asking, delivery, context);
}

/** Beside a validator: asks for a hundred leads every few epochs, to keep the pool full. */
function ownQuery(
  state: BuyerState,
  { account, queryEvery }: BuyerOptions,
  context: Context<'buyer'>,
): readonly Effect[] {
  const { chain, now } = context;
  const again = watchEpoch(chain, now);
  const epoch = newEpoch(chain, state.epoch);
  if (epoch === undefined) return [again];
  state.epoch = epoch;
  state.epochs += 1;
  if (state.epochs % queryEvery !== 0) return [again];
  const own = { want: { leads: OWN_LEADS }, nonce: state.epochs, account };
  return [again, ...(open(state, own, context) ?? nothing)];
}
