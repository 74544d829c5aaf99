/** Peers that run on Debian's Python: what is missing, and what they say of worlds. */
import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Features } from './features.ts';

/** Scores from 0 to 1 by method: a list a world, in the order of its features' validators. */
export type Said = Readonly<Record<string, readonly (readonly number[])[]>>;

const PYTHON = '/usr/bin/python3';
const exec = promisify(execFile);

/** Why `code` does not run; undefined where it does. `--install` gets what it needs, as root on Debian. */
export async function missingFor(
  code: string,
  packages: readonly string[],
): Promise<string | undefined> {
  const runs = (): Promise<boolean> =>
    exec(PYTHON, ['-c', code]).then(
      () => true,
      () => false,
    );
  if (await runs()) return undefined;
  if (!process.argv.includes('--install')) return 'not installed: run with --install';
  try {
    await exec('apt-get', ['install', '-y', '--no-install-recommends', ...packages]);
  } catch {
    return 'apt-get could not install it';
  }
  return (await runs()) ? undefined : 'installed, but does not run';
}

/** What the script beside this file makes of these worlds. */
export async function askPython(
  script: string,
  worlds: readonly Features[],
  words: readonly string[] = [],
): Promise<Said> {
  const file = new URL(script, import.meta.url).pathname;
  const child = spawn(PYTHON, [file, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  child.stdin.end(JSON.stringify(worlds));
  const [said, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(said) as Said;
}
