/**
 * `leadpoet verify-log`: whether an audit log is as it was written, over all its files.
 */
import { createReadStream } from 'node:fs';
import { linkFault, MAX_LINE_BYTES, NO_LINE, readLine, type Link } from '../audit-line.ts';
import { EXIT, WorldError, type Console } from './trouble.ts';

export interface VerifyLogOptions {
  readonly json?: true;
}

/** The first line that is wrong: of which file, counted from 1, and what is wrong with it. */
interface Wrong {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** Exit 0 where every line follows from the one before, 1 where one does not: the first is named. */
export async function verifyLog(
  files: readonly string[],
  { json }: VerifyLogOptions,
  io: Console,
): Promise<number> {
  let last: Link | undefined;
  let lines = 0;
  let erased = 0;
  let first: number | undefined;
  let wrong: Wrong | undefined;
  for (const file of files) {
    let line = 0;
    for await (const text of linesOf(file)) {
      line++;
      const link = text.isWhole ? readLine(text.line) : 'it was not finished: a start mends it';
      const why = typeof link === 'string' ? link : faultAfter(last, link);
      if (typeof link === 'string' || why !== undefined) {
        wrong = { file, line, why: why ?? 'it is wrong' };
        break;
      }
      last = { n: link.n, hash: link.hash };
      first ??= link.n;
      lines++;
      if (link.event['is'] === 'erased') erased++;
    }
    if (wrong !== undefined) break;
  }
  const ok = wrong === undefined;
  const found = { format: 'leadpoet.verify-log/1', ok, lines, erased, first, last, wrong };
  io.out(json === true ? `${JSON.stringify(found)}\n` : told(found));
  return ok ? EXIT.done : EXIT.no;
}

/** What came before the first file is not known: unless it is the very first line. */
function faultAfter(last: Link | undefined, link: Link & { previous: string }): string | undefined {
  if (last !== undefined) return linkFault(last, link);
  return link.n === 1 ? linkFault(NO_LINE, link) : undefined;
}

interface Found {
  readonly lines: number;
  /** Erasures of persons that it tells of. */
  readonly erased: number;
  readonly first: number | undefined;
  readonly last: Link | undefined;
  readonly wrong: Wrong | undefined;
}

function told({ lines, erased, first, last, wrong }: Found): string {
  if (wrong !== undefined) return `${wrong.file}, line ${wrong.line}: ${wrong.why}\n`;
  if (last === undefined) return 'ok: no lines\n';
  const before = first === 1 ? '' : `; what was before number ${first} is not among these files`;
  const gone = erased === 0 ? '' : `  (persons were erased here, in ${erased} lines of it)\n`;
  return `ok: ${lines} lines, the last is number ${last.n}, hash ${last.hash}${before}\n${gone}`;
}

/** Lines one by one: a log is larger than what one likes to have in memory. */
export async function* linesOf(
  file: string,
): AsyncGenerator<{ readonly line: string; readonly isWhole: boolean }> {
  let rest = '';
  const stream = createReadStream(file, { encoding: 'utf8' });
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield { line, isWhole: true };
      // What is no line of ours need not be read to its end.
      if (rest.length > MAX_LINE_BYTES) break;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(`${file} cannot be read: ${why}; name the files of one log`, { cause });
  }
  if (rest !== '') yield { line: rest, isWhole: rest.length > MAX_LINE_BYTES };
}
