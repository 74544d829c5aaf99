/**
 * Commands of whoever buys leads.
 */
import type { Command } from '@commander-js/extra-typings';
import { io, type Done } from '../command-line.ts';
import { LEAD_FORMATS } from '../lead-formats.ts';
import { withNodeFlags } from '../node-flags.ts';
import { industryFlag } from './question-flags.ts';

export function buyerCommands(top: Command, done: Done): void {
  top.commandsGroup('Leads for a buyer:');

  withNodeFlags(
    top
      .command('buy')
      .description('ask for leads, wait, print them (leadpoet-api is the same)')
      .option('--num-leads <n>', 'how many: 1 to 100')
      .addOption(industryFlag())
      .option('--region <name>', 'only leads of one region')
      .option('--sealed', 'validators commit to their reports before anyone is shown one')
      .option('--out <file>', 'write the leads into a file')
      .option('--format <format>', FORMAT_HELP)
      .option('--json', 'print one JSON document')
      .option('--no-ask', 'ask nothing: what no flag says is left open'),
    'buyer',
  ).action(async (options) => {
    const { buy: run } = await import('../buy.ts');
    done(await run(options, io));
  });

  withNodeFlags(
    top
      .command('serve')
      .description('run a buyer that answers over HTTP until it is stopped (SIGINT, SIGTERM)')
      .addHelpText(
        'after',
        `
The first line that it prints is its address; /docs there says what it answers.`,
      ),
    'serve',
  ).action(async (options) => {
    const { serve: run } = await import('../serve.ts');
    done(await run(options, io));
  });

  withNodeFlags(
    top
      .command('rate')
      .description('rate what a query of yours brought: at a terminal it asks what is missing')
      .argument('[query-id]', 'as `leadpoet buy` has shown it, or its first digits')
      .argument('[rating]', 'a whole number, 1 to 10')
      .option('--json', 'print one JSON document'),
    'buyer',
  ).action(async (query, rating, options) => {
    const { rate: run } = await import('../rate.ts');
    done(await run(query, rating, options, io));
  });

  withNodeFlags(
    top
      .command('export')
      .description(
        'the leads of an earlier answer, as a CRM, an address book or a spreadsheet takes them',
      )
      .argument('<query-id>', 'as `leadpoet buy` has shown it, or its first digits')
      .option('--out <file>', 'write the leads into a file')
      .option('--format <format>', FORMAT_HELP),
    'buyer',
  ).action(async (query, options) => {
    const { exportLeads } = await import('../export.ts');
    done(exportLeads(query, options, io));
  });
}

const FORMAT_HELP = `${LEAD_FORMATS.join(' | ')} (by the name of --out; else a table at a terminal, json in a pipe)`;
