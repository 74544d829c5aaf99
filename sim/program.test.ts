import { describe, expect, it } from 'vitest';
import { allBelow } from '../runtime/cli/examples.ts';
import { troubleOf } from '../runtime/cli/testing/reading.ts';
import { EXAMPLES, program } from './program.ts';

describe('leadpoet sim', () => {
  it('has examples of every command, each of which it would run', () => {
    const commands = allBelow(program(() => undefined)).map(([words]) => words);
    expect(commands.filter((words) => words !== 'complete' && !(words in EXAMPLES))).toEqual([]);
    for (const [line] of Object.values(EXAMPLES).flat()) {
      expect([line, troubleOf(program, 'leadpoet sim', line)]).toEqual([line, undefined]);
    }
  });
});
