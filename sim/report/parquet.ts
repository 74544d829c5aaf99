/**
 * A table as a Parquet file: a row group for each lot of rows, written as it comes, and read back a
 * row group at a time. Whole numbers are INT64, decimals DOUBLE, text UTF-8.
 */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import {
  fileWriter,
  ParquetWriter,
  schemaFromColumnData,
  type ColumnSource,
} from 'hyparquet-writer';
import { WorldError } from '../../runtime/cli/trouble.ts';
import { invariant } from '../../protocols/units.ts';
import { columnsOf, type Kind, type Rows, type Sink, type Table } from '../tables.ts';

export const parquetSink = (file: string, table: Table): Sink =>
  parquetFile(file, columnsOf(table), formatOf(table));

/** A file of any such columns, whose rows are written as they come. */
export function parquetFile(
  file: string,
  columns: Columns,
  format: string,
): { readonly write: (rows: readonly object[]) => void; readonly close: () => void } {
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: schemaFromColumnData({ columnData: columnData(columns, []) }),
    createdBy: 'leadpoet',
    kvMetadata: [{ key: 'format', value: format }],
  });
  return {
    write(rows) {
      // The file is written in place: nothing of this is ever a promise.
      void writer.write({ columnData: columnData(columns, rows), rowGroupSize: rows.length });
    },
    close() {
      void writer.finish();
    },
  };
}

/** Names and kinds, in the order of the file. */
export type Columns = readonly (readonly [name: string, kind: Kind])[];

/** Refuses a file that is not one of ours, or of another version, by name. */
export async function* readParquet<T extends Table>(
  file: string,
  table: T,
): AsyncGenerator<Rows[T], void, undefined> {
  try {
    const bytes = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(bytes);
    const format = metadata.key_value_metadata?.find(({ key }) => key === 'format')?.value;
    const expected = formatOf(table);
    if (format !== expected) {
      throw new WorldError(`${file} is ${format ?? 'no table of a run'}; this reads ${expected}`);
    }
    let from = 0;
    for (const group of metadata.row_groups) {
      const to = from + Number(group.num_rows);
      const rows = await parquetReadObjects({ file: bytes, metadata, rowStart: from, rowEnd: to });
      for (const row of rows) yield rowIn(row, table);
      from = to;
    }
  } catch (error) {
    if (error instanceof WorldError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorldError(`cannot read ${file}: ${cause}; run the scenario again`, { cause: error });
  }
}

const formatOf = (table: Table): string => `leadpoet.${table}/1`;

const TYPES = { text: 'STRING', whole: 'INT64', decimal: 'DOUBLE' } as const;

/** Kinds in their `?` form and without. */
const plainKind = (kind: Kind): keyof typeof TYPES => kind.replace('?', '') as keyof typeof TYPES;

const columnData = (columns: Columns, rows: readonly object[]): ColumnSource[] =>
  columns.map(([name, kind]) => ({
    name,
    type: TYPES[plainKind(kind)],
    nullable: kind.endsWith('?'),
    data: rows.map((row) => stored((row as Readonly<Record<string, unknown>>)[name], kind)),
  }));

function stored(value: unknown, kind: Kind): unknown {
  if (typeof value !== 'number' || plainKind(kind) !== 'whole') return value;
  invariant(Number.isSafeInteger(value), `a whole number is whole, not ${value}`);
  return BigInt(value);
}

/** The row that a record of a file stands for: each of its columns, of its kind. */
function rowIn<T extends Table>(record: Readonly<Record<string, unknown>>, table: T): Rows[T] {
  const cells = columnsOf(table).map(([name, kind]) => {
    const value = record[name] ?? null;
    const cell = typeof value === 'bigint' ? Number(value) : value;
    const isRight = cell === null ? kind.endsWith('?') : typeof cell === typeName(kind);
    if (!isRight) throw new Error(`column ${name} holds what is not ${plainKind(kind)}`);
    return [name, cell] as const;
  });
  return Object.fromEntries(cells) as unknown as Rows[T];
}

const typeName = (kind: Kind): string => (plainKind(kind) === 'text' ? 'string' : 'number');
