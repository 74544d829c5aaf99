import { describe, expect, it } from 'vitest';
import { LiveRegion } from './live-region.ts';

describe('the last lines of a terminal', () => {
  it('are drawn in place of what they were, and are gone in the end', () => {
    const { region, seen } = begin(80);
    region.show(['one', 'two']);
    region.show(['three']);
    expect(seen()).toEqual(['three']);
    region.clear();
    expect(seen()).toEqual([]);
  });

  it('stay below what is said meanwhile', () => {
    const { region, seen } = begin(80);
    region.above('hello\n');
    region.show(['one', 'two']);
    region.above('there\n');
    region.show(['three']);
    expect(seen()).toEqual(['hello', 'there', 'three']);
  });

  it('are cut to the width of the moment, and hand no control characters on', () => {
    const { region, seen, resize } = begin(5);
    region.show(['123456', '\u{1B}[2J']);
    expect(seen()).toEqual(['1234', '\u{FFFD}[2J']);
    resize(4);
    region.show(['123456']);
    expect(seen()).toEqual(['123']);
  });
});

const ESCAPE = '\u{1B}';

/** A terminal that knows of what a region writes: lines, one up, wipe this line. */
function begin(columns: number) {
  const lines: string[] = [''];
  let row = 0;
  const write = (text: string): void => {
    const marked = text
      .replaceAll(`${ESCAPE}[1A`, '↑')
      .replaceAll(new RegExp(`${ESCAPE}\\[2?K`, 'g'), '×');
    for (const character of marked) {
      if (character === '↑') row--;
      else if (character === '×') lines[row] = '';
      else if (character === '\n') lines[++row] ??= '';
      else if (character !== '\r') lines[row] += character;
    }
  };
  const screen = { columns: () => columns, write };
  return {
    region: new LiveRegion(screen),
    seen: () => lines.slice(0, row),
    resize: (to: number) => (columns = to),
  };
}
