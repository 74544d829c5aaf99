/**
 * Commands that are a node, or look after one.
 */
import type { Command } from '@commander-js/extra-typings';
import { OPEN_SOURCE_MODEL, OPEN_SOURCE_MODEL_HELP } from '../../providers/keys.ts';
import { io, whole, type Done } from '../command-line.ts';
import { CONTROL_HOSTS_VARIABLE, controlHosts } from '../control-hosts.ts';
import { withNodeFlags } from '../node-flags.ts';
import { industryFlag } from './question-flags.ts';

export function nodeCommands(top: Command, done: Done): void {
  top.commandsGroup('A network and its nodes:');

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
    .addOption(industryFlag())
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
    .option('--watch', 'show it on a page, with a query every now and then, until Ctrl-C')
    .option('--port <n>', "with --watch: the page's port; a free one", whole('--port', 0, 65_535))
    .option('--open', 'with --watch: open a browser (so it is where a desktop is there)')
    .option('--no-open', 'with --watch: open none')
    .action(async (options) => {
      const { demo } = await import('../demo.ts');
      done(await demo(options, io));
    });

  for (const role of ['miner', 'validator', 'pool'] as const) {
    withNodeFlags(
      top
        .command(role)
        .description(`run a ${role} until it is stopped (SIGINT, SIGTERM; twice: at once)`),
      role,
    ).action(async (options) => {
      const { runNode } = await import('../run-node.ts');
      done(await runNode(role, options));
    });
  }

  withNodeFlags(
    top
      .command('appeal')
      .description("appeal against one's own flag for collusion, once a flag")
      .option('--json', 'print one JSON document'),
    'validator',
  ).action(async (options) => {
    const { appeal: run } = await import('../errand.ts');
    done(await run(options, io));
  });

  withNodeFlags(
    top
      .command('vote')
      .description("vote on another validator's appeal")
      .argument('<hotkey>', 'whose appeal')
      .argument('<yes|no>', 'whether its flag is to be lifted')
      .option('--json', 'print one JSON document'),
    'validator',
  ).action(async (hotkey, lifts, options) => {
    const { vote: run } = await import('../errand.ts');
    done(await run(hotkey, lifts, options, io));
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
      const { doctor } = await import('../doctor.ts');
      const { plannedNode } = await import('../doctor-flags.ts');
      const { thisMachine } = await import('../machine.ts');
      const { thisSite } = await import('../site.ts');
      const { DEFAULT_CONTROL_HOSTS } = await import('../../verifiers/controls.ts');
      const { openInternet } = await import('../../verifiers/internet.ts');
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

  top
    .command('replay')
    .description('hand the journal of a node to its actors again: do they ask for the same?')
    .argument('<journal>', "a node's directory, or the node.sqlite in it")
    .option('--json', 'print one JSON document')
    .action(async (journal, options) => {
      const { replay } = await import('../replay.ts');
      done(replay(journal, options, io));
    });

  top
    .command('verify-log')
    .description('say whether an audit log is as it was written, or the first line that is not')
    .argument('<files...>', 'the files of one log, the oldest first')
    .option('--json', 'print one JSON document')
    .action(async (files, options) => {
      const { verifyLog } = await import('../verify-log.ts');
      done(await verifyLog(files, options, io));
    });
}
