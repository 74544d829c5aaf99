/**
 * Noticing that an epoch has turned. When the next one begins is the chain's affair: an actor looks
 * when it should be about time, and again a block later where it was too early.
 */
import type { ChainView } from '../protocols/metagraph.ts';
import { later, seconds, type Block, type Duration, type Instant } from '../protocols/units.ts';
import { ask, type Effect } from './actor.ts';

/** How long a block takes, as a hint of when to look again; nothing else rests on it. */
const BLOCK_HINT: Duration = seconds(12);

export const EPOCH_ALARM = 'epoch';

/** The next look at the chain. */
export function watchEpoch({ latest }: ChainView, now: Instant): Effect {
  const blocksLeft = Math.max(1, latest.epochStart + latest.tempo + 1 - latest.head.number);
  return ask('alarm', { about: EPOCH_ALARM }, later(now, (blocksLeft * BLOCK_HINT) as Duration));
}

/** The epoch's first block where it is another than the one last seen. */
export const newEpoch = ({ latest }: ChainView, last: Block): Block | undefined =>
  latest.epochStart > last ? latest.epochStart : undefined;
