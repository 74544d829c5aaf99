/**
 * Signs and checks by ed25519, whose public key is the hotkey: 64 hex digits. This is the notary of
 * the mock network and of simulations; its keys come from a seed, so that a run repeats.
 *
 *     privateKey = H('leadpoet.mock-key/1', seed)
 *
 * A signature costs some 0.05 ms, a look at one 0.14 ms.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { digest, digestBytes } from '../protocols/hash.ts';
import type { Digest, Hotkey } from '../protocols/units.ts';
import type { Notary } from './host.ts';

/** A hotkey and what signs for it. */
export interface MockKey {
  readonly hotkey: Hotkey;
  readonly privateKey: KeyObject;
}

/** The key that a seed stands for: the same one each time. */
export function mockKey(seed: string): MockKey {
  const secret = digestBytes('leadpoet.mock-key/1', seed);
  const key = Buffer.concat([PRIVATE_PREFIX, secret]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const hotkey = spki.subarray(PUBLIC_PREFIX.length).toString('hex') as Hotkey;
  return { hotkey, privateKey };
}

/** A notary with a key for each seed. */
export const mockNotary = (...seeds: readonly string[]): Notary => notary(seeds.map(mockKey));

/** Signs for the given keys, and checks for anybody. */
export function notary(keys: Iterable<MockKey>): Notary {
  const own = new Map<Hotkey, KeyObject>();
  for (const { hotkey, privateKey } of keys) own.set(hotkey, privateKey);
  const publicKeys = new Map<Hotkey, KeyObject>();
  const found = new Map<Digest, true>();

  return {
    sign(by, statement) {
      const privateKey = own.get(by);
      if (privateKey === undefined) return undefined;
      return new Uint8Array(sign(null, statement, privateKey));
    },

    check(by, statement, signature) {
      // Other spellings of a key would be other hotkeys that one holder can sign for.
      if (!IS_HOTKEY.test(by)) return false;

      const name = digest('leadpoet.checked/1', by, statement, signature);
      if (touch(found, name) !== undefined) return true;
      const publicKey = touch(publicKeys, by) ?? readPublicKey(by);
      if (publicKey === undefined) return false;
      keep(publicKeys, by, publicKey, MAX_PUBLIC_KEYS);
      if (!verify(null, statement, publicKey, signature)) return false;

      // Good ones alone: a flood of bad ones pushes nothing out.
      keep(found, name, true, MAX_FOUND);
      return true;
    },
  };
}

const IS_HOTKEY = /^[0-9a-f]{64}$/;
/** A subnet of 256 neurons and a few thousand buyers. */
const MAX_PUBLIC_KEYS = 4_096;
/** The same query comes inside 8 batches, its reports inside a proposal and a settlement: 2 MB. */
const MAX_FOUND = 16_384;
/** What stands before the 32 bytes of an ed25519 key in DER. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Undefined where the hex is no point of the curve. */
function readPublicKey(hotkey: Hotkey): KeyObject | undefined {
  try {
    const key = Buffer.concat([PUBLIC_PREFIX, Buffer.from(hotkey, 'hex')]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** What is kept under a key, which is now the last to be dropped. */
function touch<K, V>(kept: Map<K, V>, key: K): V | undefined {
  const value = kept.get(key);
  if (value === undefined) return undefined;
  kept.delete(key);
  kept.set(key, value);
  return value;
}

/** Keeps a value and drops the one longest untouched where there are too many. */
function keep<K, V>(kept: Map<K, V>, key: K, value: V, most: number): void {
  kept.set(key, value);
  if (kept.size <= most) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
