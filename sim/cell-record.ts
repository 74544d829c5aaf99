/**
 * What is kept of a cell that ran: its digest, what a checker found, and the figures of its report.
 * One file a cell, `cells/<key>.json`, which bears its name only once all of it is there.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { numberFrom, objectIn, wholeFrom, wrong, type Reader } from '../runtime/fields.ts';
import { parseJson, readJsonFile, type JsonKind } from '../runtime/json-file.ts';
import type { Digest } from '../protocols/units.ts';
import type { Cell } from './cells.ts';
import { inWorld } from './report/files.ts';
import { SUMMARY_FORMAT, summaryIn, writeWhole, type Summary } from './report/manifest.ts';

export interface CellResult {
  /** Of everything that happened. */
  readonly digest: Digest;
  readonly events: number;
  readonly virtual_s: number;
  /** What a checker found first; null where the run was as it must be. */
  readonly violation: string | null;
  readonly summary: Summary;
}

const CELL_FORMAT = 'leadpoet.cell/1';

/** The results of cells that ran, in a directory. */
export interface CellStore {
  /** Undefined where the cell has not finished yet. */
  read(cell: Cell): Promise<CellResult | undefined>;
  write(cell: Cell, result: CellResult): void;
}

export function openCells(directory: string): CellStore {
  const folder = join(directory, 'cells');
  inWorld(folder, () => mkdirSync(folder, { recursive: true }));
  const fileOf = ({ key }: Cell): string => join(folder, `${key}.json`);
  return {
    async read(cell) {
      const file = fileOf(cell);
      if (!existsSync(file)) return undefined;
      return resultIn(await readJsonFile(file, CELL), cell, file);
    },
    write: (cell, result) => writeWhole(fileOf(cell), recordOf(cell, result)),
  };
}

/** What is written of a cell, and sent from one machine to another. */
export const recordOf = ({ key, seed }: Cell, result: CellResult): string =>
  `${JSON.stringify({ format: CELL_FORMAT, key, seed, ...result }, null, 2)}\n`;

/** The result in a record of a cell; `where` is what a person calls it. */
export const resultOf = (record: string, cell: Cell, where: string): CellResult =>
  resultIn(parseJson(record, CELL, where), cell, where);

/** The earnings of a few dozen strategies; the bound is for files that are something else. */
const CELL: JsonKind = {
  file: 'what a cell of a sweep left',
  document: `a document of ${CELL_FORMAT}; remove it to have the cell run again`,
  mostBytes: 1_048_576,
  mostSize: '1 MB',
  mostDepth: 8,
};

function resultIn(document: unknown, { key, seed }: Cell, file: string): CellResult {
  const top = objectIn(document, file);
  if (top['format'] !== CELL_FORMAT) throw wrong(`format of ${file}`, top['format'], CELL_FORMAT);
  if (top['key'] !== key) throw wrong(`key of ${file}`, top['key'], key);
  if (top['seed'] !== seed) throw wrong(`seed of ${file}`, top['seed'], String(seed));

  const summary = objectIn(top['summary'], `summary of ${file}`);
  if (summary['format'] !== SUMMARY_FORMAT) {
    throw wrong(`summary.format of ${file}`, summary['format'], SUMMARY_FORMAT);
  }
  const violation = top['violation'];
  return {
    digest: digestIn(top['digest'], `digest of ${file}`),
    events: wholeFrom(0)(top['events'], `events of ${file}`),
    virtual_s: seconds(top['virtual_s'], `virtual_s of ${file}`),
    violation: violation === null ? null : textIn(violation, `violation of ${file}`),
    summary: summaryIn(summary),
  };
}

const seconds = numberFrom(0, Number.MAX_VALUE, 'seconds, 0 or more');

const textIn: Reader<string> = (value, at) => {
  if (typeof value === 'string') return value;
  throw wrong(at, value, 'text');
};

const digestIn: Reader<Digest> = (value, at) => {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value as Digest;
  throw wrong(at, value, '64 digits of lower-case hex');
};
