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
import { parse, TomlError } from 'smol-toml';
import { show } from '../protocols/query.ts';
import { UsageError, WorldError } from '../runtime/cli/trouble.ts';
import { nearest } from '../runtime/nearest.ts';
import { Misfit, scenarioIn, showPath, type Path } from './scenario-keys.ts';
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
  return readScenario(decoded(bytesOf(file, nameOrPath), nameOrPath), nameOrPath);
}

/** The scenario in a text; `where` is what a person calls it, and names the scenario. */
export function readScenario(text: string, where: string): Scenario {
  const document = parsed(text, where);
  try {
    return scenarioIn(document, basename(where, '.toml'));
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const { path, came, allowed } = error;
    const line = lineOf(text, path);
    throw new UsageError(
      { field: showPath(path), came, allowed },
      line === undefined ? where : `${where}, line ${line}`,
    );
  }
}

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
 * is cut in two. So the shortest beginning that has the path ends with what we look for.
 */
function lineOf(text: string, path: Path): number | undefined {
  if (path.length === 0) return undefined;
  const lines = text.split('\n');
  let whole = 0;
  for (let count = 1; count <= lines.length; count++) {
    const document = beginning(lines, count);
    if (document === undefined) continue;
    if (has(document, path)) return whole + 1;
    whole = count;
  }
  return lineOf(text, path.slice(0, -1));
}

/** The first lines as a document; undefined where they end within a value. */
function beginning(lines: readonly string[], count: number): unknown {
  try {
    return parse(lines.slice(0, count).join('\n'), OPTIONS);
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
  const why = cause instanceof Error && 'code' in cause ? cause.code : cause;
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
