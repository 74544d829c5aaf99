/**
 * What a node of a real subnet stands on: the hotkey of a wallet, and Subtensor. Nothing is made here
 * and nothing paid: who is not registered is told how to be.
 */
import { join } from 'node:path';
import { neuronOf } from '../protocols/metagraph.ts';
import { openSubtensor, type ChainNote } from './chain/subtensor.ts';
import { CommitFile } from './chain/subtensor/commit-file.ts';
import { endpointOf } from './chain/subtensor/endpoint.ts';
import { version } from './cli/command-line.ts';
import { openWalletKey } from './cli/wallet-flags.ts';
import { WorldError } from './cli/trouble.ts';
import { maybe } from './fields.ts';
import { sr25519Notary } from './identity/sr25519-notary.ts';
import { networkDir, type Footing, type NetworkParts } from './network.ts';
import { lockNode } from './store/node-lock.ts';

/** Throws a `WorldError` that says which of wallet, chain and registration is missing, and what to do. */
export async function liveFooting(parts: NetworkParts): Promise<Footing> {
  const { settings, say } = parts;
  const { name, hotkey, path } = settings.wallet;
  const flags = { 'wallet.name': name, 'wallet.hotkey': hotkey, 'wallet.path': path };
  const key = await openWalletKey('hotkey', flags, { err: (text) => say(text.trimEnd()) });
  try {
    // One node of a hotkey, whatever its role: each announces where it is found.
    const lock = lockNode(join(networkDir(settings), 'hotkeys', key.address));
    try {
      const notary = await sr25519Notary([key]);
      const chain = await chainOf(parts, key);
      const close = async (): Promise<void> => {
        await chain.close();
        key.forget();
        lock.release();
      };
      return { hotkey: key.address, notary, chain, close };
    } catch (cause) {
      lock.release();
      throw cause;
    }
  } catch (cause) {
    key.forget();
    throw cause;
  }
}

async function chainOf(
  { settings, clock, dir, say }: NetworkParts,
  key: Awaited<ReturnType<typeof openWalletKey>>,
): Promise<Awaited<ReturnType<typeof openSubtensor>>> {
  const { network, netuid, role } = settings;
  const live = network.is === 'live' ? network : undefined;
  const chain = await openSubtensor({
    endpoint: endpointOf({ ...maybe('network', live?.name), ...maybe('endpoint', live?.endpoint) }),
    netuid,
    clock,
    signerOf: (hotkey) => (hotkey === key.address ? key : undefined),
    commits: (genesis) => new CommitFile(join(dir, 'commits.json'), genesis),
    release: version(),
  });
  chain.notes.subscribe((note) => say(inWords(note)));
  if (role === 'buyer' || neuronOf(chain.view.latest, key.address) !== undefined) return chain;
  await chain.close();
  throw new WorldError(
    `the hotkey ${key.address} is not registered on netuid ${netuid}: leadpoet register --netuid ${netuid}`,
  );
}

/** For the log. */
function inWords(note: ChainNote): string {
  switch (note.is) {
    case 'in block':
      return `${note.call} is in block ${note.block}`;
    case 'committed':
      return `weights are committed in block ${note.block}, to be shown later`;
    case 'trouble':
      return `the chain: ${note.why}`;
    case 'revealed':
      return `weights that were committed are shown, in block ${note.landed.block}`;
    case 'lost':
      return `weights that were committed cannot be shown any more: ${note.why}`;
  }
}
