/**
 * A sweep: a scenario, seeds, and a grid of values for keys of the scenario.
 *
 *     format = "leadpoet.sweep/1"
 *     scenario = "baseline"             # one that ships, or a file; its path is from this file's
 *     seeds = 5                         # so many of its own for each point of the grid, or a list
 *
 *     [grid]                            # every combination of these; the last key turns fastest
 *     "miners.garbage" = [0, 10]
 *     "network.loss" = [0, 0.01]
 *
 * A value that the scenario can't take is told with the key and the line of the sweep.
 */
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show } from '../protocols/query.ts';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import type { Seeds } from './cells.ts';
import { anyTable, Misfit, misfit, must, showPath, table, type Path, type Reader } from './keys.ts';
import { loadScenario, readToml, SHIPPED, textOf } from './scenario-file.ts';
import { documentOf, scenarioIn, type Document } from './scenario-keys.ts';
import type { Scenario } from './scenario.ts';

export const SWEEP_FORMAT = 'leadpoet.sweep/1';

/** What a key of a scenario is set to. */
export type Value = string | number | boolean;
export type Parameters = Readonly<Record<string, Value>>;

/** One combination of the grid, and the scenario that it makes. */
export interface Point {
  readonly parameters: Parameters;
  readonly scenario: Scenario;
}

export interface Sweep {
  /** That of its file. */
  readonly name: string;
  /** As the file names it. */
  readonly scenario: string;
  readonly seeds: Seeds;
  /** The grid's keys, in the order of the file. */
  readonly keys: readonly string[];
  readonly points: readonly Point[];
}

/** Loads the scenario that a sweep names. */
export type Load = (nameOrPath: string) => Scenario;

/** The sweeps that ship. */
export const SWEEPS = [
  'strategies',
  'two-pools',
  'long-run',
  'dishonest-pool',
  'shills',
  'same-mailbox',
  'leaks',
  'ring-caught',
  'ring-after',
  'wrong-flags',
] as const;

/** The shipped sweep of that name, or the one in a file. */
export function loadSweep(nameOrFile: string): Sweep {
  const isShipped = SWEEPS.some((name) => name === nameOrFile);
  const file = isShipped
    ? fileURLToPath(new URL(`./sweeps/${nameOrFile}.toml`, import.meta.url))
    : nameOrFile;
  return readSweep(sweepText(file), nameOrFile, (name) => loadScenario(besides(file, name)));
}

/** The sweep in a text; `where` is what a person calls it. */
export const readSweep = (text: string, where: string, load: Load): Sweep =>
  readToml(text, where, (document) => ({
    name: basename(where, '.toml'),
    ...sweepIn(document, load),
  }));

/** A word is the name of a scenario; with a dot or a slash it is the path of one. */
const besides = (file: string, name: string): string =>
  /[./\\]/.test(name) ? resolve(dirname(file), name) : name;

function sweepText(file: string): string {
  try {
    return textOf(file, file);
  } catch (error) {
    // The reader of scenarios thinks of the names of those that ship.
    const isName = error instanceof UsageError && error.error.field === 'SCENARIO';
    if (!isName && !(error instanceof WorldError)) throw error;
    const remedy = `give a TOML file of a scenario, seeds and a grid, or one of ${SWEEPS.join(', ')}`;
    throw new WorldError(`cannot read ${show(file)}; ${remedy}`, { cause: error });
  }
}

/** A day of cells of a second. */
const MOST_CELLS = 100_000;
const MOST_SEEDS = 10_000;

const as: Reader<unknown> = (value) => value;
const SWEEP = table({ format: as, scenario: as, seeds: as, grid: as });

function sweepIn(document: unknown, load: Load): Omit<Sweep, 'name'> {
  // Before all else: another version has other keys.
  const { format } = anyTable(document, []);
  if (format !== SWEEP_FORMAT) throw misfit(['format'], format, SWEEP_FORMAT);

  const said = SWEEP(document, []);
  const named = must(said.scenario, [], 'scenario', 'a TOML file, or the name of one that ships');
  if (typeof named !== 'string' || named === '') {
    throw misfit(['scenario'], named, `a TOML file, or one of ${SHIPPED.join(', ')}`);
  }
  const allowed = 'how many seeds each point gets, or a list of seeds';
  const seeds = seedsIn(must(said.seeds, [], 'seeds', allowed), ['seeds']);
  const axes = said.grid === undefined ? [] : axesIn(said.grid, ['grid'], []);
  refuseTwice(axes);
  const count = typeof seeds === 'number' ? seeds : seeds.length;
  const cells = axes.reduce((product, { values }) => product * values.length, count);
  if (cells > MOST_CELLS) {
    throw new Misfit(['grid'], `${cells} cells`, `at most ${MOST_CELLS}`);
  }

  const base = load(named);
  const points = combinations(axes).map((choices) => pointAt(base, choices));
  return { scenario: named, seeds, keys: axes.map(({ key }) => key), points };
}

