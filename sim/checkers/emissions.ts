/**
 * What the chain pays for an epoch is what it makes in the epoch's blocks, less its owner's part, to
 * the rao; nobody is paid less than nothing; and shares are shares.
 */
import type { ChainEpoch } from '../../runtime/chain/in-memory.ts';
import type { Checker } from './checker.ts';

/** Per cent that a subnet's owner gets first, as the chain has it. */
const OWNERS_CUT = 18n;

/** `perBlock` is what the subnet gets for a block, in rao. */
export function emissions(perBlock: bigint): Checker {
  let last: ChainEpoch['block'] | undefined;

  return {
    name: 'emissions',
    see: () => undefined,
    turn({ block, rows }) {
      const since = last;
      last = block;
      for (const { hotkey, emission, incentive, dividends } of rows) {
        if (emission < 0n) return `${hotkey} was paid ${emission} rao`;
        if (!isShare(incentive) || !isShare(dividends)) return `${hotkey} has no share of 0 to 1`;
      }
      if (since === undefined) return undefined;
      const made = perBlock * BigInt(block - since);
      const rest = made - (made * OWNERS_CUT) / 100n;
      const paid = rows.reduce((sum, { emission }) => sum + emission, 0n);
      // Where nobody has any stake there is nobody to share it.
      if (paid === 0n || paid === rest) return undefined;
      return `${paid} rao were paid for the blocks ${since} to ${block}, and should be ${rest}`;
    },
  };
}

const isShare = (share: number): boolean => share >= 0 && share <= 1;
