import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSweep, SWEEPS } from '../sweep-file.ts';

describe('the sweeps that ship', () => {
  it.each(SWEEPS)('include %s, which can be read, by name', (name) => {
    const { points, seeds } = loadSweep(name);
    expect(seeds).toBe(SEEDS[name] ?? 20);
    expect(points.length).toBeGreaterThan(0);
    for (const { scenario } of points) expect(scenario.miners.honest).toBeGreaterThan(0);
  });

  it('are all that lie here, beside what they vary', () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.toml'));
    expect(files.toSorted()).toEqual(
      [
        ...SWEEPS.map((name) => `${name}.toml`),
        'all-honest.toml',
        'leaky.toml',
        'mixed.toml',
      ].toSorted(),
    );
  });
});

/** Of those that ask for another number of runs. */
const SEEDS: Readonly<Record<string, number>> = { 'ring-caught': 40, 'ring-after': 3 };
