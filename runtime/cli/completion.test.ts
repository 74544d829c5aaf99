import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { INDUSTRIES } from '../../protocols/lead.ts';
import { SHELLS } from './commands/help-commands.ts';
import { complete } from './completion.ts';
import { LEAD_FORMATS } from './lead-formats.ts';
import { program } from './program.ts';

describe('what a shell completes', () => {
  it('are commands, those of a group, and those of the program beside', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['demo', 'buy', 'wallet', 'sim', 'man']));
    expect(offered('')).not.toContain('complete');
    expect(offered('va')).toEqual(['validator']);
    expect(offered('wallet', '')).toEqual(['create', 'overview']);
  });

  it('are flags, also those with dots', () => {
    expect(offered('miner', '--wallet.')).toEqual([
      '--wallet.name',
      '--wallet.hotkey',
      '--wallet.path',
    ]);
    expect(offered('buy', '--num-leads', '5', '--indu')).toEqual(['--industry']);
  });

  it('are the values of which there are few', () => {
    expect(offered('buy', '--industry', '')).toEqual([...INDUSTRIES]);
    expect(offered('buy', '--format', '')).toEqual([...LEAD_FORMATS]);
    expect(offered('vote', '5G', '')).toEqual(['yes', 'no']);
    expect(offered('completion', '')).toEqual([...SHELLS]);
    expect(offered('buy', '--num-leads', '')).toEqual([]);
  });

  it('are left to the shell where a file is named', () => {
    for (const words of [
      ['audit', ''],
      ['buy', '--out', 'l'],
      ['verify-log', 'a', ''],
      ['audit', '--full', '--region', 'DE', ''],
      ['miner', '--mock', '--config', ''],
    ]) {
      expect([words, answer(words)]).toEqual([words, [':0']]);
    }
    expect(answer(['audit', '--region', ''])).toEqual([':4']);
    expect(answer(['score', 'a', ''])).toEqual([':4']);
  });
});

describe('the script', () => {
  it('is there for four shells, and one that bash reads', () => {
    for (const shell of SHELLS) {
      const { status, stdout, stderr } = leadpoet('completion', shell);
      expect([shell, status, stderr]).toEqual([shell, 0, '']);
      expect(stdout).toMatch(/leadpoet complete '?--'? /);
      if (shell !== 'bash') continue;
      const read = spawnSync('bash', ['-n'], { input: stdout, encoding: 'utf8' });
      expect([read.status, read.stderr]).toEqual([0, '']);
    }
  });

  it('asks the program whose words they are, and bash gets them as they are typed', () => {
    expect(leadpoet('complete', '--', 'sim', 'rep').stdout).toMatch(/^report\t/);
    vi.stubEnv('LEADPOET_COMPLETES', 'bash');
    try {
      expect(offered('buy', '--industry', 'T')).toEqual([String.raw`Tech\\\ \\\&\\\ AI`]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));
const leadpoet = (...args: readonly string[]) =>
  spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });

/** What is printed for the words: what may stand there, then a number for the shell. */
function answer(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  try {
    complete(
      program(() => undefined),
      words,
      [['sim', 'simulate the subnet']],
    );
  } finally {
    log.mockRestore();
  }
  return lines;
}

const offered = (...words: readonly string[]): readonly string[] =>
  answer(words)
    .slice(0, -1)
    .map((line) => line.split('\t')[0] ?? '');
