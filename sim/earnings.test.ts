import { describe, expect, it } from 'vitest';
import { hours } from '../protocols/units.ts';
import { scenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import { Collector, type NeuronRow } from './tables.ts';

describe('what a strategy earns with one pool', () => {
  it('is nothing from the second day of 14 for garbage and for leads that the pool has', async () => {
    const rows: NeuronRow[] = [];
    const none = { write: () => undefined, close: () => undefined };
    const keep = {
      write: (more: readonly unknown[]) => void rows.push(...(more as readonly NeuronRow[])),
      close: () => undefined,
    };
    const collector = new Collector({
      batches: [none],
      epochs: [none],
      neurons: [keep],
      penalties: [none],
      flags: [none],
    });
    const run = await simulate({ scenario: FORTNIGHT, seed: 11, collector });
    collector.close();

    expect(run).not.toHaveProperty('violation');
    const miners = rows.filter(({ role }) => role === 'miner');
    const later = miners.filter(({ at_s }) => at_s > 2 * 86_400);
    const earned = (strategy: string): number =>
      later.filter((row) => row.strategy === strategy).reduce((sum, row) => sum + row.emission, 0);
    expect(earned('garbage')).toBe(0);
    expect(earned('recycler')).toBe(0);
    expect(earned('honest')).toBeGreaterThan(0);
    expect(miners.at(-1)?.at_s).toBeGreaterThan(13.9 * 86_400);
  });
});

const FORTNIGHT = scenario({
  name: 'fortnight',
  duration: hours(14 * 24),
  miners: { honest: 4, garbage: 2, recycler: 2 },
  validators: { honest: 4 },
  buyers: { honest: 2 },
  demand: { queriesPerDay: 12, leads: 10 },
});
