import { describe, expect, it } from 'vitest';
import { HIDDEN } from './commands/help-commands.ts';
import { EXAMPLES } from './commands/examples.ts';
import { allBelow, showExamples } from './examples.ts';
import { program } from './program.ts';
import { troubleOf } from './testing/reading.ts';

describe('the command line', () => {
  it('has examples of every command, and of none besides', () => {
    const commands = allBelow(program(() => undefined));
    const without = commands
      .filter(([words, { commands: below }]) => below.length === 0 && words !== HIDDEN)
      .filter(([words]) => !(words in EXAMPLES))
      .map(([words]) => words);
    expect(without).toEqual([]);
    const known = new Set(commands.map(([words]) => words));
    expect(Object.keys(EXAMPLES).filter((words) => !known.has(words))).toEqual([]);
  });

  it('would run each of them, as that command', () => {
    for (const [words, examples] of Object.entries(EXAMPLES)) {
      for (const [line] of examples) {
        expect([line, troubleOf(program, 'leadpoet', line)]).toEqual([line, undefined]);
        expect(`${line} `).toContain(`leadpoet ${words}${words === '' ? '' : ' '}`);
      }
    }
  });

  it('shows them under the help, beside what they are for, or below it where they are long', () => {
    const top = program(() => undefined);
    showExamples(top, {
      demo: [['leadpoet demo', 'a subnet']],
      vote: [
        ['leadpoet vote a no', 'no'],
        [`leadpoet vote ${'x'.repeat(48)} yes`, 'yes'],
      ],
    });
    expect(helpOf(top, 'demo')).toMatch(/\nExample:\n {2}leadpoet demo {2}a subnet\n$/);
    expect(helpOf(top, 'vote')).toMatch(/\nExamples:\n {2}no:\n {4}leadpoet vote a no\n {2}yes:\n/);
  });
});

function helpOf(top: ReturnType<typeof program>, words: string): string {
  let text = '';
  const command = allBelow(top).find(([name]) => name === words)?.[1];
  command?.configureOutput({ writeOut: (part) => (text += part) });
  command?.outputHelp();
  return text;
}
