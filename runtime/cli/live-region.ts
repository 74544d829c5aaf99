/**
 * The last lines of a terminal, drawn again as things change; what is said meanwhile stands above them.
 */
import { plain } from './table.ts';

export interface Screen {
  /** In characters. Asked anew each time: windows are resized. */
  columns(): number;
  write(text: string): void;
}

export class LiveRegion {
  readonly #screen: Screen;
  #lines: readonly string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** In the place of what was shown. Longer lines are cut: one that wraps could not be taken back. */
  show(lines: readonly string[]): void {
    const most = Math.max(this.#screen.columns() - 1, 1);
    const fitting = lines.map((line) => Array.from(plain(line)).slice(0, most).join(''));
    this.#screen.write(this.#away() + fitting.map((line) => `${line}\n`).join(''));
    this.#lines = fitting;
  }

  /** Writes lines that stay. */
  above(text: string): void {
    this.#screen.write(this.#away() + text + this.#lines.map((line) => `${line}\n`).join(''));
  }

  clear(): void {
    this.#screen.write(this.#away());
    this.#lines = [];
  }

  /** Up to the first of the lines, wiping each: what stands above is left where it is. */
  #away(): string {
    // What a person has typed meanwhile stands where the cursor was.
    return this.#lines.length === 0
      ? ''
      : `\r\u{1B}[K${'\u{1B}[1A\u{1B}[2K'.repeat(this.#lines.length)}`;
  }
}
