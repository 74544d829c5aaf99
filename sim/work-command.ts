/**
 * What `leadpoet sim work` does: takes cells of sweeps from a queue in Redis until it is told to stop.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type Console } from '../runtime/cli/trouble.ts';
import { cellThreads } from './cell-threads.ts';
import { codeVersion } from './cells.ts';
import { serveCells, shownUrl } from './distribute.ts';

/** At the first signal it finishes the cells that it is at; at the second it ends at once. */
export async function workCommand(
  {
    redis,
    workers = availableParallelism(),
  }: { readonly redis: string; readonly workers?: number },
  io: Console,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpoet-work-'));
  const runner = cellThreads(workers, folder);
  try {
    const code = codeVersion();
    const serving = await serveCells(redis, code, runner, (line) => io.err(`${line}\n`));
    io.err(`waiting for cells at ${shownUrl(redis)}, of code ${code.slice(0, 16)}\n`);
    const exit = await told();
    io.err('finishing what is under way\n');
    await serving.close();
    return exit;
  } finally {
    await runner.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SIGNALS = [
  ['SIGINT', EXIT.sigint],
  ['SIGTERM', EXIT.sigterm],
] as const;

/** The exit code of the first signal. */
function told(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, exit] of SIGNALS) {
      // In place of ending at once, as other commands do.
      process.removeAllListeners(signal);
      process.once(signal, () => {
        for (const [other, now] of SIGNALS) process.once(other, () => process.exit(now));
        resolve(exit);
      });
    }
  });
}
