/**
 * Commands that explain the others: to a shell, and to whoever reads manuals. The same of every program
 * of ours.
 */
import { Argument, type Command } from '@commander-js/extra-typings';
import { io, version, type Done } from '../command-line.ts';
import type { Examples } from '../examples.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** The command that a shell's script runs, and nobody types. */
export const HIDDEN = 'complete';

/** What the pages say of the program, and where the rest of it is. */
export interface Explained {
  readonly examples: Examples;
  readonly seeAlso: string;
  /** Commands of another program under the same name. */
  readonly elsewhere?: readonly (readonly [name: string, description: string])[];
}

export function helpCommands(
  top: Command,
  done: Done,
  { examples, seeAlso, elsewhere = [] }: Explained,
): void {
  top.commandsGroup('Help:');

  top
    .command('man')
    .description('print the manual page, for man -l or a file of its own')
    .action(async () => {
      const { manual } = await import('../manual.ts');
      io.out(manual({ top, examples, version: version(), exits: EXITS, seeAlso }));
      done(0);
    });

  top
    .command(HIDDEN, { hidden: true })
    .description('what a shell may complete; asked by the script of `leadpoet completion`')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words) => {
      const { complete } = await import('../completion.ts');
      complete(top, words, elsewhere);
      done(0);
    });
}

/** One script serves every program of the name. */
export function completionCommand(top: Command, done: Done): void {
  top
    .command('completion')
    .description('print the script with which a shell completes commands and flags')
    .addArgument(new Argument('<shell>', SHELLS.join(', ')).choices(SHELLS))
    .action(async (shell) => {
      const { completionScript } = await import('../completion.ts');
      completionScript(shell);
      done(0);
    });
}

const EXITS = [
  ['0', 'done'],
  ['1', 'it ran, and the answer is no: no leads, a check failed, a replay differs'],
  ['2', 'bad usage or input: the line names the field, what came and what is allowed'],
  ['3', 'something outside is missing: a chain, a peer, a port, a file; the line says what to do'],
  ['70', 'a bug of ours; the line says where its details were written'],
  ['130, 143', 'stopped by SIGINT, SIGTERM, after a clean end'],
] as const;
