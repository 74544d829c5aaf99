/**
 * Reads a file of leads, or of other rows, told apart by its first byte that is not blank:
 *
 *     [   a JSON array         {   JSON lines         else   CSV, whose header has the nine keys
 *
 * A row of the wrong shape is a lead all the same, a malformed one, and the rules say so. Refused
 * is what cannot be cut into rows, and what would not fit into memory. Rows count from 1, in the
 * order of the leads: lead `index` is row `index + 1` in each of the three forms.
 */
import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { LEAD_KEYS } from '../protocols/lead.ts';
import { show, type FieldError } from '../protocols/query.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import { cutCsv, MAX_KEYS, type Columns } from './csv-rows.ts';
import { cutArray, cutLines, isBlank, type OnRow, type RowCutter } from './json-rows.ts';

/** Leads are held in memory, where duplicates are found: 100 000 of the usual size take 60 MB. */
export const MAX_ROWS = 100_000;
/** That many leads at four times their usual size. */
export const MAX_FILE_BYTES = 134_217_728;

/** One kind of row, as errors speak of it, and its columns in CSV. */
export interface RowKind extends Columns {
  readonly one: string;
  readonly many: string;
}

const LEADS: RowKind = {
  one: 'a lead',
  many: 'leads',
  needed: LEAD_KEYS,
  known: LEAD_KEYS,
  inWords: 'the nine keys',
};

/** The leads of the file at `path`, or of standard input where that is `-`. */
export const readLeadFile = (path: string): Promise<readonly unknown[]> => readRowFile(path, LEADS);

/** The leads in a stream of bytes; `where` names it to people. */
export const readLeads = (
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): Promise<readonly unknown[]> => readRowsOf(chunks, where, LEADS);

/** The rows of the file at `path`, or of standard input where that is `-`. */
export async function readRowFile(path: string, kind: RowKind): Promise<readonly unknown[]> {
  if (path === '-') return readRowsOf(process.stdin, 'standard input', kind);
  const file = await open(path).catch((error: unknown) => unreadable(path, error, kind));
  try {
    const found = await file.stat();
    if (found.isDirectory()) {
      throw new WorldError(`${path} is a directory; name a file of ${kind.many}`);
    }
    if (found.size > MAX_FILE_BYTES) throw tooLarge(`${found.size} bytes`, path);
    return await readRowsOf(file.createReadStream(), path, kind);
  } finally {
    await file.close();
  }
}

/** The rows in a stream of bytes; `where` names it to people. */
export async function readRowsOf(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  kind: RowKind,
): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  const keep = (row: unknown): void => {
    if (rows.length === MAX_ROWS) {
      throw refused(
        'the file',
        `more than ${MAX_ROWS} ${kind.many}`,
        `at most ${MAX_ROWS}, split it`,
      );
    }
    rows.push(withoutDepth(row, rows.length + 1));
  };
  try {
    await readRows(bounded(chunks)[Symbol.asyncIterator](), keep, () => rows.length + 1, kind);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(error.error, where);
    if (isSystemError(error)) unreadable(where, error, kind);
    throw error;
  }
  return rows;
}

async function readRows(
  chunks: AsyncIterator<Uint8Array>,
  keep: (row: unknown) => void,
  nextRow: () => number,
  kind: RowKind,
): Promise<void> {
  const head = await begin(chunks);
  const rest = headFirst(head.bytes, chunks);
  const onJson: OnRow = (bytes) => keep(parseRow(bytes, nextRow(), kind));
  switch (String.fromCharCode(head.bytes[0] ?? 0)) {
    case '\0':
      // Nothing but blanks: a file without leads. A file that does begin with NUL is no CSV either.
      return head.bytes.length === 0 ? undefined : cutCsv(rest, head.skipped, keep, kind);
    case '[':
      return cut(rest, cutArray(onJson));
    case '{':
      return cut(rest, cutLines(onJson));
    default:
      return cutCsv(rest, head.skipped, keep, kind);
  }
}

async function cut(chunks: AsyncIterable<Uint8Array>, cutter: RowCutter): Promise<void> {
  for await (const chunk of chunks) cutter.take(chunk);
  cutter.end();
}

function parseRow(bytes: Uint8Array, row: number, { one }: RowKind): unknown {
  if (!isUtf8(bytes)) throw refused(`row ${row}`, 'not UTF-8', 'UTF-8 alone');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  try {
    return JSON.parse(text);
  } catch {
    throw refused(`row ${row}`, show(text.trim()), `${one} as JSON, one an array element or line`);
  }
}

/** The first bytes from one that is not blank on, and how many were skipped before. */
async function begin(
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ readonly bytes: Uint8Array; readonly skipped: number }> {
  let bytes: Uint8Array = new Uint8Array();
  let skipped = 0;
  for (;;) {
    const next = await chunks.next();
    if (next.done !== true) bytes = Buffer.concat([bytes, next.value]);
    if (bytes.length < BOM.length && next.done !== true) continue;

    const isMarked = skipped === 0 && BOM.every((byte, at) => bytes[at] === byte);
    const from = isMarked ? BOM.length : 0;
    const start = bytes.findIndex((byte, at) => at >= from && !isBlank(byte));
    const drop = start === -1 ? bytes.length : start;
    skipped += drop;
    bytes = bytes.subarray(drop);
    if (bytes.length > 0 || next.done === true) return { bytes, skipped };
  }
}

/** What marks a file as UTF-8 on Windows. */
const BOM = [0xef, 0xbb, 0xbf];

async function* headFirst(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) throw tooLarge('more than that');
    yield chunk;
  }
}

/**
 * Nothing reads a value within a value: an empty one stands for it, so that a file of brackets
 * cannot take twenty times its size in memory.
 */
function withoutDepth(row: unknown, number: number): unknown {
  if (typeof row !== 'object' || row === null) return row;
  if (Array.isArray(row)) return EMPTY_LIST;
  const entries = Object.entries(row);
  if (entries.length > MAX_KEYS) {
    const came = `an object of ${entries.length} keys`;
    throw refused(`row ${number}`, came, `at most ${MAX_KEYS}`);
  }
  if (!entries.some(([, value]) => isNested(value))) return row;
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      isNested(value) ? (Array.isArray(value) ? EMPTY_LIST : EMPTY_OBJECT) : value,
    ]),
  );
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;
const EMPTY_LIST: readonly never[] = Object.freeze([]);
const EMPTY_OBJECT: object = Object.freeze({});

const refused = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came, allowed });

function tooLarge(came: string, where?: string): UsageError {
  const error: FieldError = { field: 'its size', came, allowed: `at most ${MAX_FILE_BYTES} bytes` };
  return new UsageError(error, where);
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;

function unreadable(path: string, cause: unknown, { many }: RowKind): never {
  const code = isSystemError(cause) ? cause.code : undefined;
  const why: Record<string, string> = {
    ENOENT: 'there is no such file; check the path',
    EACCES: 'you may not read it; check its permissions',
    EISDIR: `it is a directory; name a file of ${many}`,
  };
  throw new WorldError(
    `cannot read ${path}: ${why[code ?? ''] ?? `${String(cause)}; name another file of ${many}`}`,
    { cause },
  );
}
