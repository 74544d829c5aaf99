/**
 * What a node's flags come to, each from where it was told first:
 *
 *     flag ──▶ environment ──▶ file ──▶ default
 *
 * What is wrong is told by the name under which it was told: `LEADPOET_AXON_PORT is "x"; allowed: …`.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isIP } from 'node:net';
import type { Role } from '../../protocols/messages.ts';
import { show } from '../../protocols/query.ts';
import type { Rao } from '../../protocols/units.ts';
import { maybe } from '../fields.ts';
import { MOST_TAO, readTao } from '../tao.ts';
import { RETENTION, type Retention } from '../retention.ts';
import { readConfigFile } from './config-file.ts';
import { variableOf } from './node-flags.ts';
import { UsageError } from './trouble.ts';

export interface NodeSettings {
  readonly role: Role;
  readonly network: Network;
  readonly netuid: number;
  readonly wallet: { readonly name: string; readonly hotkey: string; readonly path: string };
  readonly dataDir: string;
  /** Where peers reach it; a buyer dials out and is not reached. */
  readonly axon?: { readonly ip: string; readonly port: number };
  /** In place of what its role needs. */
  readonly mockStake?: Rao;
  readonly minerModel?: string;
  readonly openSourceLeads: boolean;
  readonly businesses?: string;
  readonly validatorModel?: string;
  /** Epochs between a validator's own queries; 0 = never. */
  readonly queryEvery: number;
  readonly controlHosts?: string;
  readonly suppress?: string;
  readonly retention: Retention;
  readonly metricsPort?: number;
  readonly logging: 'info' | 'debug' | 'trace';
}

export type Network =
  | { readonly is: 'mock' }
  | { readonly is: 'live'; readonly name: LiveNetwork; readonly endpoint?: string };
export type LiveNetwork = (typeof LIVE_NETWORKS)[number];
const LIVE_NETWORKS = ['test', 'finney', 'local'] as const;

/** As the command line has read them: by commander's names. */
export type RawOptions = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Ten years. */
const MOST_DAYS = 3_650;
/** The subnet's own number on the test network. */
const NETUID = 343;
/** What Bittensor's nodes listen on. */
const AXON_PORT = 8_091;

export function nodeSettings(role: Role, options: RawOptions, env: Environment): NodeSettings {
  const told = new Told(options, env);
  const network = networkIn(told);
  const isMock = network.is === 'mock';
  const settings: NodeSettings = {
    role,
    network,
    netuid: told.read('netuid', wholeIn(0, 65_535)) ?? NETUID,
    wallet: {
      name: told.read('wallet.name', nameIn) ?? 'default',
      hotkey: told.read('wallet.hotkey', nameIn) ?? 'default',
      path: told.read('wallet.path', pathIn) ?? join(homedir(), '.bittensor', 'wallets'),
    },
    dataDir: told.read('data-dir', pathIn) ?? join(homedir(), '.leadpoet'),
    ...maybe('axon', role === 'buyer' ? undefined : axonIn(told, isMock)),
    ...maybe('mockStake', told.read('mock.stake', taoIn)),
    ...maybe('minerModel', told.read('miner-model', textIn)),
    openSourceLeads: told.isOn('use_open_source_lead_model'),
    ...maybe('businesses', told.read('businesses', textIn)),
    ...maybe('validatorModel', told.read('validator-model', textIn)),
    queryEvery: told.read('query-every', wholeIn(0, 1_000)) ?? 0,
    ...maybe('controlHosts', told.read('control-hosts', textIn)),
    ...maybe('suppress', told.read('suppress', textIn)),
    retention: {
      leads: told.read('retention.leads', wholeIn(1, MOST_DAYS)) ?? RETENTION.leads,
      answers: told.read('retention.answers', wholeIn(1, MOST_DAYS)) ?? RETENTION.answers,
    },
    ...maybe('metricsPort', told.read('metrics.port', wholeIn(0, 65_535))),
    logging: told.isOn('logging.trace') ? 'trace' : told.isOn('logging.debug') ? 'debug' : 'info',
  };
  refuseWhatDoesNotFit(settings, told);
  return settings;
}

/** A setting and the name under which it was told. */
export interface Setting {
  readonly value: unknown;
  readonly as: string;
}

/** All that was told, each setting from where it was told first. */
export class Told {
  readonly #options: RawOptions;
  readonly #env: Environment;
  readonly #file: ReadonlyMap<string, string | boolean>;
  readonly #config: string | undefined;

