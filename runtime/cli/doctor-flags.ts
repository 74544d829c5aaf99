/**
 * The node that a doctor is asked about: by the flags that the node itself has, then by its
 * environment, then by what it would do untold.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isIP } from 'node:net';
import { show } from '../../protocols/query.ts';
import { isNetwork, NETWORKS } from '../chain/subtensor/endpoint.ts';
import { UsageError } from './trouble.ts';

/** By commander's names, which keep the dots. */
export interface NodeOptions {
  readonly 'wallet.name'?: string;
  readonly 'wallet.hotkey'?: string;
  readonly 'wallet.path'?: string;
  readonly 'subtensor.network'?: string;
  readonly 'subtensor.chain_endpoint'?: string;
  readonly 'axon.ip'?: string;
  readonly 'axon.port'?: string;
  readonly dataDir?: string;
}

export interface PlannedNode {
  readonly wallet: {
    readonly path: string;
    readonly name: string;
    readonly hotkey: string;
    /** Whether anyone has said which: then its absence is a fault. */
    readonly isNamed: boolean;
  };
  /** Undefined where none is named. */
  readonly chain?: 'mock' | Endpoint;
  /** Where it is to listen; undefined where no port is named. */
  readonly axon?: { readonly ip: string; readonly port: number };
  readonly dataDir: { readonly path: string; readonly isNamed: boolean };
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A node listens on all addresses of the machine; `--axon.ip` says which one peers are told. */
const EVERY_ADDRESS = '0.0.0.0';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws a `UsageError` that names the flag or the variable. */
export function plannedNode(options: NodeOptions, env: Environment): PlannedNode {
  const read = (flag: keyof NodeOptions & `${string}.${string}`): Told | undefined =>
    told(flag, options[flag], env);
  const [name, hotkey, path] = [read('wallet.name'), read('wallet.hotkey'), read('wallet.path')];
  const chain = chainOf(read('subtensor.network'), read('subtensor.chain_endpoint'));
  const axon = axonOf(read('axon.ip'), read('axon.port'));
  const dataDir = told('data-dir', options.dataDir, env);
  return {
    wallet: {
      path: resolve(path?.value ?? join(homedir(), '.bittensor', 'wallets')),
      name: nameIn(name) ?? 'default',
      hotkey: nameIn(hotkey) ?? 'default',
      isNamed: [name, hotkey, path].some((given) => given !== undefined),
    },
    ...(chain === undefined ? {} : { chain }),
    ...(axon === undefined ? {} : { axon }),
    dataDir: {
      path: resolve(dataDir?.value ?? join(homedir(), '.leadpoet')),
      isNamed: dataDir !== undefined,
    },
  };
}

/** A setting, and the name under which it was told. */
interface Told {
  readonly value: string;
  readonly as: string;
}

function told(flag: string, given: string | undefined, env: Environment): Told | undefined {
  if (given !== undefined) return { value: given, as: `--${flag}` };
  const variable = `LEADPOET_${flag.replaceAll(/[.-]/g, '_').toUpperCase()}`;
  const value = env[variable];
  return value === undefined || value === '' ? undefined : { value, as: variable };
}

/** A file's name, and no way out of its directory. */
function nameIn(given: Told | undefined): string | undefined {
  if (given === undefined || /^(?!\.)[\w .-]{1,64}$/.test(given.value)) return given?.value;
  return refuse(given, 'a name of 1 to 64 letters, digits, blanks, dots, dashes and underscores');
}

function chainOf(network: Told | undefined, url: Told | undefined): PlannedNode['chain'] {
  if (network?.value === 'mock') {
    return url === undefined ? 'mock' : refuse(url, 'absent with the network mock');
  }
  if (network !== undefined && !isNetwork(network.value)) {
    return refuse(network, `${Object.keys(NETWORKS).join(', ')} or mock`);
  }
  if (url !== undefined) return endpointIn(url);
  if (network === undefined || !isNetwork(network.value)) return undefined;
  return endpointIn({ value: NETWORKS[network.value], as: network.as });
}

function endpointIn(given: Told): Endpoint {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  if (
    url === undefined ||
    !/^wss?:$/.test(url.protocol) ||
    `${url.username}${url.password}` !== ''
  ) {
    return refuse(given, 'an address that begins with ws:// or wss://, without user or password');
  }
  const port = url.port === '' ? (url.protocol === 'wss:' ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replaceAll(/^\[|\]$/g, ''), port };
}

function axonOf(ip: Told | undefined, port: Told | undefined): PlannedNode['axon'] {
  if (ip !== undefined && isIP(ip.value) === 0) return refuse(ip, 'an address of version 4 or 6');
  if (port === undefined) return undefined;
  const number = Number(port.value);
  if (!/^\d{1,5}$/.test(port.value) || number < 1 || number > 65_535) {
    return refuse(port, 'a whole number, 1 to 65535');
  }
  return { ip: isIP(ip?.value ?? '') === 6 ? '::' : EVERY_ADDRESS, port: number };
}

const refuse = ({ value, as }: Told, allowed: string): never => {
  throw new UsageError({ field: as, came: show(value), allowed });
};
