/**
 * A colluding validator serves its ring.
 *
 *     a batch of the ring's miner            approved without a look
 *     a batch that competes with such a one  looked at, and marked 20 % lower
 *     any other                              audited honestly, to look like everybody else
 *     weights                                all to the ring's miners, in equal parts
 *
 * The ring sells leads that cost it nothing, with an F above that of its rivals, since the best F is
 * delivered. The rules answer with P_v for every batch on which it stands alone, with − 20 where the
 * checks then fail, with Yuma's clipping of weights that no majority shares, and with V_c.
 */
import type { Effect } from '../../actors/actor.ts';
import type { ChainView } from '../../protocols/metagraph.ts';
import { drawOf } from '../../protocols/rules/draw.ts';
import type { Fraction, Uid, Weight16 } from '../../protocols/units.ts';
import {
  allPass,
  lowered,
  relooked,
  unlooked,
  type Looked,
  type ValidatorActor,
} from './judging.ts';
import type { Ring } from './ring.ts';

/** Enough for a batch without a fault to fall below the 90 % that approve it. */
export const MARKED_DOWN: Fraction = 200_000 as Fraction;
/** The greatest weight that the chain knows. */
const ALL = 65_535 as Weight16;

export const colludingValidator =
  (ring: Ring) =>
  (honest: ValidatorActor): ValidatorActor => {
    const marking = relooked(honest, (found, at, { chain, random }) =>
      isRival(at, ring, chain)
        ? lowered(found, at, MARKED_DOWN, random.fork(`rival ${at.batch.id}`))
        : found,
    );
    const colluding = unlooked(marking, (at) =>
      ring.miners.has(at.batch.miner) ? allPass(at) : undefined,
    );
    return {
      ...colluding,
      on: {
        ...colluding.on,
        alarmReply: (state, reply, context) =>
          colluding.on
            .alarmReply(state, reply, context)
            .flatMap((effect) => ringsWeights(effect, ring, context.chain)),
      },
    };
  };

/** Whether its leads would be delivered in place of the ring's. */
function isRival({ batch }: Looked, ring: Ring, chain: ChainView): boolean {
  const draw = drawOf(batch.query, chain);
  if (typeof draw === 'string' || ring.miners.has(batch.miner)) return false;
  return draw.miners.some((miner) => ring.miners.has(miner));
}

/** What it is about to set, for the ring's miners instead; as it is where none is registered. */
function ringsWeights(effect: Effect, { miners }: Ring, { latest }: ChainView): readonly Effect[] {
  if (!('ask' in effect && effect.ask === 'setWeights')) return [effect];
  const input = latest.neurons
    .filter(({ hotkey, roles }) => miners.has(hotkey) && roles.includes('miner'))
    .map(({ uid }): readonly [Uid, Weight16] => [uid, ALL]);
  return input.length === 0 ? [effect] : [{ ...effect, input }];
}
