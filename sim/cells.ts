/**
 * The cells of an experiment: every scenario with every seed, each a run of its own.
 *
 *     key = digest(code, scenario, seed)
 *
 * A cell that ran under a key need never run again: nothing else goes into a run.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digest, numbersFrom } from '../protocols/hash.ts';
import type { Digest } from '../protocols/units.ts';
import { version } from '../runtime/cli/command-line.ts';
import { showScenario } from './scenario-file.ts';
import type { Scenario } from './scenario.ts';

export interface Cell {
  readonly key: Digest;
  readonly scenario: Scenario;
  readonly seed: number;
}

/** How many seeds of its own each scenario gets, or the seeds that all of them share. */
export type Seeds = number | readonly number[];

/** In order: all seeds of the first scenario, then those of the next. */
export const cellsOf = (
  scenarios: readonly Scenario[],
  seeds: Seeds,
  code: Digest,
): readonly Cell[] =>
  scenarios.flatMap((scenario) => {
    const text = showScenario(scenario);
    return seedsOf(text, seeds).map((seed) => ({ key: keyOf(code, text, seed), scenario, seed }));
  });

const keyOf = (code: Digest, text: string, seed: number): Digest =>
  digest('leadpoet.cell/1', code, text, seed);

/**
 * Drawn from the scenario, so that a grid may be widened and asked for more seeds while the cells
 * that ran stay what they are, and no two scenarios share their luck.
 */
function seedsOf(text: string, seeds: Seeds): readonly number[] {
  if (typeof seeds !== 'number') return seeds;
  return numbersFrom(digest('leadpoet.seeds/1', text)).take(seeds).toArray();
}

const FOLDERS = ['protocols', 'actors', 'runtime', 'sim'];

/** What runs: the version, the commit where this is a checkout, and every source that is shipped. */
export function codeVersion(): Digest {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = FOLDERS.flatMap((folder) => sourcesIn(root, folder)).toSorted();
  return digest(
    'leadpoet.code/1',
    version(),
    commitOf(root),
    ...files.flatMap((file) => [file, readFileSync(join(root, file))]),
  );
}

const sourcesIn = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !/\.(test|contract|d)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`);

/** Empty where there is none; what was changed since is in the sources. */
function commitOf(root: string): string {
  // Below somebody else's checkout an installed package would get theirs.
  if (!existsSync(join(root, '.git'))) return '';
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
