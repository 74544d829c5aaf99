/**
 * What of the chain's tables counts in an epoch: slots are reused, and nobody inherits.
 *
 *     too little stake                       counts as none
 *     lastUpdate_i + cutoff < now            i is not active
 *     lastUpdate_i ≤ registeredAt_j          i's weight of j was meant for who had the slot before
 *     registeredAt_j ≥ the last epoch        bonds to j were
 */
import type { Neuron } from '../../metagraph.ts';
import type { Block, Rao, Uid } from '../../units.ts';
import type { YumaSubnet } from '../yuma.ts';
import type { Row16 } from './matrix.ts';

/** A neuron, with what the chain keeps of it from epoch to epoch. */
export interface WeighingNeuron extends Pick<
  Neuron,
  'stake' | 'permit' | 'registeredAt' | 'lastUpdate'
> {
  readonly weights: Row16;
  readonly bonds: Row16;
}

export interface Conditions {
  readonly now: Block;
  readonly lastEpoch: Block;
  /** Blocks after which a validator that sets no weights is no longer active. */
  readonly activityCutoff: number;
  /** Less stake than this counts as none. */
  readonly stakeThreshold: Rao;
  readonly owner?: Uid;
}

/** `neurons` by uid. */
export function subnetAt(neurons: readonly WeighingNeuron[], conditions: Conditions): YumaSubnet {
  const { now, lastEpoch, activityCutoff, stakeThreshold, owner } = conditions;
  const registered = (uid: Uid): number => neurons[uid]?.registeredAt ?? Infinity;
  return {
    stake: neurons.map(({ stake }) => (stake < stakeThreshold ? (0n as Rao) : stake)),
    weights: neurons.map(({ weights, lastUpdate }) =>
      weights.filter(([to]) => lastUpdate > registered(to)),
    ),
    bonds: neurons.map(({ bonds }) => bonds.filter(([to]) => registered(to) < lastEpoch)),
    permits: neurons.map(({ permit }) => permit),
    active: neurons.map(({ lastUpdate }) => lastUpdate + activityCutoff >= now),
    ...(owner === undefined ? {} : { owner }),
  };
}
