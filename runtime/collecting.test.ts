import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('keepYoungHeapSmall', () => {
  it('keeps the young generation from growing, however much is made', () => {
    const small = sizeAfter(
      "import('./runtime/collecting.ts').then((it) => it.keepYoungHeapSmall())",
    );
    expect(small * 2).toBeLessThan(sizeAfter('Promise.resolve()'));
  });
});

/** What the young generation of a new process has come to, in bytes, once much was made that lives a while. */
function sizeAfter(first: string): number {
  const script = `${first}.then(() => {
    let kept = [];
    for (let made = 0; made < 3e6; made++) {
      kept.push({ made });
      if (kept.length > 50_000) kept = [];
    }
    const spaces = process.getBuiltinModule('node:v8').getHeapSpaceStatistics();
    console.log(spaces.find(({ space_name }) => space_name === 'new_space').space_size);
  })`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script]));
}
