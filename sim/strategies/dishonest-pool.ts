/**
 * A dishonest pool says that the rivals of the miners it favours missed the query.
 *
 *     a favoured miner drawn?  ──yes──▶ the batches of all others are thrown away
 *                              ──no───▶ honest, for there is nobody to favour
 *
 * Its favourite's batch is then the best there is, and the rivals lose D_m. What a pool cannot do is
 * change a report or a score: these are signed, and the panel recomputes F. But a case may say that a
 * batch was sent to the panel alone, and the panel cannot tell that from the truth: it countersigns.
 */
import { nothing } from '../../actors/actor.ts';
import { attemptKey } from '../../actors/asking.ts';
import type { pool } from '../../actors/pool.ts';
import type { Hotkey } from '../../protocols/units.ts';

export type PoolActor = typeof pool;

export const dishonestPool =
  (favoured: ReadonlySet<Hotkey>) =>
  (honest: PoolActor): PoolActor => ({
    ...honest,
    on: {
      ...honest.on,
      batch(state, envelope, context) {
        const { query, miner } = envelope.body;
        const drawn = state.attempts.get(attemptKey(query))?.work.draw.miners ?? [];
        if (drawn.some((hotkey) => favoured.has(hotkey)) && !favoured.has(miner)) return nothing;
        return honest.on.batch(state, envelope, context);
      },
    },
  });
