/**
 * Examples of commands: under the help of each, and in the manual.
 */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** A line to type, and what it is for. */
export type Example = readonly [line: string, what: string];

/** By the command's words behind the program's own, such as `wallet create`; the program's own by ''. */
export type Examples = Readonly<Record<string, readonly Example[]>>;

/** A command with those below it, each by its words. */
export const allBelow = (
  command: CommandUnknownOpts,
  words: readonly string[] = [],
): readonly (readonly [string, CommandUnknownOpts])[] => [
  [words.join(' '), command],
  ...command.commands.flatMap((one) => allBelow(one, [...words, one.name()])),
];

/** Puts those of every command under its help. */
export function showExamples(top: CommandUnknownOpts, examples: Examples): void {
  for (const [words, command] of allBelow(top)) {
    const lines = examples[words] ?? [];
    if (lines.length > 0) command.addHelpText('after', `\n${listed(lines)}`);
  }
}

/** In two columns; where one is long, each below what it is for. */
function listed(examples: readonly Example[]): string {
  const wide = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) =>
    wide > LONGEST ? `  ${what}:\n    ${line}` : `  ${line.padEnd(wide)}  ${what}`,
  );
  return [examples.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n');
}

/** So that what it is for still stands beside it on most terminals. */
const LONGEST = 46;
