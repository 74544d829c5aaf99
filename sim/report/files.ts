/**
 * The tables of a run in its directory: `batches.parquet` and its like, `.csv` beside them where
 * asked for.
 *
 *     running: batches.parquet.part ──close──▶ batches.parquet
 *
 * A file bears its name only once it is whole, so a killed run is never taken for a finished one.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { WorldError } from '../../runtime/cli/trouble.ts';
import { Collector, type Sink, type Table, type Tables } from '../tables.ts';
import { csvSink } from './csv.ts';
import { parquetSink, readParquet } from './parquet.ts';

export function openTables(directory: string, { csv }: { readonly csv: boolean }): Collector {
  inWorld(directory, () => mkdirSync(directory, { recursive: true }));
  const sinksOf = (table: Table): readonly Sink[] => [
    whole(join(directory, `${table}.parquet`), (part) => parquetSink(part, table)),
    ...(csv ? [whole(join(directory, `${table}.csv`), (part) => csvSink(part, table))] : []),
  ];
  return new Collector({
    batches: sinksOf('batches'),
    epochs: sinksOf('epochs'),
    neurons: sinksOf('neurons'),
    penalties: sinksOf('penalties'),
    flags: sinksOf('flags'),
  });
}

/** The tables of a finished run, read as they are asked for. */
export const readTables = (directory: string): Tables => ({
  batches: readParquet(join(directory, 'batches.parquet'), 'batches'),
  epochs: readParquet(join(directory, 'epochs.parquet'), 'epochs'),
  neurons: readParquet(join(directory, 'neurons.parquet'), 'neurons'),
  penalties: readParquet(join(directory, 'penalties.parquet'), 'penalties'),
  flags: readParquet(join(directory, 'flags.parquet'), 'flags'),
});

function whole(file: string, open: (part: string) => Sink): Sink {
  const part = `${file}.part`;
  const sink = inWorld(part, () => open(part));
  return {
    write: (rows) => inWorld(part, () => sink.write(rows)),
    close: () =>
      inWorld(part, () => {
        sink.close();
        renameSync(part, file);
      }),
  };
}

/** A full disk or a missing right is the world's trouble, and is named. */
export function inWorld<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const what = `cannot write ${file}: ${error.message}`;
    const remedy = 'make room or name another directory';
    throw new WorldError(
      `${what}; ${remedy}; a run that was cut short begins again with --resume`,
      {
        cause: error,
      },
    );
  }
}
