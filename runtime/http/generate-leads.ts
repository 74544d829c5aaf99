/**
 * `POST /generate_leads`: a query of the caller's, and what came of it.
 *
 *     Accept: application/json (or anything)   the answer, once it is there
 *     Accept: text/event-stream                `opened`, `step` …, then `result` or `problem`
 *
 * Who hangs up loses nothing: the query goes on, and the same Idempotency-Key has its answer for a day.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { QueryAnswer } from '../../actors/actor.ts';
import { isFieldError, readWant } from '../../protocols/query.ts';
import { showTao, type Rao } from '../../protocols/units.ts';
import { answerJson } from '../cli/lead-output.ts';
import type { Short } from './charge.ts';
import type { Asked, Delivered, Desk, Ended, OpenOrder } from './desk.ts';
import { EXAMPLES } from './document-examples.ts';
import { openEvents } from './event-stream.ts';
import { problemOfAnswer } from './outcome.ts';
import { fieldProblem, problemOf, sendProblem, type Problem } from './problem.ts';
import { ANSWER, PROBLEM, problems, WANT_BODY, type WantBody } from './schemas.ts';

export interface GenerateOptions {
  readonly desk: Desk;
  /** Limits of this route, as @fastify/rate-limit reads them. */
  readonly rateLimit: object;
}

/** Longer ones are no names: a UUID takes 36 letters. */
const MOST_KEY = 255;
/** Somebody may have ended a query by then. */
const RETRY_FULL = 5;
/** This process is back by then, or another. */
const RETRY_LEAVING = 30;
const RETRY_LOST = 5;

export function generateLeads(app: FastifyInstance, { desk, rateLimit }: GenerateOptions): void {
  const events = {
    schema: { type: 'string', description: 'opened, step …, result | problem' },
    example: EXAMPLES.events,
  };
  const json = { schema: ANSWER, example: EXAMPLES.answer };
  const schema = {
    operationId: 'generateLeads',
    summary: 'Ask for leads',
    description:
      'Answers once the query has ended, which takes up to some minutes; with `Accept: text/event-stream` progress comes before it. The same `Idempotency-Key` and body bring the same answer for 24 hours and never a second query, also where that answer is a problem.',
    headers: {
      type: 'object',
      properties: {
        'idempotency-key': { type: 'string', description: 'your own name for this query' },
      },
    },
    body: WANT_BODY,
    response: {
      200: {
        description: 'Leads, as many as there were',
        content: { 'application/json': json, 'text/event-stream': events },
      },
      ...problems(400, 401, 402, 403, 409, 413, 415, 429, 503, 504),
    },
  };
  const config = { rateLimit };
  app.post<{ Body: WantBody }>('/generate_leads', { schema, config }, (request, reply) =>
    answer(desk, request, reply),
  );
}

async function answer(
  desk: Desk,
  request: FastifyRequest<{ Body: WantBody }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const want = readWant(request.body);
  if (isFieldError(want)) return sendProblem(reply, fieldProblem(want));
  const key = request.headers['idempotency-key'];
  if (key !== undefined && !isKey(key)) {
    const allowed = `1 to ${MOST_KEY} visible ASCII letters`;
    return sendProblem(
      reply,
      fieldProblem({ field: 'Idempotency-Key', came: 'something else', allowed }),
    );
  }
  const asked = desk.ask({ caller: request.caller, want, ...(key !== undefined && { key }) });
  const refused = problemOfAsked(asked);
  if (refused !== undefined) return sendProblem(reply, refused);
  if (/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) return stream(asked, reply);
  return show(await endOf(asked), reply);
}

const isKey = (key: unknown): key is string =>
  typeof key === 'string' && key.length <= MOST_KEY && /^[\x21-\x7e]+$/.test(key);

type Shown = Delivered | Problem;

function show(shown: Shown, reply: FastifyReply): FastifyReply {
  if ('type' in shown) return sendProblem(reply, shown);
  return reply.type('application/json').send(textOf(shown, reply));
}

