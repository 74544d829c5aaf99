/**
 * The settings of a node in a file of TOML, by their flags' names: as tables or with dots, with `-` or
 * `_` as one likes.
 *
 *     netuid = 343                      [axon]
 *     data_dir = "/var/lib/leadpoet"    port = 8091
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { show } from '../../protocols/query.ts';
import { nearest } from '../nearest.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { UsageError, WorldError } from './trouble.ts';

/** Written by hand, and some twenty lines: a larger one is no such file. */
const MOST_BYTES = 65_536;
/** A group and a name. */
const MOST_DEPTH = 4;

/** Each setting of the file as a flag would say it, by its flag's name. */
export function readConfigFile(file: string): ReadonlyMap<string, string | boolean> {
  const found = new Map<string, string | boolean>();
  for (const [path, value] of leaves(parsed(textOf(file), file), [])) {
    const name = path.join('.');
    const flag = NODE_FLAGS.find((known) => plain(known.name) === plain(name));
    if (flag === undefined || flag.name === 'config') {
      const names = NODE_FLAGS.map((known) => known.name).filter((known) => known !== 'config');
      const near = nearest(name, names);
      throw new UsageError(
        { field: show(name), came: 'no setting', allowed: `${near}, or another flag's name` },
        file,
      );
    }
    found.set(flag.name, settingIn(value, flag.name, file));
  }
  return found;
}

const plain = (name: string): string => name.replaceAll('-', '_');

function settingIn(value: unknown, name: string, file: string): string | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new UsageError(
    { field: name, came: show(value), allowed: 'a text, a number, true or false' },
    file,
  );
}

/** A table is a group, whatever it is called: its names are looked up like any others. */
function* leaves(table: object, path: readonly string[]): Generator<[readonly string[], unknown]> {
  for (const [name, value] of Object.entries(table)) {
    const here = [...path, name];
    const isTable = Object.prototype.toString.call(value) === '[object Object]';
    if (isTable) yield* leaves(value as object, here);
    else yield [here, value];
  }
}

function parsed(text: string, file: string): object {
  try {
    return parse(text, { maxDepth: MOST_DEPTH });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line says why; those below quote the file, which may hold what a terminal obeys.
    const [why = ''] = error.message.split('\n', 1);
    const came = `not TOML (${why.replaceAll(/[\p{C}\s]+/gu, ' ').slice(0, 120)})`;
    throw new UsageError(
      { field: 'the text', came, allowed: 'TOML' },
      `${file}, line ${error.line}`,
    );
  }
}

function textOf(file: string): string {
  const bytes = Buffer.alloc(MOST_BYTES + 1);
  let length: number;
  try {
    const opened = openSync(file, 'r');
    try {
      length = readSync(opened, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(opened);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`cannot read ${file}: ${why}; name another with --config`, { cause });
  }
  if (length <= MOST_BYTES) return bytes.toString('utf8', 0, length);
  throw new UsageError({
    field: '--config',
    came: `a file of more than ${MOST_BYTES} bytes`,
    allowed: 'a file of settings',
  });
}
