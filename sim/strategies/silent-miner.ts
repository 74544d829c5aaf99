/**
 * A silent miner is registered and never answers, nor says why.
 *
 * A slot is worth something where it is paid for being there. The rules pay nothing for that: each
 * query that it is drawn for is a miss in D_m, and without one good lead A_m stays at 0.
 */
import { nothing } from '../../actors/actor.ts';
import type { miner } from '../../actors/miner.ts';

export type MinerActor = typeof miner;

export const silentMiner = (honest: MinerActor): MinerActor => ({
  ...honest,
  on: { ...honest.on, query: () => nothing },
});
