/**
 * `GET /pool`: how many leads pools hold, by industry and region, as their last deliveries to this node
 * said. Counts alone: what a pool holds is seen by who it is delivered to.
 */
import type { FastifyInstance } from 'fastify';
import type { Desk } from './desk.ts';
import { EXAMPLES } from './document-examples.ts';
import type { PoolCounts } from './kept-answers.ts';
import { document, POOL_COUNTS, problems } from './schemas.ts';

export function poolCounts(app: FastifyInstance, desk: Desk): void {
  const schema = {
    operationId: 'poolCounts',
    summary: 'How many leads pools hold',
    description: 'As of each pool’s last delivery to this node; empty before the first.',
    response: {
      200: document('Counts', POOL_COUNTS, EXAMPLES.pool),
      ...problems(401, 403, 429),
    },
  };
  app.get('/pool', { schema }, (_request, reply) =>
    reply.type('application/json').send({ pools: desk.kept.pools.map(inJson) }),
  );
}

const inJson = ({ pool, at, stock }: PoolCounts): object => ({
  pool,
  at: new Date(at).toISOString(),
  leads: stock.reduce((sum, { leads }) => sum + leads, 0),
  counts: stock,
});
