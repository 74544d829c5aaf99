/**
 * The command line: its commands by whom they are for, each of which loads its own code when it is run,
 * so that `--help` costs nothing but their descriptions. Their flags stand in `commands/`, and
 * so do their examples.
 */
import { Command } from '@commander-js/extra-typings';
import { version, type Done } from './command-line.ts';
import { buyerCommands } from './commands/buyer-commands.ts';
import { chainCommands } from './commands/chain-commands.ts';
import { commerceCommands } from './commands/commerce-commands.ts';
import { EXAMPLES } from './commands/examples.ts';
import { personCommands } from './commands/person-commands.ts';
import { fileCommands } from './commands/file-commands.ts';
import { completionCommand, helpCommands } from './commands/help-commands.ts';
import { nodeCommands } from './commands/node-commands.ts';

export function program(done: Done): Command {
  const top = new Command('leadpoet')
    .description(
      'A decentralised market for sales leads: miners source them, validators audit them, a pool delivers.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError(false)
    .addHelpText('after', CLOSING);
  nodeCommands(top, done);
  buyerCommands(top, done);
  commerceCommands(top, done);
  personCommands(top, done);
  fileCommands(top, done);
  chainCommands(top, done);
  helpCommands(top, done, {
    examples: EXAMPLES,
    seeAlso: 'leadpoet-sim(1)',
    elsewhere: [['sim', 'simulate the subnet']],
  });
  completionCommand(top, done);
  return top;
}

const CLOSING = `
leadpoet sim --help lists what simulates the subnet; leadpoet COMMAND --help has examples of each.

Exit codes: 0 done, 1 the answer is no, 2 bad usage or input, 3 something outside is missing,
70 a bug of ours, 130 and 143 stopped by a signal.`;
