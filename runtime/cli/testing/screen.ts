/**
 * A terminal with somebody at it: a command runs in tmux, keys are pressed, and what is on the screen is
 * read as a person sees it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../leadpoet.cjs', import.meta.url));

/** Where there is no tmux there is no terminal to test at. */
export const hasTerminal = (): boolean => spawnSync('tmux', ['-V']).status === 0;

/** A machine with much else to do shows nothing for so long. */
const PATIENCE_MS = 120_000;

export class TerminalScreen {
  readonly #dir = mkdtempSync(join(tmpdir(), 'leadpoet-screen-'));

  /** Runs a command of `leadpoet`; what it exits with, and how it leaves the terminal, is shown below it. */
  constructor(size: { readonly columns: number; readonly rows: number }, args: readonly string[]) {
    const run = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
    // `stty` alone names what is not as a sane terminal has it.
    const after = 'echo "left with $?, raw modes: $(stty | grep -c -- -icanon)"; cat';
    const place = ['-x', String(size.columns), '-y', String(size.rows)];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...place, `${run}; ${after}`);
  }

  /** Keys by tmux's names, such as `Enter`, `Down`, `C-c`; other text as it is. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** All that can be scrolled back to, without the blanks at the ends. */
  text(): string {
    return this.#tmux('capture-pane', '-p', '-S', '-500').trimEnd();
  }

  hasCursor(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** Once it is on the screen: gives back all of it. */
  async shows(what: string): Promise<string> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const text = this.text();
      if (text.includes(what)) return text;
      if (performance.now() > end) throw new Error(`never shown: ${what}\n${text}`);
      await pause(50);
    }
  }

  /** Ends whatever runs in it. */
  close(): void {
    this.#tmux('kill-server');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-S', join(this.#dir, 'tmux'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
