import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HIDDEN } from './commands/help-commands.ts';
import { allBelow } from './examples.ts';
import { program } from './program.ts';

describe('the command line', () => {
  it('explains itself', () => {
    const { status, out, err } = leadpoet('--help');
    expect(status).toBe(0);
    const commands = allBelow(program(() => undefined)).filter(
      ([words]) => words !== '' && words !== HIDDEN && !words.includes(' '),
    );
    expect(commands.length).toBeGreaterThan(20);
    for (const [name] of commands) expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    for (const part of ['Examples:', 'Exit codes:', 'leadpoet sim --help']) {
      expect(out).toContain(part);
    }
    expect(err).toBe('');
    // The others are read in this process: see `program.test.ts`.
    expect(leadpoet('buy', '--help')).toMatchObject({ status: 0, err: '' });
  });

  it('tells its version', () => {
    expect(leadpoet('--version')).toMatchObject({ status: 0, out: '0.1.0\n', err: '' });
  });

  it.each([
    [['demo', '--sed', '4'], "unknown option '--sed' (Did you mean --seed?)"],
    [['dem'], "unknown command 'dem' (Did you mean demo?)"],
    [['zzz'], "unknown command 'zzz'; allowed: demo, miner, validator, pool, "],
    [['demo', '--seed', '-1'], '--seed is "-1"; allowed: a whole number, 0 to 9007199254740991'],
    [['demo', '--seed', '1e3'], '--seed is "1e3"; allowed: a whole number'],
    [['demo', '--query-leads', '101'], '--query-leads is "101"; allowed: a whole number, 1 to 100'],
    [['demo', '--query-leads', '0'], '--query-leads is "0"; allowed: a whole number, 1 to 100'],
    [['demo', '--industry', 'Tech'], '--industry is "Tech"; allowed: one of Tech & AI'],
    [['demo', '--region', ' '], '--region is " "; allowed: 1 to 64 characters'],
    [['demo', '--region', 'x'.repeat(65)], '--region is "xxx'],
    [['audit', 'f', '--sample', '0'], '--sample is "0"; allowed: a number above 0, at most 1'],
    [['audit', 'f', '--sample', '1.5'], '--sample is "1.5"; allowed: a number above 0, at most 1'],
    [['audit'], "missing required argument 'file'"],
    [
      ['suppress', 'add', 'ann@', '--list', 'nowhere/x'],
      'argument 1 is "ann@"; allowed: an address like',
    ],
    [['suppress', 'add', 'ann@acme.com'], "required option '--list <file>' not specified"],
    [
      ['erase', 'acme.com', '--data-dir', '.'],
      'argument 1 is "acme.com"; allowed: an address like',
    ],
    [
      ['doctor', '--control-hosts', 'a,,b'],
      '--control-hosts is "a,,b"; allowed: 1 to 8 host names',
    ],
    [['buy', '--mock'], '--num-leads is missing; allowed: a whole number, 1 to 100'],
    [['buy', '--num-leads', '101'], '--num-leads is 101; allowed: a whole number, 1 to 100'],
    [
      ['buy', '--num-leads', '1', '--format', 'xml'],
      '--format is "xml"; allowed: json, csv, table',
    ],
    [
      ['miner', '--axon_ip', '192.0.2.1'],
      '--miner-model is missing; allowed: a module or a command',
    ],
    [
      ['validator', '--mock', '--subtensor.chain_endpoint', 'ws://a'],
      '--subtensor.chain_endpoint is "ws://a"; allowed: no chain endpoint with --mock',
    ],
    [['rate', 'q', '5', '--mock'], 'QUERY_ID is "q"; allowed: the 64 hex digits'],
    [['rate', '--mock'], 'QUERY_ID is missing; allowed: the digits that `leadpoet buy`'],
    [['rate', 'a'.repeat(64), '11'], 'RATING is "11"; allowed: a whole number, 1 to 10'],
    [
      ['vote', 'a'.repeat(64), 'maybe'],
      'the vote is "maybe"; allowed: yes, to lift the flag, or no',
    ],
    [['score', 'a', 'b'], 'too many arguments'],
    [['collusion', '/dev/null'], '/dev/null is empty; allowed: a document of collusion-events/1'],
    [['collusion', 'f', '--htm', 'x'], "unknown option '--htm' (Did you mean --html?)"],
  ])('refuses %j in one line, exit 2', (args, line) => {
    const { status, out, err } = leadpoet(...args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says which file is not there and exits with 3', () => {
    for (const args of [
      ['score', 'nowhere.json'],
      ['collusion', 'nowhere.json'],
      ['yuma', 'nowhere.json'],
      ['audit', 'nowhere.csv', '--offline'],
      ['demo', '--source', 'nowhere.csv'],
      ['demo', '--suppress', 'nowhere.list'],
      ['suppress', 'add', 'ann@acme.com', '--list', 'nowhere/list'],
      ['erase', 'ann@acme.com', '--data-dir', 'nowhere'],
      ['pool', '--mock', '--config', 'nowhere.toml'],
      ['appeal', '--mock', '--data-dir', '/tmp/nowhere'],
      ['buy', '--num-leads', '1', '--out', 'nowhere/leads.csv'],
    ]) {
      const { status, out, err } = leadpoet(...args);
      expect({ status, out }).toEqual({ status: 3, out: '' });
      expect(err).toContain('nowhere');
      expect(err).not.toContain('    at ');
    }
  }, 300_000); // Ten processes, one after the other, on a machine that may be busy.
});

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));

function leadpoet(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr };
}
