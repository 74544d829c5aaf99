/**
 * The flags that say which chain and subnet, the same for every command that has them.
 */
import { Option } from '@commander-js/extra-typings';
import { whole } from './command-line.ts';

/** As commander hands them over; absent where neither the flag nor its variable is there. */
export interface ChainFlags {
  readonly netuid?: number;
  readonly 'subtensor.network'?: string;
  readonly 'subtensor.chain_endpoint'?: string;
}

/** The subnet's place on the test network. */
export const NETUID = 343;

export const netuidFlag = (): Option<'--netuid <n>', undefined, undefined, number> =>
  new Option('--netuid <n>', `the number of the subnet (${NETUID} unless told)`)
    .env('LEADPOET_NETUID')
    .argParser(whole('--netuid', 0, 65_535));

export const networkFlag = (): Option<'--subtensor.network <name>'> =>
  new Option(
    '--subtensor.network <name>',
    'the chain: test | finney | local (test unless told)',
  ).env('LEADPOET_SUBTENSOR_NETWORK');

export const endpointFlag = (): Option<'--subtensor.chain_endpoint <url>'> =>
  new Option('--subtensor.chain_endpoint <url>', 'another endpoint of it, wss://…').env(
    'LEADPOET_SUBTENSOR_CHAIN_ENDPOINT',
  );
