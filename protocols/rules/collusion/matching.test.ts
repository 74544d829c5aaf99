import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, type Hotkey } from '../../units.ts';
import { byValidator } from './by-validator.ts';
import { matchOf, mostOfMatch, surroundingsOf, type Matches } from './matching.ts';
import { tableOf } from './table.ts';

describe('a match', () => {
  it('says much where two are far off alike, and little where all are', () => {
    const alone = scene(panels(40, (v, b) => (v < 2 ? 3 - (b % 7) : noise(v, b))));
    const everyone = scene(panels(40, (_, b) => 3 - (b % 7)));
    expect(alone.match).toBeGreaterThan(20);
    expect(everyone.match).toBeLessThan(5);
  });

  it('is never better than it is said to be at most, and hardly worse', () => {
    fc.assert(
      fc.property(anyPanels, (offs) => {
        const { match, most, count } = scene(offs);
        expect(most).toBeGreaterThanOrEqual(match);
        expect(most).toBeLessThanOrEqual(match + 2e-9 * (count + 1));
      }),
    );
  });

  it('is the same whichever of the two comes first', () => {
    fc.assert(
      fc.property(anyPanels, (offs) => {
        const { match, turned } = scene(offs);
        expect(turned).toBe(match);
      }),
    );
  });
});

/** By batch, by validator: in standard deviations. The first two are compared. */
type Offs = readonly (readonly number[])[];

function scene(offs: Offs) {
  const table = tableOf({
    audits: [],
    feedback: [],
    scores: offs.flatMap((panel, batch) =>
      panel.map((_, validator) => ({
        epoch: 0,
        validator: `v${validator}` as Hotkey,
        miner: 'm' as Hotkey,
        batch: `b${String(batch).padStart(3, '0')}`,
        score: percent(50),
        time: batch,
      })),
    ),
  });
  const own = byValidator(table, new Uint8Array(table.batchOf.length).fill(1));
  const off = Float64Array.from(offs.flat());
  const around = surroundingsOf(table, off, own, 0);
  const places = Int32Array.from(offs, (_, batch) => batch);
  const theirs = places.map((place) => place + offs.length);
  const matches: Matches = { count: offs.length, ones: places, others: theirs };
  return {
    match: matchOf(matches, around),
    most: mostOfMatch(matches, around),
    turned: matchOf({ ...matches, ones: theirs, others: places }, around),
    count: offs.length,
  };
}

const panels = (batches: number, off: (validator: number, batch: number) => number): Offs =>
  Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: 8 }, (__, validator) => off(validator, batch)),
  );

const noise = (validator: number, batch: number): number =>
  (((validator * 37 + batch * 101) % 17) - 8) / 10;

const anyPanels = fc.integer({ min: 2, max: 9 }).chain((validators) =>
  fc.array(
    fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
      minLength: validators,
      maxLength: validators,
    }),
    { minLength: 1, maxLength: 60 },
  ),
);
