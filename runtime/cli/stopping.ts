/**
 * How a command that runs until it is told to stop hears of it: the first SIGINT or SIGTERM asks it to
 * end cleanly, a second one ends it at once.
 */
import { EXIT } from './trouble.ts';

export type Signal = 'SIGINT' | 'SIGTERM';

export const exitOf = (signal: Signal): number =>
  signal === 'SIGINT' ? EXIT.sigint : EXIT.sigterm;

export interface Stopping {
  /** The first signal, once it has come. */
  readonly told: Promise<Signal>;
  /** Whether it has. */
  readonly isTold: () => boolean;
}

/** From now on, in place of what a command line does by itself. */
export function hearSignals(): Stopping {
  let isTold = false;
  const told = new Promise<Signal>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => {
        if (isTold) process.exit(exitOf(signal));
        isTold = true;
        resolve(signal);
      });
    }
  });
  return { told, isTold: () => isTold };
}
