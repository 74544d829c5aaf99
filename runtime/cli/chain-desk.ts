/**
 * What a command has of the chain: the subnet's newest block, balances, and a way to send one call.
 */
import type { Hotkey, Rao } from '../../protocols/units.ts';
import type { ChainCall } from '../chain/subtensor/calls.ts';
import type { ChainSigner } from '../chain/subtensor/signer.ts';
import type { Landed } from '../chain/subtensor/submit.ts';
import type { SubnetState } from '../chain/subtensor/subnet-state.ts';
import { ServiceFault } from '../host.ts';
import type { Endpoint } from '../live.ts';
import { NETUID, type ChainFlags } from './chain-flags.ts';
import { version } from './command-line.ts';
import { EXIT, WorldError, type Console } from './trouble.ts';

export interface ChainDesk {
  /** Where the chain is reached. */
  readonly endpoint: string;
  readonly netuid: number;
  readonly state: SubnetState;
  endpointOf(hotkey: Hotkey): Endpoint | undefined;
  balanceOf(address: string): Promise<Rao>;
  /** Resolves when it is final; rejects with a `ChainRefusal` by the chain's own name. */
  call(signer: ChainSigner, call: ChainCall): Promise<Landed>;
  close(): Promise<void>;
}

/** Throws a `UsageError` naming a flag, or a `WorldError` within 10 s where there is no such chain. */
export async function openDesk(flags: ChainFlags): Promise<ChainDesk> {
  const { endpointOf } = await import('../chain/subtensor/endpoint.ts');
  const { 'subtensor.network': network, 'subtensor.chain_endpoint': own } = flags;
  const endpoint = endpointOf({
    ...(network !== undefined && { network }),
    ...(own !== undefined && { endpoint: own }),
  });
  const netuid = flags.netuid ?? NETUID;
  const { openSubtensor } = await import('../chain/subtensor.ts');
  const { WallClock } = await import('../clock.ts');
  const clock = new WallClock();
  const signerOf = (): undefined => undefined;
  const chain = await openSubtensor({
    endpoint,
    netuid,
    clock,
    signerOf,
    release: version(),
  }).catch((trouble: unknown) => {
    clock.stop();
    throw trouble;
  });
  return {
    endpoint,
    netuid,
    get state() {
      return chain.state;
    },
    endpointOf: (hotkey) => chain.endpointOf(hotkey),
    balanceOf: (address) => chain.balanceOf(address),
    call: (signer, call) => chain.call(signer, call),
    async close() {
      await chain.close();
      clock.stop();
    },
  };
}

/** Works at a desk and closes it. A refusal of the chain is exit 1, an absence of it exit 3. */
export async function atDesk(
  open: () => Promise<ChainDesk>,
  io: Console,
  work: (desk: ChainDesk) => Promise<number>,
): Promise<number> {
  const desk = await open();
  try {
    return await work(desk);
  } catch (trouble) {
    if (!(trouble instanceof ServiceFault)) throw trouble;
    if (trouble.fault === 'unavailable') throw new WorldError(trouble.message, { cause: trouble });
    io.err(`leadpoet: the chain refused: ${trouble.message}\n`);
    return EXIT.no;
  } finally {
    await desk.close();
  }
}
