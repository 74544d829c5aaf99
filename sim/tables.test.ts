import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK, Collector, type PenaltyRow, type Row } from './tables.ts';

describe('Collector', () => {
  it('hands on every row once, in order, and never holds more than a chunk', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK), (count) => {
        const { collector, lots } = collecting();
        for (let at = 0; at < count; at++) {
          collector.add('penalties', penalty(at));
          const handedOn = lots.reduce((sum, lot) => sum + lot.length, 0);
          expect(at + 1 - handedOn).toBeLessThan(CHUNK);
        }
        collector.close();
        expect(lots.every(({ length }) => length > 0 && length <= CHUNK)).toBe(true);
        expect(lots.flat()).toEqual(Array.from({ length: count }, (_, at) => penalty(at)));
      }),
      // A case is tens of thousands of rows, and there are six.
      { numRuns: 12 },
    );
  });

  it('closes its sinks once', () => {
    const { collector, closed } = collecting();
    collector.close();
    collector.close();
    expect(closed()).toBe(1);
  });

  it('takes no row once it is closed', () => {
    const { collector } = collecting();
    collector.close();
    expect(() => collector.add('penalties', penalty(1))).toThrow('closed collector');
  });
});

function collecting() {
  const lots: (readonly Row[])[] = [];
  let closes = 0;
  const sink = {
    write: (rows: readonly Row[]) => void lots.push(rows),
    close: () => void closes++,
  };
  const collector = new Collector({
    batches: [],
    epochs: [],
    neurons: [],
    penalties: [sink],
    flags: [],
  });
  return { collector, lots, closed: () => closes };
}

const penalty = (at_s: number): PenaltyRow => ({
  at_s,
  validator: 'v',
  strategy: 'lazy',
  why: 'w',
  points: -20,
});
