/**
 * What every command line of ours has in common: whole numbers with bounds, one line for trouble,
 * and the exit code for a script.
 */
import { CommanderError, type Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showExamples, type Examples } from './examples.ts';
import { harmlessText } from '../log-value.ts';
import { BrokenOff, EXIT, UsageError, WorldError, type Console } from './trouble.ts';
import { withDots } from './underscores.ts';

export const io: Console = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** A whole number within bounds, or an error that names the flag, what came, and what is allowed. */
export const whole =
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

export const share =
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

/** How many times as fast. */
export const times =
  (flag: string) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value >= 0.1 && value <= 1_000_000) return value;
    throw new UsageError({
      field: flag,
      came: JSON.stringify(text),
      allowed: 'a number, 0.1 to 1000000',
    });
  };

export const version = (): string => {
  const file = new URL(
    import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json',
    import.meta.url,
  );
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
};

/** Where a command leaves its exit code. */
export type Done = (code: number) => void;

/** Runs the command line of this process, and leaves its exit code. Never throws. */
export async function runProgram(
  build: (done: Done) => Command,
  args: readonly string[],
  examples: Examples,
): Promise<void> {
  // A reader that has seen enough (`| head`) is no trouble.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
  process.once('SIGINT', () => process.exit(EXIT.sigint));
  process.once('SIGTERM', () => process.exit(EXIT.sigterm));
  process.exitCode = await run(build, args, examples);
}

async function run(
  build: (done: Done) => Command,
  args: readonly string[],
  examples: Examples,
): Promise<number> {
  let code: number = EXIT.done;
  const top = build((value) => (code = value));
  showExamples(top, examples);
  const raisedBy = new WeakMap<CommanderError, CommandUnknownOpts>();
  for (const command of allOf(top)) {
    command
      .exitOverride((error) => {
        raisedBy.set(error, command);
        throw error;
      })
      .configureOutput({ writeErr: () => undefined });
  }
  try {
    if (args.length === 0) {
      io.err(top.helpInformation());
      return EXIT.usage;
    }
    await top.parseAsync([...withDots(args)], { from: 'user' });
    return code;
  } catch (trouble) {
    const command = trouble instanceof CommanderError ? raisedBy.get(trouble) : undefined;
    return explain(trouble, command ?? top);
  }
}

/** A command and those below it. */
const allOf = (command: CommandUnknownOpts): readonly CommandUnknownOpts[] => [
  command,
  ...command.commands.flatMap(allOf),
];

/** One line for a person, and the exit code for a script. */
function explain(trouble: unknown, command: CommandUnknownOpts): number {
  if (trouble instanceof CommanderError) {
    if (trouble.exitCode === 0) return EXIT.done;
    // A group of commands without one of them.
    if (trouble.code === 'commander.help') {
      io.err(command.helpInformation());
      return EXIT.usage;
    }
    const text = trouble.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    io.err(`leadpoet: ${text}${SAYS_ITSELF.test(text) ? '' : allowedFor(trouble, command)}\n`);
    return EXIT.usage;
  }
  if (trouble instanceof UsageError) {
    io.err(`leadpoet: ${trouble.message}\n`);
    return EXIT.usage;
  }
  if (trouble instanceof WorldError) {
    io.err(`leadpoet: ${trouble.message}\n`);
    return EXIT.world;
  }
  if (trouble instanceof BrokenOff) return EXIT.sigint;
  const file = join(mkdtempSync(join(tmpdir(), 'leadpoet-')), 'bug.txt');
  const details = trouble instanceof Error ? (trouble.stack ?? trouble.message) : String(trouble);
  // Somebody may send it to us: no address of anybody, no key.
  const said = harmlessText(`${process.argv.slice(2).join(' ')}\n${details}`, [], MOST_DETAILS);
  writeFileSync(file, `${process.version}\n${said}\n`, { mode: 0o600 });
  io.err(`leadpoet: this is a bug of ours, not of yours; the details are in ${file}\n`);
  return EXIT.bug;
}

/** Messages of the parser that end in what to do. */
const SAYS_ITSELF = /Did you mean|Allowed choices/;

/** A stack of the usual depth, and a long command line. */
const MOST_DETAILS = 16_384;

function allowedFor({ code }: CommanderError, command: CommandUnknownOpts): string {
  if (code === 'commander.unknownCommand') {
    const known = command.createHelp().visibleCommands(command);
    return `; allowed: ${known.map((one) => one.name()).join(', ')}`;
  }
  return `; allowed: ${nameOf(command)} ${command.usage()}, of which --help has examples`;
}

/** As it is typed. */
const nameOf = (command: CommandUnknownOpts): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
