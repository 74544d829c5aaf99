/**
 * What Fastify and Node themselves refuse, told like everything else: as problems. A mistake of ours is
 * told without its details, which are in the log.
 */
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { show } from '../../protocols/query.ts';
import type { Say } from '../logs.ts';
import { TooOften } from './limits.ts';
import {
  fieldProblem,
  PROBLEM_TYPE,
  problemOf,
  sendProblem,
  type Problem,
  type TroubleKind,
} from './problem.ts';

/** The largest body: a query takes 200 bytes. */
export const MOST_BODY = 65_536;

export function refusals(app: FastifyInstance, say: Say): void {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });

  app.setNotFoundHandler(({ url, method }, reply) => {
    const path = url.split('?', 1)[0] ?? '';
    const known = methods.get(path);
    if (known === undefined) {
      const detail = 'there is nothing here; see /docs';
      return sendProblem(reply, problemOf('notFound', { detail }));
    }
    const allowed = [...known].toSorted().join(', ');
    return sendProblem(
      reply.header('allow', allowed),
      problemOf('wrongMethod', { detail: `${show(method)} does nothing here`, allowed }),
    );
  });

  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = problemOfError(error, request);
    if (problem.status >= 500) say('error', 'a request failed', { cause: error });
    // Of a body that is too large the rest is read and thrown away, so that who sends it hears why.
    if (problem.status === 413) reply.removeHeader('connection');
    return sendProblem(reply, problem);
  });
}

function problemOfError(error: FastifyError, request: FastifyRequest): Problem {
  if (error instanceof TooOften) return error.problem;
  if (error.validation !== undefined) return problemOfField(error, error.validation, request);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problemOf('tooLarge', {
        detail: 'the body is too large',
        field: 'body',
        allowed: `${MOST_BODY} bytes at most`,
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problemOf('wrongType', {
        detail: 'the body is of no type that is read here',
        field: 'Content-Type',
        allowed: 'application/json',
      });
    default:
      break;
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return problemOf('badRequest', {
      detail: 'the body is not JSON',
      field: 'body',
      allowed: 'one JSON object',
    });
  }
  return problemOf('bug', { detail: 'a mistake of ours; its details are in the log of this node' });
}

/** What a validator says of one thing that is wrong. */
interface Wrong {
  readonly instancePath?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The first field that is wrong, with what its schema says is allowed. */
function problemOfField(
  { validationContext }: FastifyError,
  validation: readonly Wrong[],
  request: FastifyRequest,
): Problem {
  const where = validationContext === 'querystring' ? 'querystring' : 'body';
  const body = where === 'body' ? request.body : request.query;
  const schema = request.routeOptions.schema?.[where];
  const fields = (schema as { readonly properties?: Properties } | undefined)?.properties ?? {};
  const names = Object.keys(fields);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const allowed = `a JSON object of ${names.join(', ')}`;
    return fieldProblem({ field: 'body', came: cameOf(body), allowed });
  }
  const came = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(came).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return fieldProblem({ field: show(unknown), came: 'no field', allowed: names.join(', ') });
  }
  const named = validation.flatMap(({ instancePath = '', params = {} }) => {
    const missing = params['requiredProperties'];
    return [instancePath.slice(1), ...(Array.isArray(missing) ? missing.map(String) : [])];
  });
  const field = names.find((name) => named.includes(name)) ?? 'body';
  const allowed = fields[field]?.description ?? names.join(', ');
  return fieldProblem({ field, came: cameOf(came[field]), allowed });
}
type Properties = Readonly<Record<string, { readonly description?: string }>>;

/** Lists and objects are named, not shown: they may be huge or deep. */
function cameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : show(value);
}

/** What Node refuses before there is a request. */
const BROKEN: Readonly<Record<string, readonly [TroubleKind, string]>> = {
  HPE_HEADER_OVERFLOW: ['headersTooLarge', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['tooSlow', 'the request did not come in whole in time'],
};

/** Answers on a bare socket, and closes it. */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [kind, detail] = BROKEN[error.code ?? ''] ?? ['badRequest', 'the request cannot be read'];
  const { status, title } = problemOf(kind, { detail });
  const body = JSON.stringify(problemOf(kind, { detail }));
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncache-control: no-store\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
