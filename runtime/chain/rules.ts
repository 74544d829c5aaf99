/**
 * What a subnet's owner and the chain set, with the defaults of a new subnet.
 */
import { MOST_VALIDATORS } from '../../protocols/rules/yuma/stake.ts';
import type { YumaVersion } from '../../protocols/rules/yuma/bonds.ts';
import { FULL_WEIGHT } from '../../protocols/rules/weights.ts';
import {
  tao,
  type Block,
  type Coldkey,
  type Fraction,
  type Rao,
  type Weight16,
} from '../../protocols/units.ts';

export interface SubnetRules {
  readonly netuid: number;
  /** An epoch lasts tempo + 1 blocks. */
  readonly tempo: number;
  readonly permitsRequired: boolean;
  /** How many validators hold a permit. */
  readonly maxValidators: number;
  /** Slots for neurons. */
  readonly maxUids: number;
  /** Who has less behind the hotkey gets no permit and sets no weights. */
  readonly stakeThreshold: Rao;
  readonly minStake: Rao;
  /** Price of a slot. */
  readonly burn: Rao;
  /** Blocks in which a new neuron cannot be pushed out. */
  readonly immunity: number;
  /** Blocks between two settings of weights, and from registration to the first. */
  readonly weightsRateLimit: number;
  /** Blocks after which a validator that sets no weights has no say. */
  readonly activityCutoff: number;
  /** What the subnet pays for each block, at the next epoch. */
  readonly emissionPerBlock: Rao;
  /** Who gets the owner's part of it. */
  readonly owner: Coldkey;
  readonly yumaVersion: YumaVersion;
  /** The share of the stake that makes a majority, of 65535. */
  readonly kappa: Weight16;
  /** How much of what goes beyond consensus buys no bonds, of 65535. */
  readonly bondsPenalty: Weight16;
  /** How much of an epoch's bonds is new. */
  readonly alpha: Fraction;
}

export const SUBNET_DEFAULTS: SubnetRules = {
  netuid: 343,
  tempo: 360,
  permitsRequired: true,
  maxValidators: MOST_VALIDATORS,
  maxUids: 256,
  stakeThreshold: 0n as Rao,
  minStake: 2_000_000n as Rao,
  burn: (tao(1) / 10n) as Rao,
  immunity: 5_000,
  weightsRateLimit: 100,
  activityCutoff: 5_000,
  emissionPerBlock: tao(1),
  owner: 'subnet-owner' as Coldkey,
  yumaVersion: 3,
  kappa: 32_767 as Weight16,
  bondsPenalty: FULL_WEIGHT,
  alpha: 100_000 as Fraction,
};

/**
 * The block with which the epoch of a block began; the chain's first, where none began before. As on
 * the real chain, the subnets take turns: one begins with each b where
 *
 *     (b + netuid + 1) mod (tempo + 1) = tempo
 */
export function epochStart(
  { netuid, tempo }: Pick<SubnetRules, 'netuid' | 'tempo'>,
  block: Block,
): Block {
  // That is where the sum with one more is divisible.
  const into = (block + netuid + 2) % (tempo + 1);
  return Math.max(0, block - into) as Block;
}
