/**
 * Threads that only burn: what two of them gain over one is what a machine has to give just then.
 */
import { Worker } from 'node:worker_threads';

/** From here up the control says that both cores are ours. */
export const QUIET = 1.85;

/** So many threads, each of which burns so many shares of about a tenth of a second. */
export async function burn(threads: number, shares: number): Promise<void> {
  const code = `let x = 0; for (let i = 0; i < ${shares} * 4e7; i++) x = (x * 31 + i) | 0; x`;
  await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise((resolve, reject) => {
          new Worker(code, { eval: true }).once('exit', resolve).once('error', reject);
        }),
    ),
  );
}
