import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { WorldError } from '../../runtime/cli/trouble.ts';
import { CHUNK, columnsOf, TABLES, type Row, type Table } from '../tables.ts';
import { csvLine } from './csv.ts';
import { openTables, readTables } from './files.ts';
import { readParquet } from './parquet.ts';
import { believable } from './testing/believable.ts';
import { anyRow, hostileText } from './testing/row-arbitraries.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the files of a run', () => {
  it.each(TABLES)('give the rows of %s back as they were written', async (table) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow(table)), async (rows) => {
        const folder = written(table, rows);
        expect(await Array.fromAsync<Row>(readTables(folder)[table])).toEqual(rows);
      }),
      // Each case opens, writes and renames eight files.
      { numRuns: 60 },
    );
  });

  it('keep the order of rows over several row groups', async () => {
    const [row] =
      believable(1).penalties.length > 0 ? believable(1).penalties : believable(9).penalties;
    const rows = Array.from({ length: 2 * CHUNK + 3 }, (_, at) => ({ ...row, at_s: at }) as Row);
    const folder = written('penalties', rows);
    const back = await Array.fromAsync(readTables(folder).penalties);
    expect(back.map(({ at_s }) => at_s)).toEqual(rows.map((_, at) => at));
  });

  it.each(TABLES)('say the same of %s as CSV', (table) => {
    fc.assert(
      fc.property(fc.array(anyRow(table)), (rows) => {
        const folder = written(table, rows);
        const records = parse(readFileSync(join(folder, `${table}.csv`)), {
          record_delimiter: '\r\n',
        });
        const names = columnsOf(table).map(([name]) => name);
        const cells = rows.map((row) => names.map((name) => row[name as keyof Row]));
        expect(records).toEqual([names, ...cells.map((line) => line.map(shownAs))]);
      }),
      { numRuns: 60 },
    );
  });

  it('leave CSV out where it is not asked for', () => {
    const folder = newFolder();
    openTables(folder, { csv: false }).close();
    expect(new Set(readdirSync(folder))).toEqual(
      new Set(TABLES.map((table) => `${table}.parquet`)),
    );
  });

  it('bear their names only once they are whole', () => {
    const folder = newFolder();
    const collector = openTables(folder, { csv: true });
    expect(readdirSync(folder).every((name) => name.endsWith('.part'))).toBe(true);
    collector.close();
    expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
  });

  it('refuse by name what is no table, or another one', async () => {
    const folder = written('penalties', []);
    const file = join(folder, 'penalties.parquet');
    await expect(Array.fromAsync(readParquet(file, 'epochs'))).rejects.toThrow(
      `${file} is leadpoet.penalties/1; this reads leadpoet.epochs/1`,
    );
    writeFileSync(file, readFileSync(file).subarray(0, 40));
    await expect(Array.fromAsync(readParquet(file, 'penalties'))).rejects.toThrow(WorldError);
    rmSync(file);
    await expect(Array.fromAsync(readParquet(file, 'penalties'))).rejects.toThrow(WorldError);
  });

  it('name the file that cannot be written', () => {
    const folder = newFolder();
    const file = join(folder, 'a file');
    writeFileSync(file, '');
    expect(() => openTables(join(file, 'below'), { csv: false })).toThrow(WorldError);
    expect(existsSync(file)).toBe(true);
  });
});

describe('csvLine', () => {
  it('tells null from empty text', () => {
    expect(csvLine(['', null, 0, 'a,b', 'say "x"', 'plain'])).toBe(
      '"",,0,"a,b","say ""x""",plain\r\n',
    );
  });

  it('is one record whatever is in a cell', () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 1 }), (cells) => {
        expect(parse(csvLine(cells), { record_delimiter: '\r\n' })).toEqual([cells]);
      }),
    );
  });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-tables-'));
  folders.push(folder);
  return folder;
}

function written(table: Table, rows: readonly Row[]): string {
  const folder = newFolder();
  const collector = openTables(folder, { csv: true });
  for (const row of rows) collector.add(table, row);
  collector.close();
  return folder;
}

const shownAs = (cell: string | number | null): string => (cell === null ? '' : String(cell));
