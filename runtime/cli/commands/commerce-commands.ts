/**
 * Commands of whoever sells what their node is delivered: balances of those who ask it, and what is
 * posted to their own systems.
 */
import type { Command } from '@commander-js/extra-typings';
import { io, whole, type Done } from '../command-line.ts';
import { withNodeFlags } from '../node-flags.ts';

export function commerceCommands(top: Command, done: Done): void {
  top.commandsGroup('For those who sell on:');

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

  top
    .command('webhook')
    .description('what `leadpoet serve --webhook.url` posts')
    .command('verify')
    .description('whether a post is one of a node with this secret, for whoever builds a receiver')
    .argument('<file>', 'the body, byte for byte as it came; - reads stdin')
    .requiredOption('--signature <header>', 'the header Leadpoet-Signature that came with it')
    .option('--webhook.secret-file <file>', 'the secret (or LEADPOET_WEBHOOK_SECRET)')
    .option(
      '--tolerance <seconds>',
      'how long ago it may be (300 unless told)',
      whole('--tolerance', 0, 1_000_000_000),
    )
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { webhookVerify } = await import('../webhook-verify.ts');
      done(await webhookVerify(file, options, io));
    });
}
