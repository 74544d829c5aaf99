/**
 * What a caller was delivered before, once more: a list of its queries, an answer whole, and its leads as
 * a file for a spreadsheet, a CRM or an address book.
 *
 *     GET /queries                        the caller's own, the latest first
 *     GET /queries/ID                     as /generate_leads has given it, whatever it brought
 *     GET /queries/ID/leads?format=csv    a file
 *
 * Another's query is not there, and neither is a lead that was erased since.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { BuyerState } from '../../actors/answering.ts';
import type { QueryId } from '../../protocols/units.ts';
import type { FileFormat } from '../cli/lead-formats.ts';
import { answerJson, showAs } from '../cli/lead-output.ts';
import type { Delivered, Desk, DeskNode } from './desk.ts';
import { EXAMPLES } from './document-examples.ts';
import { problemOf, sendProblem } from './problem.ts';
import type { Request } from './requests.ts';
import { ANSWER, document, FILE_QUERY, LEADS, problems, QUERIES, QUERY_PATH } from './schemas.ts';

export interface DeliveriesOptions {
  readonly desk: Desk;
  readonly node: DeskNode;
}

/** As many as a person looks through; a program keeps its own. */
const MOST_LISTED = 50;

export function deliveries(app: FastifyInstance, { desk, node }: DeliveriesOptions): void {
  const listing = {
    operationId: 'queries',
    summary: 'Your queries that were answered',
    description: `The latest first, ${MOST_LISTED} at most, of 30 days.`,
    response: {
      200: document('Queries', QUERIES, EXAMPLES.queries),
      ...problems(401, 403, 429),
    },
  };
  app.get('/queries', { schema: listing }, ({ caller }, reply) => {
    const canRate = rateable(node);
    const queries = desk.askedBy(caller, MOST_LISTED).map((request) => inJson(request, canRate));
    return reply.type('application/json').send({ queries });
  });

  const showing = {
    operationId: 'query',
    summary: 'The answer of one of your queries',
    params: QUERY_PATH,
    response: {
      200: document('What it brought, be it nothing', ANSWER, EXAMPLES.answer),
      ...problems(401, 403, 404, 429),
    },
  };
  app.get<Path>('/queries/:query_id', { schema: showing }, ({ caller, params }, reply) => {
    const delivered = deliveredTo(desk, caller, params.query_id);
    if (delivered === undefined) return notThere(reply);
    const { answer, price } = delivered;
    return reply.type('application/json').send({ ...answerJson(answer), ...(price && { price }) });
  });

  const filing = {
    operationId: 'leadsFile',
    summary: 'The leads of one of your queries, as a file',
    description: 'What CRMs import without a mapping, vCards, or the nine columns as JSON or CSV.',
    params: QUERY_PATH,
    querystring: FILE_QUERY,
    response: {
      200: {
        description: 'A file',
        content: {
          'application/json': { schema: LEADS, example: EXAMPLES.leads },
          'text/csv': { schema: { type: 'string' } },
          'text/vcard': { schema: { type: 'string' } },
        },
      },
      ...problems(400, 401, 403, 404, 429),
    },
  };
  app.get<Path & { Querystring: { readonly format: FileFormat } }>(
    '/queries/:query_id/leads',
    { schema: filing },
    ({ caller, params, query }, reply) => {
      const delivered = deliveredTo(desk, caller, params.query_id);
      if (delivered === undefined) return notThere(reply);
      const { type, ending } = FILES[query.format];
      const name = `leads-${params.query_id.slice(0, 8)}${ending}`;
      return reply
        .type(type)
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(showAs(query.format, { answer: delivered.answer, nameOf: (hotkey) => hotkey }));
    },
  );
}

interface Path {
  readonly Params: { readonly query_id: string };
}

const CSV = 'text/csv; charset=utf-8';
const FILES: Readonly<Record<FileFormat, { readonly type: string; readonly ending: string }>> = {
  json: { type: 'application/json; charset=utf-8', ending: '.json' },
  csv: { type: CSV, ending: '.csv' },
  hubspot: { type: CSV, ending: '-hubspot.csv' },
  salesforce: { type: CSV, ending: '-salesforce.csv' },
  pipedrive: { type: CSV, ending: '-pipedrive.csv' },
  vcard: { type: 'text/vcard; charset=utf-8', ending: '.vcf' },
};

/** Undefined also for what is no id at all: who guesses is told no more than that it is not there. */
function deliveredTo(desk: Desk, caller: string, id: string): Delivered | undefined {
  if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
  return desk.answerFor(caller, id as QueryId);
}

const notThere = (reply: FastifyReply): FastifyReply =>
  sendProblem(
    reply,
    problemOf('notFound', {
      detail: 'it is no query of yours, or its answer is not kept any more',
      field: 'query_id',
      allowed: 'a query that /queries lists',
    }),
  );

/** Which queries may be rated, as the node's actor sees it now. */
function rateable({ running, host }: DeskNode): (query: QueryId) => boolean {
  const state = running.state as BuyerState | undefined;
  const now = host.clock.now();
  return (query) => {
    const until = state?.delivered.get(query)?.until;
    return until !== undefined && until >= now && state?.rated.has(query) === false;
  };
}

function inJson(request: Request, canRate: (query: QueryId) => boolean): object {
  const { query, at, want, leads } = request;
  return {
    query_id: query,
    asked_at: new Date(at).toISOString(),
    num_leads: want.leads,
    industry: want.industry ?? null,
    region: want.region ?? null,
    leads: leads ?? null,
    can_rate: query !== undefined && canRate(query),
  };
}
