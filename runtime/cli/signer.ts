/**
 * The keys that a command signs with: the addresses of a wallet are looked up at once, and a key is
 * opened only when it is to sign, after the person has agreed, and forgotten right after.
 */
import type { Hotkey } from '../../protocols/units.ts';
import type { ChainSigner } from '../chain/subtensor/signer.ts';
import { openWalletKey, walletNames, type WalletFlags } from './wallet-flags.ts';
import { WorldError, type Console } from './trouble.ts';

export type KeyName = 'coldkey' | 'hotkey';

export interface Signers {
  /** SS58, prefix 42. Opens no key. */
  address(of: KeyName): Promise<Hotkey>;
  /** Signs within `work`, and not after. */
  with<T>(key: KeyName, work: (signer: ChainSigner) => Promise<T>): Promise<T>;
}

/** Those of the wallet that the flags name. */
export const walletSigners = (flags: WalletFlags, io: Pick<Console, 'err'>): Signers => ({
  async address(of) {
    const { walletFiles } = await import('../wallet/layout.ts');
    const { lookAtKey } = await import('../wallet/look.ts');
    const file = walletFiles(walletNames(flags))[of];
    const seen = await lookAtKey(file, (text) => io.err(`leadpoet: ${text}\n`));
    if (seen?.address !== undefined) return seen.address as Hotkey;
    throw new WorldError(
      `no address of the ${of} is in ${file} or beside it: name another wallet with --wallet.name, or: leadpoet wallet create`,
    );
  },
  async with(which, work) {
    const key = await openWalletKey(which, flags, io);
    try {
      return await work(key);
    } finally {
      key.forget();
    }
  },
});
