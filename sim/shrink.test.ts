import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runnable } from './fuzz-arbitraries.ts';
import { readScenario, showScenario } from './scenario-file.ts';
import { scenario, type Scenario } from './scenario.ts';
import { smaller } from './shrink.ts';

describe('smaller scenarios', () => {
  it('have fewer of a kind, or plainer ones', () => {
    const crowds = [...smaller(scenario({ miners: { honest: 3, garbage: 2 }, pools: {} }))].map(
      ({ miners }) => miners,
    );
    expect(crowds).toEqual(
      expect.arrayContaining([
        { honest: 2, garbage: 1 },
        { garbage: 2 },
        { honest: 1, garbage: 2 },
        { honest: 2, garbage: 2 },
        { honest: 3 },
        { honest: 3, garbage: 1 },
        { honest: 5 },
      ]),
    );
  });

  it('can be told, and are others than they were made of', () => {
    fc.assert(
      fc.property(step, ([from, at]) => {
        const next = taken(from, at);
        if (next === undefined) return;
        expect(readScenario(showScenario(next), next.name)).toEqual(next);
        expect(next).not.toEqual(from);
      }),
    );
  });

  it('come to an end, whichever of them is taken', () => {
    fc.assert(
      fc.property(runnable, fc.infiniteStream(fc.nat(99)), (from, choices) => {
        let left = 500;
        let at: Scenario | undefined = from;
        while (at !== undefined && left-- > 0) at = taken(at, choices.next().value as number);
        expect(left).toBeGreaterThan(0);
      }),
    );
  });

  it('end with nobody, no fault and a minute', () => {
    fc.assert(
      fc.property(runnable, (from) => {
        let at = from;
        for (let next: Scenario | undefined = from; next !== undefined; next = taken(at, 0))
          at = next;
        expect(at).toMatchObject({ faults: [], miners: {}, validators: {}, buyers: {}, pools: {} });
        expect(at.duration).toBeLessThan(120_000);
        expect(at.network).toMatchObject({ loss: 0, repetition: 0, reordering: 0 });
        expect(at.demand).toEqual({
          queriesPerDay: from.demand.queriesPerDay,
          leads: 1,
          validatorsEvery: 0,
          sealed: false,
        });
      }),
    );
  });
});

const step = fc.tuple(runnable, fc.nat(99));

/** Some one of them; undefined where there is none. */
function taken(from: Scenario, at: number): Scenario | undefined {
  const all = [...smaller(from)];
  return all.length === 0 ? undefined : all[at % all.length];
}
