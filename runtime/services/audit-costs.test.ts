import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measuredCosts, type AuditCosts } from './audit-costs.ts';

const BATCH = 25_000;

describe('measuredCosts', () => {
  it('at first takes a batch in line and twenty of them to the pool', () => {
    const costs = measuredCosts();
    expect(isSoonerPooled(costs, BATCH, 1)).toBe(false);
    expect(isSoonerPooled(costs, 20 * BATCH, 2)).toBe(true);
  });

  it('never takes a pool of one thread for sooner while nothing was measured', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (bytes) => {
        expect(isSoonerPooled(measuredCosts(), bytes, 1)).toBe(false);
      }),
    );
  });

  it('learns what things cost here', () => {
    const slow = measuredCosts();
    for (let times = 0; times < 100; times++) slow.ranInLine(BATCH, 10);
    expect(slow.inLine(BATCH)).toBeCloseTo(10);
    expect(isSoonerPooled(slow, 2 * BATCH, 2)).toBe(true);
  });

  it('stays away from a pool that turned out slow, and tries it again after a while', () => {
    const costs = measuredCosts();
    for (let times = 0; times < 100; times++) costs.ranPooled(BATCH, 5, 50);
    expect(isSoonerPooled(costs, 20 * BATCH, 2)).toBe(false);
    for (let times = 0; times < 2_000; times++) costs.ranInLine(BATCH, 0.3);
    expect(isSoonerPooled(costs, 20 * BATCH, 2)).toBe(true);
  });

  it('does not learn from what is too small to time', () => {
    const costs = measuredCosts();
    const before = costs.inLine(BATCH);
    for (let times = 0; times < 100; times++) costs.ranInLine(200, 5);
    expect(costs.inLine(BATCH)).toBe(before);
  });

  it('costs more the more there is, and the pool more the more is ahead', () => {
    fc.assert(
      fc.property(runs, fc.nat(1_000_000), fc.nat(1_000_000), (history, bytes, more) => {
        const costs = measuredCosts();
        for (const { where, took } of history) {
          if (where === 'in line') costs.ranInLine(BATCH, took);
          else costs.ranPooled(BATCH, took, took + 1);
        }
        expect(costs.inLine(bytes + more)).toBeGreaterThanOrEqual(costs.inLine(bytes));
        expect(costs.pooled(bytes, 2, more)).toBeGreaterThanOrEqual(costs.pooled(bytes, 2, 0));
        expect(costs.pooled(bytes, 2, 0)).toBeLessThanOrEqual(costs.pooled(bytes, 1, 0));
        expect(costs.pooled(0, 1, 0)).toBeGreaterThan(0);
      }),
    );
  });
});

const isSoonerPooled = (costs: AuditCosts, bytes: number, ways: number): boolean =>
  costs.pooled(bytes, ways, 0) < costs.inLine(bytes);

const runs = fc.array(
  fc.record({
    where: fc.constantFrom('in line', 'pool'),
    took: fc.double({ min: 0, max: 100, noNaN: true }),
  }),
);
