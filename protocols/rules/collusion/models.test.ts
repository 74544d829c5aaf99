import { describe, expect, it } from 'vitest';
import { sceneOf, type Scene } from './testing/scene.ts';

describe('what is expected of a validator on a miner', () => {
  it('is what its model makes of it, as its scores of the others tell', () => {
    const { expected, tastes } = looking(withModels);
    const [told] = expected([0]);
    const means = [0, 1].map((model) => meanOf(told?.told ?? [], (v) => v % 2 === model));
    // One model is 0.06 too kind to the first miner, the other one as much too hard: half a deviation.
    expect(means[0]).toBeGreaterThan(0.3);
    expect(means[1]).toBeLessThan(-0.3);
    expect(told?.taste[0]).toBeLessThan((tastes.byMiner[0] ?? 0) / 2);
  });

  it('is nothing where everyone looks for itself', () => {
    const [told] = looking(() => 0).expected([0]);
    expect(meanOf(told?.told ?? [], () => true)).toBeCloseTo(0, 1);
  });

  it('does not hold what a few do to one miner to be a model', () => {
    const favoured = (v: number, m: number): number =>
      withModels(v, m) + (v < 4 && m === 0 ? 0.2 : 0);
    const [without] = looking(withModels).expected([0]);
    const [told] = looking(favoured).expected([0]);
    const moved =
      meanOf(told?.told ?? [], (v) => v < 4) - meanOf(without?.told ?? [], (v) => v < 4);
    // They moved by some two deviations.
    expect(Math.abs(moved)).toBeLessThan(0.5);
  });

  it('is not told by the other miners that are looked at with it', () => {
    const favoured = (v: number, m: number): number => (v < 10 && m < 2 ? 0.2 : 0);
    const { expected } = looking(favoured);
    const members = (told?: Float64Array): number => meanOf(told ?? [], (v) => v < 10);
    expect(members(expected([0])[0]?.told)).toBeGreaterThan(0.3);
    expect(Math.abs(members(expected([0, 1])[0]?.told))).toBeLessThan(0.2);
    // Nor, alone, by as much as they are off, which is two deviations: who is far off is clipped.
    expect(members(expected([0])[0]?.told)).toBeLessThan(0.9);
  });

  it('leaves out all that are looked at together, and says the same in any order', () => {
    const { expected } = looking(withModels);
    const [a, b] = expected([2, 5]);
    const [d, c] = expected([5, 2]);
    expect([a, b]).toEqual([c, d]);
    expect(a?.told).not.toEqual(expected([2])[0]?.told);
  });
});

const MINERS = 8;

/** Two models, each of its own mind about every miner. */
const withModels = (v: number, m: number): number => {
  const kind = [0.06, -0.05, 0.05, -0.06, 0.04, 0.06, -0.05, -0.05][m] ?? 0;
  return v % 2 === 0 ? kind : -kind;
};

function looking(bias: Scene['bias']) {
  const { expecting: expected, tastes } = sceneOf({ bias, seed: 7, miners: MINERS });
  return { expected, tastes };
}

function meanOf(values: ArrayLike<number>, isMeant: (at: number) => boolean): number {
  const some = Array.from(values).filter((_, at) => isMeant(at));
  return some.reduce((sum, one) => sum + one, 0) / some.length;
}
