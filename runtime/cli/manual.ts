/**
 * The manual page, made from the command line itself: `man leadpoet`, in the language of troff.
 */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { HIDDEN } from './commands/help-commands.ts';
import { allBelow, type Examples } from './examples.ts';

export interface Manual {
  readonly top: CommandUnknownOpts;
  readonly examples: Examples;
  readonly version: string;
  /** The exit codes, each with what it means. */
  readonly exits: readonly (readonly [code: string, meaning: string])[];
  /** Other pages. */
  readonly seeAlso: string;
}

export function manual({ top, examples, version, exits, seeAlso }: Manual): string {
  // `leadpoet sim` has a page `leadpoet-sim`.
  const page = top.name().replaceAll(' ', '-');
  const commands = allBelow(top).filter(
    ([words, { commands: below }]) => below.length === 0 && words !== '' && words !== HIDDEN,
  );
  const lines = [
    `.TH ${page.toUpperCase()} 1 "" "leadpoet ${version}" "Leadpoet"`,
    '.SH NAME',
    `${page} \\- ${escaped(firstClause(top.description()))}`,
    '.SH SYNOPSIS',
    `.B ${escaped(top.name())}`,
    '\\fICOMMAND\\fR [\\fIOPTIONS\\fR]',
    '.SH DESCRIPTION',
    escaped(top.description()),
    '.SH COMMANDS',
    ...commands.flatMap(([words, command]) => partOf(top.name(), words, command, examples)),
    '.SH EXIT STATUS',
    ...exits.flatMap(([code, meaning]) => ['.TP', `.B ${escaped(code)}`, escaped(meaning)]),
    '.SH ENVIRONMENT',
    'A setting of a node is also taken from a variable: \\fBLEADPOET_\\fR, then the name of the flag in',
    'capitals, with _ for its dots and dashes. A flag goes before its variable, that before a file.',
    '.SH EXAMPLES',
    ...(examples[''] ?? []).flatMap(exampleLines).slice(1),
    '.SH SEE ALSO',
    escaped(seeAlso),
  ];
  return `${lines.join('\n')}\n`;
}

function partOf(
  name: string,
  words: string,
  command: CommandUnknownOpts,
  examples: Examples,
): readonly string[] {
  const help = command.createHelp();
  return [
    `.SS "${quotable(`${name} ${words} ${command.usage()}`)}"`,
    escaped(`${command.description()}.`),
    ...command.registeredArguments.flatMap((argument) =>
      argument.description === ''
        ? []
        : item(`\\fI${escaped(argument.name())}\\fR`, help.argumentDescription(argument)),
    ),
    ...help
      .visibleOptions(command)
      .flatMap((option) =>
        item(`\\fB${escaped(help.optionTerm(option))}\\fR`, help.optionDescription(option)),
      ),
    ...(examples[words] ?? []).flatMap(exampleLines),
  ];
}

const item = (term: string, description: string): readonly string[] => [
  '.TP',
  term,
  escaped(description),
];

const exampleLines = ([line, what]: readonly [string, string]): readonly string[] => [
  '.PP',
  `${escaped(what)}:`,
  '.PP',
  '.RS',
  '.nf',
  escaped(line),
  '.fi',
  '.RE',
];

/** A page is found by its first words. */
const firstClause = (text: string): string => text.split(/[:.]/)[0] ?? text;

/** A dash of troff's own would not be found by searching, and a line that begins with a dot is an order. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\(rs')
    .replaceAll('-', '\\-')
    .replaceAll(/\n/g, ' ')
    .replace(/^(?=[.'])/, '\\&');

/** Between quotation marks of a request. */
const quotable = (text: string): string => escaped(text).replaceAll('"', '\\(dq');
