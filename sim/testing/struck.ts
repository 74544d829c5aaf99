/**
 * A command as a process of its own, which a signal strikes at the very moment at which it says
 * something. The process sends it to itself, before it does anything else: were it sent from here, the
 * process could have come to its end by then.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Strikes with `signal` once `words` (any, where empty) have been written to stderr. */
export async function struck(
  args: readonly string[],
  signal: NodeJS.Signals,
  words = '',
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', striking(signal, words), BIN, ...args], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { code, signal: by };
}

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));

/** A module that is loaded before the command, in its main thread and in no other. */
const striking = (signal: NodeJS.Signals, words: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { isMainThread } from 'node:worker_threads';
    const { stderr } = process;
    const write = stderr.write.bind(stderr);
    let isStruck = !isMainThread;
    stderr.write = (text, ...more) => {
      const isTaken = write(text, ...more);
      if (!isStruck && String(text).includes(${JSON.stringify(words)})) {
        isStruck = true;
        process.kill(process.pid, ${JSON.stringify(signal)});
      }
      return isTaken;
    };`)}`;
