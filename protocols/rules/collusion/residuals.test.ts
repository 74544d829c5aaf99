import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey } from '../../units.ts';
import { UNIT } from './reference.ts';
import { residualsOf, type Residuals } from './residuals.ts';
import { tableOf } from './table.ts';

describe('residualsOf', () => {
  it('holds who is strict or lenient with everybody to be off by little', () => {
    const strict = residuals(Array.from({ length: 60 }, () => [70, 70, 70, 70, 62]));
    // Sixty scores tell a leniency but for a thirteenth: 60 / 65.
    expect(strict.leniency[4]).toBe(Math.round((-80_000 * 60) / 65));
    expect(Math.max(...strict.z.map(Math.abs))).toBeLessThan(0.1);
  });

  it('holds who is off now and then to be off then', () => {
    const { z, leniency } = residuals(
      Array.from({ length: 60 }, (_, batch) => [70, 70, 70, 70, batch % 10 === 0 ? 95 : 70]),
    );
    expect(leniency[4]).toBe(0);
    expect([z[4], z[9]]).toEqual([expect.closeTo(2.2, 0), 0]);
  });

  it('says nothing of a score that too few others stand beside', () => {
    const { told, counts, z } = residuals([[70, 90]]);
    expect([...told, ...counts, ...z]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('has who is careless off by as much as it always is', () => {
    const { dispersion } = residuals(
      Array.from({ length: 60 }, (_, batch) => [70, 70, 70, 70, batch % 2 === 0 ? 90 : 50]),
    );
    expect(dispersion[4]).toBeGreaterThan(3);
    expect(dispersion[0]).toBeLessThan(1);
  });

  it('is in whole 1/1024, and never further off than 3.5', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 8 }), { maxLength: 12 }),
        (panels) => {
          for (const z of residuals(panels).z) {
            expect(Number.isInteger(z * UNIT) && Math.abs(z) <= 3.5).toBe(true);
          }
        },
      ),
    );
  });
});

/** Of batches that validators gave so many per cent, all trusted alike. */
function residuals(panels: readonly (readonly number[])[]): Residuals {
  const table = tableOf({
    audits: [],
    feedback: [],
    scores: panels.flatMap((panel, batch) =>
      panel.map((score, validator) => ({
        epoch: 1,
        validator: `v${validator}` as Hotkey,
        miner: 'm' as Hotkey,
        batch: `b${String(batch).padStart(2, '0')}`,
        score: percent(score),
        time: batch,
      })),
    ),
  });
  return residualsOf(table, {
    trust: new Int32Array(table.validators.length).fill(UNIT),
    leniency: new Int32Array(table.validators.length),
    quality: new Float64Array(table.batches.length).fill(-1),
  });
}
