/**
 * The command line: every command and flag in one place. A command's own code is loaded when it is
 * run, so that `--help` costs nothing but this file.
 */
import { Command, Option } from '@commander-js/extra-typings';
import { INDUSTRIES } from '../../protocols/lead.ts';
import { OPEN_SOURCE_MODEL, OPEN_SOURCE_MODEL_HELP } from '../providers/keys.ts';
import { CONTROL_HOSTS_VARIABLE, controlHosts } from './control-hosts.ts';
import { io, runProgram, share, version, whole } from './command-line.ts';
import { LEAD_FORMATS } from './lead-formats.ts';
import { nodeOptions } from './node-flags.ts';
import { endpointFlag, netuidFlag, networkFlag, type ChainFlags } from './chain-flags.ts';
import type { CostlyParts } from './register.ts';
import {
  walletHotkeyFlag,
  walletNameFlag,
  walletPathFlag,
  type WalletFlags,
} from './wallet-flags.ts';

const industry = (): Option<'--industry <name>'> =>
  new Option('--industry <name>', `only leads of one industry: ${INDUSTRIES.join(' | ')}`);

const FORMAT_HELP = `${LEAD_FORMATS.join(' | ')} (by the name of --out; else a table)`;

const commas = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

/** The chain, the keys and the person of a command that sends a call. */
const costly = async (flags: ChainFlags & WalletFlags): Promise<CostlyParts> => {
  const { openDesk } = await import('./chain-desk.ts');
  const { walletSigners } = await import('./signer.ts');
  const { thisPerson } = await import('./consent.ts');
  return { open: () => openDesk(flags), signers: walletSigners(flags, io), asking: thisPerson() };
};

