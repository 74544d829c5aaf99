/**
 * A miner sources leads for the queries that it was drawn for.
 *
 *     query ──▶ is the buyer good for it? ──▶ source ──▶ batch ──▶ the panel and the pool
 *
 * It answers once or not at all, and in time or not at all: an answer after the deadline would
 * count as none. An empty answer would only cost it accuracy, so it sends none.
 */
import { batchId, packFitting, saltsFrom } from '../protocols/batch.ts';
import { digest } from '../protocols/hash.ts';
import type { Lead } from '../protocols/lead.ts';
import {
  addressOf,
  attemptOf,
  hotkeyOf,
  type Batch,
  type Query,
  type Sealed,
} from '../protocols/messages.ts';
import { batchDue } from '../protocols/rules/deadlines.ts';
import type { Draw } from '../protocols/rules/draw.ts';
import { later, seconds, type BatchId, type Instant } from '../protocols/units.ts';
import { ask, nothing, refuse, send, type Actor, type Context } from './actor.ts';
import { accountShortfall, attemptKey, examine, refusalOf, STAKE_TIME } from './asking.ts';
import { firstTime, keep, type Open, type Seen } from './once.ts';

/** More queries at once than the network asks of one miner; a flood is told that it is busy. */
const MOST_QUERIES = 256;
/** Left of the deadline for the batch to travel: seconds to spare on any line that works at all. */
const TRAVEL = seconds(2);

interface Job {
  readonly query: Sealed<Query>;
  readonly draw: Draw;
}

export interface MinerState {
  readonly seen: Seen<string>;
  readonly jobs: Open<string, Job>;
}

export const miner: Actor<'miner', MinerState, 'stake' | 'source'> = {
  role: 'miner',

  begin: () => [{ seen: new Map(), jobs: new Map() }],

  on: {
    query(state, envelope, { self, now, chain }) {
      const { body: query } = envelope;
      const draw = examine(envelope, now, chain);
      if ('refused' in draw) {
        const told = draw.tell === undefined ? nothing : refusalOf(query, draw.tell);
        return [...refuse(envelope, draw.refused), ...told];
      }
      if (!draw.miners.includes(hotkeyOf(self))) {
        return [...refuse(envelope, 'not_drawn'), ...refusalOf(query, 'not_drawn')];
      }
      const key = attemptKey(query);
      const due = batchDue(query);
      if (!firstTime(state.seen, key, due, now)) return refuse(envelope, 'repeated');
      if (!keep(state.jobs, key, { query, draw }, { until: due, now, limit: MOST_QUERIES })) {
        return [...refuse(envelope, 'busy'), ...refusalOf(query, 'busy')];
      }
      return [ask('stake', { hotkey: query.buyer, about: key }, later(now, STAKE_TIME))];
    },

    refusal(state, envelope) {
      const { query, attempt } = envelope.body;
      const key = `${query}/${attempt}`;
      const job = state.jobs.get(key)?.work;
      if (job === undefined) return refuse(envelope, 'unknown_query');
      // What the query's own pool will not settle is not worth a look for leads.
      if (envelope.from !== addressOf('pool', job.query.pool)) return refuse(envelope, 'not_yours');
      state.jobs.delete(key);
      return nothing;
    },

    stakeReply(state, { input, outcome }, { chain }) {
      const job = state.jobs.get(input.about)?.work;
      if (job === undefined) return nothing;
      const { query } = job;
      const shortfall = accountShortfall(query, chain, outcome);
      if (shortfall !== undefined) {
        state.jobs.delete(input.about);
        return shortfall === 'chain_unavailable'
          ? refusalOf(query, shortfall)
          : refusalOf(query, 'no_standing', { shortfall });
      }
      const by = (batchDue(query) - TRAVEL) as Instant;
      return [ask('source', { query: query.id, attempt: attemptOf(query), want: query.want }, by)];
    },

    sourceReply(state, { input, outcome }, context) {
      const key = `${input.query}/${input.attempt}`;
      const job = state.jobs.get(key)?.work;
      state.jobs.delete(key);
      if (job === undefined || !outcome.ok || outcome.value.length === 0) return nothing;
      if (context.now > batchDue(job.query)) return nothing;

      const batch = seal(job.query, outcome.value.slice(0, job.query.want.leads), context);
      if (batch.count === 0) return nothing;
      const panel = job.draw.panel.map((validator) => addressOf('validator', validator));
      return [
        ...panel.map((validator) => send('batch', validator, batch)),
        send('batch', addressOf('pool', job.query.pool), batch),
      ];
    },
  },
};

/** The leads under their digest, with salts that only this miner knew until now. */
function seal(
  query: Sealed<Query>,
  sourced: readonly Lead[],
  { self, now, random }: Context<'miner'>,
): Batch {
  const hotkey = hotkeyOf(self);
  const secret = digest('leadpoet.secret/1', ...Array.from({ length: 8 }, () => random.next()));
  const { count, bytes } = packFitting(sourced, saltsFrom(secret, sourced.length));
  const id = batchId(query.id, hotkey, bytes) as BatchId;
  return { id, query, miner: hotkey, madeAt: now, count, leads: bytes };
}
