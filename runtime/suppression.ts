/**
 * The do-not-contact list as a file, and a miner's source that leaves out whom it names.
 *
 *     leadpoet.suppression/1
 *     # asked by letter, 3 May
 *     7d1c…  one hash a line, of an address or of a domain
 *
 * The file names nobody to whom it is shown. A line that is neither comment nor hash is refused, not
 * skipped: behind each stands somebody who asked to be left alone.
 */
import { createReadStream } from 'node:fs';
import { domainToASCII } from 'node:url';
import { map } from 'rxjs';
import type { FieldError } from '../protocols/query.ts';
import { show } from '../protocols/query.ts';
import {
  isSuppressed,
  readSuppressed,
  type IsSuppressed,
  type SuppressionList,
} from '../protocols/rules/suppression.ts';
import type { TightDigest } from '../protocols/units.ts';
import { UsageError, WorldError } from './cli/trouble.ts';
import type { ServicePort } from './host.ts';

export const SUPPRESSION_FORMAT = 'leadpoet.suppression/1';

/** Hashes in one list: a large market's, and some 120 MB of memory. */
export const MAX_SUPPRESSED = 1_000_000;
/** As many lines of 65 bytes, and half as much again for comments. */
export const MAX_SUPPRESSION_BYTES = 100_000_000;
/** A longer line is neither a hash nor a comment that anyone reads. */
const MAX_LINE = 1_024;

/** What the file at `path` lists. */
export const readSuppressionFile = async (path: string): Promise<SuppressionList> =>
  parseSuppression(await bytesIn(createReadStream(path), path), path);

/** What the bytes of such a file list; `where` names it to people. */
export function parseSuppression(
  bytes: Uint8Array,
  where: string,
  most: number = MAX_SUPPRESSED,
): SuppressionList {
  const listed = new Set<TightDigest>();
  let number = 0;
  for (const line of linesOf(bytes, where)) {
    number++;
    if (number === 1) {
      if (line !== SUPPRESSION_FORMAT) throw refused(where, 1, line, SUPPRESSION_FORMAT);
      continue;
    }
    if (line === '' || line.startsWith('#')) continue;
    if (!HASH.test(line)) throw refused(where, number, line, 'a SHA-256 in hex, or a # comment');
    listed.add(Buffer.from(line, 'hex').toString('latin1') as TightDigest);
    if (listed.size > most) {
      throw refused(where, number, 'one hash too many', `at most ${most} of them`);
    }
  }
  if (number === 0) throw refused(where, 1, '', SUPPRESSION_FORMAT);
  return listed;
}
const HASH = /^[0-9a-f]{64}$/;

/** A hash as a line of the file has it. */
export const hashLine = (hash: TightDigest): string =>
  `${Buffer.from(hash, 'latin1').toString('hex')}\n`;

/** The key of an address or domain as people write it: its host may be in any script. */
export function suppressionKey(text: string): string | FieldError {
  const at = text.lastIndexOf('@');
  const host = text.slice(at + 1).trim();
  if (PLAIN.test(host)) return readSuppressed(text);
  // The converter forgives what is no host at all, and gives back nothing for what it cannot read.
  const ascii = /[\p{C}\s/\\?#:%]/u.test(host) ? '' : domainToASCII(host);
  const key = ascii === '' ? readSuppressed(text) : readSuppressed(text.slice(0, at + 1) + ascii);
  return typeof key === 'string' ? key : { ...key, came: show(text) };
}
const PLAIN = /^[ -~]*$/;

/** The lines of a text in UTF-8, without their ends; `where` names it to people. */
export function* linesOf(bytes: Uint8Array, where: string): Generator<string, void, undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isMarked = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  let number = 0;
  for (let from = isMarked ? 3 : 0; from < buffer.length;) {
    const found = buffer.indexOf(LINE_FEED, from);
    const end = found === -1 ? buffer.length : found;
    number++;
    if (end - from > MAX_LINE) {
      throw refused(where, number, `${end - from} bytes long`, `at most ${MAX_LINE} bytes`);
    }
    yield buffer.toString('utf8', from, end).trim();
    from = end + 1;
  }
}
const LINE_FEED = 0x0a;

/** All bytes of a stream, up to the bound; `where` names it to people. */
export async function bytesIn(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of chunks) {
      size += piece.length;
      if (size > MAX_SUPPRESSION_BYTES) {
        const allowed = `at most ${MAX_SUPPRESSION_BYTES} bytes`;
        throw new UsageError({ field: 'its size', came: 'more than that', allowed }, where);
      }
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorldError(`cannot read ${where}: ${cause}; name a file of ${SUPPRESSION_FORMAT}`, {
      cause: error,
    });
  }
  return Buffer.concat(pieces);
}

const refused = (where: string, line: number, came: string, allowed: string): UsageError =>
  new UsageError({ field: `line ${line}`, came: show(came), allowed }, where);

/** Whether the list names the person of a lead. */
export const suppressedBy =
  (list: SuppressionList): IsSuppressed =>
  (lead) =>
    isSuppressed(list, lead);

/**
 * The same source, without those who are not to be contacted: what it found of them never leaves
 * this node. `tell` is told how many, each time that there are any.
 */
export const withoutSuppressed =
  (
    port: ServicePort<'source'>,
    isLeftOut: IsSuppressed,
    tell: (count: number) => void = () => undefined,
  ): ServicePort<'source'> =>
  (input, asker) =>
    port(input, asker).pipe(
      map((found) => {
        const kept = found.filter((lead) => !isLeftOut(lead));
        if (kept.length < found.length) tell(found.length - kept.length);
        return kept;
      }),
    );
