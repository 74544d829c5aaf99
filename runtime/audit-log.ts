/**
 * The audit log of a node: a file of lines that is only ever added to.
 *
 *     audit.log ──16 MiB──▶ audit-000000000001.log, and a new audit.log goes on with the chain
 *
 * A line is with the system as soon as it is written, and outlasts the process. A loss of power may
 * take the last ones; what it left of a line is cut off at the next start, and the log says so.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  MAX_LINE_BYTES,
  nextLine,
  NO_LINE,
  readLine,
  type AuditEvent,
  type Link,
} from './audit-line.ts';
import { WorldError } from './cli/trouble.ts';
import type { Clock } from './host.ts';

export interface AuditLog {
  /** Never throws. False where the disk does not take it: then it is as if it had not been told. */
  write(event: AuditEvent): boolean;
  close(): void;
}

export interface AuditLogOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Told, a line each, what was mended. */
  readonly say?: (line: string) => void;
  /** A file is not longer than this. */
  readonly maxBytes?: number;
  /** So many files are kept besides the one that is written to. */
  readonly keptFiles?: number;
}

export const AUDIT_FILE = 'audit.log';
/** Some 40 000 lines: a reader opens it without waiting. */
const MAX_BYTES = 16_777_216;
/** 1.6 GB in all, years of a usual node. The oldest goes, for a full disk would stop the node. */
const KEPT_FILES = 100;

/**
 * Opens the log in a directory, or begins it (0600). Throws a `WorldError` where it cannot be opened
 * or its last line is not what was written: that is for a person to look at, not to be written over.
 */
export const openAuditLog = (dir: string, options: AuditLogOptions): AuditLog =>
  new AuditFile(dir, options);

class AuditFile implements AuditLog {
  readonly #dir: string;
  readonly #options: AuditLogOptions;
  #file: number;
  #size: number;
  #link: Link;
  /** The number of the file's first line. */
  #first: number;
  #isOpen = true;

  constructor(dir: string, options: AuditLogOptions) {
    this.#dir = dir;
    this.#options = options;
    const path = join(dir, AUDIT_FILE);
    this.#file = opened(path);
    const cut = mend(this.#file);
    this.#size = fstatSync(this.#file).size;
    const [first, last] = ends(this.#file, this.#size, path);
    this.#link = last ?? lastRotated(dir) ?? NO_LINE;
    this.#first = first?.n ?? this.#link.n + 1;
    if (cut === 0) return;
    options.say?.(`${path}: ${cut} bytes of a line that was not finished were cut off`);
    this.write({ is: 'mended', cut });
  }

  write(event: AuditEvent): boolean {
    if (!this.#isOpen) return false;
    const { line, link } = nextLine(this.#link, this.#options.clock.now(), event);
    const bytes = Buffer.from(line);
    if (bytes.length > MAX_LINE_BYTES) return false;
    try {
      const { maxBytes = MAX_BYTES } = this.#options;
      if (this.#size > 0 && this.#size + bytes.length > maxBytes) this.#rotate();
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch {
      this.#undo();
      return false;
    }
    this.#size += bytes.length;
    this.#link = link;
    return true;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  /** Half a line would be no line, and the next would be taken for its end. */
  #undo(): void {
    try {
      ftruncateSync(this.#file, this.#size);
    } catch {
      // The next start cuts it off.
      this.#isOpen = false;
    }
  }

  #rotate(): void {
    fsyncSync(this.#file);
    const path = join(this.#dir, AUDIT_FILE);
    renameSync(path, join(this.#dir, rotatedName(this.#first)));
    const next = openSync(path, 'a+', 0o600);
    closeSync(this.#file);
    this.#file = next;
    this.#size = 0;
    this.#first = this.#link.n + 1;
    const { keptFiles = KEPT_FILES } = this.#options;
    for (const old of rotated(this.#dir).slice(0, -keptFiles)) rmSync(join(this.#dir, old));
  }
}

/** Sorted by name they are in the order of their lines, and before the one that is written to. */
const rotatedName = (first: number): string => `audit-${String(first).padStart(12, '0')}.log`;

/** The files of the log in a directory, the oldest first. */
export const auditFiles = (dir: string): readonly string[] =>
  [...rotated(dir), AUDIT_FILE].map((name) => join(dir, name)).filter((file) => existsSync(file));

const rotated = (dir: string): readonly string[] =>
  readdirSync(dir)
    .filter((name) => /^audit-\d{12}\.log$/.test(name))
    .toSorted();

/** Where the last full file ends: the process may have ended between two files. */
function lastRotated(dir: string): Link | undefined {
  const last = rotated(dir).at(-1);
  if (last === undefined) return undefined;
  const path = join(dir, last);
  const file = openSync(path, 'r');
  try {
    return ends(file, fstatSync(file).size, path)[1];
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(
      `${path} cannot be opened: ${why}; let this user write it, or move it away`,
      { cause },
    );
  }
}

/** Cuts off what is behind the last newline, and says how much that was. */
function mend(file: number): number {
  const { size } = fstatSync(file);
  const tail = read(file, Math.max(0, size - MAX_LINE_BYTES), size);
  const lines = tail.lastIndexOf(NEWLINE) + 1;
  const cut = tail.length - lines;
  if (cut > 0) ftruncateSync(file, size - cut);
  return cut;
}
const NEWLINE = 0x0a;

/** The first and the last line; undefined where there are none. */
function ends(file: number, size: number, path: string): readonly (Link | undefined)[] {
  if (size === 0) return [undefined, undefined];
  const head = read(file, 0, Math.min(size, MAX_LINE_BYTES));
  const tail = read(file, Math.max(0, size - MAX_LINE_BYTES - 1), size).subarray(0, -1);
  const first = head.subarray(0, head.indexOf(NEWLINE));
  const last = tail.subarray(tail.lastIndexOf(NEWLINE) + 1);
  return [first, last].map((bytes, which) => {
    const link = readLine(bytes.toString());
    if (typeof link !== 'string') return link;
    const where = which === 0 ? 'first' : 'last';
    throw new WorldError(
      `${path}: its ${where} line is wrong: ${link}; move it away to begin anew`,
    );
  });
}

function read(file: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(file, bytes, at, bytes.length - at, from + at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}
