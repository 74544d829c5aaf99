/**
 * Commands for the persons whom leads are of: who is not to be contacted, who is to be forgotten.
 */
import { Option, type Command } from '@commander-js/extra-typings';
import { io, type Done } from '../command-line.ts';
import { erasingOptions } from '../node-flags.ts';

const listFlag = () =>
  new Option(
    '--list <file>',
    'the list; nodes that were started with it take up what changes',
  ).makeOptionMandatory();
const ENTRIES = 'ann@acme.com, acme.com or @acme.com; - reads stdin, one a line';

export function personCommands(top: Command, done: Done): void {
  top.commandsGroup('Persons:');

  const suppress = top
    .command('suppress')
    .description('keep a do-not-contact list of addresses and domains, which names nobody');

  suppress
    .command('add')
    .description('put them on the list, which is made where it is not there')
    .argument('<entries...>', ENTRIES)
    .addOption(listFlag())
    .option('--json', 'print one JSON document')
    .action(async (entries, options) => {
      const { suppressAdd } = await import('../suppress.ts');
      done(await suppressAdd(entries, options, io));
    });

  suppress
    .command('remove')
    .description('take them off the list; exit 1 where none of them was on it')
    .argument('<entries...>', ENTRIES)
    .addOption(listFlag())
    .option('--json', 'print one JSON document')
    .action(async (entries, options) => {
      const { suppressRemove } = await import('../suppress.ts');
      done(await suppressRemove(entries, options, io));
    });

  suppress
    .command('check')
    .description('say whether they are on the list; exit 1 where one of them is not')
    .argument('<entries...>', ENTRIES)
    .addOption(listFlag())
    .option('--json', 'print one JSON document')
    .action(async (entries, options) => {
      const { suppressCheck } = await import('../suppress.ts');
      done(await suppressCheck(entries, options, io));
    });

  suppress
    .command('import')
    .description('put all addresses and domains of a file on the list')
    .argument('<file>', 'CSV with a column Email or Domain, JSON, or one a line; - reads stdin')
    .addOption(listFlag())
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { suppressImport } = await import('../suppress.ts');
      done(await suppressImport(file, options, io));
    });

  const erase = top
    .command('erase')
    .description('take a person out of all that nodes keep in a data directory; prints a receipt')
    .argument('[emails...]', 'ann@acme.com; - reads stdin, one a line')
    .option(
      '--suppress <file>',
      'also put them on this do-not-contact list, so that they stay away',
    )
    .option('--verify <receipt>', 'check a receipt instead, and that it is about the address')
    .option('--json', 'print one JSON document, on one line');
  for (const option of erasingOptions()) erase.addOption(option);
  erase
    .addHelpText(
      'after',
      `
All nodes of all networks, roles and hotkeys in the directory are erased from; one that runs does so
itself. Without --suppress the person may come back: whoever sells leads may send them again. What
others have been sold is theirs to erase: leadpoet deliveries --email ann@acme.com says who they are.

Exit 0: nothing is left, or the receipt holds. 1: something is left that is not ours to change, or the
receipt does not hold. 3: a node could not do it; do it again.`,
    )
    .action(async (emails, options) => {
      if (options.verify === undefined) {
        const { erase: run } = await import('../erase.ts');
        return done(await run(emails, options, io));
      }
      const { verifyReceipt } = await import('../verify-receipt.ts');
      done(await verifyReceipt(options.verify, emails, options, io));
    });

  const told = top
    .command('deliveries')
    .description(
      'say whom leads went to: from the logs of the pools and buyers in a data directory',
    )
    .option('--email <address>', 'only those with this person, so that an erasure can be passed on')
    .option('--since <day>', 'only those from then on: 2026-05-03, 2026-05-03T12:00:00Z')
    .option('--format <format>', 'table | csv | json (a table unless told)')
    .option('--json', 'print one JSON document');
  for (const option of erasingOptions()) {
    if (option.long !== '--wallet.path') told.addOption(option);
  }
  told.action(async (options) => {
    const { deliveries } = await import('../deliveries.ts');
    done(await deliveries(options, io));
  });
}
