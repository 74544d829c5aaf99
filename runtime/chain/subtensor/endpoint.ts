/**
 * Where a chain is reached: by the name of its network, or by an address of one's own.
 */
import { UsageError } from '../../cli/trouble.ts';

/** The networks that have a name; `mock` is another chain than these and no part of this. */
export const NETWORKS = {
  test: 'wss://test.finney.opentensor.ai:443',
  finney: 'wss://entrypoint-finney.opentensor.ai:443',
  local: 'ws://127.0.0.1:9944',
} as const;

export type Network = keyof typeof NETWORKS;

export interface ChainChoice {
  /** `test` where absent. */
  readonly network?: string;
  /** Goes before the network. */
  readonly endpoint?: string;
}

/** The address of a chain's node. Throws a `UsageError` naming the flag. */
export function endpointOf({ network = 'test', endpoint }: ChainChoice): string {
  if (endpoint !== undefined) return checkedEndpoint(endpoint);
  if (isNetwork(network)) return NETWORKS[network];
  throw new UsageError({
    field: '--subtensor.network',
    came: JSON.stringify(network),
    allowed: `${Object.keys(NETWORKS).join(', ')}, or --subtensor.chain_endpoint URL`,
  });
}

/** Whether a network of Subtensor is called so. */
export const isNetwork = (name: string): name is Network => Object.hasOwn(NETWORKS, name);

/** No longer than any address of a node is. */
const MAX_URL = 512;

function checkedEndpoint(text: string): string {
  const url = text.length <= MAX_URL && URL.canParse(text) ? new URL(text) : undefined;
  // A password in an address would stand in every log line that names the chain.
  if (url !== undefined && /^wss?:$/.test(url.protocol) && url.username + url.password === '') {
    return text;
  }
  throw new UsageError({
    field: '--subtensor.chain_endpoint',
    came: JSON.stringify(text.slice(0, 100)),
    allowed: 'an address that begins with ws:// or wss://, without a user or password',
  });
}
