/**
 * Reads a line that people are told to type, by the command line that it is of, and runs nothing.
 */
import type { Command } from '@commander-js/extra-typings';
import type { Done } from '../command-line.ts';
import { allBelow } from '../examples.ts';

/** What is wrong with the line; undefined where it would be run. `name` is the program's own words. */
export function troubleOf(
  program: (done: Done) => Command,
  name: string,
  line: string,
): string | undefined {
  if (!line.startsWith(`${name} `) && line !== name) return `it is no line of ${name}`;
  const top = program(() => undefined);
  for (const [, command] of allBelow(top)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  // What comes behind is the shell's.
  const own = line.split(/ [|>]/)[0] ?? line;
  const words = own.slice(name.length).matchAll(/"([^"]*)"|\S+/g);
  try {
    top.parse(
      [...words].map(([word, quoted]) => quoted ?? word),
      { from: 'user' },
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
