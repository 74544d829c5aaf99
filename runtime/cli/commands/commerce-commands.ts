/**
 * Commands of whoever sells what their node is delivered: balances of those who ask it.
 */
import type { Command } from '@commander-js/extra-typings';
import { io, type Done } from '../command-line.ts';
import { withNodeFlags } from '../node-flags.ts';

export function commerceCommands(top: Command, done: Done): void {
  top.commandsGroup('Prices and balances:');

  const balance = top
    .command('balance')
    .description(
      'what callers of `leadpoet serve` have paid beforehand; entered here, not on the chain',
    );

  withNodeFlags(
    balance
      .command('show')
      .description('balances, what of them is set aside for open queries, and what is free')
      .option('--account <name>', 'one account: a name of --http.tokens, or default')
      .option('--json', 'print one JSON document'),
    'buyer',
  ).action(async (options) => {
    const { balanceShow } = await import('../balance.ts');
    done(balanceShow(options, io));
  });

  withNodeFlags(
    balance
      .command('top-up')
      .description('enter a payment that you have seen; the node may be running')
      .argument('<tao>', 'in TAO: 20, 0.5')
      .requiredOption('--account <name>', 'whose: a name of --http.tokens, or default')
      .option('--reference <text>', 'names the payment: entered twice, it counts once')
      .option('--note <text>', 'for people')
      .option('--json', 'print one JSON document'),
    'buyer',
  ).action(async (amount, options) => {
    const { balanceTopUp } = await import('../balance.ts');
    done(balanceTopUp(amount, options, io));
  });

  withNodeFlags(
    balance
      .command('history')
      .description('every top-up and charge of an account, the latest first')
      .requiredOption('--account <name>', 'whose: a name of --http.tokens, or default')
      .option('--json', 'print one JSON document'),
    'buyer',
  ).action(async (options) => {
    const { balanceHistory } = await import('../balance.ts');
    done(balanceHistory(options, io));
  });
}