function program(done: (code: number) => void): Command {
  const top = new Command('leadpoet')
    .description(
      'A decentralised market for sales leads: miners source them, validators audit them, a pool delivers.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError(false)
    .addHelpText(
      'after',
      `
Examples:
  leadpoet demo                             a whole subnet in this process, one query of 10 leads
  leadpoet demo --source leads.csv --seed 7 the same on leads of your own
  leadpoet validator --mock --wallet.hotkey v1   a node of the mock network
  leadpoet buy --mock --num-leads 10        leads from it
  leadpoet audit leads.csv                  what a validator would say of a file of leads
  leadpoet audit leads.csv --offline        the same without the network
  leadpoet score events.json --json         everyone's standing, from a file of events
  leadpoet collusion events.json            who colluded with whom, and why
  leadpoet suppress a@b.com --out list      one more on a do-not-contact list, as a hash
  leadpoet wallet create                    a coldkey and a hotkey, as btcli makes them
  leadpoet metagraph --netuid 343           who is on the subnet
  leadpoet register --wallet.name miner     a slot of it for a hotkey; asks before it pays
  leadpoet doctor                           what a node needs and has
  leadpoet yuma weights.json                what the chain makes of stake and weights
  leadpoet replay ~/node                    a node's journal, handed to its actors again
  leadpoet verify-log audit-*.log audit.log whether an audit log is as it was written

Exit codes: 0 done, 1 the answer is no, 2 bad usage or input, 3 something outside is missing,
70 a bug of ours, 130 and 143 stopped by a signal.
`,
    );

  top
    .command('demo')
    .description('run a whole subnet in this process and watch one query become leads')
    .option('--source <file>', 'a file of leads (JSON, JSON lines or CSV) in place of made-up ones')
    .option(
      '--query-leads <n>',
      'how many leads the buyer asks for',
      whole('--query-leads', 1, 100),
      10,
    )
    .addOption(industry())
    .option('--region <name>', 'only leads of one region')
    .option('--sealed', 'validators commit to their reports before anyone is shown one')
    .option('--seed <n>', 'where chance begins', whole('--seed', 0, Number.MAX_SAFE_INTEGER), 1)
    .option(
      '--query-every <epochs>',
      "epochs between a validator's own queries, 0 = never",
      whole('--query-every', 0, 1_000),
      1,
    )
    .option('--miner-model <model>', "a miner's model of your own: a module's path or a command")
    .option(OPEN_SOURCE_MODEL, OPEN_SOURCE_MODEL_HELP)
    .option(
      '--businesses <file>',
      `the companies among which ${OPEN_SOURCE_MODEL} looks: JSON or CSV with Business, Website, and if known Industry, Region, Owner`,
    )
    .option('--validator-model <model>', "a validator's model of your own, likewise")
    .option('--suppress <file>', 'whom not to contact: a list made by `leadpoet suppress`')
    .option('--real-time', 'on the wall clock: takes as long as a live query would')
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { demo } = await import('./demo.ts');
      done(await demo(options, io));
    });

  for (const role of ['miner', 'validator', 'pool'] as const) {
    const command = top
      .command(role)
      .description(`run a ${role} until it is stopped (SIGINT, SIGTERM; twice: at once)`);
    for (const option of nodeOptions(role)) command.addOption(option);
    command.action(async (options) => {
      const { runNode } = await import('./run-node.ts');
      done(await runNode(role, options));
    });
  }

  const buy = top
    .command('buy')
    .description('ask for leads, wait, print them (leadpoet-api is the same)')
    .option('--num-leads <n>', 'how many: 1 to 100')
    .addOption(industry())
    .option('--region <name>', 'only leads of one region')
    .option('--sealed', 'validators commit to their reports before anyone is shown one')
    .option('--out <file>', 'write the leads into a file')
    .option('--format <format>', FORMAT_HELP)
    .option('--json', 'print one JSON document');
  for (const option of nodeOptions('buyer')) buy.addOption(option);
  buy.action(async (options) => {
    const { buy: run } = await import('./buy.ts');
    done(await run(options, io));
  });

  const exporting = top
    .command('export')
    .description(
      'the leads of an earlier answer, as a CRM, an address book or a spreadsheet takes them',
    )
    .argument('<query-id>', 'as `leadpoet buy` has shown it, or its first digits')
    .option('--out <file>', 'write the leads into a file')
    .option('--format <format>', FORMAT_HELP)
    .addHelpText(
      'after',
      `
Examples:
  leadpoet export 3f9c01 --format hubspot --out contacts.csv
  leadpoet export 3f9c01 --format vcard --out contacts.vcf
`,
    );
  for (const option of nodeOptions('buyer')) exporting.addOption(option);
  exporting.action(async (query, options) => {
    const { exportLeads } = await import('./export.ts');
    done(exportLeads(query, options, io));
  });

  const rate = top
    .command('rate')
    .description('rate what a query of yours brought')
    .argument('<query-id>', 'as `leadpoet buy` has shown it')
    .argument('<rating>', 'a whole number, 1 to 10')
    .option('--json', 'print one JSON document');
  for (const option of nodeOptions('buyer')) rate.addOption(option);
  rate.action(async (query, rating, options) => {
    const { rate: run } = await import('./errand.ts');
    done(await run(query, rating, options, io));
  });

  const appeal = top
    .command('appeal')
    .description("appeal against one's own flag for collusion, once a flag")
    .option('--json', 'print one JSON document');
  for (const option of nodeOptions('validator')) appeal.addOption(option);
  appeal.action(async (options) => {
    const { appeal: run } = await import('./errand.ts');
    done(await run(options, io));
  });

  const vote = top
    .command('vote')
    .description("vote on another validator's appeal")
    .argument('<hotkey>', 'whose appeal')
    .argument('<yes|no>', 'whether its flag is to be lifted')
    .option('--json', 'print one JSON document');
  for (const option of nodeOptions('validator')) vote.addOption(option);
  vote.action(async (hotkey, lifts, options) => {
    const { vote: run } = await import('./errand.ts');
    done(await run(hotkey, lifts, options, io));
  });

  top
    .command('audit')
    .description('audit a file of leads as a validator would')
    .argument('<file>', 'JSON array, JSON lines or CSV (header: the nine keys); - reads stdin')
    .addOption(industry())
    .option('--region <name>', 'the region that was asked for')
    .option('--sample <share>', 'the share that is looked at (0.2 unless told)', share('--sample'))
    .option('--full', 'look at every lead')
    .option('--seed <n>', 'what picks the sample', whole('--seed', 0, Number.MAX_SAFE_INTEGER))
    .option('--offline', 'without the network: format, duplicates, disposable domains, relevance')
    .option(
      '--checks',
      'also the automated checks, of all leads; mailboxes by Hunter where HUNTER_API_KEY is set',
    )
    .option('--data-dir <dir>', 'where what was found is kept for the next audit')
    .option(
      '--control-hosts <names>',
      'hosts that are always there, by commas: where they are not, the fault is ours',
    )
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { audit } = await import('./audit.ts');
      done(await audit(file, options, io));
    });

  top
    .command('score')
    .description("fold a file of events into everyone's standing, F, emissions and weights")
    .argument('<file>', 'a file of events (collusion-events/1); - reads stdin')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { score } = await import('./score.ts');
      done(await score(file, options, io));
    });

  top
    .command('collusion')
    .description('V_c, flags and evidence: who colluded with whom, from a file of events')
    .argument('<file>', 'a file of events (collusion-events/1); - reads stdin')
    .option('--json', 'print one JSON document')
    .option('--html <file>', 'also a page that shows the rings and the batches behind them')
    .addHelpText(
      'after',
      `
Example:
  leadpoet collusion events.json --html rings.html
`,
    )
    .action(async (file, options) => {
      const { collusion } = await import('./collusion.ts');
      done(await collusion(file, options, io));
    });

  top
    .command('yuma')
    .description('consensus, incentive, dividends and bonds from stake and weights')
    .argument('<file>', 'stake and weights as JSON; - reads stdin')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { yuma } = await import('./yuma.ts');
      done(await yuma(file, options, io));
    });

  top
    .command('suppress')
    .description('put addresses and domains on a do-not-contact list, which names nobody')
    .argument('<entries...>', 'ann@acme.com, acme.com or @acme.com; - reads stdin, one a line')
    .requiredOption('--out <file>', 'the list: it is made, or added to')
    .action(async (entries, options) => {
      const { suppress } = await import('./suppress.ts');
      done(await suppress(entries, options, io));
    });

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
The words of a new key are shown once, on a terminal.

