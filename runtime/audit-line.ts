/**
 * A line of an audit log: JSON, with its number, the hash of the line before and its own.
 *
 *     {"n":2,"at":"…","is":"delivered",…,"previous":"5b…","hash":"9c…"}
 *     hash = H(the line without it)
 *
 * Whoever changes, drops or inserts a line breaks the chain there. Whoever writes the whole rest anew
 * does not: so `leadpoet verify-log` prints the last hash, to be kept where the node cannot write.
 */
import { digest } from '../protocols/hash.ts';
import type { Digest, Instant } from '../protocols/units.ts';

/** What happened, in words and hashes: no lead's data, no keys. */
export type AuditEvent = { readonly is: string } & Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** Where a chain of lines has come to. */
export interface Link {
  readonly n: number;
  readonly hash: Digest;
}

/** Before the first line. */
export const NO_LINE: Link = { n: 0, hash: digest('leadpoet.audit-log/1') };

/** A longer line is not written and not read: the longest event names some hundred hotkeys. */
export const MAX_LINE_BYTES = 65_536;

/** The next line, with its newline, and where the chain has come to with it. */
export function nextLine(
  { n, hash: previous }: Link,
  at: Instant,
  event: AuditEvent,
): { readonly line: string; readonly link: Link } {
  const text = JSON.stringify({ n: n + 1, at: new Date(at).toISOString(), ...event, previous });
  const hash = hashOf(text);
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}\n`, link: { n: n + 1, hash } };
}

/** A line that holds by itself. */
export interface ReadLine extends Link {
  readonly previous: string;
  /** All that it says; whoever made the hash may have written anything. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** The link that a line is, without its newline; what is wrong with it as text. */
export function readLine(line: string): ReadLine | string {
  if (Buffer.byteLength(line) > MAX_LINE_BYTES) return 'it is too long';
  const end = /,"hash":"([0-9a-f]{64})"\}$/.exec(line);
  if (end === null) return 'it does not end in its hash';
  const text = `${line.slice(0, end.index)}}`;
  if (hashOf(text) !== end[1]) return 'it is not what was written';
  // Whoever made the hash may have written anything.
  const read = parsed(text);
  if (typeof read?.['n'] !== 'number' || typeof read['previous'] !== 'string') {
    return 'it has no number, or does not name the line before';
  }
  return { n: read['n'], hash: end[1] as Digest, previous: read['previous'], event: read };
}

/** Why a line cannot come after a link; undefined where it can. */
export function linkFault(
  last: Link,
  { n, previous }: Link & { previous: string },
): string | undefined {
  if (n !== last.n + 1) return `it is number ${n}; ${last.n + 1} comes here`;
  return previous === last.hash ? undefined : 'it does not name the line before';
}

const hashOf = (text: string): Digest => digest('leadpoet.audit-line/1', text);

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
