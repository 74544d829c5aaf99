/**
 * Whoever signs calls: an sr25519 key that somebody else keeps. An open key of a wallet is one, and
 * so is a pair of @polkadot/keyring.
 */
import { ServiceFault } from '../../host.ts';

/** Never asked for anything but signatures. */
export interface ChainSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes, over the message as it is; undefined once the key is forgotten. */
  sign(message: Uint8Array): Uint8Array | undefined;
}

/** Says before the bytes of a signature which kind of key it is by: this one is sr25519. */
const SR25519 = 1;

/** As @polkadot/api wants a key to be. */
export interface PolkadotPair {
  readonly address: string;
  readonly addressRaw: Uint8Array;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array, options?: { readonly withType?: boolean }): Uint8Array;
}

export const polkadotPair = (signer: ChainSigner, address: string): PolkadotPair => ({
  address,
  addressRaw: signer.publicKey,
  publicKey: signer.publicKey,
  sign: (message, { withType = false } = {}) => {
    const signature = signer.sign(message);
    if (signature === undefined) throw new ServiceFault('refused', 'the key is closed already');
    return withType ? Uint8Array.of(SR25519, ...signature) : signature;
  },
});
