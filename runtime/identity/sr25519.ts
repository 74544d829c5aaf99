/**
 * sr25519, the signatures of Subtensor, with the writing of its addresses (SS58) and the words that
 * its keys are made from (BIP-39). All of it is @polkadot/util-crypto, which takes up to a second
 * and 100 MB to load: it is loaded when a key is first opened or a live notary made, and never in
 * mock mode, in a simulation or for `--help`.
 *
 *     words ──▶ seed (32) ──▶ secret (64) ──▶ public (32) ──▶ address 5…
 */
import type { Hotkey } from '../../protocols/units.ts';

/** A key pair. The secret is in the form of ed25519, the scalar times 8, as @polkadot keeps it. */
export interface Pair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

export interface Sr25519 {
  /** Twelve new words. */
  newPhrase(): string;
  /** 32 bytes; undefined where the words are not of the list or their check is not met. */
  seedOf(phrase: string): Uint8Array | undefined;
  pairOfSeed(seed: Uint8Array): Pair;
  /** From the 64 bytes that key files hold; undefined where they are no secret of the curve. */
  pairOfPrivateKey(privateKey: Uint8Array): Pair | undefined;
  sign(pair: Pair, statement: Uint8Array): Uint8Array;
  /** Of the statement as it is: no wrapping is taken off and no other curve tried. Never throws. */
  isGood(statement: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
  /** As all of Bittensor writes it, prefix 42. */
  addressOf(publicKey: Uint8Array): Hotkey;
  /** Undefined where the text is not exactly how an address of 32 bytes and prefix 42 is written. */
  publicKeyOf(address: string): Uint8Array | undefined;
}

let loading: Promise<Sr25519> | undefined;

/** Loaded once a process. */
export function loadSr25519(): Promise<Sr25519> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Sr25519> {
  // By their own files: the whole package takes 60 MB more, and a third more time.
  const [signing, verifying, agreeing, pairing, encoding, decoding, seeding, making] =
    await Promise.all([
      import('@polkadot/util-crypto/sr25519/sign'),
      import('@polkadot/util-crypto/sr25519/verify'),
      import('@polkadot/util-crypto/sr25519/agreement'),
      import('@polkadot/util-crypto/sr25519/pair/fromSeed'),
      import('@polkadot/util-crypto/address/encode'),
      import('@polkadot/util-crypto/address/decode'),
      import('@polkadot/util-crypto/mnemonic/toMiniSecret'),
      import('@polkadot/util-crypto/mnemonic/generate'),
    ]);
  const addressOf = (publicKey: Uint8Array): Hotkey =>
    encoding.encodeAddress(publicKey, SS58_PREFIX) as Hotkey;

  return {
    newPhrase: () => making.mnemonicGenerate(12),
    seedOf: (phrase) => attempt(() => seeding.mnemonicToMiniSecret(phrase)),
    pairOfSeed: (seed) => pairing.sr25519PairFromSeed(seed),
    pairOfPrivateKey(privateKey) {
      const secretKey = fromCanonical(privateKey);
      if (secretKey === undefined) return undefined;
      // What one shares with the holder of the number one is one's public key.
      const publicKey = attempt(() => agreeing.sr25519Agreement(secretKey, BASE_POINT));
      return publicKey === undefined ? undefined : { publicKey, secretKey };
    },
    sign: (pair, statement) => signing.sr25519Sign(statement, pair),
    isGood: (statement, signature, publicKey) =>
      attempt(() => verifying.sr25519Verify(statement, signature, publicKey)) ?? false,
    addressOf,
    publicKeyOf(address) {
      if (!IS_ADDRESS.test(address)) return undefined;
      const publicKey = attempt(() => decoding.decodeAddress(address));
      // Another prefix, or another writing of the same, does not come back as it was.
      return publicKey?.length === 32 && addressOf(publicKey) === address ? publicKey : undefined;
    },
  };
}

const SS58_PREFIX = 42;
/** With 32 bytes and prefix 42 it begins with a 5; the length is bounded before it is decoded. */
const IS_ADDRESS = /^5[1-9A-HJ-NP-Za-km-z]{46,47}$/;
/** The point of the number one, as Ristretto writes it. */
const BASE_POINT = Buffer.from(
  'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
  'hex',
);

const SCALAR_BYTES = 32;
export const PRIVATE_KEY_BYTES = 64;

/** Times 8: from schnorrkel's form, in which files hold it. Undefined where it has no room. */
function fromCanonical(privateKey: Uint8Array): Uint8Array | undefined {
  if (privateKey.length !== PRIVATE_KEY_BYTES) return undefined;
  if ((privateKey[SCALAR_BYTES - 1] ?? 0) >= 0x20) return undefined;
  // `slice` of a Buffer would be no copy.
  const secretKey = new Uint8Array(privateKey);
  for (let at = SCALAR_BYTES - 1; at >= 0; at--) {
    const below = at > 0 ? (privateKey[at - 1] ?? 0) : 0;
    secretKey[at] = (((privateKey[at] ?? 0) << 3) | (below >> 5)) & 0xff;
  }
  return secretKey;
}

/** The way back, to what files hold. */
export function toCanonical({ secretKey }: Pair): Uint8Array {
  const privateKey = new Uint8Array(secretKey);
  for (let at = 0; at < SCALAR_BYTES; at++) {
    const above = at < SCALAR_BYTES - 1 ? (secretKey[at + 1] ?? 0) : 0;
    privateKey[at] = ((secretKey[at] ?? 0) >> 3) | ((above << 5) & 0xff);
  }
  return privateKey;
}

/** Undefined where the package throws: its reasons may quote what it was given, so they go no further. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
