/**
 * Cuts JSON into rows as its bytes come in, so that no more than one row is ever held:
 *
 *     [ {…}, {…}, … ]      a row is what stands between the commas of the outermost array
 *     {…} ⏎ {…} ⏎ …        a row is a line
 *
 * A cutter looks at nothing but strings and brackets: whether a row is JSON is for `JSON.parse` to
 * say. Where each row that it cuts is JSON the whole is, and it is made of these rows.
 */
import { UsageError } from './cli/trouble.ts';

/** Is told of each row's bytes, in order. */
export type OnRow = (bytes: Uint8Array) => void;

export interface RowCutter {
  take(chunk: Uint8Array): void;
  /** No more bytes will come. */
  end(): void;
}

/** A longer row is refused: a thousand good leads' worth, held in memory at once. */
export const MAX_ROW_BYTES = 1_048_576;

const LF = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Space, tab and the ends of lines: what JSON allows between its parts. */
export const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Lines that are blank are no rows. */
export function cutLines(onRow: OnRow): RowCutter {
  const row = gather((bytes) => {
    if (!bytes.every(isBlank)) onRow(bytes);
  });
  return {
    take(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
        row.add(chunk.subarray(from, at));
        row.cut();
        from = at + 1;
      }
      row.add(chunk.subarray(from));
    },
    end: () => row.cut(),
  };
}

/** The first byte that comes must be the opening bracket. */
export function cutArray(onRow: OnRow): RowCutter {
  let place: 'before' | 'inside' | 'after' = 'before';
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  let rows = 0;
  const row = gather((bytes) => {
    // The one place where nothing may stand for a row: between the brackets of an empty array.
    if (place === 'after' && rows === 0 && bytes.every(isBlank)) return;
    rows++;
    onRow(bytes);
  });

  /** True where a row ends before `byte`. */
  function endsRow(byte: number): boolean {
    if (isText) {
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) isText = false;
      return false;
    }
    if (byte === QUOTE) isText = true;
    else if (byte === OPEN || byte === OPEN_OBJECT) depth++;
    else if (byte === COMMA) return depth === 0;
    else if (byte === CLOSE && depth === 0) place = 'after';
    else if (byte === CLOSE || byte === CLOSE_OBJECT) depth--;
    return place === 'after';
  }

  return {
    take(chunk) {
      let at = 0;
      if (place === 'before' && chunk.length > 0) {
        place = 'inside';
        at = 1;
      }
      let from = at;
      for (; place === 'inside' && at < chunk.length; at++) {
        if (!endsRow(chunk[at] ?? 0)) continue;
        row.add(chunk.subarray(from, at));
        row.cut();
        from = at + 1;
      }
      if (place === 'inside') row.add(chunk.subarray(from));
      else if (!chunk.subarray(from).every(isBlank)) {
        throw trouble('the end', 'more text', 'nothing after the closing ]');
      }
    },
    end() {
      if (place !== 'after')
        throw trouble('the array', `cut off in row ${rows + 1}`, 'a closing ]');
    },
  };
}

/** Collects a row's pieces from several chunks. */
function gather(onRow: OnRow): { add(piece: Uint8Array): void; cut(): void } {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let rows = 0;
  return {
    add(piece) {
      size += piece.length;
      if (size > MAX_ROW_BYTES) {
        throw trouble(`row ${rows + 1}`, 'longer than that', `at most ${MAX_ROW_BYTES} bytes`);
      }
      pieces.push(piece);
    },
    cut() {
      const [only] = pieces;
      const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
      pieces = [];
      size = 0;
      rows++;
      onRow(bytes);
    },
  };
}

const trouble = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came, allowed });