/** The same objects each time: for another one a serialiser would be compiled anew. */
const SHOWN = { answer: { ...ANSWER }, problem: { ...PROBLEM } };

/**
 * As they were last shown, for as long as the answer itself is kept: a client that repeats itself has
 * the same text. `bench/http.ts`
 */
const texts = new WeakMap<
  QueryAnswer,
  { readonly tao: string | undefined; readonly text: string }
>();

function textOf({ answer: said, price }: Delivered, reply: FastifyReply): string {
  const known = texts.get(said);
  if (known !== undefined && known.tao === price?.tao) return known.text;
  const write = reply.compileSerializationSchema(SHOWN.answer);
  const text = write({ ...answerJson(said), ...(price && { price }) });
  texts.set(said, { tao: price?.tao, text });
  return text;
}

/** Progress, then the end, whatever it is: the status is out by then. */
async function stream(asked: Asked, reply: FastifyReply): Promise<FastifyReply> {
  const events = openEvents(reply);
  const order: OpenOrder | undefined = asked.is === 'open' ? asked.order : undefined;
  const opened = asked.is === 'answered' ? asked.answer.query : order?.query;
  if (opened !== undefined) events.send('opened', { query_id: opened });
  const silence = order?.listen((progress) => {
    if (progress.is === 'opened') return events.send('opened', { query_id: progress.query });
    const { query, attempt, step } = progress;
    return events.send('step', { query_id: query, attempt, step });
  });
  events.closed(() => silence?.());
  const shown = await endOf(asked);
  if ('type' in shown) {
    events.end('problem', reply.compileSerializationSchema(SHOWN.problem)({ ...shown }));
  } else {
    events.end('result', textOf(shown, reply));
  }
  return reply;
}

async function endOf(asked: Asked): Promise<Shown> {
  if (asked.is === 'answered') return shownOf(asked);
  if (asked.is !== 'open') throw new Error('what was refused has no end');
  return problemOfEnd(await asked.order.ended);
}

const shownOf = (said: Delivered): Shown => problemOfAnswer(said.answer) ?? said;

function problemOfEnd(ended: Ended): Shown {
  switch (ended.is) {
    case 'answered':
      return shownOf(ended);
    case 'short':
      return shortProblem(ended.short);
    case 'lost':
      return problemOf('unavailable', {
        detail: 'this node could not take the query, which was not asked; ask again',
        retry_after: RETRY_LOST,
      });
    case 'left':
      return problemOf('leaving', {
        detail:
          'this server stops; the query goes on when it starts again: ask with the same Idempotency-Key',
        retry_after: RETRY_LEAVING,
      });
  }
}

function shortProblem({ need, has }: Short): Problem {
  const short = showTao((need - has) as Rao);
  return problemOf('balanceExhausted', {
    detail: `the prepaid balance is ${showTao(has)} TAO, ${short} TAO below the ${showTao(need)} TAO that this query may cost`,
    need: showTao(need),
    has: showTao(has),
    short,
  });
}

/** Undefined where an answer is there or to come. */
function problemOfAsked(asked: Asked): Problem | undefined {
  switch (asked.is) {
    case 'open':
    case 'answered':
      return undefined;
    case 'mismatch':
      return problemOf('conflict', {
        detail: 'this Idempotency-Key was used for another query',
        field: 'Idempotency-Key',
        allowed: 'a new one, or the same body as before',
      });
    case 'gone':
      return problemOf('conflict', {
        detail: 'the query of this Idempotency-Key was answered, and its answer is no longer kept',
        field: 'Idempotency-Key',
        allowed: 'a new one',
      });
    case 'full':
      return problemOf('tooMany', {
        detail: 'as many queries are open as this node can have at once',
        retry_after: RETRY_FULL,
      });
    case 'leaving':
      return problemOf('leaving', {
        detail: 'this server stops and takes no new queries',
        retry_after: RETRY_LEAVING,
      });
  }
}
