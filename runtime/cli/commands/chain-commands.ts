/**
 * Commands that keep keys, or speak to the chain.
 */
import type { Command } from '@commander-js/extra-typings';
import { endpointFlag, netuidFlag, networkFlag, type ChainFlags } from '../chain-flags.ts';
import { io, whole, type Done } from '../command-line.ts';
import type { CostlyParts } from '../register.ts';
import {
  walletHotkeyFlag,
  walletNameFlag,
  walletPathFlag,
  type WalletFlags,
} from '../wallet-flags.ts';

export function chainCommands(top: Command, done: Done): void {
  top.commandsGroup('Wallets and the chain:');

  const wallet = top
    .command('wallet')
    .description('make and list wallets: the same files as btcli');

  wallet
    .command('create')
    .description('make a coldkey and a hotkey, or what of the two is missing')
    .addOption(walletNameFlag())
    .addOption(walletHotkeyFlag())
    .addOption(walletPathFlag())
    .option('--overwrite', 'make both anew in the place of those that are there, which are lost')
    .option('--no-password', 'do not encrypt the coldkey')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The password of the coldkey is asked for twice, or taken from its BT_PW_ variable as btcli has it.
The words of a new key are shown once, on a terminal.`,
    )
    .action(async (options) => {
      const { walletCreate } = await import('../wallet-create.ts');
      const { thisTerminal } = await import('../passwords.ts');
      done(await walletCreate(options, io, { terminal: thisTerminal(), env: process.env }));
    });

  wallet
    .command('overview')
    .description('list wallets and hotkeys, with addresses and which are encrypted; opens none')
    .addOption(walletNameFlag())
    .addOption(walletHotkeyFlag())
    .addOption(walletPathFlag())
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { walletOverview } = await import('../wallet-overview.ts');
      done(await walletOverview(options, io));
    });

  top
    .command('metagraph')
    .description('list who is on the subnet, with what stake, serving what and where')
    .addOption(netuidFlag())
    .addOption(networkFlag())
    .addOption(endpointFlag())
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { metagraph } = await import('../metagraph.ts');
      const { openDesk } = await import('../chain-desk.ts');
      done(await metagraph(options, () => openDesk(options), io));
    });

  top
    .command('register')
    .description('buy a slot of the subnet for the hotkey of a wallet; the coldkey pays')
    .addOption(netuidFlag())
    .addOption(networkFlag())
    .addOption(endpointFlag())
    .addOption(walletNameFlag())
    .addOption(walletHotkeyFlag())
    .addOption(walletPathFlag())
    .option('--yes', 'agree to the price beforehand')
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { register } = await import('../register.ts');
      done(await register(options, await costly(options), io));
    });

  top
    .command('stake')
    .description('put TAO behind the hotkey of a wallet; the coldkey pays')
    .argument('<amount>', 'in TAO: 20, 0.5')
    .addOption(netuidFlag())
    .addOption(networkFlag())
    .addOption(endpointFlag())
    .addOption(walletNameFlag())
    .addOption(walletHotkeyFlag())
    .addOption(walletPathFlag())
    .option('--yes', 'agree to the price beforehand')
    .option('--json', 'print one JSON document')
    .action(async (amount, options) => {
      const { stake } = await import('../stake.ts');
      done(await stake(amount, options, await costly(options), io));
    });

  top
    .command('serve-axon')
    .description('say on the chain where the node of a hotkey is reached, and by which key; free')
    .requiredOption('--axon.ip <ip>', 'the address at which peers reach it')
    .requiredOption('--axon.port <port>', 'the port there', whole('--axon.port', 1, 65_535))
    .requiredOption(
      '--role <names>',
      'what it serves as, by commas: miner, validator, pool',
      commas,
    )
    .requiredOption('--peer-key <hex>', "the node's ed25519 key: 64 hex digits")
    .addOption(netuidFlag())
    .addOption(networkFlag())
    .addOption(endpointFlag())
    .addOption(walletNameFlag())
    .addOption(walletHotkeyFlag())
    .addOption(walletPathFlag())
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { serveAxon } = await import('../serve-axon.ts');
      done(await serveAxon({ ...options, 'peer-key': options.peerKey }, await costly(options), io));
    });
}

const commas = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

/** The chain, the keys and the person of a command that sends a call. */
const costly = async (flags: ChainFlags & WalletFlags): Promise<CostlyParts> => {
  const { openDesk } = await import('../chain-desk.ts');
  const { walletSigners } = await import('../signer.ts');
  const { thisPerson } = await import('../consent.ts');
  return { open: () => openDesk(flags), signers: walletSigners(flags, io), asking: thisPerson() };
};
