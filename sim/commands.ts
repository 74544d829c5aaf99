/**
 * What `leadpoet sim run`, `report` and `reproduce` do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, UsageError, type Console } from '../runtime/cli/trouble.ts';
import { version } from '../runtime/cli/command-line.ts';
import { collectSooner } from '../runtime/collecting.ts';
import type { Progress } from './simulate.ts';
import { simulate } from './simulate.ts';
import { checkVersion, readManifest, writeWhole } from './report/manifest.ts';
import { loadScenario, readScenario, showScenario } from './scenario-file.ts';
import { drawReport, heldIn, runAgain, runInto, type Unfinished } from './run-directory.ts';
import { showFailure, showViolation, smallest, type Failure } from './smallest.ts';

export interface RunCommandOptions {
  /** 1 where absent; with `resume` that of the directory. */
  readonly seed?: number;
  readonly out: string;
  readonly csv?: true;
  readonly workers?: number;
  readonly resume?: true;
  readonly json?: true;
}

/** Exit 1 where a checker found something: the seed, the time and what it was are printed. */
export async function runCommand(
  nameOrPath: string | undefined,
  options: RunCommandOptions,
  io: Console,
): Promise<number> {
  const { out: directory } = options;
  const asked = await whatToRun(nameOrPath, options);
  if (asked === 'finished') {
    const manifest = join(directory, 'manifest.json');
    if (options.json) io.out(readFileSync(manifest, 'utf8'));
    else io.out(`${directory} holds a run that has finished; nothing was run\n`);
    return EXIT.done;
  }
  const { scenario, seed, csv, isAgain } = asked;
  collectSooner();
  if (isAgain) io.err(`${scenario.name}, seed ${seed}, was cut short: it begins again\n`);
  const began = performance.now();
  const result = await (isAgain ? runAgain : runInto)({
    scenario,
    seed,
    directory,
    csv,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    tell: progressTo(io),
    tellFault: ({ is, fault, nodes }) => {
      io.err(`\r${fault.fault} ${is}: ${nodes.length} nodes\u001B[K\n`);
    },
  });
  io.err('\r\u001B[K');
  const { digest, events, violation, queries, answered, leads } = result;
  const days = result.virtual / 86_400_000;
  if (options.json) {
    const manifest = readFileSync(join(directory, 'manifest.json'), 'utf8');
    io.out(manifest);
  } else {
    io.out(
      [
        `${scenario.name}, seed ${seed}: ${days.toFixed(2)} virtual days, ${events} events`,
        `${answered} of ${queries} queries answered, ${leads} leads delivered`,
        `digest ${digest}`,
        `report ${join(directory, 'report.html')}`,
        '',
      ].join('\n'),
    );
  }
  io.err(`took ${((performance.now() - began) / 1_000).toFixed(1)} s of wall time\n`);
  if (violation === undefined) return EXIT.done;
  io.err(`violated: ${showViolation(seed, result)}\n`);
  await shrink({ scenario, seed, result }, directory, io);
  return EXIT.no;
}

/** What was asked for; with `resume`, what the directory says, of which no more may be asked. */
async function whatToRun(
  nameOrPath: string | undefined,
  { seed, out: directory, csv, resume }: RunCommandOptions,
): Promise<(Unfinished & { readonly isAgain: boolean }) | 'finished'> {
  const named = nameOrPath === undefined ? undefined : loadScenario(nameOrPath);
  const held = resume ? await heldIn(directory) : 'nothing';
  if (held === 'finished') {
    const { scenario, seed: ran } = await readManifest(directory);
    checkSame(directory, { scenario: readScenario(scenario.text, scenario.name), seed: ran });
    return 'finished';
  }
  if (held === 'nothing') {
    if (named === undefined) {
      const allowed = resume
        ? 'a directory of a run that was cut short, where no scenario is named'
        : 'a TOML file, or the name of a scenario that ships';
      const field = resume ? '--out' : 'SCENARIO';
      throw new UsageError({ field, came: resume ? directory : 'nothing', allowed });
    }
    return { scenario: named, seed: seed ?? 1, csv: csv === true, isAgain: false };
  }
  checkSame(directory, held);
  return { ...held, csv: held.csv || csv === true, isAgain: true };

  function checkSame(where: string, { scenario, seed: its }: Omit<Unfinished, 'csv'>): void {
    if (named !== undefined && showScenario(named) !== showScenario(scenario)) {
      const allowed = `the ${scenario.name} that ${where} holds, which is another`;
      throw new UsageError({ field: 'SCENARIO', came: named.name, allowed });
    }
    if (seed !== undefined && seed !== its) {
      const allowed = `${its}, the seed of the run in ${where}`;
      throw new UsageError({ field: '--seed', came: String(seed), allowed });
    }
  }
}

/** What is left of the scenario when all is taken away that the failure can do without. */
async function shrink(failure: Failure, directory: string, io: Console): Promise<void> {
  io.err('looking for the smallest scenario that still fails, for half a minute at the most\n');
  const found = await smallest(failure);
  const text = showFailure(found);
  const file = join(directory, 'smallest.toml');
  writeWhole(file, text);
  io.err(`${text}\nsee it again: leadpoet sim run ${file} --seed ${found.seed} --out DIR\n`);
}

export async function reportCommand(directory: string, io: Console): Promise<number> {
  const manifest = await readManifest(directory);
  await drawReport(directory, manifest);
  io.out(`${join(directory, 'report.html')}\n`);
  return EXIT.done;
}

export async function reproduceCommand(directory: string, io: Console): Promise<number> {
  const manifest = await readManifest(directory);
  checkVersion(manifest, version());
  const { name, text } = manifest.scenario;
  const scenario = readScenario(text, name);
  const { digest, events } = await simulate({
    scenario,
    seed: manifest.seed,
    tell: progressTo(io),
  });
  io.err('\r\u001B[K');
  const isSame = digest === manifest.digest;
  io.out(
    isSame
      ? `the same: ${events} events, digest ${digest}\n`
      : `it differs: ${manifest.events} events, digest ${manifest.digest}\n  again: ${events} events, digest ${digest}\n`,
  );
  return isSame ? EXIT.done : EXIT.no;
}

/** One line that is written over: how far, how fast, how long still. */
function progressTo(io: Console): (progress: Progress) => void {
  const began = performance.now();
  let told = 0;
  return ({ virtual, of, events }) => {
    const wall = performance.now() - began;
    if (wall - told < 250 && virtual < of) return;
    told = wall;
    const left = virtual > 0 ? ((wall / virtual) * (of - virtual)) / 1_000 : 0;
    const hours = (time: number): string => (time / 3_600_000).toFixed(1);
    const rate = Math.round(events / (wall / 1_000));
    const line = `${hours(virtual)} of ${hours(of)} h, ${(wall / 1_000).toFixed(0)} s so far, ${rate} events/s, ${left.toFixed(0)} s to go`;
    io.err(`\r${line}\u001B[K`);
  };
}
