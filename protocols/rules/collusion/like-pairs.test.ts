import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hotkey, Score } from '../../units.ts';
import { byValidator } from './by-validator.ts';
import { likePairs } from './like-pairs.ts';
import { tableOf, type Table } from './table.ts';

describe('pairs worth a closer look', () => {
  it('are those that agree in sixteen batches or more, six of whose standard deviations they reach', () => {
    fc.assert(
      fc.property(anyCase, ({ table, tells, beyond }) => {
        expect(likePairs(table, byValidator(table, tells), beyond)).toEqual(
          slowly(table, tells, beyond),
        );
      }),
    );
  });
});

/** Each pair by itself, batch for batch. */
function slowly(table: Table, tells: Uint8Array, beyond: Float64Array): [number, number][] {
  const found: [number, number][] = [];
  const offs = table.validators.map(() => new Map<number, number>());
  for (const [row, validator] of table.validatorOf.entries()) {
    if (tells[row] === 1) offs[validator]?.set(table.batchOf[row] ?? 0, beyond[row] ?? 0);
  }
  for (const [one, own] of offs.entries()) {
    for (const [other, theirs] of offs.entries()) {
      if (other <= one) continue;
      const common = [...own].filter(([batch]) => theirs.has(batch));
      const sum = common.reduce((all, [batch, off]) => all + off * (theirs.get(batch) ?? 0), 0);
      if (common.length >= 16 && sum >= 0 && sum * sum >= 6 * common.length) {
        found.push([one, other]);
      }
    }
  }
  return found;
}

/** Up to ten validators of up to 40 batches, or many, some scores missing, and such that do not tell. */
const anyCase = fc
  .record({
    validators: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 10 }) },
      { weight: 1, arbitrary: fc.integer({ min: 45, max: 48 }) },
    ),
    batches: fc.integer({ min: 8, max: 40 }),
    missing: fc.constantFrom(0, 1, 4, 6),
    likeness: fc.constantFrom(0, 600, 1_200),
    noise: fc.array(fc.integer({ min: -2_000, max: 2_000 }), { minLength: 401, maxLength: 401 }),
  })
  .map(({ validators, batches, missing, likeness, noise }) => {
    const drawn = (place: number): number => noise[place % noise.length] ?? 0;
    const scores = Array.from({ length: validators * batches }, (_, at) => ({
      epoch: 0,
      validator: `v${at % validators}` as Hotkey,
      miner: 'm' as Hotkey,
      batch: `b${Math.floor(at / validators)}`,
      score: 500_000 as Score,
      time: at,
    })).filter((_, at) => Math.abs(drawn(3 * at)) % 10 >= missing);
    const table = tableOf({ audits: [], feedback: [], scores });
    const tells = Uint8Array.from(table.validatorOf, (_, row) =>
      drawn(7 * row + 1) > -1_800 ? 1 : 0,
    );
    const beyond = Float64Array.from(table.validatorOf, (_, row) => {
      const common = (table.batchOf[row] ?? 0) % 2 === 0 ? likeness : -likeness;
      return tells[row] === 1 ? (common + drawn(row)) / 1_024 : 0;
    });
    return { table, tells, beyond };
  });
