/**
 * The flags of the commands that are a node, or speak through one: `miner`, `validator`, `pool`, `buy`,
 * `serve`, `rate`, `appeal`, `vote`. They keep the subnet's habits: dots in their names, and underscores where
 * somebody writes those.
 *
 *     flag ──▶ environment (`LEADPOET_AXON_PORT`) ──▶ file (`--config`) ──▶ default
 *
 * What they come to is for `node-settings.ts` to say: this file is loaded with every `--help`.
 */
import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Role } from '../../protocols/messages.ts';
import { OPEN_SOURCE_MODEL_HELP } from '../providers/keys.ts';

export interface NodeFlag {
  /** As in a file and on the command line, without the dashes. */
  readonly name: string;
  /** What follows it; absent of a switch. */
  readonly value?: string;
  readonly help: string;
  /** Whose flag it is; everyone's where absent. */
  readonly of?: readonly Player[];
}

/** A role; `serve` is a buyer's node, with flags of its own. */
type Player = Role | 'serve';

/** Every setting of a node. A file may hold those of all roles: one file serves a whole machine. */
export const NODE_FLAGS: readonly NodeFlag[] = [
  { name: 'netuid', value: 'n', help: 'the number of the subnet (343 unless told)' },
  {
    name: 'subtensor.network',
    value: 'name',
    help: 'the chain: test | finney | local | mock (test unless told)',
  },
  { name: 'subtensor.chain_endpoint', value: 'url', help: 'another endpoint of it, wss://…' },
  { name: 'wallet.name', value: 'name', help: 'the wallet (default unless told)' },
  { name: 'wallet.hotkey', value: 'name', help: 'its hotkey (default unless told)' },
  { name: 'wallet.path', value: 'dir', help: 'where wallets are (~/.bittensor/wallets)' },
  { name: 'data-dir', value: 'dir', help: 'where nodes keep what they know (~/.leadpoet)' },
  {
    name: 'mock',
    help: 'a mock chain that the nodes of one data directory share, leads of nobody, no Internet',
  },
  {
    name: 'mock.stake',
    value: 'TAO',
    help: 'what a new mock hotkey stakes, in place of what its role needs',
  },
  {
    name: 'axon.ip',
    value: 'ip',
    help: 'the address at which peers reach this node (127.0.0.1 with --mock)',
    of: ['miner', 'validator', 'pool'],
  },
  {
    name: 'axon.port',
    value: 'port',
    help: 'the port for it (8091; with --mock a free one)',
    of: ['miner', 'validator', 'pool'],
  },
  {
    name: 'miner-model',
    value: 'model',
    help: "a miner's model of your own: a module's path or a command",
    of: ['miner'],
  },
  { name: 'use_open_source_lead_model', help: OPEN_SOURCE_MODEL_HELP, of: ['miner'] },
  {
    name: 'businesses',
    value: 'file',
    help: 'the companies among which it looks: JSON or CSV',
    of: ['miner'],
  },
  {
    name: 'validator-model',
    value: 'model',
    help: "a validator's model of your own, likewise",
    of: ['validator'],
  },
  {
    name: 'use_open_source_validator_model',
    help: 'audit by the open-source model, as without a model of your own',
    of: ['validator'],
  },
  {
    name: 'query-every',
    value: 'epochs',
    help: "epochs between a validator's own queries, 0 = never (0 unless told)",
    of: ['validator'],
  },
  {
    name: 'control-hosts',
    value: 'names',
    help: 'hosts that are always there, by commas: where they are not, the fault is ours',
    of: ['validator', 'pool'],
  },
  {
    name: 'suppress',
    value: 'file',
    help: 'whom not to contact: a list of `leadpoet suppress`; its changes are taken up at once',
    of: ['miner', 'pool', 'buyer'],
  },
  {
    name: 'metrics.port',
    value: 'port',
    help: 'health and metrics on 127.0.0.1 (0: a free one; none unless told)',
    of: ['miner', 'validator', 'pool'],
  },
  {
    name: 'http.host',
    value: 'host',
    help: 'what to listen on (127.0.0.1); elsewhere a token is needed',
    of: ['serve'],
  },
  { name: 'http.port', value: 'port', help: 'the port (8080; 0: a free one)', of: ['serve'] },
  {
    name: 'http.token',
    value: 'token',
    help: 'what callers have to show; others see a command line: better in LEADPOET_HTTP_TOKEN',
    of: ['serve'],
  },
  {
    name: 'http.tokens',
    value: 'file',
    help: 'callers with a token each: a line `name token` each, mode 600',
    of: ['serve'],
  },
  {
    name: 'http.cors',
    value: 'origin',
    help: 'the one foreign origin whose pages may ask, https://… (none unless told)',
    of: ['serve'],
  },
  {
    name: 'http.query-rate',
    value: 'n',
    help: 'queries a minute and token (60 unless told)',
    of: ['serve'],
  },
  {
    name: 'http.rate',
    value: 'n',
    help: 'other requests a minute and token (600 unless told)',
    of: ['serve'],
  },
  {
    name: 'prices',
    value: 'file',
    help: 'a price list (TOML): deliveries state their price, and prepaid balances are charged',
    of: ['serve'],
  },
  {
    name: 'webhook.url',
    value: 'url',
    help: 'where each delivery is posted, signed by LEADPOET_WEBHOOK_SECRET or the file below',
    of: ['serve'],
  },
  {
    name: 'webhook.secret-file',
    value: 'file',
    help: 'the secret that signs what is posted, mode 600',
    of: ['serve'],
  },
  {
    name: 'drain',
    value: 'seconds',
    help: 'how long open queries have to end when it is told to stop (60 unless told)',
    of: ['serve'],
  },
  {
    name: 'retention.leads',
    value: 'days',
    help: 'how long leads are kept that nobody has a use for any more (30 unless told)',
  },
  {
    name: 'retention.answers',
    value: 'days',
    help: 'how long the leads of an answer are kept (365 unless told)',
    of: ['buyer'],
  },
  { name: 'logging.debug', help: 'log more' },
  { name: 'logging.trace', help: 'log most' },
  { name: 'config', value: 'file', help: 'a TOML file of these settings' },
];

/** The command with the settings of a node of that role. */
export function withNodeFlags<C extends CommandUnknownOpts>(command: C, player: Player): C {
  for (const option of nodeOptions(player)) command.addOption(option);
  return command;
}

/** The options of a command whose node is of a role. */
export const nodeOptions = (player: Player): readonly Option[] =>
  NODE_FLAGS.filter(({ of }) => of === undefined || isOf(player, of)).map(optionOf);

const isOf = (player: Player, of: readonly Player[]): boolean =>
  of.includes(player) || (player === 'serve' && of.includes('buyer'));

/** The options of a command that goes through all nodes of a data directory. */
export const erasingOptions = (): readonly Option[] =>
  NODE_FLAGS.filter(({ name }) => ['data-dir', 'wallet.path', 'config'].includes(name)).map(
    optionOf,
  );

const optionOf = ({ name, value, help }: NodeFlag): Option =>
  new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, help);

/** The environment's name of a setting. */
export const variableOf = (name: string): string =>
  `LEADPOET_${name.replaceAll(/[.-]/g, '_').toUpperCase()}`;
