/**
 * Processes of `bench/attacks.ts`, each pinned to one core, that are asked questions by messages and
 * end with the bench.
 */
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Why nothing can be pinned here; undefined where it can. */
export function cannotPin(): string | undefined {
  if (availableParallelism() < 2) return 'this machine has one core';
  const { status } = spawnSync('taskset', ['-c', '0,1', 'true']);
  return status === 0 ? undefined : 'taskset is missing, or may not use cores 0 and 1';
}

export class Pinned {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #last = 0;

  constructor(core: 0 | 1, args: readonly string[], errors: 'pipe' | 'inherit' = 'inherit') {
    const stdio: StdioOptions = ['ignore', 'ignore', errors, 'ipc'];
    const line = ['-c', String(core), process.execPath, ...args];
    this.child = spawn('taskset', line, { stdio, serialization: 'advanced' });
    this.child.on('message', (told: Told) => {
      this.#waiting.get(told.number)?.(told.answer);
      this.#waiting.delete(told.number);
    });
  }

  /** Rejects where the process ends before it answers. */
  ask<Answer>(question: object): Promise<Answer> {
    const number = ++this.#last;
    const { child } = this;
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`it ended with ${code}`));
      child.once('exit', onExit);
      this.#waiting.set(number, (answer) => {
        child.off('exit', onExit);
        resolve(answer as Answer);
      });
      child.send({ number, question });
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

interface Told {
  readonly number: number;
  readonly answer: unknown;
}

interface Asked {
  readonly number: number;
  readonly question: unknown;
}

/** In the process itself: answers what it is asked, one after the other. */
export function answering(answer: (question: unknown) => Promise<unknown>): void {
  let last: Promise<void> = Promise.resolve();
  process.on('message', ({ number, question }: Asked) => {
    last = last.then(async () => void process.send?.({ number, answer: await answer(question) }));
  });
  process.on('disconnect', () => process.exit());
}
