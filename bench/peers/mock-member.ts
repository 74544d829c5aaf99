/** Who takes part in the mock network of `bench/attacks.ts` by a key that the bench knows. */
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { digestBytes } from '../../protocols/hash.ts';
import type { Role } from '../../protocols/messages.ts';
import { rulesDigest } from '../../protocols/rules-digest.ts';
import type { Coldkey, Hotkey, Rao } from '../../protocols/units.ts';
import { enrol } from '../../runtime/chain/enrol.ts';
import { SharedFileChain } from '../../runtime/chain/shared-file.ts';
import type { Clock } from '../../runtime/host.ts';
import type { Axon, Endpoint } from '../../runtime/live.ts';
import { mockKey, type MockKey } from '../../runtime/notary.ts';
import type { NetworkName } from '../../runtime/transport/frames.ts';

/** Where everyone meets, as the bench tells the processes that it starts. */
export interface Meeting {
  readonly dataDir: string;
  /** The validator's hotkey. */
  readonly victim: Hotkey;
}

const NETUID = 343;

export const chainIn = (dataDir: string, clock: Clock): SharedFileChain =>
  new SharedFileChain({ file: join(dataDir, 'mock', 'chain.sqlite'), clock, netuid: NETUID });

export const networkOf = ({ genesis, netuid }: SharedFileChain): NetworkName => ({
  genesis,
  netuid,
  rules: rulesDigest(),
});

/** The peer key's seed of who bears a name. */
export const seedOf = (name: string): Uint8Array => digestBytes('leadpoet.bench-peer/1', name);

/** Registers who bears a name, with what its role needs or so much stake. */
export async function joined(
  chain: SharedFileChain,
  role: Exclude<Role, 'buyer'>,
  name: string,
  stake?: Rao,
): Promise<MockKey> {
  const key = mockKey(name);
  const coldkey = mockKey(`${name}/cold`).hotkey as string as Coldkey;
  const wish = { role, coldkey, hotkey: key.hotkey, ...(stake === undefined ? {} : { stake }) };
  await lastValueFrom(enrol(chain, wish), { defaultValue: undefined });
  return key;
}

/** Says on the chain where it is found. */
export async function announced(
  chain: SharedFileChain,
  { hotkey }: MockKey,
  axon: Axon,
): Promise<void> {
  await lastValueFrom(chain.serve(hotkey, axon));
}

export function placeOf(chain: SharedFileChain, hotkey: Hotkey): Endpoint {
  const endpoint = chain.endpointOf(hotkey);
  if (endpoint === undefined) throw new Error('the validator has announced where it listens');
  return endpoint;
}
