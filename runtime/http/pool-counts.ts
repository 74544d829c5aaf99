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
  // Who looks every second has what was written for the one before, until a pool delivers again.
  let shown: { readonly pools: readonly PoolCounts[]; readonly text: string } | undefined;
  app.get('/pool', { schema }, (_request, reply) => {
    const { pools } = desk.kept;
    if (shown?.pools !== pools) {
      const write = reply.compileSerializationSchema(COUNTS);
      shown = { pools, text: write({ pools: pools.map(inJson) }) };
    }
    return reply.type('application/json').send(shown.text);
  });
}
const COUNTS = { ...POOL_COUNTS };

const inJson = ({ pool, at, stock }: PoolCounts): object => ({
  pool,
  at: new Date(at).toISOString(),
  leads: stock.reduce((sum, { leads }) => sum + leads, 0),
  counts: stock,
});
