/** A batch of 100 leads, as a miner signs and sends it, and who takes part in `bench/transport.ts`. */
import { verify, createPublicKey, type KeyObject } from 'node:crypto';
import { batchId, packLeads, saltsFrom } from '../../protocols/batch.ts';
import { digest } from '../../protocols/hash.ts';
import { addressOf, type Address, type Draft, type Messages } from '../../protocols/messages.ts';
import { sealBody, type Sign } from '../../protocols/seals.ts';
import type { Block, Hotkey, Instant, QueryId } from '../../protocols/units.ts';
import type { Notary } from '../../runtime/host.ts';
import type { Endpoint, PeerDirectory } from '../../runtime/live.ts';
import { mockKey, notary } from '../../runtime/notary.ts';
import { randomFrom } from '../../runtime/random.ts';
import { synthetic } from '../../runtime/sources/synthetic.ts';
import type { NetworkName } from '../../runtime/transport/frames.ts';
import { LIMITS, type LineLimits } from '../../runtime/transport/limits.ts';

const [MINER, VALIDATOR, BUYER] = [mockKey('miner'), mockKey('validator'), mockKey('buyer')];
export const SERVER: Hotkey = MINER.hotkey;
export const CLIENT: Hotkey = VALIDATOR.hotkey;
/** It asks the one as a pool and is answered by it as a miner. */
export const ASKED: Address<'pool'> = addressOf('pool', SERVER);
export const ANSWERING: Address<'miner'> = addressOf('miner', SERVER);
export const ASKING: Address<'validator'> = addressOf('validator', CLIENT);
export const SEEDS: { readonly server: Uint8Array; readonly client: Uint8Array } = {
  server: new Uint8Array(32).fill(1),
  client: new Uint8Array(32).fill(2),
};
export const NETWORK: NetworkName = { genesis: 'a'.repeat(64), netuid: 343, rules: 'b'.repeat(64) };

const points = { perSecond: 1e9, most: 1e9 };
/** Nobody is held back: a request after the other is more than a peer may do for long. */
export const UNBOUND: LineLimits = {
  ...LIMITS,
  classes: {
    validator: { ...LIMITS.classes.validator, points },
    miner: { ...LIMITS.classes.miner, points },
    buyer: { ...LIMITS.classes.buyer, points },
  },
};

/** Remembers no signature that it has looked at, as every batch of a network is another. */
export function forgetful(): Notary {
  const keys = notary([MINER, VALIDATOR, BUYER]);
  const known = new Map<Hotkey, KeyObject>();
  return {
    sign: (by, statement) => keys.sign(by, statement),
    check(by, statement, signature) {
      const key = known.get(by) ?? publicKey(by);
      known.set(by, key);
      return verify(null, statement, key, signature);
    },
  };
}

function publicKey(hotkey: Hotkey): KeyObject {
  const der = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(hotkey, 'hex'),
  ]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

export const leads: readonly object[] = synthetic()(randomFrom(7), { leads: 100 });

export function batch(): Messages['batch']['body'] {
  const keys = notary([MINER, BUYER]);
  const sign: Sign = (by, statement) => keys.sign(by, statement);
  const askedAt = Date.now() as Instant;
  const id = digest('leadpoet.bench/1', 'query') as QueryId;
  const query = sealBody(
    'query',
    {
      id,
      buyer: BUYER.hotkey,
      account: 'buyer',
      openedAt: askedAt,
      nonce: 1,
      want: { leads: 100 },
      rounds: [{ askedAt, block: 1 as Block }],
      pool: SERVER,
    },
    sign,
  );
  const bytes = packLeads(leads, saltsFrom(digest('leadpoet.bench/1', 'salts'), leads.length));
  const named = batchId(id, SERVER, bytes);
  if (query === undefined || named === undefined) throw new Error('the batch is whole');
  const draft: Draft<'batch'> = {
    id: named,
    query,
    miner: SERVER,
    madeAt: askedAt,
    count: leads.length,
    leads: bytes,
  };
  const sealed = sealBody('batch', draft, sign);
  if (sealed === undefined) throw new Error('the miner can sign');
  return sealed;
}

/** The two of them, as a chain would say. */
export function directoryOf(places: Readonly<Record<string, Endpoint>>): PeerDirectory {
  const all = new Map(Object.entries(places));
  return {
    endpointOf: (hotkey) => all.get(hotkey),
    hotkeyOf: (peerKey) => {
      for (const [hotkey, endpoint] of all) {
        if (Buffer.compare(endpoint.peerKey, peerKey) === 0) return hotkey as Hotkey;
      }
      return undefined;
    },
  };
}