  constructor(options: RawOptions, env: Environment) {
    this.#options = options;
    this.#env = env;
    this.#file = new Map();
    this.#config = this.read('config', pathIn);
    if (this.#config !== undefined) this.#file = readConfigFile(this.#config);
  }

  /** Undefined where nobody has said it. */
  find(name: string): Setting | undefined {
    const flag = this.#options[optionOf(name)];
    if (flag !== undefined) return { value: flag, as: `--${name}` };
    const variable = variableOf(name);
    const named = this.#env[variable];
    if (named !== undefined && named !== '') return { value: named, as: variable };
    const filed = this.#file.get(name);
    return filed === undefined ? undefined : { value: filed, as: `${this.#config}: ${name}` };
  }

  read<T>(name: string, reader: (setting: Setting) => T): T | undefined {
    const setting = this.find(name);
    return setting && reader(setting);
  }

  isOn(name: string): boolean {
    return this.read(name, switchIn) ?? false;
  }
}

/** `data-dir` is `dataDir` to commander; what has a dot or an underscore stays as it is. */
const optionOf = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function networkIn(told: Told): Network {
  const name = told.read('subtensor.network', oneOf([...LIVE_NETWORKS, 'mock']));
  const endpoint = told.read('subtensor.chain_endpoint', endpointIn);
  if (told.isOn('mock') || name === 'mock') {
    if (endpoint === undefined) return { is: 'mock' };
    const { as = '', value } = told.find('subtensor.chain_endpoint') ?? {};
    throw new UsageError({
      field: as,
      came: show(value),
      allowed: 'no chain endpoint with --mock, which has its own chain',
    });
  }
  return { is: 'live', name: name ?? 'test', ...maybe('endpoint', endpoint) };
}

function axonIn(told: Told, isMock: boolean): NodeSettings['axon'] {
  const ip = told.read('axon.ip', ipIn) ?? (isMock ? '127.0.0.1' : undefined);
  const port = told.read('axon.port', wholeIn(0, 65_535)) ?? (isMock ? 0 : AXON_PORT);
  if (ip !== undefined) return { ip, port };
  throw new UsageError({
    field: '--axon.ip',
    came: 'missing',
    allowed: 'the address at which peers reach this node',
  });
}

function refuseWhatDoesNotFit(settings: NodeSettings, told: Told): void {
  const { role, network, minerModel, openSourceLeads, businesses, validatorModel } = settings;
  const refuse = (name: string, allowed: string): never => {
    const { as, value } = told.find(name) ?? { as: `--${name}`, value: undefined };
    throw new UsageError({ field: as, came: show(value), allowed });
  };
  if (network.is === 'live' && settings.mockStake !== undefined)
    refuse('mock.stake', 'with --mock alone');
  if (
    role === 'validator' &&
    validatorModel !== undefined &&
    told.isOn('use_open_source_validator_model')
  ) {
    refuse(
      'validator-model',
      'without --use_open_source_validator_model: a validator has one model',
    );
  }
  if (role !== 'miner') return;
  if (minerModel !== undefined && openSourceLeads) {
    refuse('miner-model', 'without --use_open_source_lead_model: a miner has one source');
  }
  if (businesses !== undefined && !openSourceLeads) {
    refuse('businesses', 'with --use_open_source_lead_model, whose companies they are');
  }
  if (network.is === 'live' && minerModel === undefined && !openSourceLeads) {
    refuse(
      'miner-model',
      'a module or a command that finds leads, or --use_open_source_lead_model',
    );
  }
}

export const wrong = ({ value, as }: Setting, allowed: string): UsageError =>
  new UsageError({ field: as, came: show(value), allowed });

export function textIn(setting: Setting): string {
  const { value } = setting;
  if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) return value;
  throw wrong(setting, 'a text');
}

/** A leading `~` is the home directory: a file or a variable has no shell to say so. */
export const pathIn = (setting: Setting): string =>
  resolve(textIn(setting).replace(/^~(?=\/|$)/, () => homedir()));

/** It names a file: what could lead out of its directory is none. */
function nameIn(setting: Setting): string {
  const text = textIn(setting);
  if (/^[A-Za-z0-9_][\w.-]{0,63}$/.test(text)) return text;
  throw wrong(setting, 'up to 64 letters, digits and _ . -');
}

export const wholeIn =
  (least: number, most: number) =>
  (setting: Setting): number => {
    const text = textIn(setting);
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw wrong(setting, `a whole number, ${least} to ${most}`);
  };

const oneOf =
  <const T extends string>(allowed: readonly T[]) =>
  (setting: Setting): T => {
    const found = allowed.find((one) => one === setting.value);
    if (found !== undefined) return found;
    throw wrong(setting, `one of ${allowed.join(', ')}`);
  };

function switchIn(setting: Setting): boolean {
  const { value } = setting;
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  throw wrong(setting, 'true or false');
}

function ipIn(setting: Setting): string {
  const text = textIn(setting);
  if (isIP(text) !== 0) return text;
  throw wrong(setting, 'an IP address');
}

function endpointIn(setting: Setting): string {
  const text = textIn(setting);
  if (/^wss?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw wrong(setting, 'a URL of ws:// or wss://');
}

function taoIn(setting: Setting): Rao {
  const rao = readTao(textIn(setting));
  if (rao !== undefined) return rao;
  throw wrong(setting, `TAO, 0 to ${MOST_TAO}, of up to nine places`);
}
