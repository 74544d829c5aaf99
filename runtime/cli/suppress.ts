/**
 * `leadpoet suppress add | remove | check | import`: a do-not-contact list of addresses and domains,
 * as hashes. All that is named is read first; then all of it is done, or none.
 *
 * A node that was started with the list takes up what is changed by itself.
 */
import { existsSync } from 'node:fs';
import { suppressedDigest, suppressionKeys } from '../../protocols/rules/suppression.ts';
import type { TightDigest } from '../../protocols/units.ts';
import { addHashes, removeHashes, type Changed } from '../suppression-edit.ts';
import {
  bytesIn,
  linesOf,
  MAX_SUPPRESSED,
  readSuppressionFile,
  suppressionKey,
} from '../suppression.ts';
import { contactsIn } from '../contact-file.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface SuppressOptions {
  readonly list: string;
  readonly json?: true;
}

/** Exit 0 where all of them are on the list now, whether they were before or not. */
export async function suppressAdd(
  entries: readonly string[],
  { list, json }: SuppressOptions,
  io: Console,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const wanted = hashesOf(await keysIn(entries, stdin));
  return toldAdded(await addHashes(list, wanted), wanted.size, { list, json }, io);
}

/** The same of all addresses and domains in a file: CSV, JSON, or one a line. */
export async function suppressImport(
  file: string,
  { list, json }: SuppressOptions,
  io: Console,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const wanted = hashesOf(await contactsIn(file, stdin));
  return toldAdded(await addHashes(list, wanted), wanted.size, { list, json }, io);
}

/** Exit 0 where none of them is on the list now, 1 where none of them was. */
export async function suppressRemove(
  entries: readonly string[],
  { list, json }: SuppressOptions,
  io: Console,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const keys = await keysIn(entries, stdin);
  if (!existsSync(list)) throw missing(list);
  const { count, all } = await removeHashes(list, hashesOf(keys));
  io.out(
    json === true
      ? `${JSON.stringify({ format: FORMAT, removed: count, all })}\n`
      : `${count} removed, ${keys.length - count} were not listed; ${list} has ${all}\n`,
  );
  return count > 0 ? EXIT.done : EXIT.no;
}

/** Exit 0 where each of them is not to be contacted, by its own hash or its domain's; else 1. */
export async function suppressCheck(
  entries: readonly string[],
  { list, json }: SuppressOptions,
  io: Console,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const keys = await keysIn(entries, stdin);
  if (!existsSync(list)) throw missing(list);
  const listed = await readSuppressionFile(list);
  const found = keys.map((key) => ({
    entry: key,
    by: suppressionKeys(key).find((one) => listed.has(suppressedDigest(one))) ?? null,
  }));
  const isAll = found.every(({ by }) => by !== null);
  io.out(
    json === true
      ? `${JSON.stringify({ format: FORMAT, listed: isAll, entries: found })}\n`
      : found.map(({ entry, by }) => `${entry}: ${lineOf(entry, by)}\n`).join(''),
  );
  return isAll ? EXIT.done : EXIT.no;
}

const FORMAT = 'leadpoet.suppress/1';

const lineOf = (entry: string, by: string | null): string =>
  by === null ? 'not listed' : by === entry ? 'listed' : `listed, by ${by}`;

/** Puts addresses on a list; see `suppression-edit.ts`. */
export async function addToList(list: string, keys: readonly string[]): Promise<Changed> {
  return addHashes(list, hashesOf(keys));
}

function toldAdded(
  { count, all }: Changed,
  wanted: number,
  { list, json }: { readonly list: string; readonly json: true | undefined },
  io: Console,
): number {
  io.out(
    json === true
      ? `${JSON.stringify({ format: FORMAT, added: count, all })}\n`
      : `${count} added, ${wanted - count} listed before; ${list} has ${all}\n`,
  );
  return EXIT.done;
}

const hashesOf = (keys: readonly string[]): ReadonlySet<TightDigest> =>
  new Set(keys.map((key) => suppressedDigest(key)));

const missing = (list: string): WorldError =>
  new WorldError(`${list} is not there; name a list that \`leadpoet suppress add\` has made`);

/** Of what the arguments say, and of what stdin says in the place of a `-`; each once. */
async function keysIn(
  entries: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (entry !== '-') {
      keys.add(keyOf(entry, `argument ${index + 1}`));
      continue;
    }
    let number = 0;
    for (const line of linesOf(await bytesIn(stdin, 'stdin'), 'stdin')) {
      number++;
      if (line === '' || line.startsWith('#')) continue;
      const field = `line ${number} of stdin`;
      keys.add(keyOf(line, field));
      if (keys.size <= MAX_SUPPRESSED) continue;
      throw new UsageError({ field, came: 'one too many', allowed: `at most ${MAX_SUPPRESSED}` });
    }
  }
  return [...keys];
}

function keyOf(entry: string, field: string): string {
  const key = suppressionKey(entry);
  if (typeof key === 'string') return key;
  throw new UsageError({ ...key, field });
}
