/**
 * `leadpoet stake AMOUNT`: puts TAO behind a hotkey. What it buys is alpha of the subnet, at a price
 * that the purchase itself moves: a pool of 1000 TAO gives 2 % less for 20.
 */
import { showTao, type Rao } from '../../protocols/units.ts';
import { addStake } from '../chain/subtensor/calls.ts';
import type { SubnetState } from '../chain/subtensor/subnet-state.ts';
import { MOST_TAO, readTao } from '../tao.ts';
import { atDesk } from './chain-desk.ts';
import { consent } from './consent.ts';
import type { CostlyOptions, CostlyParts } from './register.ts';
import { EXIT, UsageError, type Console } from './trouble.ts';

/** Exit 0 where the stake is there, 1 where it is not. */
export async function stake(
  amount: string,
  { yes, json }: CostlyOptions,
  { open, signers, asking }: CostlyParts,
  io: Console,
): Promise<number> {
  const rao = taoOf(amount);
  const [hotkey, coldkey] = await Promise.all([
    signers.address('hotkey'),
    signers.address('coldkey'),
  ]);
  return atDesk(open, io, async (desk) => {
    const has = await desk.balanceOf(coldkey);
    if (has < rao) {
      io.err(`leadpoet: ${coldkey} has ${showTao(has)} TAO of ${showTao(rao)}\n`);
      return EXIT.no;
    }
    const bought = alphaFor(rao, desk.state);
    const lost = lossOf(rao, bought, desk.state.price);
    const summary = [
      ['stake', `${showTao(rao)} TAO behind ${hotkey}`],
      ['on', `subnet ${desk.netuid}, ${desk.endpoint}`],
      [
        'buys',
        `about ${showTao(bought)} alpha at ${showTao(desk.state.price as Rao)} TAO, worth ${lost} % less`,
      ],
      ['paid by', `${coldkey}, which has ${showTao(has)} TAO, and the chain's fee`],
    ] as const;
    if (!(await consent(summary, { yes: yes === true, asking, io }))) return EXIT.no;
    const { block } = await signers.with('coldkey', (signer) =>
      desk.call(signer, addStake(hotkey, desk.netuid, rao)),
    );
    const { netuid } = desk;
    const done = { format: 'leadpoet.stake/1', hotkey, netuid, staked_rao: rao.toString(), block };
    const words = `${showTao(rao)} TAO are staked behind ${hotkey} in block ${block}`;
    io.out(json ? `${JSON.stringify(done, null, 2)}\n` : `${words}\n`);
    return EXIT.done;
  });
}

/** TAO as a person writes it: `20`, `0.5`; nine digits behind the point at most. */
export function taoOf(text: string): Rao {
  const rao = readTao(text);
  if (rao !== undefined && rao > 0n) return rao;
  throw new UsageError({
    field: 'AMOUNT',
    came: JSON.stringify(text.slice(0, 40)),
    allowed: `TAO above 0, at most ${MOST_TAO}, with nine digits behind the point at most`,
  });
}

/** By the pool's product, which stays as it is; without the fee of 0.3 %. */
export function alphaFor(rao: Rao, { pool }: Pick<SubnetState, 'pool'>): Rao {
  const { tao, alpha } = pool;
  return (tao + rao === 0n ? 0n : (alpha * rao) / (tao + rao)) as Rao;
}

/** Per cent of the amount's value that the purchase itself takes, to a tenth. */
function lossOf(rao: Rao, bought: Rao, price: bigint): string {
  const worth = (bought * price) / 1_000_000_000n;
  const tenths = Number(((rao - worth) * 1_000n) / rao);
  return (Math.max(0, tenths) / 10).toFixed(1);
}
