import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binAt, binsOf, MOST_BINS } from './bins.ts';

describe('binsOf', () => {
  it('has one stretch an epoch while there are few, and one for what came after', () => {
    expect(binsOf([10, 20], 25)).toEqual([
      { from_s: 0, to_s: 10 },
      { from_s: 10, to_s: 20 },
      { from_s: 20, to_s: 25 },
    ]);
    expect(binsOf([10, 20], 20)).toHaveLength(2);
    const full = Array.from({ length: MOST_BINS }, (_, at) => at + 1);
    expect(binsOf(full, MOST_BINS + 1).length).toBeLessThanOrEqual(MOST_BINS);
  });

  it('covers the run without a gap, in few stretches, each ending with an epoch', () => {
    fc.assert(
      fc.property(run, ({ ends, duration }) => {
        const bins = binsOf(ends, duration);
        expect(bins.length).toBeLessThanOrEqual(MOST_BINS);
        expect(bins[0]?.from_s).toBe(0);
        expect(bins.at(-1)?.to_s).toBe(Math.max(duration, ends.at(-1) ?? 0));
        for (const [at, { from_s, to_s }] of bins.entries()) {
          expect(to_s).toBeGreaterThan(from_s);
          if (at > 0) expect(from_s).toBe(bins[at - 1]?.to_s);
          if (ends.length > 0 && at < bins.length - 1) expect(ends).toContain(to_s);
        }
      }),
    );
  });
});

describe('binAt', () => {
  it('is the stretch that holds the instant, its end among them', () => {
    fc.assert(
      fc.property(run, fc.nat(20_000), fc.nat(), ({ ends, duration }, anywhen, pick) => {
        const bins = binsOf(ends, duration);
        const edge = bins[pick % bins.length]?.to_s ?? 0;
        for (const at of [anywhen, edge - 1, edge, edge + 1]) {
          const slow = bins.findIndex(({ to_s }) => at <= to_s);
          expect(binAt(bins, at)).toBe(slow === -1 ? bins.length - 1 : slow);
        }
      }),
    );
  });

  it('is the first where there is none', () => {
    expect(binAt([], 5)).toBe(0);
  });
});

const run = fc.record({
  ends: fc
    .array(fc.integer({ min: 1, max: 50 }), { maxLength: 200 })
    .map((steps) => steps.map((_, at) => steps.slice(0, at + 1).reduce((a, b) => a + b, 0))),
  duration: fc.integer({ min: 1, max: 12_000 }),
});