function seedsIn(value: unknown, path: Path): Seeds {
  const isIn = (seed: unknown, least: number, most: number): seed is number =>
    typeof seed === 'number' && Number.isInteger(seed) && seed >= least && seed <= most;
  if (!Array.isArray(value)) {
    if (isIn(value, 1, MOST_SEEDS)) return value;
    throw misfit(path, value, `a number of seeds, 1 to ${MOST_SEEDS}, or a list of seeds`);
  }
  if (value.length === 0 || value.length > MOST_SEEDS) {
    throw new Misfit(path, `a list of ${value.length}`, `a list of 1 to ${MOST_SEEDS}`);
  }
  const seeds = new Set<number>();
  for (const [at, seed] of value.entries()) {
    if (!isIn(seed, 0, Number.MAX_SAFE_INTEGER)) {
      throw misfit([...path, at], seed, `a whole number, 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    if (seeds.has(seed)) throw misfit([...path, at], seed, 'each seed once');
    seeds.add(seed);
  }
  return [...seeds];
}

/** One key of the scenario and what it is set to in turn. */
interface Axis {
  readonly key: string;
  /** In the scenario. */
  readonly steps: readonly string[];
  /** In the sweep. */
  readonly path: Path;
  readonly values: readonly Value[];
}

/** Both `"miners.garbage" = […]` and `miners.garbage = […]`, which TOML takes for tables. */
function axesIn(value: unknown, path: Path, before: readonly string[]): readonly Axis[] {
  return Object.entries(anyTable(value, path)).flatMap(([name, held]) => {
    const here = [...path, name];
    const steps = [...before, ...name.split('.')];
    if (Array.isArray(held)) {
      return [{ key: steps.join('.'), steps, path: here, values: valuesIn(held, here) }];
    }
    const isTable = typeof held === 'object' && held !== null && !(held instanceof Date);
    if (isTable) return axesIn(held, here, steps);
    throw misfit(here, held, 'a list of values, such as [0, 10]');
  });
}

function valuesIn(held: readonly unknown[], path: Path): readonly Value[] {
  if (held.length === 0) throw new Misfit(path, 'an empty list', 'a list of values');
  const values = new Set<Value>();
  for (const [at, value] of held.entries()) {
    const here = [...path, at];
    if (!isValue(value)) throw misfit(here, value, 'a number, text, true or false');
    if (values.has(value)) throw misfit(here, value, 'each value once');
    values.add(value);
  }
  return [...values];
}

const isValue = (value: unknown): value is Value =>
  ['string', 'number', 'boolean'].includes(typeof value);

function refuseTwice(axes: readonly Axis[]): void {
  const seen = new Set<string>();
  for (const { key, path } of axes) {
    if (seen.has(key)) throw new Misfit(path, 'there twice', 'each key once');
    seen.add(key);
    if (key === 'format') throw new Misfit(path, 'a list', 'keys that a scenario may differ in');
  }
}

/** An axis and which of its values. */
interface Choice {
  readonly axis: Axis;
  readonly at: number;
  readonly value: Value;
}

const combinations = (axes: readonly Axis[]): readonly (readonly Choice[])[] =>
  axes.reduce<readonly (readonly Choice[])[]>(
    (all, axis) =>
      all.flatMap((choices) => axis.values.map((value, at) => [...choices, { axis, at, value }])),
    [[]],
  );

function pointAt(base: Scenario, choices: readonly Choice[]): Point {
  const document = choices.reduce<unknown>(
    (so, { axis, value }) => withValue(so, axis.steps, value),
    documentOf(base),
  );
  const parameters = Object.fromEntries(choices.map(({ axis, value }) => [axis.key, value]));
  try {
    return { parameters, scenario: scenarioIn(document, nameOf(base, choices)) };
  } catch (error) {
    throw error instanceof Misfit ? inSweep(error, choices) : error;
  }
}

const nameOf = ({ name }: Scenario, choices: readonly Choice[]): string =>
  [basename(name, '.toml'), ...choices.map(({ axis, value }) => `${axis.key}=${value}`)].join(' ');

/** The same document, but for one place. */
function withValue(at: unknown, [step, ...rest]: readonly string[], value: Value): unknown {
  if (step === undefined) return value;
  if (Array.isArray(at)) {
    // A place beyond the list's end is no place: the list is left for the scenario to refuse.
    const index = /^\d{1,6}$/.test(step) ? Number(step) : at.length;
    return index < at.length ? at.with(index, withValue(at[index], rest, value)) : value;
  }
  const here = typeof at === 'object' && at !== null ? (at as Document) : {};
  const held = Object.hasOwn(here, step) ? here[step] : undefined;
  return { ...here, [step]: withValue(held, rest, value) };
}

/** Whose value it is that the scenario can't take, or else all of them together. */
function inSweep({ path, came, allowed }: Misfit, choices: readonly Choice[]): Misfit {
  const guilty = choices.find(({ axis: { steps } }) => {
    const shared = Math.min(path.length, steps.length);
    return steps.slice(0, shared).every((step, at) => step === String(path[at]));
  });
  if (guilty !== undefined) {
    const { axis, at } = guilty;
    // An unknown key is wrong with every value.
    const isKey = came.startsWith('no known ');
    return new Misfit(isKey ? axis.path : [...axis.path, at], came, allowed);
  }
  const set = choices.map(({ axis, value }) => `${axis.key} = ${show(value)}`).join(', ');
  return new Misfit(['grid'], set, `those with which ${showPath(path)} (${came}) is ${allowed}`);
}
