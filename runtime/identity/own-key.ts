/**
 * A key of this host that is open: it signs, and says who it is. The secret lies in one closure,
 * where no log, error or look at the object can reach it, until it is forgotten.
 */
import type { Hotkey } from '../../protocols/units.ts';
import type { Pair, Sr25519 } from './sr25519.ts';

export interface OwnKey {
  /** SS58, prefix 42. */
  readonly address: Hotkey;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes, others each time; undefined once it is forgotten. Some 2 ms. */
  sign(statement: Uint8Array): Uint8Array | undefined;
  /** Overwrites the secret. What the engine has copied meanwhile is gone when it collects it. */
  forget(): void;
}

/** Takes the pair over: its secret is overwritten by `forget`. */
export function ownKey(crypto: Sr25519, pair: Pair): OwnKey {
  let secret: Pair | undefined = pair;
  return {
    address: crypto.addressOf(pair.publicKey),
    publicKey: new Uint8Array(pair.publicKey),
    sign: (statement) => (secret === undefined ? undefined : crypto.sign(secret, statement)),
    forget() {
      secret?.secretKey.fill(0);
      secret = undefined;
    },
  };
}
