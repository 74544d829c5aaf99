import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes } from '../protocols/units.ts';
import { faultsEnd } from './faults.ts';
import { runnable } from './fuzz-arbitraries.ts';
import { readScenario, showScenario } from './scenario-file.ts';
import { simulate } from './simulate.ts';
import { showFailure, smallest } from './smallest.ts';

/** `npm run check:long` asks for a thousand. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 50);

describe('any small scenario', () => {
  it('can be told, and has time for every query to end after its faults', () => {
    fc.assert(
      fc.property(runnable, (scenario) => {
        expect(readScenario(showScenario(scenario), 'fuzz')).toEqual(scenario);
        // Liveness holds a query to 36 minutes.
        expect(scenario.duration).toBeGreaterThan(faultsEnd(scenario) + minutes(36));
      }),
    );
  });

  it(
    'holds what must hold while its faults rage, and ends every query after them',
    async () => {
      await fc.assert(
        fc.asyncProperty(runnable, fc.nat(), async (scenario, seed) => {
          const result = await simulate({ scenario, seed });
          if (result.violation === undefined) return;
          throw new Error(showFailure(await smallest({ scenario, seed, result })));
        }),
        // Half a second each; what fails is shrunk by ourselves.
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    60_000 + RUNS * 5_400,
  );
});
