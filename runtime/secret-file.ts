/**
 * Small files that hold secrets: keys of a wallet, the key that peers know a node by.
 *
 *     read:   one look ──▶ a file, and not a large one? ──▶ bytes, and a warning where others may read it
 *     write:  NAME.part, 0600 ──▶ written down ──▶ NAME, at once or not at all
 *
 * Nothing of what they hold is ever in an error.
 */
import { constants } from 'node:fs';
import { link, mkdir, open, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WorldError } from './cli/trouble.ts';
import { syncFolder } from './sync-folder.ts';

/** One kind of file, as errors speak of it. */
export interface SecretKind {
  /** `a key file`. */
  readonly what: string;
  /** What to do where it is not there. */
  readonly remedy: string;
}

/** A key file takes 600 bytes, encrypted some 2 500; whatever is larger is something else. */
export const MOST_SECRET_BYTES = 65_536;

export type Warn = (text: string) => void;

/**
 * All bytes of a file, for the caller to overwrite when it is done with them. Throws a
 * `WorldError` that names the file and what to do.
 */
export async function readSecretFile(
  file: string,
  { what, remedy }: SecretKind,
  warn: Warn,
): Promise<Buffer> {
  // Without waiting: a pipe that nobody writes to would be waited for, for ever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const reading = await open(file, flags).catch((error: unknown) => {
    throw unreadable(file, remedy, error);
  });
  try {
    const { size, mode, isFile } = await lookAt(reading);
    if (!isFile) throw new WorldError(`${file} is no file; ${remedy}`);
    if (size > MOST_SECRET_BYTES) {
      const most = `${MOST_SECRET_BYTES / 1_024} KiB`;
      throw new WorldError(`${file} is larger than ${most}, which ${what} never is; ${remedy}`);
    }
    if ((mode & OTHERS) !== 0 && process.platform !== 'win32') {
      const now = (mode & 0o777).toString(8);
      warn(`others than its owner have access to ${file} (mode ${now}): chmod 600 ${file}`);
    }
    return await allOf(reading);
  } catch (error) {
    throw error instanceof WorldError ? error : unreadable(file, remedy, error);
  } finally {
    await reading.close();
  }
}

/** Rights of the group and of everybody else. */
const OTHERS = 0o077;

async function lookAt(
  reading: FileHandle,
): Promise<{ readonly size: number; readonly mode: number; readonly isFile: boolean }> {
  const stat = await reading.stat();
  return { size: stat.size, mode: stat.mode, isFile: stat.isFile() };
}

/** No more than may be: what grows while it is read is cut, and then makes no sense to its reader. */
async function allOf(reading: FileHandle): Promise<Buffer> {
  const room = Buffer.alloc(MOST_SECRET_BYTES);
  let length = 0;
  while (length < room.length) {
    const { bytesRead } = await reading.read(room, length, room.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  const bytes = Buffer.from(room.subarray(0, length));
  room.fill(0);
  return bytes;
}

function unreadable(file: string, remedy: string, cause: unknown): WorldError {
  const code = codeOf(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new WorldError(`${file} is not there; ${remedy}`, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const todo = 'run this as the user that owns it, or chmod 600 it as that user';
    return new WorldError(`${file} may not be read by this user; ${todo}`, { cause });
  }
  return new WorldError(`cannot read ${file} (${code}); ${remedy}`, { cause });
}

/**
 * Writes a file whole or not at all, for its owner alone, and makes its folders. False where there
 * is one already and it may not be overwritten. Throws a `WorldError` where it cannot be written.
 */
export async function writeSecretFile(
  file: string,
  bytes: Uint8Array,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<boolean> {
  // A link stays a link: it is the file that it leads to that is replaced.
  const target = overwrite ? await realpath(file).catch(() => file) : file;
  const part = `${target}.part`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // Made by one alone: of two that write at once, one would lose its key.
    const writing = await open(part, 'wx', 0o600);
    try {
      await writing.writeFile(bytes);
      await writing.sync();
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    } finally {
      await writing.close();
    }
    return await putInPlace(part, target, overwrite);
  } catch (error) {
    const isBusy = codeOf(error) === 'EEXIST';
    const why = isBusy
      ? `${part} is there: somebody is writing it, or was cut short; wait, or remove that file`
      : `${codeOf(error)}; is there room, and may this user write there?`;
    throw new WorldError(`cannot write ${file}: ${why}`, { cause: error });
  }
}

async function putInPlace(part: string, file: string, overwrite: boolean): Promise<boolean> {
  try {
    if (overwrite) {
      await rename(part, file);
    } else {
      // Fails where there is a file by then, which renaming would not.
      await link(part, file);
    }
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    if (!overwrite && codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'for a reason unknown';
