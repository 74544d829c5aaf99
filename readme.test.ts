/**
 * The READMEs hold what they say: every command in them is run, what the demo is shown to print it
 * prints, and every file that they name is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = dirname(fileURLToPath(import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('README.md', () => {
  it('opens with the two commands', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(commands().slice(0, 2)).toEqual([
      'npm ci && npx leadpoet demo',
      'npm ci && npm test', // The run that this test is part of.
    ]);
    expect(scripts).toMatchObject({ test: 'vitest run' });
    for (const [, script = ''] of README.matchAll(/`npm run ([a-z:]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
  });

  it('shows what the demo prints', () => {
    const shown = (/```text\n(.*?)```/s.exec(README)?.[1] ?? '').split('  …\n\n');
    const { out } = leadpoet('demo');
    expect(shown).toHaveLength(2);
    for (const part of shown) expect(out).toContain(part);
    expect(out.startsWith(shown[0] ?? '-')).toBe(true);
    expect(out.endsWith(shown[1] ?? '-')).toBe(true);
  });

  it.each(commands().filter((line) => line.startsWith('npx leadpoet ')))(
    'runs: %s',
    (line) => {
      const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
      // What a run writes goes where nobody else looks; everything else is read where it lies.
      const isWriting = / sim | suppress | --suppress | --html /.test(line);
      const words = args.slice(2).map((word) => atRoot(String(word), isWriting));
      const { status, out, err } = leadpoetIn(isWriting ? RUNS : ROOT, ...words);
      // An audit of the example, a third of which is bad, says no.
      expect({ line, status, err }).toMatchObject({
        line,
        status: line.includes(' audit ') ? 1 : 0,
      });
      if (line.endsWith('--json')) expect(() => JSON.parse(out) as unknown).not.toThrow();
    },
    300_000,
  ); // A day of a hundred miners takes half a minute, and the machine may be busy.
});

describe('the nine processes of README.md', () => {
  it('bring a buyer its leads by the lines that stand there', () => {
    const [, lines = ''] = /```bash\n(.*?)```/s.exec(README) ?? [];
    const bin = join(RUNS, 'bin');
    mkdirSync(bin);
    const start = `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(ROOT, 'leadpoet.cjs')}" "$@"\n`;
    writeFileSync(join(bin, 'npx'), start, { mode: 0o755 });
    const PATH = `${bin}:${process.env['PATH']}`;
    const { status, stdout, stderr } = spawnSync('bash', ['-c', lines], {
      cwd: RUNS,
      encoding: 'utf8',
      env: { ...process.env, PATH },
    });
    // What `wait` gives of nodes that have left is of no matter; that it comes to an end is.
    expect(status === null ? stderr : 'ended').toBe('ended');
    // Into a pipe as JSON, which `leadpoet audit` reads.
    expect((JSON.parse(stdout) as readonly unknown[]).length).toBe(100);
  }, 300_000);
});

describe('every README', () => {
  it.each(['.', 'protocols', 'actors', 'runtime', 'sim', 'bench'])(
    'of %s names files that exist',
    (folder) => {
      const text = readFileSync(join(ROOT, folder, 'README.md'), 'utf8').replaceAll(
        /```.*?```/gs,
        '',
      );
      const named = [...text.matchAll(/`([\w./-]+\.(?:ts|json|jsonl|md|csv|mjs))`/g)].map(
        ([, name]) => name,
      );
      const missing = named.filter(
        (name = '') => !places(folder, name).some((path) => existsSync(join(ROOT, path))),
      );
      expect(missing).toEqual([]);
      expect(named.length).toBeGreaterThan(0);
    },
  );
});

/** A name is given from the root, from the README's own folder, or from one that the text is about. */
const places = (folder: string, name: string): readonly string[] => [
  name,
  join(folder, name),
  join(folder, 'rules', name),
  join('protocols/rules', name),
  join('runtime/sources', name),
];

function commands(): readonly string[] {
  return [...README.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => line.trim() !== '');
}

/** A file that ships, by its full path for whoever is elsewhere. */
const atRoot = (word: string, isElsewhere: boolean): string =>
  isElsewhere && word.startsWith('runtime/') ? join(ROOT, word) : word;

const RUNS = mkdtempSync(join(tmpdir(), 'leadpoet-readme-'));
afterAll(() => rmSync(RUNS, { recursive: true }));

const leadpoet = (...args: readonly string[]): Ran => leadpoetIn(ROOT, ...args);

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function leadpoetIn(cwd: string, ...args: readonly string[]): Ran {
  const bin = join(ROOT, 'leadpoet.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr };
}
