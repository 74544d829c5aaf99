/**
 * A do-not-contact list that a node looks at again while it runs: who is put on it today is not sold
 * tomorrow because nobody restarted anything.
 *
 *     every 5 s: another file, or of another size or time? ──▶ read whole ──▶ the new list
 *                                                                 └──▶ not one ──▶ the old one, and it is said
 */
import { stat } from 'node:fs/promises';
import {
  isSuppressed,
  type IsSuppressed,
  type SuppressionList,
} from '../protocols/rules/suppression.ts';
import { later, seconds, type Duration } from '../protocols/units.ts';
import type { Cancel, Clock } from './host.ts';
import { readSuppressionFile } from './suppression.ts';

/** A look costs 50 µs; whoever changes the list waits no longer than this. */
export const LOOK_EVERY: Duration = seconds(5);

export interface WatchedList {
  /** By the list as it was taken up last. */
  readonly isSuppressed: IsSuppressed;
  /** Looks now; resolves once what has changed is taken up, or was said to be no list. */
  look(): Promise<void>;
  close(): void;
}

/** Throws where the file is no list to begin with: nobody starts with a list that names nobody. */
export async function watchList(
  file: string,
  clock: Clock,
  say: (line: string) => void,
): Promise<WatchedList> {
  let seen = await marksOf(file);
  let list: SuppressionList = await readSuppressionFile(file);
  let isClosed = false;
  let cancel: Cancel = () => undefined;

  async function look(): Promise<void> {
    const marks = await marksOf(file);
    // Nobody is told of the same damage twice.
    if (marks === seen) return;
    seen = marks;
    try {
      const fresh = await readSuppressionFile(file);
      const before = list.size;
      list = fresh;
      say(`the do-not-contact list has changed: ${fresh.size} hashes, ${before} before`);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      say(
        `THE DO-NOT-CONTACT LIST CANNOT BE READ, the one of before goes on with ${list.size}: ${why}`,
      );
    }
  }
  const again = (): void => {
    if (isClosed) return;
    cancel = clock.at(later(clock.now(), LOOK_EVERY), () => void look().then(again, again));
  };
  again();
  return {
    isSuppressed: (lead) => isSuppressed(list, lead),
    look,
    close() {
      isClosed = true;
      cancel();
    },
  };
}

/** What tells one state of a file from another; a text of its own where it is not there. */
async function marksOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return error instanceof Error ? error.message : 'gone';
  }
}
