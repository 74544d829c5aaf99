/**
 * Commands that read files of leads, events or weights, and need no node.
 */
import type { Command } from '@commander-js/extra-typings';
import { io, share, whole, type Done } from '../command-line.ts';
import { industryFlag } from './question-flags.ts';

export function fileCommands(top: Command, done: Done): void {
  top.commandsGroup('Files of leads, events and weights:');

  top
    .command('audit')
    .description('audit a file of leads as a validator would')
    .argument('<file>', 'JSON array, JSON lines or CSV (header: the nine keys); - reads stdin')
    .addOption(industryFlag())
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
      const { audit } = await import('../audit.ts');
      done(await audit(file, options, io));
    });

  top
    .command('score')
    .description("fold a file of events into everyone's standing, F, emissions and weights")
    .argument('<file>', 'a file of events (collusion-events/1); - reads stdin')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { score } = await import('../score.ts');
      done(await score(file, options, io));
    });

  top
    .command('collusion')
    .description('V_c, flags and evidence: who colluded with whom, from a file of events')
    .argument('<file>', 'a file of events (collusion-events/1); - reads stdin')
    .option('--json', 'print one JSON document')
    .option('--html <file>', 'also a page that shows the rings and the batches behind them')
    .action(async (file, options) => {
      const { collusion } = await import('../collusion.ts');
      done(await collusion(file, options, io));
    });

  top
    .command('yuma')
    .description('consensus, incentive, dividends and bonds from stake and weights')
    .argument('<file>', 'stake and weights as JSON; - reads stdin')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { yuma } = await import('../yuma.ts');
      done(await yuma(file, options, io));
    });
}
