/**
 * Standing: what one must hold to take part.
 *
 *     miner                registered on the subnet, as a miner
 *     validator, pool      registered as such, with a permit where the chain demands one, and 20 TAO
 *     buyer                50 TAO behind its hotkey, registered or not
 */
import type { Role, Shortfall } from '../messages.ts';
import type { Metagraph, Neuron } from '../metagraph.ts';
import { showTao, tao, type Rao } from '../units.ts';

export const VALIDATOR_STAKE: Rao = tao(20);
export const BUYER_STAKE: Rao = tao(50);
/** In per cent. Staking 20 TAO buys alpha worth a little less, for the price moves as one buys. */
export const ALPHA_TOLERANCE = 95n;

/** Undefined where nothing is missing. A neuron that does not serve in the role is not registered. */
export function standingOf(
  role: Exclude<Role, 'buyer'>,
  neuron: Neuron | undefined,
  { permitsRequired, stakeInAlpha }: Metagraph,
): Shortfall | undefined {
  if (neuron === undefined || !neuron.roles.includes(role)) return { requirement: 'registration' };
  if (role === 'miner') return undefined;
  if (permitsRequired && !neuron.permit) return { requirement: 'permit' };
  return stakeShortfall(neuron.stake, enough(VALIDATOR_STAKE, stakeInAlpha));
}

/** Undefined where the stake is enough. A buyer's hotkey need not be registered. */
export const buyerShortfall = (stake: Rao, stakeInAlpha: boolean): Shortfall | undefined =>
  stakeShortfall(stake, enough(BUYER_STAKE, stakeInAlpha));

/** Those who may serve as `role`, in the metagraph's order. */
export const withStanding = (
  metagraph: Metagraph,
  role: Exclude<Role, 'buyer'>,
): readonly Neuron[] =>
  metagraph.neurons.filter((neuron) => standingOf(role, neuron, metagraph) === undefined);

/** For people: `stake is 12.5 TAO, 37.5 TAO below the 50 TAO needed`. */
export function showShortfall(shortfall: Shortfall): string {
  const { requirement } = shortfall;
  if (requirement === 'registration') return 'not registered on the subnet in this role';
  if (requirement === 'permit') return 'no validator permit, which the chain demands here';
  const { has, need } = shortfall;
  const short = showTao((need - has) as Rao);
  return `stake is ${showTao(has)} TAO, ${short} TAO below the ${showTao(need)} TAO needed`;
}

const enough = (stake: Rao, inAlpha: boolean): Rao =>
  inAlpha ? (((stake * ALPHA_TOLERANCE) / 100n) as Rao) : stake;

const stakeShortfall = (has: Rao, need: Rao): Shortfall | undefined =>
  has < need ? { requirement: 'stake', need, has } : undefined;
