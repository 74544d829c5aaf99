/**
 * What a shell completes: commands, their flags, and what these may be, read from the command line
 * itself.
 *
 *     leadpoet completion bash ──▶ a script ──Tab──▶ leadpoet complete -- audit --ind ──▶ --industry
 */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { RootCommand, type OptionHandler } from '@bomb.sh/tab';
import { INDUSTRIES } from '../../protocols/lead.ts';
import { HIDDEN, SHELLS, type Shell } from './commands/help-commands.ts';
import { allBelow } from './examples.ts';
import { LEAD_FORMATS } from './lead-formats.ts';

/** Says in the environment which shell asks: bash takes what it is given as it would be typed. */
const SHELL_VARIABLE = 'LEADPOET_COMPLETES';

/** Prints the script that a shell reads when it starts. */
export function completionScript(shell: Shell): void {
  const executable = shell === 'bash' ? `${SHELL_VARIABLE}=bash leadpoet` : 'leadpoet';
  new RootCommand().setup('leadpoet', executable, shell);
}

/** What a flag may be, of those of which there are few. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  industry: INDUSTRIES,
  format: LEAD_FORMATS,
  'subtensor.network': ['test', 'finney', 'local', 'mock'],
  role: ['miner', 'validator', 'pool'],
  'yes|no': ['yes', 'no'],
  shell: SHELLS,
};

/** What stands for a file or a folder in the names of values; which there are, the shell knows best. */
const FILES = /^(file|files|dir|folder|journal|sweep|scenario|model)$/;

/** Prints what may stand in the place of the last of the words, a line each, as the script reads it. */
export function complete(
  top: CommandUnknownOpts,
  words: readonly string[],
  elsewhere: readonly (readonly [name: string, description: string])[] = [],
): void {
  if (isFile(top, words)) return console.log(':0');
  const root = new RootCommand();
  for (const [name, description] of elsewhere) root.command(name, description);
  for (const [name, command] of allBelow(top)) {
    if (name === HIDDEN) continue;
    // What is below a group is what one types, not the group alone.
    const target = name === '' ? root : root.command(name, command.description());
    for (const option of command.createHelp().visibleOptions(command)) {
      const flag = option.long?.slice(2);
      if (flag === undefined) continue;
      // A flag with a handler takes a value; one without is a switch.
      if (option.required || option.optional) target.option(flag, option.description, offer(flag));
      else target.option(flag, option.description);
    }
    for (const argument of command.registeredArguments) {
      target.argument(argument.name(), offer(argument.name()), argument.variadic);
    }
  }
  root.parse([...words]);
}

const offer =
  (name: string): OptionHandler & ((say: (value: string, description: string) => void) => void) =>
  (say) => {
    for (const choice of CHOICES[name] ?? []) say(typed(choice), '');
  };

/** Bash takes away one layer when it reads the list, and another when the line is run. */
const typed = (text: string): string =>
  process.env[SHELL_VARIABLE] === 'bash'
    ? text.replaceAll(/[^\w.,:/@%+=~-]/g, String.raw`\\\$&`)
    : text;

/** Whether the last of the words stands where a file is named. */
function isFile(top: CommandUnknownOpts, words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (last.startsWith('-')) return false;
  let command = top;
  let place = 0;
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? '';
    if (word.startsWith('-')) {
      const option = command.options.find(({ long }) => long === word);
      const takesValue = option !== undefined && (option.required || option.optional);
      if (takesValue && at === before.length - 1) return FILES.test(valueOf(option.flags));
      if (takesValue) at++;
      continue;
    }
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) place++;
    else command = below;
  }
  const { registeredArguments: known } = command;
  const argument = known[place] ?? (known.at(-1)?.variadic === true ? known.at(-1) : undefined);
  return argument !== undefined && FILES.test(argument.name());
}

/** The name of what follows a flag: `file` of `--out <file>`. */
const valueOf = (flags: string): string => /[<[]([^>\]]*)/.exec(flags)?.[1] ?? '';
