/**
 * Nodes of the mock network as processes of their own, which a test starts, kills and starts again, as
 * an operator's machine would.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../leadpoet.cjs', import.meta.url));

/** How a process ended: its exit code, or the signal that ended it. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  /** The last lines of what it said, for whoever has to find out what went wrong. */
  readonly err: readonly string[];
}

/** A process that runs. */
export interface Started {
  readonly pid: number;
  /** Once it has written a line of its log that says so. */
  says(message: string): Promise<void>;
  /** The first line of what it prints, once it is there. */
  prints(): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  readonly end: Promise<End>;
}

/** Of its log. */
const KEPT_LINES = 60;

export class Fleet {
  readonly #dir: string;
  readonly #children = new Set<ChildProcess>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Starts a command on the fleet's mock network. */
  start(command: string, hotkey: string, ...more: readonly string[]): Started {
    const flags = ['--mock', '--data-dir', this.#dir, '--wallet.hotkey', hotkey];
    const args = [BIN, command, ...flags, ...more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    const [said, err]: [Set<string>, string[]] = [new Set(), []];
    const waiting = new Map<string, () => void>();
    createInterface({ input: child.stderr }).on('line', (line) => {
      err.push(line);
      if (err.length > KEPT_LINES) err.shift();
      const message = messageIn(line);
      if (message === undefined) return;
      said.add(message);
      waiting.get(message)?.();
    });
    let out = '';
    const firstLine = new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        if (out.includes('\n')) resolve(out.split('\n', 1)[0] ?? '');
      });
    });
    const end = once(child, 'close').then(([code, signal]): End => {
      this.#children.delete(child);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, out, err };
    });
    const fail = (): never => {
      throw new Error(`${command} ${hotkey} ended: ${err.join('\n')}`);
    };
    return {
      pid: child.pid ?? 0,
      end,
      prints: () => Promise.race([firstLine, end.then(fail)]),
      signal: (signal) => void child.kill(signal),
      says: (message) =>
        Promise.race([
          new Promise<void>((resolve) => {
            if (said.has(message)) resolve();
            else waiting.set(message, resolve);
          }),
          end.then(fail),
        ]),
    };
  }

  /** Ends whatever still runs, at once. */
  async sweep(): Promise<void> {
    const ends = [...this.#children].map((child) => once(child, 'close'));
    for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all(ends);
  }
}

/** The message of a line of a log; undefined of a line that is none. */
function messageIn(line: string): string | undefined {
  try {
    const { msg } = JSON.parse(line) as { readonly msg?: unknown };
    return typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined;
  }
}
