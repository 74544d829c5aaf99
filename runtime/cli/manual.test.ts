import { spawnSync } from 'node:child_process';
import { Command } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from './commands/examples.ts';
import { allBelow } from './examples.ts';
import { manual } from './manual.ts';
import { program } from './program.ts';

describe('the manual page', () => {
  it('has every command with its flags and examples', () => {
    const text = pageOf(program(() => undefined));
    for (const [words, command] of allBelow(program(() => undefined))) {
      if (words === '' || words === 'complete' || command.commands.length > 0) continue;
      expect(text).toContain(`.SS "leadpoet ${escaped(words)} `);
      for (const { long } of command.options) expect(text).toContain(escaped(long ?? ''));
    }
    for (const [line] of Object.values(EXAMPLES).flat()) {
      expect(text).toContain(`.nf\n${escaped(line)}\n.fi`);
    }
    expect(text).not.toContain('complete [');
  });

  it('gives no order to who sets it, whatever a text begins with', () => {
    const top = new Command('x').description('X. It');
    top
      .command('y')
      .description(String.raw`.so /etc/passwd \n "q"`)
      .option('-z', "'quoted");
    const text = pageOf(top);
    expect(text).toContain(String.raw`\&.so /etc/passwd \(rsn "q".`);
    expect(text).toContain("\\&'quoted");
  });

  it.skipIf(spawnSync('man', ['--version']).status !== 0)('is set without a warning', () => {
    const { status, stderr, stdout } = spawnSync('man', ['-l', '--warnings', '-'], {
      input: pageOf(program(() => undefined)),
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('--subtensor.chain_endpoint <url>');
  });
});

const pageOf = (top: Parameters<typeof manual>[0]['top']): string =>
  manual({ top, examples: EXAMPLES, version: '1.2.3', exits: [['0', 'done']], seeAlso: 'man(1)' });

const escaped = (text: string): string => text.replaceAll('-', String.raw`\-`);
