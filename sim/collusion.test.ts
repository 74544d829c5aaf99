/**
 * The scenario that ships as `collusion`, and what comes of its ring. Thirty hours of four seeds are
 * what a test has time for; `sim sweep ring-caught` runs seven days of forty.
 */
import { describe, expect, it } from 'vitest';
import { hours } from '../protocols/units.ts';
import { change } from './scenario.ts';
import { loadScenario } from './scenario-file.ts';
import { simulate } from './simulate.ts';
import { Collector, type FlagRow, type Row } from './tables.ts';

const SEEDS = [1, 2, 3, 4];

describe('the ring of the scenario `collusion`', () => {
  it.each(SEEDS)(
    'is flagged, its buyers are refused and told until when, and nobody honest is either, from seed %d',
    { timeout: 60_000 },
    async (seed) => {
      const flags = await flagsFrom(seed);
      const rows = (event: FlagRow['event']) => flags.filter((row) => row.event === event);

      const flagged = rows('flagged');
      expect(new Set(flagged.map(({ strategy }) => strategy))).toEqual(new Set(['colluding']));
      expect(flagged.length).toBeGreaterThanOrEqual(3);

      const restricted = rows('restricted');
      expect(new Set(restricted.map(({ strategy }) => strategy))).toEqual(new Set(['shill']));
      expect(restricted.length).toBeGreaterThanOrEqual(4);

      const told = rows('refused');
      expect(told.length).toBeGreaterThanOrEqual(restricted.length - 2);
      for (const { block, until_block, at_s, until_s } of told) {
        expect(until_block - block).toBe(216_000);
        expect(until_s - at_s).toBeGreaterThan(28 * 86_400);
      }
    },
  );
});

async function flagsFrom(seed: number): Promise<readonly FlagRow[]> {
  const flags: FlagRow[] = [];
  const sink = {
    write: (rows: readonly Row[]) => void flags.push(...(rows as FlagRow[])),
    close: () => undefined,
  };
  const collector = new Collector({
    batches: [],
    epochs: [],
    neurons: [],
    penalties: [],
    flags: [sink],
  });
  const scenario = change(loadScenario('collusion'), { duration: hours(30) });
  const run = await simulate({ scenario, seed, collector });
  collector.close();
  expect(run).not.toHaveProperty('violation');
  return flags;
}
