/**
 * The settings of a node in a file of TOML, by their flags' names: as tables or with dots, with `-` or
 * `_` as one likes.
 *
 *     netuid = 343                      [axon]
 *     data_dir = "/var/lib/leadpoet"    port = 8091
 */
import { show } from '../../protocols/query.ts';
import { nearest } from '../nearest.ts';
import { readTomlFile, type TomlKind } from '../toml-file.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { UsageError } from './trouble.ts';

/** A setting is a group and a name. */
const SETTINGS: TomlKind = { field: '--config', what: 'a file of settings', mostDepth: 4 };

/** Each setting of the file as a flag would say it, by its flag's name. */
export function readConfigFile(file: string): ReadonlyMap<string, string | boolean> {
  const found = new Map<string, string | boolean>();
  for (const [path, value] of leaves(readTomlFile(file, SETTINGS), [])) {
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
