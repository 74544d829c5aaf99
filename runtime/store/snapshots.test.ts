import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, minutes, type Instant } from '../../protocols/units.ts';
import { SinceSnapshot } from './snapshots.ts';

const NOW = 1_000 as Instant;
const later = (by: number): Instant => (NOW + by) as Instant;
const limits = { snapshotBytes: 100, snapshotInputs: 10 };

describe('a snapshot', () => {
  it('is due after so many inputs, or bytes, and no sooner', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(200), (inputs, bytes) => {
        const since = new SinceSnapshot(limits, NOW);
        since.inputs = inputs;
        since.bytes = bytes;
        expect(since.isDue(NOW)).toBe(inputs >= 10 || bytes >= 100);
      }),
    );
  });

  it('is due no sooner than there is as much to write as it took', () => {
    const since = new SinceSnapshot(limits, NOW);
    since.begin(150, NOW);
    since.bytes = 149;
    expect(since.isDue(NOW)).toBe(false);
    since.bytes = 150;
    expect(since.isDue(NOW)).toBe(true);
  });

  it('is due once a day, and begins the count anew', () => {
    const since = new SinceSnapshot(limits, NOW);
    expect(since.isDue(later(hours(24) - 1))).toBe(false);
    expect(since.isDue(later(hours(24)))).toBe(true);
    since.inputs = 10;
    since.bytes = 100;
    since.begin(0, later(hours(24)));
    expect([since.inputs, since.bytes]).toEqual([0, 0]);
    expect(since.isDue(later(hours(24) + minutes(1)))).toBe(false);
  });
});
