/**
 * The scenario that ships as `collusion`, and what comes of its ring. Ten hours of four seeds are what
 * a test has time for; `sim/README.md` says what seven days of more seeds came to.
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
    'is flagged within half a day, and nobody honest is, from seed %d',
    async (seed) => {
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
      const scenario = change(loadScenario('collusion'), { duration: hours(10) });
      const run = await simulate({ scenario, seed, collector });
      collector.close();

      expect(run).not.toHaveProperty('violation');
      const flagged = flags.filter(({ event }) => event === 'flagged');
      expect(new Set(flagged.map(({ strategy }) => strategy))).toEqual(new Set(['colluding']));
      expect(flagged.length).toBeGreaterThanOrEqual(2);
    },
  );
});
