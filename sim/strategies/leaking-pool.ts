/**
 * A leaking pool settles as an honest one does, and passes each report on as it comes in, to those
 * who would rather not look.
 *
 * Nobody can tell by what it settles. The rules answer where a query asks for sealed reports: then a
 * pool has commits until nobody can commit any more, and these say nothing.
 */
import type { PoolActor } from './dishonest-pool.ts';
import type { Leak } from './leak.ts';

export const leakingPool =
  (leak: Leak) =>
  (honest: PoolActor): PoolActor => ({
    ...honest,
    on: {
      ...honest.on,
      report(state, envelope, context) {
        const { body: report } = envelope;
        const { query, attempt, miner, validator } = report;
        const open = state.attempts.get(`${query}/${attempt}`)?.work;
        const effects = honest.on.report(state, envelope, context);
        // What it refuses is of no use to its friends either.
        const isTaken = open?.reports.get(miner)?.get(validator) === report;
        if (isTaken) leak.tell(report, context.now);
        return effects;
      },
    },
  });
