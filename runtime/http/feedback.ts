/**
 * `POST /feedback`: what a caller has to say of a delivery of its own, once, 1 to 10.
 *
 *     whose query? ──▶ delivered, not rated yet? ──▶ the node's own actor ──▶ (pool, validators) ──▶ 204
 *
 * 204 means that it is on this node's disk and on its way: who is away has it when it is back.
 */
import type { FastifyInstance } from 'fastify';
import type { BuyerState } from '../../actors/answering.ts';
import { addressOf } from '../../protocols/messages.ts';
import { seconds, type Duration, type QueryId } from '../../protocols/units.ts';
import { until } from '../until.ts';
import { DEFAULT_CALLER } from './callers.ts';
import type { Desk, DeskNode } from './desk.ts';
import { problemOf, sendProblem, type Problem } from './problem.ts';
import { problems, RATING_BODY, type RatingBody } from './schemas.ts';

export interface FeedbackOptions {
  readonly desk: Desk;
  readonly node: DeskNode;
}

/** An actor acts at once; it is held up for seconds only where its machine is. */
const ACT_TIME: Duration = seconds(10);
const RETRY_UNHEARD = 5;

export function feedback(app: FastifyInstance, { desk, node }: FeedbackOptions): void {
  const underWay = new Set<QueryId>();
  const schema = {
    operationId: 'rate',
    summary: 'Rate what a query brought',
    description:
      'Once a query, for 30 days; it moves the standing of the validators that approved it.',
    body: RATING_BODY,
    response: {
      204: { description: 'Said', type: 'null' },
      ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
  };

  app.post<{ Body: RatingBody }>('/feedback', { schema }, async ({ body, caller }, reply) => {
    const query = body.query_id as QueryId;
    if (desk.isLeaving) return sendProblem(reply, leaving());
    // What was bought at this node's own command line is its operator's.
    const owner = desk.callerOf(query) ?? DEFAULT_CALLER;
    if (owner !== caller) return sendProblem(reply, notYours());
    const refused = whyNot(node, query);
    if (refused !== undefined) return sendProblem(reply, refused);
    if (underWay.has(query)) return sendProblem(reply, repeated());
    underWay.add(query);
    try {
      const isSaid = await say(node, query, body.rating);
      return isSaid ? reply.code(204).send() : sendProblem(reply, unheard());
    } finally {
      underWay.delete(query);
    }
  });
}

function whyNot({ running, host }: DeskNode, query: QueryId): Problem | undefined {
  const state = running.state as BuyerState | undefined;
  if (state === undefined) return unheard();
  if (state.rated.has(query)) return repeated();
  const delivered = state.delivered.get(query);
  return delivered === undefined || delivered.until < host.clock.now() ? notYours() : undefined;
}

/** True once the node has it on its disk and says it to others. */
async function say(node: DeskNode, query: QueryId, rating: number): Promise<boolean> {
  const { host, running, hotkey } = node;
  const self = addressOf('buyer', hotkey);
  let isSaid = false;
  const stop = host.observer.listen((happening) => {
    if (happening.is !== 'sent' || happening.envelope.kind !== 'feedback') return;
    const { from, body } = happening.envelope;
    if (from === self && 'rating' in body && body.query === query) isSaid = true;
  });
  try {
    const sentAt = host.clock.now();
    running.tell({ kind: 'rating', from: self, to: self, sentAt, body: { query, rating } });
    await until(host.clock, ACT_TIME, () => isSaid);
    return isSaid;
  } finally {
    stop();
  }
}

const notYours = (): Problem =>
  problemOf('notYours', {
    detail:
      'it is no query of yours, it brought nothing that was asked of miners, or it is too long ago',
    field: 'query_id',
    allowed: 'a query of yours of the last 30 days that brought leads',
  });

const repeated = (): Problem =>
  problemOf('conflict', {
    detail: 'this query was rated before',
    field: 'query_id',
    allowed: 'each query once',
  });

const leaving = (): Problem =>
  problemOf('leaving', { detail: 'this server stops', retry_after: RETRY_UNHEARD });

const unheard = (): Problem =>
  problemOf('unavailable', {
    detail: 'this node does not act at the moment; say it again',
    retry_after: RETRY_UNHEARD,
  });
