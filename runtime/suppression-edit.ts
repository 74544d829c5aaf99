/**
 * Changes a do-not-contact list in one go: whoever reads it meanwhile sees the old one or the new one,
 * and never a part; of two that change it at once one is told to wait.
 *
 *     the file as it is ──▶ all lines but those that go, and the new ones ──▶ FILE.part ──▶ rename
 */
import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TightDigest } from '../protocols/units.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import {
  bytesIn,
  hashLine,
  MAX_SUPPRESSED,
  MAX_SUPPRESSION_BYTES,
  parseSuppression,
  SUPPRESSION_FORMAT,
} from './suppression.ts';
import { syncFolder } from './sync-folder.ts';

/** What came of a change: how many hashes it has added or taken out, and how many there are now. */
export interface Changed {
  readonly count: number;
  readonly all: number;
}

/** Adds what is not there yet behind what is; comments stay where they are. The file may be new. */
export const addHashes = (out: string, wanted: ReadonlySet<TightDigest>): Promise<Changed> =>
  change(out, (old, listed) => {
    const fresh = [...wanted].filter((hash) => !listed.has(hash));
    const all = listed.size + fresh.length;
    const end = old.at(-1) === LINE_FEED ? '' : '\n';
    const bytes = Buffer.concat([old, Buffer.from(end + fresh.map(hashLine).join(''))]);
    return { bytes, count: fresh.length, all };
  });

/** Takes out what is there of these; all other lines stay as they are. */
export const removeHashes = (out: string, unwanted: ReadonlySet<TightDigest>): Promise<Changed> =>
  change(out, (old, listed) => {
    const count = [...unwanted].filter((hash) => listed.has(hash)).length;
    const gone = new Set([...unwanted].map((hash) => hashLine(hash).trim()));
    const lines = Buffer.from(old).toString('utf8').split('\n');
    const kept = lines.filter((line) => !gone.has(line.trim()));
    return { bytes: Buffer.from(kept.join('\n')), count, all: listed.size - count };
  });
const LINE_FEED = 0x0a;

async function change(
  out: string,
  edit: (
    old: Uint8Array,
    listed: ReadonlySet<TightDigest>,
  ) => Changed & { readonly bytes: Uint8Array },
): Promise<Changed> {
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
    const { bytes, count, all } = edit(old, parseSuppression(old, out));
    if (all > MAX_SUPPRESSED || bytes.length > MAX_SUPPRESSION_BYTES) {
      const allowed = `at most ${MAX_SUPPRESSED} hashes in ${MAX_SUPPRESSION_BYTES} bytes`;
      throw new UsageError({ field: 'the list', came: `${all} hashes`, allowed }, out);
    }
    await writing.writeFile(bytes);
    await writing.sync();
    await writing.close();
    await rename(part, file);
    await syncFolder(dirname(file));
    return { count, all };
  } catch (error) {
    await writing.close();
    await rm(part, { force: true });
    if (error instanceof Error && 'syscall' in error) {
      throw new WorldError(`cannot write ${out}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** An empty list where there is no file yet. */
const oldBytes = async (file: string): Promise<Uint8Array> =>
  existsSync(file) ? bytesIn(createReadStream(file), file) : Buffer.from(`${SUPPRESSION_FORMAT}\n`);