Example:
  leadpoet wallet create --wallet.name miner --wallet.hotkey first
`,
    )
    .action(async (options) => {
      const { walletCreate } = await import('./wallet-create.ts');
      const { thisTerminal } = await import('./passwords.ts');
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
      const { walletOverview } = await import('./wallet-overview.ts');
      done(await walletOverview(options, io));
    });

  top
    .command('replay')
    .description('hand the journal of a node to its actors again: do they ask for the same?')
    .argument('<journal>', "a node's directory, or the node.sqlite in it")
    .option('--json', 'print one JSON document')
    .action(async (journal, options) => {
      const { replay } = await import('./replay.ts');
      done(replay(journal, options, io));
    });

  top
    .command('verify-log')
    .description('say whether an audit log is as it was written, or the first line that is not')
    .argument('<files...>', 'the files of one log, the oldest first')
    .option('--json', 'print one JSON document')
    .action(async (files, options) => {
      const { verifyLog } = await import('./verify-log.ts');
      done(await verifyLog(files, options, io));
    });

  top
    .command('metagraph')
    .description('list who is on the subnet, with what stake, serving what and where')
    .addOption(netuidFlag())
    .addOption(networkFlag())
    .addOption(endpointFlag())
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { metagraph } = await import('./metagraph.ts');
      const { openDesk } = await import('./chain-desk.ts');
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
      const { register } = await import('./register.ts');
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
      const { stake } = await import('./stake.ts');
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
      const { serveAxon } = await import('./serve-axon.ts');
      done(await serveAxon({ ...options, 'peer-key': options.peerKey }, await costly(options), io));
    });

  top
    .command('doctor')
    .description('say what a node needs and has, and what to do where it has not')
    .option(
      '--control-hosts <hosts>',
      `hosts that are always there, a,b (or ${CONTROL_HOSTS_VARIABLE})`,
    )
    .option('--wallet.name <name>', 'the wallet to look at (default unless told)')
    .option('--wallet.hotkey <name>', 'its hotkey (default unless told)')
    .option('--wallet.path <dir>', 'where wallets are (~/.bittensor/wallets)')
    .option('--subtensor.network <name>', 'the chain to look for: test | finney | local | mock')
    .option('--subtensor.chain_endpoint <url>', 'another endpoint of it, wss://…')
    .option('--axon.ip <ip>', 'the address at which peers are to reach the node')
    .option('--axon.port <port>', 'the port for it')
    .option('--data-dir <dir>', 'where the node is to keep what it knows (~/.leadpoet)')
    .option('--json', 'print one JSON document')
    .action(async ({ controlHosts: flag, ...options }) => {
      const { doctor } = await import('./doctor.ts');
      const { plannedNode } = await import('./doctor-flags.ts');
      const { thisMachine } = await import('./machine.ts');
      const { thisSite } = await import('./site.ts');
      const { DEFAULT_CONTROL_HOSTS } = await import('../verifiers/controls.ts');
      const { openInternet } = await import('../verifiers/internet.ts');
      const { env } = process;
      const node = plannedNode(options, env);
      const hosts = controlHosts(flag, env, DEFAULT_CONTROL_HOSTS);
      const internet = openInternet({ env, controlHosts: hosts.hosts });
      const { clock } = internet;
      const looking = { ...internet, controlHosts: hosts };
      const looks = { site: thisSite(), node, timeHosts: hosts.hosts };
      done(await doctor(options, { clock, machine: thisMachine(), env, looking, node: looks }, io));
      await internet.close();
    });

  return top;
}

await runProgram(program, process.argv.slice(2));
