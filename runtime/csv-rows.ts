/**
 * Cuts CSV into rows: the header names the columns that are needed in any order, others are kept, and
 * a cell is text whatever it says, without the mark that we give to what looks like a formula.
 */
import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { show } from '../protocols/query.ts';
import { UsageError } from './cli/trouble.ts';
import { untame } from './export/spreadsheet.ts';
import { MAX_ROW_BYTES } from './json-rows.ts';

/** More columns, or keys in an object, are refused: a key costs memory far above its bytes. */
export const MAX_KEYS = 100;

/** What a header has to say. */
export interface Columns {
  readonly needed: readonly string[];
  /** Read where they are there; those that are needed too. No header names one twice. */
  readonly known: readonly string[];
  /** Those that are needed, as errors speak of them: `the nine keys`. */
  readonly inWords: string;
}

/** Hands on one object a row; `skipped` bytes of the file were taken before `chunks`. */
export async function cutCsv(
  chunks: AsyncIterable<Uint8Array>,
  skipped: number,
  onRow: (row: Readonly<Record<string, unknown>>) => void,
  columns: Columns,
): Promise<void> {
  let header: readonly string[] | undefined;
  const parser = parse({
    max_record_size: MAX_ROW_BYTES,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
  });
  const read = async (records: AsyncIterable<readonly string[]>): Promise<void> => {
    for await (const cells of records) {
      // `fromEntries` makes `__proto__` a key like any other.
      if (header !== undefined)
        onRow(Object.fromEntries(header.map((key, at) => [key, untame(cells[at] ?? '')])));
      else header = readHeader(cells, columns);
    }
  };
  await pipeline(textOf(chunks, skipped), parser, read).catch((error: unknown) => {
    throw error instanceof CsvError ? refusedCsv(error) : error;
  });
}

function readHeader(cells: readonly string[], columns: Columns): readonly string[] {
  const header = cells.map((cell) => cell.trim());
  const missing = columns.needed.filter((key) => !header.includes(key));
  if (missing.length > 0) {
    const came = `without ${missing.join(', ')}`;
    throw trouble('the header', came, `a JSON array, JSON lines, or CSV with ${columns.inWords}`);
  }
  const twice = columns.known.find((key) => header.indexOf(key) !== header.lastIndexOf(key));
  if (twice !== undefined) throw trouble('the header', `with ${twice} twice`, 'each key once');
  if (header.length > MAX_KEYS) {
    throw trouble('the header', `${header.length} columns wide`, `at most ${MAX_KEYS}`);
  }
  return header;
}

/** Text in pieces that end with a line, since no line ends within a character. */
async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  skipped: number,
): AsyncGenerator<string, void, undefined> {
  let offset = skipped;
  let held: Uint8Array = new Uint8Array();
  const decode = (bytes: Buffer): string => {
    if (!isUtf8(bytes)) {
      throw trouble(`byte ${offset + firstBadByte(bytes)}`, 'not UTF-8', 'UTF-8 alone');
    }
    offset += bytes.length;
    return bytes.toString();
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk]);
    const end = bytes.lastIndexOf('\n') + 1;
    if (end > 0) yield decode(bytes.subarray(0, end));
    held = bytes.subarray(end);
    if (held.length > MAX_ROW_BYTES) {
      throw trouble('a line', 'longer than that', `at most ${MAX_ROW_BYTES} bytes`);
    }
  }
  yield decode(Buffer.from(held));
}

/** Where the first byte stands that cannot go on the UTF-8 before it, from 0. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = (good + bad + 1) >> 1;
    if (canBegin(bytes.subarray(0, middle))) good = middle;
    else bad = middle - 1;
  }
  return good;
}

/** Whether UTF-8 can begin with these bytes, which may end within a character. */
function canBegin(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function refusedCsv({ code, message, ...where }: CsvError): UsageError {
  // Counts the header too, and so is the number of the row in trouble.
  const records = Number(where['records']);
  const row = records === 0 ? 'the header' : `row ${records}`;
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
    return trouble(row, 'of another width', 'as many cells as the header has');
  }
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return trouble(row, 'longer than that', `at most ${MAX_ROW_BYTES} bytes`);
  }
  return trouble(row, `not CSV: ${show(message)}`, 'cells between commas, quoted by "');
}

const trouble = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came, allowed });
