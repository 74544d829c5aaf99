import { describe, expect, it } from 'vitest';
import type { ScoreEvent } from '../../protocols/rules/collusion/events.ts';
import { percent, type Hotkey } from '../../protocols/units.ts';
import { worldOf } from '../../sim/collusion/worlds.ts';
import { featuresOf } from './features.ts';

describe('featuresOf', () => {
  it('has a row of finite numbers for each validator that scored', () => {
    for (const index of [0, 5, 10]) {
      const { events, plan } = worldOf('heldOut', index);
      const { validators, rich, plain, distances, correlations } = featuresOf(events);
      expect(validators).toHaveLength(plan.validators);
      for (const rows of [rich, plain, distances, correlations]) {
        expect(rows).toHaveLength(validators.length);
        expect(rows.flat().every(Number.isFinite)).toBe(true);
        expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
      }
    }
  });

  it('measures residuals from F', () => {
    const { rich, distances } = featuresOf({
      audits: [],
      feedback: [],
      scores: [score('a', 'b0', 90), score('b', 'b0', 70), score('a', 'b1', 80)],
    });
    expect(rich.map(([mean]) => mean)).toEqual([expect.closeTo(0.05), expect.closeTo(-0.1)]);
    expect(distances).toEqual([
      [0, expect.closeTo(0.2)],
      [expect.closeTo(0.2), 0],
    ]);
  });

  it('sees who hands in the same errors', () => {
    const { events, truth } = worldOf('copied', 0);
    const { validators, correlations } = featuresOf(events);
    const [copier, honest] = [truth.rings[0]?.validators[0], truth.innocent.copied[0]];
    const at = (id: Hotkey | undefined): number => validators.findIndex((one) => one === id);
    const row = correlations[at(copier)] ?? [];
    expect(Math.max(...row)).toBe(row[at(honest)]);
  });
});

const score = (validator: string, batch: string, given: number): ScoreEvent => ({
  epoch: 0,
  validator: validator as Hotkey,
  miner: 'm' as Hotkey,
  batch,
  score: percent(given),
  finalScore: percent(80),
  time: 0,
});
