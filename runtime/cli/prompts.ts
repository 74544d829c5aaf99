/**
 * Asking whoever sits at the terminal, on the error output: what is asked for may go into a pipe.
 *
 *     asked ──▶ an answer
 *           ├─Ctrl-C, Esc, a signal──▶ BrokenOff
 *           └─Ctrl-D, the terminal is gone──▶ a UsageError: what is missing, and what it may be
 *
 * Either way the terminal is as it was before.
 */
import type { Readable, Writable } from 'node:stream';
import type { Key } from 'node:readline';
import { BrokenOff, UsageError } from './trouble.ts';

/** What every prompt is given. */
interface Common {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** What an answer is for, should none come. */
export interface Wanted {
  readonly field: string;
  readonly allowed: string;
}

/** Whether there is somebody who can be asked and would see it. */
export const somebodyThere = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** `signal` breaks it off, as when the process is told to stop. */
export async function asked<T>(
  prompt: (common: Common) => Promise<T>,
  { field, allowed }: Wanted,
  signal?: AbortSignal,
): Promise<Exclude<T, symbol>> {
  const { stdin, stderr } = process;
  const over = new AbortController();
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
    over.abort();
  };
  // The prompt itself waits for ever where its input ends. It has to be through with the key first.
  const onKey = (_text: unknown, key: Key | undefined): void => {
    if (key?.ctrl === true && key.name === 'd') setImmediate(end);
  };
  // Node gives a terminal its old mode back when it exits; the cursor it does not know of.
  const showCursor = (): void => void stderr.write('\u{1B}[?25h');
  process.once('exit', showCursor);
  stdin.on('keypress', onKey).once('end', end).once('error', end);
  try {
    const aborted = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    const answer = await prompt({ input: stdin, output: stderr, signal: aborted });
    if (hasEnded) throw new UsageError({ field, came: 'missing: the input has ended', allowed });
    if (typeof answer === 'symbol') throw new BrokenOff();
    return answer as Exclude<T, symbol>;
  } finally {
    stdin.off('keypress', onKey).off('end', end).off('error', end);
    process.off('exit', showCursor);
  }
}
