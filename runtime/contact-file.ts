/**
 * Addresses and domains out of a file as others write them: an export of a customer database, a list.
 *
 *     [ or {    JSON: texts, or objects with a field of a name below
 *     an address, a domain or a # comment first    one a line
 *     else      CSV whose header has a column of such a name
 *
 * All of it is read or none: an entry that is neither is named, for behind it stands somebody.
 */
import { createReadStream } from 'node:fs';
import { show } from '../protocols/query.ts';
import { UsageError } from './cli/trouble.ts';
import { readRowsOf, type RowKind } from './lead-file.ts';
import { bytesIn, linesOf, MAX_SUPPRESSED, suppressionKey } from './suppression.ts';

/** As columns and fields are called, whatever the case of their letters. */
const NAMES: ReadonlySet<string> = new Set([
  'email',
  'e-mail',
  'mail',
  'email address',
  'e-mail address',
  'owner(s) email',
  'domain',
  'company domain name',
]);

const CONTACTS: RowKind = {
  one: 'an entry',
  many: 'addresses and domains',
  needed: [],
  known: [],
  inWords: 'a column Email or Domain',
};

/** Their keys, each once. Throws a `UsageError` that names the row, or a `WorldError`. */
export async function contactsIn(
  file: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<readonly string[]> {
  const where = file === '-' ? 'stdin' : file;
  const bytes = await bytesIn(file === '-' ? stdin : createReadStream(file), where);
  const keys = new Set<string>();
  for (const { text, field } of isList(bytes)
    ? inLines(bytes, where)
    : await inRows(bytes, where)) {
    const key = suppressionKey(text);
    if (typeof key !== 'string') throw new UsageError({ ...key, field }, where);
    keys.add(key);
    if (keys.size <= MAX_SUPPRESSED) continue;
    throw new UsageError({ field, came: 'one too many', allowed: `at most ${MAX_SUPPRESSED}` });
  }
  if (keys.size > 0) return [...keys];
  const allowed = 'one address or domain a line, JSON, or CSV with a column Email or Domain';
  throw new UsageError({ field: 'the file', came: 'without any', allowed }, where);
}

interface Found {
  readonly text: string;
  /** Where it stood, for people. */
  readonly field: string;
}

/** By the first line that says something. */
function isList(bytes: Uint8Array): boolean {
  // A line that is longer than any entry is one of a table, or of JSON.
  const head = Buffer.from(bytes.subarray(0, FIRST_LINES))
    .toString('utf8')
    .replace(/^\u{FEFF}/u, '');
  const first = head.split('\n').find((line) => line.trim() !== '') ?? '';
  if (first.trim().startsWith('#')) return true;
  return typeof suppressionKey(first.trim()) === 'string';
}
const FIRST_LINES = 4_096;

function* inLines(bytes: Uint8Array, where: string): Generator<Found> {
  let number = 0;
  for (const line of linesOf(bytes, where)) {
    number++;
    if (line !== '' && !line.startsWith('#')) yield { text: line, field: `line ${number}` };
  }
}

async function inRows(bytes: Uint8Array, where: string): Promise<readonly Found[]> {
  const rows = await readRowsOf(once(bytes), where, CONTACTS);
  return rows.flatMap((row, index) => textsOf(row, `row ${index + 1}`, where));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function textsOf(row: unknown, field: string, where: string): readonly Found[] {
  if (typeof row === 'string') return [{ text: row, field }];
  const entries = typeof row === 'object' && row !== null ? Object.entries(row) : [];
  const named = entries.filter(([name]) => NAMES.has(name.trim().toLowerCase()));
  if (named.length === 0) {
    const came = typeof row === 'object' ? 'without one' : show(row);
    throw new UsageError(
      { field, came, allowed: `an address or domain: ${CONTACTS.inWords}` },
      where,
    );
  }
  return named.flatMap(([name, value]) => {
    if (value === null || value === '') return [];
    if (typeof value === 'string')
      return value.trim() === '' ? [] : [{ text: value, field: `${field}, ${name}` }];
    throw new UsageError(
      { field: `${field}, ${name}`, came: show(value), allowed: 'a text' },
      where,
    );
  });
}
