/**
 * What a node stands on before it says a word: its keys, and a chain on which it is found. On the mock
 * network both are made where they are not there yet; `live-network.ts` has those of a real one.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import type { Hotkey } from '../protocols/units.ts';
import { enrol } from './chain/enrol.ts';
import { SharedFileChain } from './chain/shared-file.ts';
import type { NodeSettings } from './cli/node-settings.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import { ServiceFault, type Clock, type Notary } from './host.ts';
import { maybe } from './fields.ts';
import { openMockKeys } from './identity/mock-keys.ts';
import type { LiveChain } from './live.ts';
import { notary } from './notary.ts';

export interface NetworkParts {
  readonly settings: NodeSettings;
  readonly clock: Clock;
  /** The node's own directory. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

export interface Footing {
  readonly hotkey: Hotkey;
  readonly notary: Notary;
  readonly chain: LiveChain;
  close(): Promise<void>;
}

/** The directory of all nodes of one network. */
export const networkDir = ({ dataDir, network, netuid }: NodeSettings): string =>
  join(dataDir, network.is === 'mock' ? 'mock' : `${network.name}-${netuid}`);

/** A node's own directory: by role and hotkey. */
export function nodeDir(settings: NodeSettings): string {
  const { role, network, wallet } = settings;
  const own = network.is === 'mock' ? [wallet.hotkey] : [wallet.name, wallet.hotkey];
  return join(networkDir(settings), role, ...own);
}

/** Completes once the hotkey is registered and staked as its role needs. */
export async function mockFooting({ settings, clock, dir, say }: NetworkParts): Promise<Footing> {
  const { role, netuid, mockStake } = settings;
  const { hot, coldkey } = await openMockKeys(join(dir, 'mock-seed'), say);
  const file = join(networkDir(settings), 'chain.sqlite');
  mkdirSync(networkDir(settings), { recursive: true, mode: 0o700 });
  const chain = new SharedFileChain({ file, clock, netuid });
  try {
    const { hotkey } = hot;
    const enrolment = { role, coldkey, hotkey, ...maybe('stake', mockStake) };
    await lastValueFrom(enrol(chain, enrolment), { defaultValue: undefined });
    return { hotkey, notary: notary([hot]), chain, close: () => chain.close() };
  } catch (cause) {
    await chain.close();
    throw troubleOf(cause, settings);
  }
}

function troubleOf(cause: unknown, { mockStake }: NodeSettings): unknown {
  if (!(cause instanceof ServiceFault)) return cause;
  if (cause.message.startsWith('StakeAmountTooLow') && mockStake !== undefined) {
    const allowed = `0, or what the chain takes (${cause.message})`;
    return new UsageError({ field: '--mock.stake', came: 'too little', allowed });
  }
  return new WorldError(
    `the mock chain refuses to take this hotkey in: ${cause.message}; name another --wallet.hotkey, or another --data-dir to begin anew`,
    {
      cause,
    },
  );
}
