/**
 * `leadpoet collusion FILE`: who colluded with whom, and why, from a file of events; in tables, as JSON,
 * and as a page that shows the rings.
 */
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { evaluate } from '../../protocols/rules/collusion/evaluate.ts';
import { readEvents } from '../events.ts';
import { reportOf } from './collusion-report.ts';
import { showFinding } from './collusion-tables.ts';
import { checkBatches } from './filed-batches.ts';
import { EXIT, UsageError, WorldError, type Console } from './trouble.ts';

export interface CollusionOptions {
  readonly json?: true;
  /** Where the page goes; one that is there is drawn again. */
  readonly html?: string;
}

/** Exit 0 whoever is flagged: a finding is what was asked for. */
export async function collusion(
  file: string,
  { json, html }: CollusionOptions,
  io: Console,
): Promise<number> {
  if (html !== undefined) refuseOther(html);
  const events = await readEvents(file);
  checkBatches(events);
  const finding = evaluate(events);
  const report = reportOf(events, finding);
  if (html !== undefined) {
    const { pageOf } = await import('./collusion-page.ts');
    await writePage(html, pageOf(report, finding, events));
    io.err(`the page is in ${html}\n`);
  }
  io.out(json === true ? `${JSON.stringify(report)}\n` : showFinding(report, finding));
  return EXIT.done;
}

/** Only a page is drawn over: a slip of the hand shall cost nobody a file of events or of leads. */
function refuseOther(html: string): void {
  if (html !== '' && html !== '-' && isFree(html)) return;
  throw new UsageError({
    field: '--html',
    came: JSON.stringify(html),
    allowed: 'a file that is not there yet, or a page',
  });
}

/** What cannot be read is for the writing to say. */
function isFree(file: string): boolean {
  try {
    const held = readFileSync(file, 'utf8');
    return held === '' || held.startsWith('<!doctype html>');
  } catch {
    return true;
  }
}

/** Whoever looks meanwhile sees the old page or the new one, and never a part. */
async function writePage(file: string, page: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await writeFile(part, page);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const cause = error instanceof Error ? error.message : String(error);
    throw new WorldError(`cannot write ${file}: ${cause}; make room or name another file`, {
      cause: error,
    });
  }
}
