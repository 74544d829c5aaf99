/**
 * The command line: every command and flag in one place. A command's own code is loaded when it is
 * run, so that `--help` costs nothing but this file.
 */
import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INDUSTRIES } from '../../protocols/lead.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';
import { showFieldError } from '../../protocols/query.ts';

const io: Console = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** A whole number within bounds, or an error that names the flag, what came, and what is allowed. */
const whole =
  (flag: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new UsageError({
      field: flag,
      came: JSON.stringify(text),
      allowed: `a whole number, ${least} to ${most}`,
    });
  };

const share =
  (flag: string) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= 1) return value;
    throw new UsageError({
      field: flag,
      came: JSON.stringify(text),
      allowed: 'a number above 0, at most 1',
    });
  };

const industry = (): Option<'--industry <name>'> =>
  new Option('--industry <name>', `only leads of one industry: ${INDUSTRIES.join(' | ')}`);

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
  leadpoet audit leads.csv --offline        what a validator would say of a file of leads
  leadpoet score events.json --json         everyone's standing, from a file of events

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
    .option('--seed <n>', 'where chance begins', whole('--seed', 0, Number.MAX_SAFE_INTEGER), 1)
    .option(
      '--query-every <epochs>',
      "epochs between a validator's own queries, 0 = never",
      whole('--query-every', 0, 1_000),
      1,
    )
    .option('--miner-model <model>', "a miner's model of your own: a module's path or a command")
    .option('--validator-model <model>', "a validator's model of your own, likewise")
    .option('--real-time', 'on the wall clock: takes as long as a live query would')
    .option('--json', 'print one JSON document')
    .action(async (options) => {
      const { demo } = await import('./demo.ts');
      done(await demo(options, io));
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
    .option('--checks', 'also the automated checks, of all leads')
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

  for (const command of [top, ...top.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  return top;
}

const version = (): string => {
  const file = new URL(
    import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json',
    import.meta.url,
  );
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
};

/** Runs one command line; gives the exit code and never throws. */
async function run(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const top = program((value) => (code = value));
  try {
    if (args.length === 0) {
      io.err(top.helpInformation());
      return EXIT.usage;
    }
    await top.parseAsync([...args], { from: 'user' });
    return code;
  } catch (trouble) {
    return explain(trouble, top);
  }
}

/** One line for a person, and the exit code for a script. */
function explain(trouble: unknown, top: Command): number {
  if (trouble instanceof CommanderError) {
    if (trouble.exitCode === 0) return EXIT.done;
    const text = trouble.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    io.err(`leadpoet: ${text}${text.includes('Did you mean') ? '' : allowedFor(trouble, top)}\n`);
    return EXIT.usage;
  }
  if (trouble instanceof UsageError) {
    io.err(`leadpoet: ${trouble.message || showFieldError(trouble.error)}\n`);
    return EXIT.usage;
  }
  if (trouble instanceof WorldError) {
    io.err(`leadpoet: ${trouble.message}\n`);
    return EXIT.world;
  }
  const file = join(mkdtempSync(join(tmpdir(), 'leadpoet-')), 'bug.txt');
  const details = trouble instanceof Error ? (trouble.stack ?? trouble.message) : String(trouble);
  writeFileSync(file, `${process.version}\n${process.argv.slice(2).join(' ')}\n${details}\n`);
  io.err(`leadpoet: this is a bug of ours, not of yours; the details are in ${file}\n`);
  return EXIT.bug;
}

function allowedFor({ code }: CommanderError, top: Command): string {
  if (code === 'commander.unknownCommand') {
    return `; allowed: ${top.commands.map((command) => command.name()).join(', ')}`;
  }
  return '; allowed: what the command’s --help lists';
}

// A reader that has seen enough (`| head`) is no trouble.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});
process.once('SIGINT', () => process.exit(EXIT.sigint));
process.once('SIGTERM', () => process.exit(EXIT.sigterm));
process.exitCode = await run(process.argv.slice(2));
