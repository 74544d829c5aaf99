/**
 * A sweep's cells as tables, written while it runs: each cell's rows as soon as it and all before it
 * have ended.
 *
 *     results.csv, results.parquet    a row a cell: parameters, seed, key, digest, figures
 *     earnings.parquet                a row a cell, role and strategy: what one of them earned
 *     caught.csv, caught.parquet      a row a flag or restriction: whose, when, until when, what it cost
 *
 * No more than some hundred rows wait. A file bears its name only once it is whole.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CellResult, CellStore } from './cell-record.ts';
import { csvLine } from './report/csv.ts';
import { inWorld } from './report/files.ts';
import { parquetFile, type Columns } from './report/parquet.ts';
import type { Earnings } from './report/manifest.ts';
import type { SweepCell } from './sweep-directory.ts';
import type { Parameters } from './sweep-file.ts';

export interface SweepTables {
  /** Writes what has ended, in the order of the cells; and tells each cell's result once. */
  follow(): Promise<void>;
  /** The same of all of them; then the files have their names. */
  close(): Promise<void>;
}

export interface SweepTablesOptions {
  readonly directory: string;
  readonly keys: readonly string[];
  readonly placed: readonly SweepCell[];
  readonly store: CellStore;
  readonly tell: (at: SweepCell, result: CellResult) => void;
}

type Value = string | number | null;
type Fields = Readonly<Record<string, Value>>;

/** Rows that wait to be written: a row group is worth its head from some hundred on. */
const WAITING = 256;

export function openSweepTables(options: SweepTablesOptions): SweepTables {
  const { directory, keys, placed, store, tell } = options;
  const pays = paysOf(placed);
  const parameters = keys.map(
    (key) => [key, isNumeric(placed, key) ? 'decimal?' : 'text'] as const,
  );
  const results: Columns = [
    ...parameters,
    ['seed', 'whole'],
    ['key', 'text'],
    ['digest', 'text'],
    ['violation', 'text?'],
    ['events', 'whole'],
    ['virtual_s', 'decimal'],
    ...FIGURES.map((name) => [name, 'whole'] as const),
    ...pays.map((pay) => [nameOf(pay), 'decimal?'] as const),
  ];
  const earnings: Columns = [...parameters, ['seed', 'whole'], ['key', 'text'], ...EARNINGS];
  const files = [
    csvFile(join(directory, 'results.csv'), results),
    table(join(directory, 'results.parquet'), results, 'leadpoet.sweep-results/1'),
  ];
  const paid = table(join(directory, 'earnings.parquet'), earnings, 'leadpoet.sweep-earnings/1');
  const caught: Columns = [...parameters, ['seed', 'whole'], ['key', 'text'], ...CAUGHT];
  const flags = [
    csvFile(join(directory, 'caught.csv'), caught),
    table(join(directory, 'caught.parquet'), caught, 'leadpoet.sweep-caught/1'),
  ];
  let next = 0;
  let following = Promise.resolve();

  async function advance(): Promise<void> {
    for (let at = placed[next]; at !== undefined; at = placed[++next]) {
      // In the order of the cells: the one that has not ended yet holds up those behind it.
      const result = await store.read(at.cell);
      if (result === undefined) return;
      const own = parametersOf(at.parameters, parameters);
      const { seed, key } = at.cell;
      const row = { ...own, seed, key, ...resultRow(result, pays) };
      for (const file of files) file.add(row);
      for (const earned of result.summary.earnings) paid.add({ ...own, seed, key, ...earned });
      for (const { lifted, ...one } of result.summary.caught) {
        const line = { ...own, seed, key, ...one, lifted: Number(lifted) };
        for (const file of flags) file.add(line);
      }
      tell(at, result);
    }
  }

  return {
    follow() {
      following = following.then(advance);
      return following;
    },
    async close() {
      await this.follow();
      for (const file of [...files, paid, ...flags]) file.close();
    },
  };
}

/** Figures that every run has. */
const FIGURES = [
  'epochs',
  'queries',
  'answered',
  'leads_delivered',
  'leads_rejected',
  'batches',
  'batches_approved',
  'messages',
  'lost',
  'penalties',
  'flagged',
  'restricted',
] as const;

