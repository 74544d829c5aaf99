/**
 * `leadpoet sim …`: run a scenario or a grid of them, draw a run's report again, run it again and
 * compare.
 */
import { Command } from '@commander-js/extra-typings';
import { io, times, version, whole, type Done } from '../runtime/cli/command-line.ts';
import { helpCommands } from '../runtime/cli/commands/help-commands.ts';
import type { Examples } from '../runtime/cli/examples.ts';

export function program(done: Done): Command {
  const top = new Command('leadpoet sim')
    .description(
      'simulate the subnet: many nodes, attackers and faults, the same from the same seed',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      `
Scenarios that ship: baseline, collusion, copycats, partition, verifier-outage, lead-spam, churn,
ninety-days. A scenario of your own is a TOML file; sim/scenario.schema.json describes it.
Sweeps that ship, of what each strategy earns beside an honest one: strategies, two-pools, long-run,
dishonest-pool, shills, leaks (with sealed reports and without); of a change to the rules:
same-mailbox; of who is flagged for collusion: ring-caught, ring-after (a hundred days), wrong-flags.
`,
    );

  top
    .command('run')
    .description('run a scenario from a seed')
    .argument('[scenario]', 'a TOML file, or the name of one that ships; with --resume that of DIR')
    .option(
      '--seed <n>',
      'where chance begins; 1 where absent',
      whole('--seed', 0, Number.MAX_SAFE_INTEGER),
    )
    .requiredOption('--out <dir>', 'where its tables and its report go')
    .option('--csv', 'tables as CSV too')
    .option(
      '--workers <n>',
      'threads that look at leads beside the run; none where absent',
      whole('--workers', 1, 256),
    )
    .option(
      '--resume',
      'begin a run again that was cut short; it is the same from its seed, and keeps nothing to go on from',
    )
    .option('--json', 'print one JSON document')
    .action(async (scenario, options) => {
      const { runCommand } = await import('./commands.ts');
      done(await runCommand(scenario, options, io));
    });

  top
    .command('watch')
    .description('open the dashboard on a run, to be paused, stepped and sped up, until Ctrl-C')
    .argument('<scenario>', 'a TOML file, or the name of one that ships')
    .option(
      '--seed <n>',
      'where chance begins; 1 where absent',
      whole('--seed', 0, Number.MAX_SAFE_INTEGER),
    )
    .option('--speed <x>', 'virtual over wall time; 60 where absent', times('--speed'))
    .option('--port <n>', "the page's port; a free one where absent", whole('--port', 0, 65_535), 0)
    .option('--open', 'open a browser (so it is where a desktop is there)')
    .option('--no-open', 'open none')
    .action(async (scenario, options) => {
      const { watchCommand } = await import('./watch-command.ts');
      done(await watchCommand(scenario, options, io));
    });

  top
    .command('sweep')
    .description('run a grid of parameters with many seeds; goes on where it was stopped')
    .argument(
      '<sweep>',
      'a TOML file of a scenario, seeds and a grid, or the name of one that ships',
    )
    .requiredOption('--out <dir>', 'where its cells, its tables and its report go')
    .option('--workers <n>', 'threads; one a core where absent', whole('--workers', 1, 256))
    .option('--redis <url>', 'in place of threads: a queue from which `sim work` takes the cells')
    .option('--json', 'print one JSON document')
    .action(async (file, options) => {
      const { sweepCommand } = await import('./sweep-command.ts');
      done(await sweepCommand(file, options, io));
    });

  top
    .command('work')
    .description('take cells of sweeps from a queue until told to stop')
    .requiredOption('--redis <url>', 'where the queue is, such as redis://127.0.0.1:6379')
    .option('--workers <n>', 'threads; one a core where absent', whole('--workers', 1, 256))
    .action(async (options) => {
      const { workCommand } = await import('./work-command.ts');
      done(await workCommand(options, io));
    });

  top
    .command('report')
    .description('draw the report of a run again')
    .argument('<dir>', 'what sim run wrote')
    .action(async (directory) => {
      const { reportCommand } = await import('./commands.ts');
      done(await reportCommand(directory, io));
    });

  top
    .command('reproduce')
    .description('run it again and compare: exit 1 where anything differs')
    .argument('<dir>', 'what sim run wrote')
    .action(async (directory) => {
      const { reproduceCommand } = await import('./commands.ts');
      done(await reproduceCommand(directory, io));
    });

  helpCommands(top, done, { examples: EXAMPLES, seeAlso: 'leadpoet(1)' });
  return top;
}

export const EXAMPLES: Examples = {
  '': [
    ['leadpoet sim run baseline --seed 7 --out run7', 'a day of a hundred miners, with a report'],
    ['leadpoet sim reproduce run7', 'run it again: is it the same to the bit?'],
    ['leadpoet sim report run7', 'draw its report again'],
    ['leadpoet sim sweep grid.toml --out grid', 'every cell of a grid of parameters and seeds'],
  ],
  run: [
    ['leadpoet sim run baseline --seed 7 --out run7', 'a day of a hundred miners'],
    [
      'leadpoet sim run collusion --out ring --csv --workers 2',
      'tables as CSV too, on three cores',
    ],
    ['leadpoet sim run mine.toml --out mine --json', 'a scenario of your own, for a script'],
    ['leadpoet sim run --resume --out run7', 'one that was cut short, from its beginning'],
  ],
  watch: [
    ['leadpoet sim watch collusion --speed 600', 'ten virtual minutes a second, on a page'],
    ['leadpoet sim watch baseline --seed 7 --port 8090 --no-open', 'at an address of your own'],
  ],
  sweep: [
    ['leadpoet sim sweep strategies --out grid', 'one that ships; again, to go on with it'],
    ['leadpoet sim sweep grid.toml --out grid --workers 2', 'a grid of your own on two threads'],
    [
      'leadpoet sim sweep grid.toml --out grid --redis redis://127.0.0.1:6379',
      'its cells by a queue, for other machines',
    ],
  ],
  work: [['leadpoet sim work --redis redis://127.0.0.1:6379', 'on each machine that is to help']],
  man: [['leadpoet sim man > leadpoet-sim.1', 'as a file']],
  report: [['leadpoet sim report run7', 'after a change to how reports are drawn']],
  reproduce: [['leadpoet sim reproduce run7', 'on another machine, say']],
};
