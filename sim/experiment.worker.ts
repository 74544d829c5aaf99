/**
 * One cell, whole, in a thread of its own: nothing is shared, and only the summary comes back. The
 * rows of its tables go through files that are gone with it, so a cell of ninety days takes no more
 * memory than one of a day.
 */
import { rmSync } from 'node:fs';
import { WorldError } from '../runtime/cli/trouble.ts';
import type { CellResult } from './cell-record.ts';
import { figuresOf } from './report/figures.ts';
import { inWorld, openTables, readTables } from './report/files.ts';
import { summaryOf } from './report/summary.ts';
import type { Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

export interface CellTask {
  readonly scenario: Scenario;
  readonly seed: number;
  /** For its tables while it runs, and for no one else's. */
  readonly folder: string;
}

/** Between threads an error loses its class: the world's troubles go as data. */
export type CellReply =
  | { readonly ok: true; readonly result: CellResult }
  | { readonly ok: false; readonly trouble: string };

export async function runCell(task: CellTask): Promise<CellReply> {
  try {
    return { ok: true, result: await resultOf(task) };
  } catch (error) {
    if (error instanceof WorldError) return { ok: false, trouble: error.message };
    throw error;
  }
}

/** What a cell comes to, wherever it is run. */
export async function resultOf({ scenario, seed, folder }: CellTask): Promise<CellResult> {
  const clear = (): void => inWorld(folder, () => rmSync(folder, { recursive: true, force: true }));
  // One that was killed leaves its half-written tables.
  clear();
  try {
    const collector = openTables(folder, { csv: false });
    const { digest, events, virtual, violation } = await simulate({ scenario, seed, collector });
    collector.close();
    const figures = await figuresOf(readTables(folder), virtual / 1_000);
    return {
      digest,
      events,
      virtual_s: virtual / 1_000,
      violation:
        violation === undefined
          ? null
          : `${violation.checker} at ${(virtual / 1_000).toFixed(1)} s: ${violation.what}`,
      summary: summaryOf(figures),
    };
  } finally {
    clear();
  }
}
