/**
 * Signs and checks by sr25519, whose hotkeys are SS58 addresses: the notary of a live node.
 *
 * A signature costs some 2 ms, a look at one some 5 ms of plain JavaScript; a good one is looked at
 * once. A signature holds chance: the same statement is signed otherwise each time.
 */
import type { Hotkey } from '../../protocols/units.ts';
import { checker } from '../checked.ts';
import type { Notary } from '../host.ts';
import type { OwnKey } from './own-key.ts';
import { loadSr25519 } from './sr25519.ts';

/** Signs for the given keys until they are forgotten, and checks for anybody. */
export async function sr25519Notary(keys: Iterable<OwnKey>): Promise<Notary> {
  const crypto = await loadSr25519();
  const own = new Map<Hotkey, OwnKey>();
  for (const key of keys) own.set(key.address, key);

  return {
    sign: (by, statement) => own.get(by)?.sign(statement),
    check: checker({
      keyOf: (hotkey) => crypto.publicKeyOf(hotkey),
      isGood: (statement, signature, key) => crypto.isGood(statement, signature, key),
    }),
  };
}