const EARNINGS: Columns = [
  ['role', 'text'],
  ['strategy', 'text'],
  ['neurons', 'whole'],
  ['total_tao', 'decimal'],
  ['mean_tao', 'decimal'],
  ['least_tao', 'decimal'],
  ['most_tao', 'decimal'],
  ['beside_honest', 'decimal?'],
  ['chain_mean_tao', 'decimal'],
  ['chain_beside_honest', 'decimal?'],
  ['bad_approved', 'decimal?'],
];

const CAUGHT: Columns = [
  ['name', 'text'],
  ['role', 'text'],
  ['strategy', 'text'],
  ['event', 'text'],
  ['score', 'decimal'],
  ['at_s', 'decimal'],
  ['ends_s', 'decimal'],
  ['lifted', 'whole'],
  ['told_s', 'decimal?'],
  ['during_tao', 'decimal?'],
  ['after_tao', 'decimal?'],
];

function resultRow(
  { digest, violation, events, virtual_s, summary }: CellResult,
  pays: readonly Pay[],
): Fields {
  const paid = pays.map((pay) => {
    const own = summary.earnings.find(
      ({ role, strategy }) => role === pay.role && strategy === pay.strategy,
    );
    return [nameOf(pay), own?.mean_tao ?? null] as const;
  });
  return {
    digest,
    violation,
    events,
    virtual_s,
    ...Object.fromEntries(FIGURES.map((name) => [name, summary[name]])),
    ...Object.fromEntries(paid),
  };
}

const parametersOf = (said: Parameters, columns: Columns): Fields =>
  Object.fromEntries(
    columns.map(([key, kind]) => {
      const value = Object.hasOwn(said, key) ? said[key] : undefined;
      if (kind === 'text') return [key, value === undefined ? '' : String(value)];
      return [key, typeof value === 'number' ? value : null];
    }),
  );

const isNumeric = (placed: readonly SweepCell[], key: string): boolean =>
  placed.every(({ parameters }) => typeof parameters[key] === 'number');

/** Whose average pay has a column: each strategy that takes part anywhere. */
type Pay = Pick<Earnings, 'role' | 'strategy'>;

function paysOf(placed: readonly SweepCell[]): readonly Pay[] {
  const pays = new Map<string, Pay>();
  for (const { scenario } of placed.map(({ cell }) => cell)) {
    for (const [role, counts] of [
      ['miner', scenario.miners],
      ['validator', scenario.validators],
    ] as const) {
      for (const [strategy, count] of Object.entries(counts)) {
        if (count > 0) pays.set(`${role}.${strategy}`, { role, strategy });
      }
    }
  }
  return [...pays.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const nameOf = ({ role, strategy }: Pay): string => `${role}.${strategy}.mean_tao`;

interface OpenFile {
  add(row: Fields): void;
  close(): void;
}

function table(file: string, columns: Columns, format: string): OpenFile {
  const sink = inWorld(`${file}.part`, () => parquetFile(`${file}.part`, columns, format));
  return waiting(
    file,
    (rows) => sink.write(rows),
    () => sink.close(),
  );
}

function csvFile(file: string, columns: Columns): OpenFile {
  const names = columns.map(([name]) => name);
  const part = `${file}.part`;
  inWorld(part, () => writeFileSync(part, csvLine(names)));
  const lineOf = (row: Fields): string => csvLine(names.map((name) => row[name] ?? null));
  return waiting(
    file,
    (rows) => appendFileSync(part, rows.map(lineOf).join('')),
    () => undefined,
  );
}

function waiting(
  file: string,
  write: (rows: readonly Fields[]) => void,
  end: () => void,
): OpenFile {
  let rows: Fields[] = [];
  const flush = (): void => {
    if (rows.length > 0) inWorld(`${file}.part`, () => write(rows));
    rows = [];
  };
  return {
    add(row) {
      rows.push(row);
      if (rows.length >= WAITING) flush();
    },
    close() {
      flush();
      inWorld(`${file}.part`, () => {
        end();
        renameSync(`${file}.part`, file);
      });
    },
  };
}
