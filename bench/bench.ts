/**
 * Runs benches by name, or all of them, and prints a table. Exits with 1 where a goal is missed
 * twice, with 2 where there is no bench of that name.
 *
 *     node bench/bench.ts [--record] [--install] [--full] [--pygod=DIR] [--only=NAMES] [actors] [audit-pool] …
 *
 * With `--install` a bench gets the peers that npm has not, as root on Debian; with `--full` those
 * that take minutes are run to their end. `--pygod` is told in `collusion.ts`, `--only` in `attacks.ts`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { HEADING, Report, type Bench, type Figure } from './report.ts';

const FLAGS = ['--record', '--install', '--full', '--pygod', '--only'];
const folder = new URL('./', import.meta.url);
const known = readdirSync(folder)
  .filter((file) => /^[a-z-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((file) => !['bench', 'report', 'side'].includes(file));

const wanted = process.argv.slice(2).filter((word) => !FLAGS.includes(word.split('=')[0] ?? ''));
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`the bench is ${unknown}; allowed: ${known.join(', ')}`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const name of wanted.length > 0 ? wanted : known) {
  const bench = (await import(`./${name}.ts`)) as Bench;
  console.log(`\n${bench.name}\n${HEADING}`);
  const report = new Report(bench.name, (line) => console.log(line));
  await bench.run(report);
  figures.push(...report.figures);
}
if (process.argv.includes('--record')) record(figures);

const missed = figures.filter(({ isMet }) => isMet === false);
console.log(
  missed.length === 0
    ? '\nevery goal was met'
    : `\nmissed twice: ${missed.map(({ title }) => title).join('; ')}`,
);
process.exitCode = missed.length === 0 ? 0 : 1;

/** A line with all that another run needs to be compared with. */
function record(all: readonly Figure[]): void {
  const entry = {
    format: 'leadpoet.bench/1',
    at: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    figures: all,
  };
  appendFileSync(new URL('history.jsonl', folder), `${JSON.stringify(entry)}\n`);
}

/** Null outside of a checkout. */
function commit(): string | null {
  try {
    const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', ['rev-parse', 'HEAD'], options).trim();
  } catch {
    return null;
  }
}
