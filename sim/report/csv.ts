/**
 * A table as CSV (RFC 4180): a header, a line a row. A cell is quoted where it must be; null is an
 * empty cell, and empty text is a quoted one.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { columnsOf, type Row, type Sink, type Table } from '../tables.ts';

export function csvSink(file: string, table: Table): Sink {
  const names = columnsOf(table).map(([name]) => name as keyof Row);
  writeFileSync(file, csvLine(names));
  return {
    write(rows) {
      appendFileSync(file, rows.map((row) => csvLine(names.map((name) => row[name]))).join(''));
    },
    close() {
      // Each lot was written whole.
    },
  };
}

export const csvLine = (cells: readonly (string | number | null)[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  return cell === '' || /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
