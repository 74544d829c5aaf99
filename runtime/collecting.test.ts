import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('keepYoungHeapSmall', () => {
  it('keeps the young generation from growing, however much is made', () => {
    const size = (first: string): number => saidAfter(first, YOUNG_MADE);
    expect(size('keepYoungHeapSmall') * 2).toBeLessThan(size('nothing'));
  });
});

describe('collectSooner', () => {
  it('keeps a heap from growing far beyond what is in use', () => {
    const most = (first: string): number => saidAfter(first, OLD_MADE);
    expect(most('collectSooner') * 1.08).toBeLessThan(most('nothing'));
  });
});

/** What a new process says of itself, in bytes, once it has done one thing and then worked. */
function saidAfter(first: string, work: string): number {
  const script = `
    const its = await import('./runtime/collecting.ts');
    its['${first}']?.();
    ${work}`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script]));
}

/** The size of the young generation, once much was made that lives a while. */
const YOUNG_MADE = `
  let kept = [];
  for (let made = 0; made < 3e6; made++) {
    kept.push({ made });
    if (kept.length > 50_000) kept = [];
  }
  const spaces = process.getBuiltinModule('node:v8').getHeapSpaceStatistics();
  console.log(spaces.find(({ space_name }) => space_name === 'new_space').space_size);`;

/** The most memory that was in use, where what is held is replaced again and again. */
const OLD_MADE = `
  const kept = [];
  for (let made = 0; made < 6e6; made++) kept[made % 1_000_000] = { made: [made] };
  console.log(process.resourceUsage().maxRSS * 1_024);`;
