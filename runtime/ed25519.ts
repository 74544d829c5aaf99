/**
 * ed25519 keys as bytes, 32 of a seed and 32 of a public key, and as what node:crypto works with.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** The key of a seed of 32 bytes. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([PRIVATE_PREFIX, seed]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  key.fill(0);
  return privateKey;
}

/** The 32 bytes by which others know a private key. */
export function publicBytesOf(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(PUBLIC_PREFIX.length));
}

/** Undefined where the bytes are no point of the curve. */
export function publicKeyOf(bytes: Uint8Array): KeyObject | undefined {
  try {
    const key = Buffer.concat([PUBLIC_PREFIX, bytes]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** What stands before the 32 bytes of a key in DER. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
