/**
 * Text in columns, for people: as wide as its widest cell, numbers to the right.
 */

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer cells are cut; nothing is cut where absent. */
  readonly most?: number;
}

/** One line a row, headed by the titles; empty text where there are no rows. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const cells = [columns.map(({ title }) => title), ...rows].map((row) =>
    columns.map(({ most = Infinity }, index) => cut(row[index] ?? '', most)),
  );
  const widths = columns.map((_, index) => widest(cells.map((row) => row[index] ?? '')));
  return cells
    .map((row) =>
      columns
        .map(({ align }, index) => pad(row[index] ?? '', widths[index] ?? 0, align))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** The same where its lines fit; else a paragraph a row, a line a cell, after the cell's title. */
export function fitted(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  within: number,
): string {
  const text = table(columns, rows);
  if (widest(text.split('\n')) <= within) return text;
  const titles = widest(columns.map(({ title }) => title));
  return rows
    .map((row) =>
      columns
        .map(({ title, most = Infinity }, index) => {
          const cell = cut(row[index] ?? '', most);
          return `${index === 0 ? '' : '  '}${pad(title, index === 0 ? 0 : titles, 'left')} ${cell}\n`;
        })
        .join(''),
    )
    .join('');
}

/** Lines of at most so many characters, broken between words and going on under their beginning. */
export function wrapped(line: string, within: number): string {
  const margin = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let last = margin;
  for (const word of line.trim().split(' ')) {
    const isFirst = last.trim() === '';
    if (!isFirst && width(last) + 1 + width(word) > within) {
      lines.push(last);
      last = `${margin}  ${word}`;
    } else last += isFirst ? word : ` ${word}`;
  }
  return [...lines, last].join('\n');
}

/** What a terminal may act on (escape and other control characters) is shown as a mark. */
export const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\u{FFFD}');

/** A loop: a table may have 100 000 rows, and a call takes only so many arguments. */
function widest(texts: readonly string[]): number {
  let most = 0;
  for (const text of texts) most = Math.max(most, width(text));
  return most;
}

const width = (text: string): number => Array.from(text).length;

const cut = (text: string, most: number): string =>
  width(plain(text)) <= most
    ? plain(text)
    : `${Array.from(plain(text))
        .slice(0, most - 1)
        .join('')}…`;

function pad(text: string, wide: number, align: Column['align']): string {
  const blanks = ' '.repeat(Math.max(wide - width(text), 0));
  return align === 'right' ? blanks + text : text + blanks;
}

/** Of each table; `--json` has all of it. */
const MOST_ROWS = 1_000;

/** A table under its title, cut where it is long, and saying so. */
export function section(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const more = rows.length - MOST_ROWS;
  const note = more > 0 ? `… and ${more} more; --json lists them all\n` : '';
  return `${title}\n${rows.length > 0 ? table(columns, rows.slice(0, MOST_ROWS)) : 'none\n'}${note}`;
}
