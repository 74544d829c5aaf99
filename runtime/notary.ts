/**
 * Signs and checks by ed25519, whose public key is the hotkey: 64 hex digits. This is the notary of
 * the mock network and of simulations; its keys come from a seed, so that a run repeats.
 *
 *     privateKey = H('leadpoet.mock-key/1', seed)
 *
 * A signature costs some 0.05 ms, a look at one 0.14 ms.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { digestBytes } from '../protocols/hash.ts';
import type { Hotkey } from '../protocols/units.ts';
import { checker } from './checked.ts';
import { privateKeyOf, publicBytesOf, publicKeyOf } from './ed25519.ts';
import type { Notary } from './host.ts';

/** A hotkey and what signs for it. */
export interface MockKey {
  readonly hotkey: Hotkey;
  readonly privateKey: KeyObject;
}

/** The key that a seed stands for: the same one each time. */
export function mockKey(seed: string): MockKey {
  const privateKey = privateKeyOf(digestBytes('leadpoet.mock-key/1', seed));
  const hotkey = Buffer.from(publicBytesOf(privateKey)).toString('hex') as Hotkey;
  return { hotkey, privateKey };
}

/** A notary with a key for each seed. */
export const mockNotary = (...seeds: readonly string[]): Notary => notary(seeds.map(mockKey));

/** Signs for the given keys, and checks for anybody. */
export function notary(keys: Iterable<MockKey>): Notary {
  const own = new Map<Hotkey, KeyObject>();
  for (const { hotkey, privateKey } of keys) own.set(hotkey, privateKey);
  const sideBySide = shelf();

  return {
    sign(by, statement) {
      const privateKey = own.get(by);
      if (privateKey === undefined) return undefined;
      return sideBySide(sign(null, statement, privateKey));
    },
    check: checker({
      keyOf: (hotkey) =>
        IS_HOTKEY.test(hotkey) ? publicKeyOf(Buffer.from(hotkey, 'hex')) : undefined,
      isGood: (statement, signature, key) => verify(null, statement, key, signature),
    }),
  };
}

/**
 * Copies of signatures, many to a buffer: one of its own takes four times its 64 bytes, and a ledger of
 * ninety days keeps half a million.
 */
function shelf(): (signature: Uint8Array) => Uint8Array {
  let buffer = new Uint8Array(0);
  let used = 0;
  return (signature) => {
    if (used + signature.length > buffer.length) {
      buffer = new Uint8Array(SHELF_BYTES);
      used = 0;
    }
    buffer.set(signature, used);
    const from = used;
    used += signature.length;
    return buffer.subarray(from, used);
  };
}
/** Small enough that the one that is left of them holds no more than a page. */
const SHELF_BYTES = 4_096;

const IS_HOTKEY = /^[0-9a-f]{64}$/;
