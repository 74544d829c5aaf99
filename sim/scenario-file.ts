/**
 * Reads a scenario from TOML, and finds those that ship by their names.
 *
 *     baseline · collusion · copycats · partition · verifier-outage · lead-spam · churn · ninety-days
 *
 * What is wrong is told with its line: `mine.toml, line 7: miners.garbge is no known strategy; …`.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify, TomlError } from 'smol-toml';
import { show } from '../protocols/query.ts';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { nearest } from '../runtime/nearest.ts';
import { Misfit, showPath, type Path } from './keys.ts';
import { documentOf, scenarioIn } from './scenario-keys.ts';
import type { Scenario } from './scenario.ts';

export const SHIPPED = [
  'baseline',
  'collusion',
  'copycats',
  'partition',
  'verifier-outage',
  'lead-spam',
  'churn',
  'ninety-days',
] as const;

/** Ten times what the longest that ships takes: people write them by hand. */
const MOST_BYTES = 65_536;

/** The shipped scenario of that name, or the one in a file. */
export function loadScenario(nameOrPath: string): Scenario {
  const isShipped = SHIPPED.some((name) => name === nameOrPath);
  const file = isShipped
    ? fileURLToPath(new URL(`./scenarios/${nameOrPath}.toml`, import.meta.url))
    : nameOrPath;
  return readScenario(textOf(file, nameOrPath), nameOrPath);
}

/** All of a file of TOML, up to a bound; `named` is what a person calls it. */
export const textOf = (file: string, named: string): string => decoded(bytesOf(file, named), named);

/** The scenario in a text; `where` is what a person calls it, and names the scenario. */
export const readScenario = (text: string, where: string): Scenario =>
  readToml(text, where, (document) => scenarioIn(document, basename(where, '.toml')));

/** What is in a text of TOML, or an error with the line of what `read` found amiss. */
export function readToml<T>(text: string, where: string, read: (document: unknown) => T): T {
  const document = parsed(text, where);
  try {
    return read(document);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const { path, came, allowed } = error;
    const line = lineOf(text, document, path);
    throw new UsageError(
      { field: showPath(path), came, allowed },
      line === undefined ? where : `${where}, line ${line}`,
    );
  }
}

/** As `readScenario` takes it: what a failure prints, and a run's record keeps. */
export const showScenario = (scenario: Scenario): string => stringify(documentOf(scenario));

function parsed(text: string, where: string): unknown {
  try {
    return parse(text, OPTIONS);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line says why; those below quote the file, which may hold what a terminal obeys.
    const [why = ''] = error.message.split('\n', 1);
    const came = `not TOML (${why.replaceAll(/[\p{C}\s]+/gu, ' ').slice(0, 120)})`;
    const field = 'the text';
    throw new UsageError({ field, came, allowed: 'TOML' }, `${where}, line ${error.line}`);
  }
}

/** Faults, a fault and its kind make three. */
const OPTIONS = { maxDepth: 8 };

/**
 * The line on which what stands at a path begins; of a path to nothing, that of the innermost table
 * that there is. Undefined where there is not even that.
 *
 * The reader of TOML tells no lines, but the beginning of a document is a document wherever no value
 * is cut in two, and it only ever gains paths. So the beginnings are halved until the last without
 * the path and the first with it have no other between them.
 */
function lineOf(text: string, document: unknown, whole: Path): number | undefined {
  const path = innermost(document, whole);
  if (path.length === 0) return undefined;

  const lines = text.split('\n');
  let without = 0;
  let withIt = lines.length;
  let left = MOST_READ;
  const read = (count: number): unknown => {
    if (left <= 0) return undefined;
    // A line that ends with a carriage return needs its line feed too.
    const start = `${lines.slice(0, count).join('\n')}\n`;
    left -= start.length;
    return beginning(start);
  };
  for (;;) {
    const found = between(without, withIt, read);
    if (found === undefined) return left > 0 ? without + 1 : undefined;
    if (has(found.document, path)) withIt = found.count;
    else without = found.count;
  }
}

/** Of letters, for one line number: half a second. Only a value of thousands of lines needs more. */
const MOST_READ = 4_000_000;

function innermost(document: unknown, path: Path): Path {
  return path.length === 0 || has(document, path) ? path : innermost(document, path.slice(0, -1));
}

interface Beginning {
  readonly count: number;
  readonly document: unknown;
}

/** A beginning that is a document, longer than `low` and shorter than `high`, near to the middle. */
function between(
  low: number,
  high: number,
  read: (count: number) => unknown,
): Beginning | undefined {
  const middle = Math.floor((low + high) / 2);
  for (let off = 0; middle - off > low || middle + off < high; off++) {
    for (const count of off === 0 ? [middle] : [middle - off, middle + off]) {
      const document = count > low && count < high ? read(count) : undefined;
      if (document !== undefined) return { count, document };
    }
  }
  return undefined;
}

/** Undefined where a text ends within a value. */
function beginning(text: string): unknown {
  try {
    return parse(text, OPTIONS);
  } catch {
    return undefined;
  }
}

function has(document: unknown, path: Path): boolean {
  let at = document;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return false;
    at = (at as Readonly<Record<string | number, unknown>>)[step];
  }
  return true;
}

function bytesOf(file: string, named: string): Uint8Array {
  let open: number | undefined;
  try {
    open = openSync(file, 'r');
    // No more is read than is allowed, and one byte to know that there is more: it may never end.
    const bytes = new Uint8Array(MOST_BYTES + 1);
    let size = 0;
    for (let read = -1; read !== 0 && size < bytes.length; size += read) {
      read = readSync(open, bytes, size, bytes.length - size, null);
    }
    if (size > MOST_BYTES) {
      throw new UsageError({ field: named, came: 'too long', allowed: `${MOST_BYTES} bytes` });
    }
    return bytes.subarray(0, size);
  } catch (error) {
    throw error instanceof UsageError ? error : unavailable(named, error);
  } finally {
    if (open !== undefined) closeSync(open);
  }
}

/** A word is a name that does not ship; anything else was meant as a file. */
function unavailable(named: string, cause: unknown): Error {
  const names = SHIPPED.join(', ');
  if (/^[\w -]*$/.test(named)) {
    const near = nearest(named, SHIPPED);
    const allowed = `a TOML file, or one of ${names}; the nearest is ${near}`;
    return new UsageError({ field: 'SCENARIO', came: show(named), allowed });
  }
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const remedy = `give a TOML file, or one of ${names}`;
  return new WorldError(`cannot read ${show(named)}: ${why}; ${remedy}`, { cause });
}

function decoded(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError({ field: where, came: 'not UTF-8', allowed: 'TOML in UTF-8' });
  }
}
