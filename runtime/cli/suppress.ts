/**
 * `leadpoet suppress`: puts addresses and domains on a do-not-contact list, as hashes.
 *
 *     arguments, stdin ──▶ all of them read, or none taken ──▶ the old file and the new lines ──▶ rename
 *
 * Whoever reads the list meanwhile sees the old one or the new one, and never a part.
 */
import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isFieldError } from '../../protocols/query.ts';
import { suppressedDigest } from '../../protocols/rules/suppression.ts';
import type { TightDigest } from '../../protocols/units.ts';
import {
  bytesIn,
  hashLine,
  linesOf,
  MAX_SUPPRESSED,
  MAX_SUPPRESSION_BYTES,
  parseSuppression,
  SUPPRESSION_FORMAT,
  suppressionKey,
} from '../suppression.ts';
import { syncFolder } from '../sync-folder.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface SuppressOptions {
  readonly out: string;
}

/** Exit 0 where all of them are on the list now, whether they were before or not. */
export async function suppress(
  entries: readonly string[],
  { out }: SuppressOptions,
  io: Console,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<number> {
  const wanted = await hashesOf(entries, stdin);
  const { added, all } = await append(out, wanted);
  io.out(`${added} added, ${wanted.size - added} listed before; ${out} has ${all}\n`);
  return EXIT.done;
}

/** Of what the arguments say, and of what stdin says in the place of a `-`. */
async function hashesOf(
  entries: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<ReadonlySet<TightDigest>> {
  const hashes = new Set<TightDigest>();
  for (const [index, entry] of entries.entries()) {
    if (entry !== '-') {
      hashes.add(hashOf(entry, `argument ${index + 1}`));
      continue;
    }
    let number = 0;
    for (const line of linesOf(await bytesIn(stdin, 'stdin'), 'stdin')) {
      number++;
      if (line === '' || line.startsWith('#')) continue;
      const field = `line ${number} of stdin`;
      hashes.add(hashOf(line, field));
      if (hashes.size <= MAX_SUPPRESSED) continue;
      throw new UsageError({ field, came: 'one too many', allowed: `at most ${MAX_SUPPRESSED}` });
    }
  }
  return hashes;
}

function hashOf(entry: string, field: string): TightDigest {
  const key = suppressionKey(entry);
  if (typeof key === 'string') return suppressedDigest(key);
  throw new UsageError(isFieldError(key) ? { ...key, field } : key);
}

/** Adds what is not there yet behind what is; comments stay where they are. */
async function append(
  out: string,
  wanted: ReadonlySet<TightDigest>,
): Promise<{ readonly added: number; readonly all: number }> {
  // A link stays a link: it is the file that it leads to that is replaced.
  const file = existsSync(out) ? realpathSync(out) : out;
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o644;
  const part = `${file}.part`;
  // Made by one alone: of two that write at once, one would lose what the other was told.
  const writing = await open(part, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'EEXIST'
        ? 'somebody is writing it, or was cut short; wait, or remove that file'
        : error.message;
    throw new WorldError(`cannot write ${part}: ${why}`, { cause: error });
  });
  try {
    const old = await oldBytes(file);
    const listed = parseSuppression(old, out);
    const fresh = [...wanted].filter((hash) => !listed.has(hash));
    const all = listed.size + fresh.length;
    const end = old.at(-1) === LINE_FEED ? '' : '\n';
    const bytes = Buffer.concat([old, Buffer.from(end + fresh.map(hashLine).join(''))]);
    if (all > MAX_SUPPRESSED || bytes.length > MAX_SUPPRESSION_BYTES) {
      const allowed = `at most ${MAX_SUPPRESSED} hashes in ${MAX_SUPPRESSION_BYTES} bytes`;
      throw new UsageError({ field: 'the list', came: `${all} hashes`, allowed }, out);
    }
    await writing.writeFile(bytes);
    await writing.sync();
    await writing.close();
    await rename(part, file);
    await syncFolder(dirname(file));
    return { added: fresh.length, all };
  } catch (error) {
    await writing.close();
    await rm(part, { force: true });
    if (error instanceof Error && 'syscall' in error) {
      throw new WorldError(`cannot write ${out}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
const LINE_FEED = 0x0a;

/** An empty list where there is no file yet. */
const oldBytes = async (file: string): Promise<Uint8Array> =>
  existsSync(file) ? bytesIn(createReadStream(file), file) : Buffer.from(`${SUPPRESSION_FORMAT}\n`);
