/**
 * Reads a file of TOML that people write by hand, within bounds. What is in it is for its reader to say.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { UsageError, WorldError } from './cli/trouble.ts';

/** One kind of file, as errors speak of it. */
export interface TomlKind {
  /** The flag that names it: `--config`. */
  readonly field: string;
  /** `a file of settings`. */
  readonly what: string;
  readonly mostDepth: number;
}

/** Written by hand, and some twenty lines: a larger one is no such file. */
const MOST_BYTES = 65_536;

/** Throws a `WorldError` where it cannot be read, a `UsageError` where it is no TOML or too large. */
export function readTomlFile(file: string, kind: TomlKind): object {
  const text = textOf(file, kind);
  try {
    return parse(text, { maxDepth: kind.mostDepth });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line says why; those below quote the file, which may hold what a terminal obeys.
    const [why = ''] = error.message.split('\n', 1);
    const came = `not TOML (${why.replaceAll(/[\p{C}\s]+/gu, ' ').slice(0, 120)})`;
    throw new UsageError(
      { field: 'the text', came, allowed: 'TOML' },
      `${file}, line ${error.line}`,
    );
  }
}

function textOf(file: string, { field, what }: TomlKind): string {
  const bytes = Buffer.alloc(MOST_BYTES + 1);
  let length: number;
  try {
    const opened = openSync(file, 'r');
    try {
      length = readSync(opened, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(opened);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`cannot read ${file}: ${why}; name another with ${field}`, { cause });
  }
  if (length <= MOST_BYTES) return bytes.toString('utf8', 0, length);
  throw new UsageError({ field, came: `a file of more than ${MOST_BYTES} bytes`, allowed: what });
}
