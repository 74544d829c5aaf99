/**
 * Reads a file that is one JSON document, or what comes on stdin where the file is `-`.
 *
 *     bytes, up to a bound ──▶ UTF-8 ──▶ JSON, up to a depth
 *
 * What is in it is for `fields.ts` to say.
 */
import { createReadStream } from 'node:fs';
import { UsageError, WorldError } from './cli/trouble.ts';

/** One kind of document, as a command's errors speak of it. */
export interface JsonKind {
  /** `a file of events`. */
  readonly file: string;
  /** `a document of collusion-events/1`. */
  readonly document: string;
  /** A larger file is refused: it is read into memory. */
  readonly mostBytes: number;
  /** The same for people: `256 MB`. */
  readonly mostSize: string;
  /** What to do about a larger one, where anything can be done. */
  readonly remedy?: string;
  /** Deeper nesting is refused before it is read; none is where absent. */
  readonly mostDepth?: number;
}

export async function readJsonFile(
  file: string,
  kind: JsonKind,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<unknown> {
  const name = nameOf(file);
  const bytes = await readAll(name, kind, file === '-' ? stdin : createReadStream(file));
  return parseJson(decode(name, bytes), kind, name);
}

/** What a person calls a file. */
export const nameOf = (file: string): string => (file === '-' ? 'stdin' : file);

async function readAll(
  name: string,
  kind: JsonKind,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of chunks) {
      size += piece.length;
      if (size > kind.mostBytes) {
        const remedy = kind.remedy === undefined ? '' : `; ${kind.remedy}`;
        throw trouble(name, `larger than ${kind.mostSize}`, `at most ${kind.mostSize}${remedy}`);
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorldError(`cannot read ${name}: ${cause}; give ${kind.file}, or - for stdin`, {
      cause: error,
    });
  }
  return Buffer.concat(pieces);
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw trouble(name, 'not UTF-8', 'JSON in UTF-8');
  }
}

/** The document in a text; `name` is what a person calls it. */
export function parseJson(text: string, kind: JsonKind, name: string): unknown {
  const { document, mostDepth = Infinity } = kind;
  if (text.trim() === '') throw trouble(name, 'empty', document);
  if (isDeeper(text, mostDepth)) {
    throw trouble(name, 'nested too deep', `${document}, ${mostDepth} brackets deep at most`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The reason quotes the file, which may hold what a terminal would obey.
    const why = String(error)
      .replaceAll(/[\p{C}\s]+/gu, ' ')
      .slice(0, 120);
    throw trouble(name, `not JSON (${why})`, document);
  }
}

/** Looks at nothing but strings and brackets, so at no cost in memory. */
function isDeeper(text: string, most: number): boolean {
  if (most === Infinity) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') at = endOfText(text, at);
    else if (letter === '[' || letter === '{') depth++;
    else if (letter === ']' || letter === '}') depth--;
    if (depth > most) return true;
  }
  return false;
}

/** Where the string that begins at `from` has its closing quote. */
function endOfText(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

const trouble = (field: string, came: string, allowed: string): UsageError =>
  new UsageError({ field, came, allowed });
