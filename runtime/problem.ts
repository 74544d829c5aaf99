/**
 * A refusal over HTTP: `application/problem+json`.
 */
import type { FastifyReply } from 'fastify';

export const problem = (
  reply: FastifyReply,
  status: number,
  title: string,
  detail: string,
  more: Readonly<Record<string, string>> = {},
): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send({ type: 'about:blank', title, status, detail, ...more });
